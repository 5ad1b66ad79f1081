"""Signatures of requests: whoever can forge one can speak as anybody."""

import re
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from signing import BODY, KEY_ID, NOW, ORIGIN, STYLES, private, public, signed, without

from whimbrel.federation.signatures import (
    BadSignature,
    Request,
    cavage,
    crypto,
    digests,
    proves,
    public_key,
    read,
    rfc9421,
    window,
)

HOUR = 3600

# RFC 9421, B.1.1 and B.1.4: for examples only.
RSA_TEST = """-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw
WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq
MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg
kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P
uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ
PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB
-----END RSA PUBLIC KEY-----
"""
ED_TEST = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
# B.2: the request of the examples
EXAMPLE = Request(
    "POST",
    "https://example.com",
    "/foo?param=Value&Pet=dog",
    {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7"
        "BNNyealdVLvRwEmTHWXvJwew==:",
        "content-length": "18",
    },
    b'{"hello": "world"}',
)


def test_the_rfcs_own_ed25519_signature_holds():
    """RFC 9421, B.2.6: a base that differs in one byte shuts us off from everybody else."""
    covered = ["date", "@method", "@path", "@authority", "content-type", "content-length"]
    written = rfc9421._written(covered, {"created": 1618884473, "keyid": "test-key-ed25519"})
    base = rfc9421.base(EXAMPLE, covered, written)
    assert base.decode().split("\n")[1:4] == [
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
    ]
    signature = b64decode(
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    )
    assert crypto.verifies(public_key(ED_TEST), signature, base)
    assert not crypto.verifies(public_key(ED_TEST), signature, base + b" ")


def test_the_rfcs_own_rsa_signature_holds():
    """RFC 9421, 4.3: what the proxy there signed with rsa-v1_5-sha256."""
    first = (
        "LAH8BjcfcOcLojiuOBFWn0P5keD3xAOuJRGziCLuD8r5MW9S0RoXXLzLSRfGY/3SF8kVIkHjE13SEFdTo4Af/fJ/"
        "Pu9wheqoLVdwXyY/UkBIS1M8Brc8IODsn5DFIrG0IrburbLi0uCc+E2ZIIb6HbUJ+o+jP58JelMTe0QE3IpWINTE"
        "zpxjqDf5/Df+InHCAkQCTuKsamjWXUpyOT1Wkxi7YPVNOjW4MfNuTZ9HdbD2Tr65+BXeTG9ZS/9SWuXAc+BZ8WyP"
        "z0QRz//ec3uWXd7bYYODSjRAxHqX+S1ag3LZElYyUKaAIjZ8MGOt4gXEwCSLDv/zqxZeWLj/PDkn6w=="
    )
    base = (
        f'"signature";key="sig1": :{first}:\n"forwarded": for=192.0.2.123\n'
        '"@signature-params": ("signature";key="sig1" "forwarded");created=1618884480'
        ';expires=1618884540;keyid="test-key-rsa";alg="rsa-v1_5-sha256"'
    ).encode()
    signature = b64decode(
        "G1WLTL4/9PGSKEQbSAMypZNk+I2dpLJ6qvl2JISahlP31OO/QEUd8/HdO2O7vYLi5k3JIiAK3UPK4U+kvJZyIUid"
        "siXlzRI+Y2se3SGo0D8dLfhG95bKr6ukYXl60QHpsGRTfSiwdtvYKXGpKNrMlISJYd+oGrGRyI9gbCy0aFhc6I/o"
        "kIMLeK4g9PgzpC3YTwhUQ98KIBNLWHgREfBgJxjPbxFlsgJ9ykPviLj8GKJ81HwsK3XM9P7WaS7fMGOt8h1kSqgk"
        "ZQB9YqiIo+WhHvJa7iPy8QrYFKzx9BBEY6AwfStZAsXXz3LobZseyxsYcLJLs8rY0wVA9NPsxKrHGA=="
    )
    assert crypto.verifies(public_key(RSA_TEST), signature, base)


def test_the_rfcs_own_digest_holds():
    """RFC 9530, B.1."""
    body = b'{"hello": "world"}\n'
    assert digests.write_new(body) == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    digests.check_new(f"sha-512=:AAAA:, {digests.write_new(body)}", body)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("target", ["/inbox", "/ap/users/1/outbox?page=true&max_id=7"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_we_sign_we_take(style: str, target: str, method: str):
    """Two of our servers must be able to talk."""
    claim = read(signed(style, method, target), NOW + 60)
    assert claim.key_id == KEY_ID
    assert proves(claim, public())
    assert claim.made == int(NOW)


@given(
    style=st.sampled_from(sorted(STYLES)),
    method=st.sampled_from(["GET", "POST"]),
    path=st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=30),
    query=st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=30),
    body=st.binary(max_size=200),
    flip=st.integers(min_value=0),
)
def test_a_signature_holds_for_one_request_alone(style, method, path, query, body, flip):
    """Whatever is asked; and with any byte of the signature or the body changed, for none."""
    target = f"/{path}" + (f"?{query}" if query else "")
    request = signed(style, method, target, body)
    assert proves(read(request, NOW), public())
    elsewhere = request._replace(target=f"/x{target}")
    assert not proves(read(elsewhere, NOW), public())
    claim = read(request, NOW)
    at = flip % len(claim.signature)
    wrong = bytearray(claim.signature)
    wrong[at] ^= 1 << (flip % 8)
    assert not proves(claim._replace(signature=bytes(wrong)), public())
    if method == "POST":
        with pytest.raises(BadSignature):
            read(request._replace(body=body + b" "), NOW)


@given(text=st.text(max_size=300), new=st.booleans())
def test_no_header_makes_reading_fail_in_another_way(text: str, new: bool):
    """A 500 would be tried again for days, and tell that something gave way."""
    name = "signature-input" if new else "signature"
    request = Request("GET", ORIGIN, "/", {"date": "x", name: text, "signature": text})
    with pytest.raises(BadSignature):
        read(request, NOW)


@pytest.mark.parametrize("style", STYLES)
def test_a_signature_lives_for_an_hour_and_five_minutes(style: str):
    """What somebody recorded must be worthless soon; clocks that differ must not part servers."""
    request = signed(style)
    for late in (-HOUR, 0, HOUR + 299):
        assert proves(read(request, NOW + late), public())
    for late in (-HOUR - 2, HOUR + 302):
        with pytest.raises(BadSignature):
            read(request, NOW + late)


def test_nobody_may_say_that_theirs_lives_longer_than_half_a_day():
    """`expires` counts, up to twelve hours after it was made; then comes the margin."""
    now = int(NOW)
    window.check(now - 11 * HOUR, now + 99 * HOUR, NOW)
    window.check(now - 12 * HOUR, now + 99 * HOUR, NOW)
    window.check(now - 3 * HOUR, now - HOUR, NOW)
    for made, expires in ((now - 13 * HOUR - 1, now + 99 * HOUR), (now - 60, now - HOUR - 1)):
        with pytest.raises(BadSignature):
            window.check(made, expires, NOW)


def _draft(request: Request, covered: str, more: str = 'algorithm="rsa-sha256",') -> Request:
    """The same request, really signed by its owner, covering what is named."""
    said = dict(re.findall(r'(\w+)="?([^",]*)"?,', more))
    base = cavage._base(request, covered.split(" "), said, request.target)
    made = b64encode(crypto.sign_rsa(private().rsa, base)).decode()
    header = f'keyId="{KEY_ID}",{more}headers="{covered}",signature="{made}"'
    return without(request, "signature", signature=header)


ALL = "(request-target) host date digest"


def test_the_draft_that_others_send_is_taken():
    """hs2019 with times of its own, no algorithm at all, a query that was left out."""
    request = signed("draft")
    fine = [
        _draft(request, ALL, ""),
        _draft(request, ALL, 'algorithm="hs2019",'),
        _draft(request, f"{ALL} (created)", f'algorithm="hs2019",created={int(NOW)},'),
        _draft(request, f"{ALL} content-type"),
        _draft(
            request,
            "(request-target) host digest (created) (expires)",
            f'algorithm="hs2019",created={int(NOW)},expires={int(NOW) + 60},',
        ),
    ]
    for each in fine:
        assert proves(read(each, NOW), public())
    asked = signed("draft", "GET", "/outbox")._replace(target="/outbox?page=true")
    assert proves(read(asked, NOW), public())


@pytest.mark.parametrize(
    ("covered", "more"),
    [
        ("host date digest", 'algorithm="rsa-sha256",'),
        ("(request-target) date digest", 'algorithm="rsa-sha256",'),
        ("(request-target) host digest", 'algorithm="rsa-sha256",'),
        ("(request-target) host date", 'algorithm="rsa-sha256",'),
        (f"{ALL} x-absent", 'algorithm="rsa-sha256",'),
        (f"{ALL} date", 'algorithm="rsa-sha256",'),
        (ALL, 'algorithm="rsa-sha512",'),
        (ALL, 'algorithm="hmac-sha256",'),
        (f"{ALL} (created)", f'algorithm="rsa-sha256",created={int(NOW)},'),
        (f"{ALL} (created)", 'algorithm="hs2019",'),
        (f"{ALL} (created)", f'algorithm="hs2019",created={int(NOW) + 2 * HOUR},'),
        (f"{ALL} (expires)", f'algorithm="hs2019",expires={int(NOW) - 2 * HOUR},'),
    ],
)
def test_a_draft_that_covers_too_little_is_refused(covered: str, more: str):
    """Though its owner really signed it: what is not covered, anybody on the way may have put."""
    request = without(signed("draft"), x_there="1")
    if "x-absent" in covered:
        signed_with = without(request, x_absent="1")
        request = without(_draft(signed_with, covered, more), "x-absent")
    else:
        request = _draft(request, covered, more)
    with pytest.raises(BadSignature):
        read(request, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "keyId",
        f'keyId="{KEY_ID}"',
        f'keyId="{KEY_ID}",keyId="x",headers="{ALL}",signature="AAAA"',
        f'headers="{ALL}",signature="AAAA"',
        f'keyId="{KEY_ID}",headers="{ALL}",signature=""',
        f'keyId="{KEY_ID}",headers="{ALL}",signature="?"',
        f'keyId="{KEY_ID}",headers="{ALL} (other)",signature="AAAA"',
        f'keyId="{KEY_ID}",headers="{ALL}",signature="AAAA"' + "," * 5000,
    ],
)
def test_a_draft_that_cannot_be_read_is_refused(header: str):
    """401, whatever it is."""
    with pytest.raises(BadSignature):
        read(without(signed("draft"), signature=header), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"date": "yesterday"},
        {"date": "Thu, 19 Nov 2026 22:26:40"},
        {"digest": "SHA-256=?"},
        {"digest": digests.write_old(b"another")},
        {"digest": "MD5=AAAA"},
        {"digest": f"{digests.write_old(BODY)},{digests.write_old(BODY)}"},
    ],
)
def test_a_draft_with_a_wrong_date_or_digest_is_refused(changes: dict[str, str]):
    """Also where the signature itself would hold."""
    with pytest.raises(BadSignature):
        read(_draft(without(signed("draft"), **changes), ALL), NOW)


def _new(request: Request, written: str, label: str = "sig1") -> Request:
    """The same request, really signed by its owner under these parameters."""
    covered = re.findall(r'"([^"]*)"', written.partition(")")[0])
    base = rfc9421.base(request, covered, written)
    made = b64encode(crypto.sign_rsa(private().rsa, base)).decode()
    return without(request, signature_input=f"sig1={written}", signature=f"{label}=:{made}:")


WHOLE = '("@method" "@target-uri" "content-digest")'
SAID = f';created={int(NOW)};keyid="{KEY_ID}"'


def test_the_new_way_that_others_send_is_taken():
    """As Fedify covers it, without an algorithm, with nonce and tag."""
    request = without(signed("rfc9421"), host="social.example", date=window.write_date(NOW))
    fedify = '("@method" "@target-uri" "@authority" "host" "date" "content-digest")'
    for written in (
        fedify + SAID + ';alg="rsa-v1_5-sha256"',
        WHOLE + SAID,
        WHOLE + SAID + ';nonce="x";tag="fediverse"',
        WHOLE + f';created={int(NOW)};expires={int(NOW) + 9 * HOUR};keyid="{KEY_ID}"',
        '("@method" "@target-uri" "@scheme" "@path" "@query" "@request-target" "content-digest")'
        + SAID,
    ):
        assert proves(read(_new(request, written), NOW), public())


@pytest.mark.parametrize(
    "written",
    [
        '("@target-uri" "content-digest")' + SAID,
        '("@method" "content-digest")' + SAID,
        '("@method" "@target-uri")' + SAID,
        '("@method" "@method" "@target-uri" "content-digest")' + SAID,
        WHOLE + f';keyid="{KEY_ID}"',
        WHOLE + f";created={int(NOW)}",
        WHOLE + f';created="{int(NOW)}";keyid="{KEY_ID}"',
        WHOLE + f';created={int(NOW)}.5;keyid="{KEY_ID}"',
        WHOLE + f";created={int(NOW)};keyid=key",
        WHOLE + f';created={int(NOW) - 2 * HOUR};keyid="{KEY_ID}"',
        WHOLE + f';created={int(NOW) + 2 * HOUR};keyid="{KEY_ID}"',
        WHOLE + SAID + ';alg="rsa-pss-sha512"',
        WHOLE + SAID + ';alg="hmac-sha256"',
        WHOLE + SAID + ";alg=ed25519",
    ],
)
def test_a_new_one_that_covers_too_little_is_refused(written: str):
    """A library's verifier takes some of these; one of them let anybody change the body."""
    with pytest.raises(BadSignature):
        read(_new(signed("rfc9421"), written), NOW)


@pytest.mark.parametrize(
    ("input_", "signature"),
    [
        (f"sig1={WHOLE}{SAID}, sig2={WHOLE}{SAID}", "sig1=:AAAA:, sig2=:AAAA:"),
        (f"sig1={WHOLE}{SAID}, sig1={WHOLE}{SAID}", "sig1=:AAAA:"),
        (f"sig1={WHOLE}{SAID}", "sig1=:AAAA:, sig2=:AAAA:"),
        (f"sig1={WHOLE}{SAID}", "sig2=:AAAA:"),
        (f"sig1={WHOLE}{SAID}", "sig1=::"),
        (f"sig1={WHOLE}{SAID}", 'sig1="AAAA"'),
        (f'sig1="x"{SAID}', "sig1=:AAAA:"),
        (f'sig1=("@method" "@target-uri" "content-digest";sf){SAID}', "sig1=:AAAA:"),
        (f'sig1=("@method" "@target-uri" "content-digest" "@status"){SAID}', "sig1=:AAAA:"),
        (f'sig1=("@method" "@target-uri" "content-digest" "x-absent"){SAID}', "sig1=:AAAA:"),
        (f'sig1=("@method" @target-uri "content-digest"){SAID}', "sig1=:AAAA:"),
        ("", "sig1=:AAAA:"),
        ("sig1", "sig1=:AAAA:"),
    ],
)
def test_a_new_one_that_cannot_be_read_is_refused(input_: str, signature: str):
    """401, whatever it is."""
    request = without(signed("rfc9421"), signature_input=input_, signature=signature)
    with pytest.raises(BadSignature):
        read(request, NOW)


def test_where_both_are_there_the_new_one_decides():
    """Or a thief would put a good old one beside the new one that does not hold."""
    old = signed("draft")
    both = without(old, signature_input=f"sig1={WHOLE}{SAID}", content_digest="sha-256=:AAAA:")
    assert proves(read(old, NOW), public())
    with pytest.raises(BadSignature):
        read(both, NOW)


@pytest.mark.parametrize("style", STYLES)
def test_what_was_signed_for_another_server_is_nothing_here(style: str):
    """Eve wrote to Mallory, and Mallory hands it on: `Host` and `X-Forwarded-Host` are his to
    choose, our own name is not."""
    request = signed(style)
    there = without(request, host="mallory.example")._replace(origin="https://mallory.example")
    assert not proves(read(there, NOW), public())


def test_a_key_is_used_for_what_it_is():
    """An Ed25519 key verifies its own; neither is taken for the other."""
    request = signed("rfc9421")
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    theirs = key.public_key()
    written = WHOLE + SAID + ';alg="ed25519"'
    covered = ["@method", "@target-uri", "content-digest"]
    made = b64encode(key.sign(rfc9421.base(request, covered, written))).decode()
    mine = without(request, signature_input=f"sig1={written}", signature=f"sig1=:{made}:")
    assert proves(read(mine, NOW), theirs)
    assert not proves(read(mine, NOW), public())
    assert not proves(read(request, NOW), theirs)


def _pem(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode()


@pytest.mark.parametrize(
    "pem", ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "é" * 4000]
)
def test_what_is_no_key_is_refused(pem: str):
    """A stranger chose it."""
    with pytest.raises(ValueError, match=r"\w"):
        public_key(pem)


def test_a_small_key_is_refused():
    """1024 bits can be broken by whoever has the money."""
    with pytest.raises(ValueError, match="2048"):
        public_key(_pem(rsa.generate_private_key(65537, 1024)))


@pytest.mark.parametrize(
    "asked",
    [
        'sig1=("@method" "@target-uri" "x-not-there");created',  # what we do not send
        'sig1=("@method" "@status");created',
        'sig1=("@method");created;alg="hmac-sha256"',  # another way
        'sig1=("@method");created;keyid="somebody-elses"',  # another key
        'sig1=("@method");expires',
        'sig1=("@method");nonce=7',
        'sig1=("@method" "@method");created',
        'sig1=("@method";req);created',
        'sig1=("@method"), sig2=("@target-uri")',
        'sig1="@method"',
        "(((",
        "",
    ],
)
def test_what_cannot_be_signed_is_not_promised(asked: str):
    request = Request("GET", ORIGIN, "/users/eve", {"accept": "application/activity+json"})
    assert rfc9421.wished({"accept-signature": asked}, request) is None


def test_a_wish_covers_what_we_sign_anyway_and_more():
    """Asked for less than is safe, we sign no less."""
    request = Request("GET", ORIGIN, "/users/eve", {"accept": "application/activity+json"})
    wish = rfc9421.wished({"accept-signature": 'a=("accept");created;nonce="x\\"y"'}, request)
    assert wish == rfc9421.Wish("a", ("accept",), {"nonce": 'x"y'})
    headers = rfc9421.sign(request, private(), KEY_ID, NOW, wish)
    assert '("@method" "@target-uri" "accept")' in headers["signature-input"]
    assert proves(read(request._replace(headers=headers), NOW), public())
