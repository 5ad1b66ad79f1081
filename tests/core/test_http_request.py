"""Who asks, and from where: headers are claims, and only trusted hops are believed."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

import raw_asgi
from whimbrel.core.http import bearer, client_address, header, networks, prefers_html, request_id

TRUSTED = networks(["10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8"])


def address(client: str, forwarded: str | list[str] = "", trusted=TRUSTED) -> str:
    values = [forwarded] if isinstance(forwarded, str) else forwarded
    pairs = [("X-Forwarded-For", value) for value in values if value]
    return client_address(raw_asgi.scope(headers=pairs, client=(client, 1)), trusted)


@pytest.mark.parametrize(
    ("client", "forwarded", "found"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "192.0.2.1", "198.51.100.7"),  # CVE-2024-34535: nobody trusted wrote it
        ("10.1.1.1", "192.0.2.1", "192.0.2.1"),
        ("10.1.1.1", "192.0.2.66, 192.0.2.1", "192.0.2.1"),  # the client made up the first
        ("10.1.1.1", "192.0.2.66, 192.0.2.1, 10.2.2.2", "192.0.2.1"),
        ("10.1.1.1", ["192.0.2.66", "192.0.2.1, 10.2.2.2"], "192.0.2.1"),
        ("10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("10.1.1.1", "192.0.2.1, nonsense", "10.1.1.1"),
        ("10.1.1.1", "nonsense, 10.2.2.2", "10.2.2.2"),
        ("10.1.1.1", ",,", "10.1.1.1"),
        ("10.1.1.1", "192.0.2.1:4711", "192.0.2.1"),
        ("::1", "[2001:DB8::0001]:80", "2001:db8::1"),
        ("::ffff:10.1.1.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("fd00::2", "fe80::1%eth0", "fe80::1"),
        ("unix", "192.0.2.1", "0.0.0.0"),
    ],
)
def test_forwarded_addresses_count_only_through_trusted_hops(client, forwarded, found):
    """CVE-2023-49952, CVE-2024-34535: a header that skips the limiter makes it worthless."""
    assert address(client, forwarded) == found


def test_nobody_is_trusted_unless_named():
    """CVE-2025-66482."""
    assert address("127.0.0.1", "192.0.2.1", trusted=()) == "127.0.0.1"
    headers = {"X-Real-IP": "192.0.2.1", "Forwarded": "for=192.0.2.1", "CF-Connecting-IP": "x"}
    assert client_address(raw_asgi.scope(headers=headers, client=("10.0.0.1", 1)), TRUSTED) == (
        "10.0.0.1"
    )
    assert client_address(raw_asgi.scope(client=None), TRUSTED) == "0.0.0.0"
    with pytest.raises(ValueError, match="10"):
        networks(["10.0.0.0/99"])


outside = (
    st.ip_addresses()
    .map(str)
    .filter(
        lambda text: (
            not any(ip_address(text) in network for network in TRUSTED)
            and not text.startswith("::ffff:")
        )
    )
)
inside = st.integers(1, 254).map(lambda n: f"10.0.0.{n}")


@given(st.lists(st.ip_addresses().map(str) | st.text(max_size=9)), outside, st.lists(inside))
def test_whatever_a_client_writes_its_address_stays_its_own(lies, client, proxies):
    """Each proxy appends the address it saw; what was there before is the client's invention."""
    written = ", ".join(
        [*(lie.encode("ascii", "ignore").decode() for lie in lies), client, *proxies]
    )
    assert address("10.9.9.9", written) == client
    assert address(client, written) == client


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_the_answer_is_always_an_address(forwarded):
    """What is no address would be a budget of its own, one for each nonsense."""
    said = address("10.9.9.9", forwarded)
    assert str(ip_address(said)) == said


@pytest.mark.parametrize(
    ("sent", "token"),
    [
        (None, None),
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("BEARER abc", "abc"),
        ("Basic abc", None),
        ("Bearer", None),
        ("Bearer ", ""),
        ("Bearer a b", ""),
        ("Bearer é", ""),
        ("Bearer a\tb", ""),
        ("Bearer " + "x" * 513, ""),
    ],
)
def test_bearer_tokens(sent, token):
    """A token that cannot be right is refused as bad, not taken for an anonymous visit."""
    assert bearer(raw_asgi.scope(headers={"Authorization": sent} if sent else {})) == token


def test_a_token_in_the_address_counts_only_where_allowed():
    """Addresses end in logs and histories; streaming in a browser knows no other way."""
    request = raw_asgi.scope(query=b"a=1&access_token=ab%2Dc")
    assert bearer(request) is None
    assert bearer(request, query=True) == "ab-c"
    assert bearer(raw_asgi.scope(query=b"x_access_token=a"), query=True) is None


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/activity+json, text/html", False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', False),
        ("text/html;q=0.5, application/json;q=0.9", False),
        ("text/html; q=0.9, application/json; q=0.1", True),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
        (";;,,;q=", False),
    ],
)
def test_pages_for_browsers_and_json_for_programs(accept, html):
    assert prefers_html(raw_asgi.scope(headers={"Accept": accept})) is html


def test_a_request_has_one_id_of_our_making():
    """Whoever could choose it could forge what others read in the log."""
    request = raw_asgi.scope(headers={"X-Request-Id": "mine"})
    known = request_id(request)
    assert known == request_id(request) != request_id(raw_asgi.scope())
    assert len(known) == 16 and int(known, 16) >= 0
    assert header(request, b"x-request-id") == b"mine" and header(request, b"no") is None
