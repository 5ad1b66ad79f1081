"""`whimbrel exit doctor`: what would go together with the host is seen before it goes."""

import asyncio
import json
import os
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import names
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from whimbrel.app.cli import app
from whimbrel.core.errors import Invalid
from whimbrel.core.settings import Settings
from whimbrel.exit import dns, providers
from whimbrel.exit.dns import NoAnswer, Server
from whimbrel.exit.examine import BAG, Finding, Verdict, examine
from whimbrel.exit.state import Made, opened

HOME, FILES = "nest.example", "files.nest.example"
GOOD: dict[tuple[str, str], list[tuple[int, str]]] = {
    (HOME, "NS"): [(86_400, "ns1.names.example")],
    ("ns1.names.example", "A"): [(86_400, names.AUTHORITY)],
    (HOME, "A"): [(300, "5.9.0.1")],
    (HOME, "AAAA"): [(300, "2a01:4f8::1")],
    (HOME, "MX"): [(300, "in.post.example")],
    (FILES, "CNAME"): [(300, HOME)],
    ("in.post.example", "A"): [(3600, "20.1.0.1")],
    ("out.post.example", "A"): [(3600, "20.1.0.2")],
    ("one.keeper.example", "A"): [(60, "13.14.0.9")],  # beside the store, where it may be
    ("two.home.example", "A"): [(60, "84.1.0.1")],
    ("s3.store.example", "A"): [(60, "13.14.0.1")],
    ("s3.store.example", "AAAA"): [(60, "2600:9000::1")],
}


def certificate(folder: Path, days: int) -> Path:
    """A certificate file that is good for so long."""
    until = datetime.now(UTC) + timedelta(days=days, hours=1)
    made = trustme.CA().issue_cert(HOME, not_after=until)
    made.cert_chain_pems[0].write_to_path(folder / f"{days}.pem")
    made.private_key_pem.write_to_path(folder / "key.pem")
    return folder / f"{days}.pem"


def drilled(data: Path) -> None:
    """A restore was rehearsed just now."""
    (data / "drills").mkdir()
    said = {"at": int(time.time() * 1000), "ok": True, "rpo": 1.5, "rto": 60.0}
    (data / "drills" / "1.json").write_text(json.dumps({"drill": said}))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A server that hangs on nobody twice, with a bag of today and a drill."""
    with opened(tmp_path) as state:
        state.add(Made(1, 1, 9, "hash", "bag-1"))
        state.db.commit()
    drilled(tmp_path)
    return Settings(
        data=tmp_path,
        domain=HOME,
        media_domain=FILES,
        tls_cert=str(certificate(tmp_path, 60)),
        tls_key=str(tmp_path / "key.pem"),
        objects="s3://files?endpoint=https://s3.store.example",
        smtp="smtp://nest:word@out.post.example:587",
        registrar="registrar.example",
        host_notice=("host.example=72", "post.example=336"),
        keepers=("one.keeper.example:7443", "two.home.example:7443"),
    )


def look(settings: Settings, records: Any = GOOD, **how: Any) -> list[Finding]:
    with names.served(names.Names(records, **how)) as server:
        return asyncio.run(examine(settings, Server(names.CACHE, server.port)))


def of(found: list[Finding], verdict: Verdict) -> list[str]:
    return [each.title for each in found if each.verdict is verdict]


def test_a_server_that_hangs_on_nobody_twice_is_well(settings):
    """Every line is known."""
    found = look(settings)
    assert of(found, Verdict.UNKNOWN) == of(found, Verdict.RED) == [], found
    said = {each.title: each.says for each in found}
    assert said["DNS"] == "nest.example is served by ns1.names.example."
    assert said["Media domain"].startswith(f"{FILES} > {HOME}: 5.9.0.1")
    assert said["Certificate"] == "Good for 60 days."
    assert "host.example: 72 hours" in said["Contract notice"]
    assert said[f"TTL of {HOME}"] == "300 seconds."  # what the zone says, not what a cache has left


SAME = {
    "a network": {("s3.store.example", "A"): [(60, "5.9.200.7")]},
    "a network of IPv6": {("s3.store.example", "AAAA"): [(60, "2a01:4f8:ffff::1")]},
    "name servers of the store": {
        (HOME, "NS"): [(86_400, "ns1.store.example")],
        ("ns1.store.example", "A"): [(86_400, names.AUTHORITY)],
    },
    "a zone that names lead to": {
        (HOME, "A"): [],
        (HOME, "AAAA"): [],
        (HOME, "CNAME"): [(300, "a.edge.example")],
        ("a.edge.example", "A"): [(60, "5.9.0.1")],
        ("s3.store.example", "CNAME"): [(300, "b.edge.example")],
        ("b.edge.example", "A"): [(60, "31.1.0.1")],
    },
    "mail in the network of the web": {("in.post.example", "A"): [(60, "5.9.3.3")]},
    "a keeper in the network of the web": {("one.keeper.example", "A"): [(60, "5.9.4.4")]},
    "both keepers": {("two.home.example", "A"): [(60, "13.14.7.7")]},
    "mail at the web itself": {(HOME, "MX"): [(300, HOME)]},
}


@pytest.mark.parametrize("what", SAME)
def test_what_is_shared_is_red(settings, what: str):
    """One letter would take both."""
    found = look(settings, GOOD | SAME[what])
    assert of(found, Verdict.RED) == ["Providers"], found


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"registrar": "post.example"}, "Providers"),
        ({"smtp": "smtp://localhost:25?tls=none"}, "Providers"),
        ({"objects": "s3://files?endpoint=http://10.0.0.5:9000"}, "Providers"),
        ({"keepers": ("one.keeper.example:7443",)}, "Keepers"),
        ({"keepers": ("localhost:7443", "two.home.example:7443")}, "Providers"),
        ({"objects": ""}, "Object store"),
        ({"objects": "s3://files?endpoint=https://gone.store.example"}, "Object store"),
        ({"host_notice": ("host.example=12", "post.example=336")}, "Contract notice"),
    ],
)
def test_what_the_settings_say_is_looked_at(settings, change, title: str):
    found = look(msgspec.structs.replace(settings, **change))
    assert of(found, Verdict.RED) == [title], found


def test_a_registrar_may_serve_the_names(settings):
    """They are one firm at most places; what counts is that the host is another."""
    found = look(msgspec.structs.replace(settings, registrar="names.example"))
    assert of(found, Verdict.RED) == []


def test_a_long_life_is_seen_behind_a_cache(settings):
    """The cache has 160 seconds left and would have said that all is well."""
    found = look(settings, GOOD | {(HOME, "A"): [(360, "5.9.0.1")]})
    assert of(found, Verdict.RED) == [f"TTL of {HOME}"]


def test_what_only_a_cache_says_is_not_known(settings, monkeypatch):
    monkeypatch.setattr(dns, "SECONDS", 0.05)
    found = look(settings, mute=True)
    assert of(found, Verdict.RED) == []
    assert of(found, Verdict.UNKNOWN) == [f"TTL of {HOME}", f"TTL of {FILES}"]


def test_what_nobody_would_say_is_not_known(settings):
    """A name that failed to be looked up is no name that is gone."""
    found = look(settings, broken=frozenset({"s3.store.example"}))
    assert of(found, Verdict.RED) == []
    assert of(found, Verdict.UNKNOWN) == ["Object store", "Providers"]


def test_without_a_dns_server_nothing_is_made_up(settings):
    found = asyncio.run(examine(settings, Server(names.CACHE, 1)))
    assert of(found, Verdict.UNKNOWN) == ["Names"]
    bare = asyncio.run(examine(Settings(data=settings.data / "none"), None))
    assert of(bare, Verdict.OK) == [] and of(bare, Verdict.RED) == ["Keepers", "Bags", "Drill"]


def test_a_domain_that_nobody_serves_is_red(settings):
    found = look(settings, {key: value for key, value in GOOD.items() if key != (HOME, "NS")})
    assert "DNS" in of(found, Verdict.RED)


def test_an_old_certificate_and_an_old_bag_are_red(settings, tmp_path):
    soon = msgspec.structs.replace(settings, tls_cert=str(certificate(tmp_path, 5)))
    past = datetime.now(UTC).timestamp() - (BAG + 1) * 86_400
    os.utime(tmp_path / "exports.db", (past, past))
    assert of(look(soon), Verdict.RED) == ["Certificate", "Bags"]


@pytest.mark.parametrize("believed", [True, False])
def test_the_certificate_that_is_shown_is_looked_at(settings, tmp_path, believed: bool):
    """With a proxy in front there is no file to read, only what the world sees."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    until = datetime.now(UTC) + timedelta(days=40, hours=1)
    authority.issue_cert(HOME, not_after=until).configure_cert(context)
    (authority if believed else trustme.CA()).cert_pem.write_to_path(tmp_path / "ca.pem")

    async def go() -> list[Finding]:
        door = await asyncio.start_server(lambda _, out: out.close(), "127.0.0.1", 0, ssl=context)
        shown = msgspec.structs.replace(
            settings,
            tls_cert="",
            tls_key="",
            extra_ca=str(tmp_path / "ca.pem"),
            origin=f"https://{HOME}:{door.sockets[0].getsockname()[1]}",
        )
        here = GOOD | {(HOME, "A"): [(300, "127.0.0.1")], (HOME, "AAAA"): []}
        async with door:
            with names.served(names.Names(here)) as server:
                return await examine(shown, Server(names.CACHE, server.port))

    found = {each.title: each for each in asyncio.run(go())}["Certificate"]
    assert found.verdict is (Verdict.OK if believed else Verdict.RED), found
    assert ("Good for 40 days" in found.says) == believed


def test_an_answer_too_long_for_a_datagram_comes_by_stream():
    many = [(60, f"9.9.{each}.1") for each in range(60)]
    with names.served(names.Names({("many.example", "A"): many})) as server:
        asked = dns.ask(Server(names.CACHE, server.port), "many.example", "A")
        assert dns.addresses(asyncio.run(asked).records) == tuple(value for _, value in many)


@given(st.binary(max_size=200), st.booleans())
def test_no_packet_breaks_the_reader(noise: bytes, ours: bool):
    """Whoever sits on the wire may answer anything, names that point at themselves too."""
    asked = dns.question(7, "a.example", "MX", recurse=True)
    head = asked[:2] + b"\x80\x00\x00\x01\x00\x03\x00\x00\x00\x00" + asked[12:] if ours else b""
    try:
        found = dns.read(head + noise, "a.example", "MX")
    except NoAnswer:
        return
    assert all(record.kind in dns.KINDS for record in found.records)


def test_a_name_that_points_at_itself_ends():
    asked = dns.question(7, "a.example", "NS", recurse=True)
    loop = b"\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00" + asked[12:]
    at = len(asked)
    with pytest.raises(NoAnswer):
        dns.read(
            asked[:2] + loop + bytes([0xC0 | at >> 8, at & 255]) + bytes(10), "a.example", "NS"
        )


def test_what_somebody_registered():
    assert providers.parent("ns1.host.example") == "host.example"
    assert providers.parent("a.b.host.co.uk") == "host.co.uk"
    assert providers.parent("nest.de") == "nest.de" and providers.parent("co.uk") == "co.uk"


def test_the_machines_own_server_is_found(tmp_path):
    (tmp_path / "resolv.conf").write_text("# by hand\nsearch lan\nnameserver 9.9.9.9\n")
    assert dns.configured(tmp_path / "resolv.conf") == Server("9.9.9.9", 53)
    assert dns.configured(tmp_path / "none") is None
    assert dns.named("[::1]:5300") == dns.named("::1")._replace(port=5300) == ("::1", 5300)
    with pytest.raises(Invalid):
        dns.named("resolver.example")


def test_the_command_tells_a_script(settings, tmp_path):
    """Exit status 1 on red, and 0 where some is merely not known."""
    keys = ["domain", "media_domain", "tls_cert", "tls_key", "smtp", "registrar", "objects"]
    lines = [f'{key} = "{getattr(settings, key)}"' for key in keys]
    lines += [f"keepers = {list(settings.keepers)}", 's3_key = "k"', 's3_secret = "s"']
    (tmp_path / "a.toml").write_text("\n".join(lines))
    asked = ["exit", "doctor", "--data", str(tmp_path), "--config", str(tmp_path / "a.toml")]
    for records, code in ((GOOD, 0), (GOOD | SAME["a network"], 1)):
        with names.served(names.Names(records)) as server:
            where = ["--resolver", f"{names.CACHE}:{server.port}"]
            told = CliRunner().invoke(app, [*asked, *where])
        assert told.exit_code == code, told.output
        assert "not known Contract notice" in told.output
