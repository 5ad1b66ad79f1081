"""The drill of a standby that is a replica of PostgreSQL: a copy of it is lived in, not itself."""

import asyncio
import os
import time

import clusters
import psycopg
import pytest
from kept import until
from test_drill import by_command, found_well, made_bucket
from test_standby import objects_at, picture, place_of, settings_of, upload

import services
from server import Server
from whimbrel.exit.keeper import certificates
from whimbrel.exit.standby import canary


@pytest.fixture
def room():
    """Where a cluster can be run by the user it runs as."""
    with services.room("postgres") as folder:
        yield folder


@pytest.mark.skipif(not os.environ.get("WHIMBREL_LONG"), reason="half a minute")
def test_a_copy_of_the_replica_is_lived_in_and_destroyed(tmp_path, room, s3, keeper):
    """Rehearsed on the replica itself, the standby would be gone afterwards; and a copy that knows
    where the archive is would write into it."""
    with clusters.pair() as (near, far):
        data, houses = tmp_path / "data", [keeper("near"), keeper("far")]
        data.mkdir(mode=0o700)
        for each in houses:
            each.pair(data)
        certificates.pair(houses[0].folder, tmp_path / "restore.pem", restore=True)
        env = {**settings_of(s3), "WHIMBREL_STANDBY_REPLICA": far.url("postgres")}
        env["WHIMBREL_KEEPERS"] = ",".join(each.address for each in houses)
        env["WHIMBREL_DATABASE"] = near.url("postgres")
        place = place_of({k: v for k, v in env.items() if "STANDBY" in k})
        asyncio.run(made_bucket(place))
        server = Server(data, near.url("postgres"), **env).start()
        try:
            ada = server.people("ada")["ada"]
            file = upload(server, ada, picture(1))["id"]
            said = {"status": "the tide is out", "media_ids": [file]}
            post = server.call(ada, "POST", "/api/v1/statuses", **said)
            gone = server.call(ada, "POST", "/api/v1/statuses", status="never mind")
            server.call(ada, "DELETE", f"/api/v1/statuses/{gone['id']}")
            now = time.time() * 1000
            until(lambda: (found := canary.found(data)) and (found.seen or 0) > now)
            until(lambda: len(objects_at(place)) >= 2)
            done = by_command(data, tmp_path / "restore.pem", env, "--scratch", str(room))
            assert done.exit_code == 0, (done.output, done.exception)
            told = found_well(data)
            assert told.drill.counts["objects"] >= 2 and told.drill.rpo < 30
            assert not list(room.glob("drill-*[!k]"))  # but for the lock
            with psycopg.connect(far.url("postgres")) as there:
                assert there.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
                sql = "SELECT count(*) FROM accounts WHERE handle LIKE 'drill%'"
                assert there.execute(sql).fetchone() == (0,)
            assert server.call(ada, "GET", f"/api/v1/statuses/{post['id']}")
            far.kill()
            done = by_command(data, tmp_path / "restore.pem", env, "--scratch", str(room))
            assert "could not be copied" in str(done.exception)
            assert not list(room.glob("drill-*[!k]"))
        finally:
            server.kill()
