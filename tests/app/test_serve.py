"""`whimbrel serve` and the commands beside it, as an administrator at three in the morning uses
them: real processes, real signals, real ports."""

import json
import resource
import ssl
import subprocess
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import services
from server import Server, fetched, running


def get(url: str, **more) -> str:
    return fetched(url, **more).decode()


def wait_for(ask, seconds: float = 15):
    """What `ask` returns as soon as that is something."""
    until = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)
    return found


def test_a_first_run_says_where_it_is_and_ends_cleanly(tmp_path: Path):
    """A newcomer needs the address and the link; systemd needs exit status 0."""
    server = Server(tmp_path / "data")
    server.typed = True
    server.start()
    assert get(f"{server.url}/health") == "OK"
    # Eight hundred open streams and as many other servers are more than a shell's 1,024.
    assert resource.prlimit(server.pid, resource.RLIMIT_CORE) == (0, 0), "keys in a core file"
    allowed, most = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    assert allowed >= min(most, 65_536)
    said = server.log.read_text()
    assert f"listening on {server.url}" in said
    assert "/auth/setup/" in said
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    assert server.stop() == 0
    began = time.monotonic()
    server.start()
    assert time.monotonic() - began < 30  # a second, on a machine that does nothing else
    assert server.stop() == 0


def test_commands_work_beside_a_running_server(tmp_path: Path):
    """An administrator does not stop the server to make an account."""
    with running(tmp_path / "data") as server:
        server.cli("account", "create", "ada", "--email", "ada@example.org", "--role", "admin")
        token = server.cli("token", "create", "ada", "--scopes", "read write follow push").strip()
        server.call(token, "POST", "/api/v1/statuses", status="a whimbrel in the storm")
        found = wait_for(
            lambda: server.call(token, "GET", "/api/v2/search", q="whimbrel")["statuses"]
        )
        server.cli("db", "rebuild-search")
        again = server.call(token, "GET", "/api/v2/search", q="whimbrel")["statuses"]
        assert [post["id"] for post in again] == [post["id"] for post in found]
        server.cli("db", "rebuild-timelines")
        home = server.call(token, "GET", "/api/v1/timelines/home")
        assert [post["id"] for post in home] == [post["id"] for post in found]
        server.cli("account", "disable", "ada")
        with pytest.raises(HTTPError) as refused:
            server.call(token, "GET", "/api/v1/timelines/home")
        assert refused.value.code in (401, 403)


def test_the_doctor_finds_what_is_wrong(tmp_path: Path):
    """A finding without a remedy is no help at night."""
    server = Server(tmp_path / "data").start()
    server.cli("account", "create", "ada", "--email", "ada@example.org", "--role", "admin")
    server.stop()
    server.data.chmod(0o755)
    server.env["WHIMBREL_SMTP"] = f"smtp://127.0.0.1:{services.free_port()}?tls=none"
    done = subprocess.run(
        [*server.command, "doctor", "--data", server.data],
        env=server.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"chmod 700 {server.data}" in done.stdout
    assert "does not answer" in done.stdout
    assert "ok" in done.stdout


def test_metrics_are_told_on_their_own_port_only(tmp_path: Path):
    """Numbers about a server are not for the public."""
    port = services.free_port()
    with running(tmp_path / "data", WHIMBREL_METRICS_BIND=f"127.0.0.1:{port}") as server:
        get(f"{server.url}/health")
        told = get(f"http://127.0.0.1:{port}/metrics")
        assert 'whimbrel_answers_total{status="2xx"}' in told
        assert "process_resident_memory_bytes" in told
        with pytest.raises(HTTPError):
            get(f"{server.url}/metrics")


def test_a_certificate_makes_it_https(tmp_path: Path):
    """The smallest installation has no proxy."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert),
        ],
        check=True,
        capture_output=True,
    )
    server = Server(tmp_path / "data").start("--tls-cert", str(cert), "--tls-key", str(key))
    context = ssl.create_default_context(cafile=cert)
    url = server.url.replace("http:", "https:")
    assert get(f"{url}/health", context=context) == "OK"
    instance = json.loads(get(f"{url}/api/v2/instance", context=context))
    assert instance["configuration"]["urls"]["streaming"].startswith("wss:")
    assert server.stop() == 0


def test_bad_settings_are_one_line_that_mends_them(tmp_path: Path):
    """A traceback tells an administrator nothing."""
    server = Server(tmp_path / "data", WHIMBREL_ROLE="web")
    done = subprocess.run(
        [*server.command, "serve", "--data", server.data],
        env=server.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "PostgreSQL" in done.stderr


def _left(server: Server, token: str) -> int:
    """How many requests somebody may make there."""
    headers = {"Authorization": f"Bearer {token}"}
    with urlopen(
        Request(f"{server.url}/api/v1/preferences", headers=headers), timeout=20
    ) as answer:
        return int(answer.headers["x-ratelimit-remaining"])


def test_work_is_shared_between_processes(tmp_path: Path, request, redis_url):
    """The scaled form: one process answers, one works, one holds the streams."""
    url = services.database(request, "postgresql")
    data = tmp_path / "data"
    web, worker, streaming, another = (
        Server(
            data,
            url,
            WHIMBREL_REDIS=redis_url,
            WHIMBREL_ROLE=role,
            WHIMBREL_DOMAIN="social.example.org",
            WHIMBREL_RATE_LIMITS="on",
        )
        for role in ("web", "worker", "streaming", "web")
    )
    for number, one in enumerate((web, worker, streaming, another)):
        one.log = tmp_path / f"{one.env['WHIMBREL_ROLE']}{number}.log"
        one.start()
    tokens = web.people("ada", "bob")
    ada = web.call(tokens["ada"], "GET", "/api/v1/accounts/verify_credentials")
    web.call(tokens["bob"], "POST", f"/api/v1/accounts/{ada['id']}/follow")
    at = f"{streaming.url}/api/v1/streaming/user?access_token={tokens['bob']}"
    with urlopen(at, timeout=20) as stream:
        post = web.call(tokens["ada"], "POST", "/api/v1/statuses", status="over three processes")
        home = wait_for(lambda: web.call(tokens["bob"], "GET", "/api/v1/timelines/home"))
        assert [one["id"] for one in home] == [post["id"]]
        lines = (stream.readline() for _ in range(12))
        told = next(line for line in lines if line.startswith(b"data: {"))
        assert json.loads(told.removeprefix(b"data: "))["url"] == post["url"]
    with pytest.raises(HTTPError):
        get(f"{worker.url}/api/v2/instance")
    for _ in range(40):
        web.call(tokens["bob"], "GET", "/api/v1/preferences")
    wait_for(lambda: _left(another, tokens["bob"]) < 300 - 40)  # a budget for both doors
    for one in (another, streaming, worker, web):
        assert one.stop() == 0
