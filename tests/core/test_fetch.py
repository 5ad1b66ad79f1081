"""The guarded HTTP client: nobody leads it inside, and nobody keeps it busy for ever."""

import asyncio
import socket
import ssl
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.fetch import Fetcher, Refused, Unreachable, address_of, is_public


def words(text):
    return text.split()


INSIDE = words("""
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1
192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250
240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:0
::ffff:0:7f00:1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::1 64:ff9b:1::8.8.8.8 100::1
2001::1 2001:0:7f00:1::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1
2002:c0a8:101::1 2002:a9fe:a9fe:: 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254
fdff:ffff::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 2620:4f:8000::1
""")
OUTSIDE = words("""
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1
169.253.1.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 193.0.0.1 198.17.255.255 198.20.0.1
223.255.255.254 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1 2001:4860:4860::8888
2606:4700::1111 2a00:1450::1
""")


@pytest.mark.parametrize("text", INSIDE)
def test_these_are_not_public(text):
    """Each of them has been somebody's way to a metadata service or an admin page."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_these_are_public(text):
    """The neighbours of what is refused are other people's servers."""
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing(inner):
    """IPv4 inside IPv6, in any of the ways, is the same host."""
    number = int(inner)
    mapped = ip_address((0xFFFF << 32) + number) if number else ip_address("::ffff:0:0")
    sixtofour = ip_address((0x2002 << 112) + (number << 80))
    nat64 = ip_address((0x64FF9B << 96) + number)
    assert is_public(mapped) == is_public(sixtofour) == is_public(nat64) == is_public(inner)


@pytest.mark.parametrize(
    "url",
    [
        *("", "/path", "//host/", "ftp://host/", "file:///etc/passwd", "gopher://host:70/"),
        *("http://", "http:///x", "https://user@host/", "https://a:b@host/", "https://ho st/"),
        *("https://host\\@other/", "https://host/\n", "https://host:99999/", "javascript:alert(1)"),
        "https://host/" + "x" * 3000,
    ],
)
def test_no_address_of_a_host(url):
    """What two parsers may read in two ways is not asked at all."""
    with pytest.raises(Refused):
        address_of(url)


# --- over real sockets ----------------------------------------------------------------------------


@asynccontextmanager
async def serving(answers, host="127.0.0.1", tls=None):
    """A server that says `answers[path]` and closes; its port and what it was asked."""
    asked, tasks = [], set()

    async def answer(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if "Content-Length: " in head:
                await reader.readexactly(int(head.split("Content-Length: ")[1].split()[0]))
            asked.append(head)
            said = answers[head.split()[1]]
            for piece in said if isinstance(said, list) else [said]:
                if isinstance(piece, float):
                    await asyncio.sleep(piece)
                else:
                    writer.write(piece)
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort() if tls else writer.close()

    server = await asyncio.start_server(answer, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.02)  # what was closed is let go


def ok(body=b"hello", head=b""):
    return b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n%b\r\n%b" % (
        len(body),
        head,
        body,
    )


def moved(to):
    head = f"HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"
    return head.encode()


def played(act, answers=None, factory=None, **how):
    async def go():
        async with serving(answers or {"/": ok()}) as (port, asked):
            fetcher = Fetcher(**{"allow_private": ("127.0.0.1",), **how})
            try:
                await act(fetcher, f"http://127.0.0.1:{port}", asked)
            finally:
                await fetcher.close()

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(go())


def test_an_address_that_the_operator_named_may_be_asked():
    """Drills and tests run on one machine."""

    async def act(fetcher, url, asked):
        answer = await fetcher.get(url + "/", headers={"Accept": "text/x"})
        assert (answer.status, answer.body) == (200, b"hello")
        assert "Accept: text/x" in asked[0]
        assert "Accept-Encoding: identity" in asked[0]
        answer = await fetcher.post(url + "/", b"abc", headers={"TTL": "60"})
        assert answer.status == 200

    played(act)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "[::1]",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_however_the_inside_is_spelled_nothing_is_sent_there(host, scheme):
    """Names, numbers, octal, hex: what counts is where the socket would go."""

    async def act(fetcher, url, asked):
        port = url.rpartition(":")[2]
        with pytest.raises(Unreachable):
            await fetcher.get(f"{scheme}://{host}:{port}/")
        with pytest.raises(Refused):
            await fetcher.get(f"{scheme}://127.0.0.1/")
        with pytest.raises(Refused):
            await fetcher.get(f"{scheme}://localhost/")
        assert asked == []

    played(act, allow_private=())


def test_a_redirect_is_checked_like_the_first_address():
    """The oldest trick: a public address that points inside."""
    answers = {
        "/in": moved("http://127.0.0.2:9/"),
        "/file": moved("file:///etc/passwd"),
        "/once": moved("/"),
        "/loop": moved("/loop"),
        "/": ok(),
    }

    async def act(fetcher, url, asked):
        for path in ("/in", "/file", "/loop"):
            with pytest.raises(Refused):
                await fetcher.get(url + path)
        assert sum("/loop" in head for head in asked) == 4
        answer = await fetcher.get(url + "/once")
        assert (answer.body, answer.url) == (b"hello", url + "/")
        assert (await fetcher.get(url + "/once", redirects=0)).status == 302
        assert (await fetcher.post(url + "/once", b"")).status == 302

    played(act, answers)


def test_an_answer_has_an_end():
    """Too large, announced or not; compressed; or drop by drop."""
    answers = {
        "/big": ok(b"x" * 2000),
        "/unannounced": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000,
        "/packed": ok(b"x", b"content-encoding: gzip\r\n"),
        "/heads": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
        "/slow": [b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", *([b"x", 0.2] * 20)],
    }

    async def act(fetcher, url, _):
        for path in ("/big", "/unannounced", "/packed"):
            with pytest.raises(Refused):
                await fetcher.get(url + path, most=1000)
        for path in ("/big", "/packed"):  # a whole page to say no, to what was only sent
            answer = await fetcher.post(url + path, b"x", most=1000)
            assert (answer.status, len(answer.body) <= 1000) == (200, True)
        with pytest.raises(Unreachable):
            await fetcher.get(url + "/heads")
        began = asyncio.get_running_loop().time()
        with pytest.raises(Unreachable):
            await fetcher.get(url + "/slow")
        assert asyncio.get_running_loop().time() - began < 2

    played(act, answers, seconds=1.0)


def test_no_cookies_and_no_proxy(monkeypatch):
    """What one server sets the next must not get; and the environment leads nowhere."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    answers = {"/": ok(head=b"set-cookie: a=b; path=/\r\n")}

    async def act(fetcher, url, asked):
        await fetcher.get(url + "/")
        await fetcher.get(url + "/")
        assert not any("cookie" in head.lower() for head in asked)

    played(act, answers)


def test_names_that_nobody_answers_for_hold_nobody_up(monkeypatch):
    """The name servers of a large provider are away: whoever is elsewhere is found at once, however
    many wait for those; and who was found a moment ago is not looked for again."""
    real, enough, asked = socket.getaddrinfo, threading.Event(), []

    def look_up(host, *more, **how):
        asked.append(host)
        if "dead" in str(host):
            enough.wait(10)
            raise socket.gaierror("nobody answers")
        return real("127.0.0.1" if host == "alive.example" else host, *more, **how)

    async def act(fetcher, url, _):
        there = url.replace("127.0.0.1", "alive.example") + "/"
        lost = [
            asyncio.create_task(fetcher.get(f"http://dead{number}.example/"))
            for number in range(100)
        ]
        await asyncio.sleep(0.2)  # all of them are under way
        assert len(asked) == 100
        began = asyncio.get_running_loop().time()
        assert (await fetcher.get(there)).body == b"hello"
        assert (await fetcher.get(there)).body == b"hello"
        assert asyncio.get_running_loop().time() - began < 2
        assert asked.count("alive.example") == 1
        enough.set()
        ended = await asyncio.gather(*lost, return_exceptions=True)
        assert {type(each) for each in ended} == {Unreachable}

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for factory in (asyncio.new_event_loop, uvloop.new_event_loop):
        enough.clear()
        asked.clear()
        played(act, factory=factory)


def certificate(folder, name):
    """A certificate for `name` that is its own authority; the server's context and the PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, str(file)


def test_a_certificate_must_be_right(tmp_path):
    """TLS to whoever happens to listen there protects nothing."""
    ours, authority = certificate(tmp_path, "localhost")
    others, _ = certificate(tmp_path, "other.example")

    async def go():
        async with (
            serving({"/": ok()}, tls=ours) as (right, _),
            serving({"/": ok()}, tls=others) as (wrong, _),
        ):
            fetcher = Fetcher(allow_private=("127.0.0.1", "::1"), extra_ca=authority)
            strict = Fetcher(allow_private=("127.0.0.1", "::1"))
            try:
                assert (await fetcher.get(f"https://localhost:{right}/")).body == b"hello"
                for who, where in ((strict, right), (fetcher, wrong)):
                    with pytest.raises(Unreachable):
                        await who.get(f"https://localhost:{where}/")
            finally:
                await fetcher.close()
                await strict.close()

    asyncio.run(go())
