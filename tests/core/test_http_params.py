"""Reading requests: every form a client writes in says the same, and nonsense is told so."""

import asyncio
import gc
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import raw_asgi
from whimbrel.core.errors import Invalid, Malformed, TooLarge, WhimbrelError
from whimbrel.core.http import Params, Upload, clear_scratch, query_params, read_params
from whimbrel.core.http.nesting import encoded, flatten, nest, pairs_of

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=B"


class Visibility(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class Poll(msgspec.Struct):
    options: list[str]
    expires_in: Annotated[int, msgspec.Meta(ge=300)] = 300
    multiple: bool = False


class Keyword(msgspec.Struct):
    keyword: str
    whole_word: bool = False


class Draft(msgspec.Struct):
    status: Annotated[str, msgspec.Meta(max_length=10)] = ""
    media_ids: list[str] = []
    sensitive: bool = False
    in_reply_to_id: str | None = None
    poll: Poll | None = None
    keywords_attributes: list[Keyword] = []
    visibility: Visibility | None = None
    policy: Literal["all", "none"] = "all"
    note: str | None = None
    locked: bool | None = None
    file: Upload | None = None


@pytest.fixture
def read(tmp_path):
    """read(body or pieces, content type, query=..., method=..., **limits) -> Params"""

    def do(
        body: bytes | list[bytes] = b"",
        kind: str = "",
        query: bytes = b"",
        method: str = "POST",
        cut_off: bool = False,
        length: str = "",
        **limits: int,
    ) -> Params:
        headers = {"Content-Type": kind} if kind else {}
        if length:
            headers["Content-Length"] = length
        request = raw_asgi.scope(method=method, query=query, headers=headers)
        pieces = body if isinstance(body, list) else [body]
        receive = raw_asgi.receiver(*pieces, cut_off=cut_off)
        return asyncio.run(read_params(request, receive, scratch=tmp_path, **limits))

    return do


def part(name: str, value: bytes, filename: str | None = None, kind: str = "") -> bytes:
    named = "" if filename is None else f'; filename="{filename}"'
    typed = f"Content-Type: {kind}\r\n" if kind else ""
    head = f'--B\r\nContent-Disposition: form-data; name="{name}"{named}\r\n{typed}\r\n'
    return head.encode() + value + b"\r\n"


# --- names with brackets ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("id=1", {"id": "1"}),
        ("id[]=1&id[]=2", {"id": ["1", "2"]}),
        ("id[1]=b&id[0]=a", {"id": ["a", "b"]}),
        ("id%5B%5D=1", {"id": ["1"]}),
        ("poll[options][]=x&poll[options][]=y+z", {"poll": {"options": ["x", "y z"]}}),
        ("data[alerts][mention]=true", {"data": {"alerts": {"mention": "true"}}}),
        (
            "fields_attributes[0][name]=a&fields_attributes[0][value]=b"
            "&fields_attributes[1][name]=c",
            {"fields_attributes": [{"name": "a", "value": "b"}, {"name": "c"}]},
        ),
        (
            "k[][keyword]=a&k[][whole_word]=1&k[][keyword]=b&k[][whole_word]=0",
            {"k": [{"keyword": "a", "whole_word": "1"}, {"keyword": "b", "whole_word": "0"}]},
        ),
        (
            "k[][tags][]=1&k[][tags][]=2&k[][name]=x&k[][name]=y",
            {"k": [{"tags": ["1", "2"], "name": "x"}, {"name": "y"}]},
        ),
        (
            "k[][a][b]=1&k[][a][c]=2&k[][a][b]=3",
            {"k": [{"a": {"b": "1", "c": "2"}}, {"a": {"b": "3"}}]},
        ),
        ("a=1&a=2", {"a": "2"}),
        ("&&a&=x&", {"a": "", "": "x"}),
        (
            "a[b=1&[c]=2&a]b[=3&d[][]=4&e[f]g=5",
            {"a[b": "1", "[c]": "2", "a]b[": "3", "d": ["4"], "e[f]g": "5"},
        ),
        ("__proto__[x]=1&a[__proto__][y]=2&__proto__=3&b=1", {"b": "1"}),
        ("a[1][x]=1&a[z]=2", {"a": {"1": {"x": "1"}, "z": "2"}}),
        ("a=%zz%", {"a": "%zz%"}),
    ],
)
def test_names_with_brackets_unfold_as_in_rails(query, tree):
    """Apps were written against Rails; where it is forgiving we are."""
    assert dict(query_params(raw_asgi.scope(query=query.encode()))) == tree


@pytest.mark.parametrize(
    "query",
    [
        b"a=%ff",
        b"a=\xff",
        b"a=%ED%A0%80",
        b"a=%C0%80",
        b"%ff=a",
        b"a=1&a[b]=2",
        b"a=1&a[]=2",
        b"a[]=1&a[b]=2",
        b"a[b][]=1&a[b][c]=2",
        b"a" + b"[b]" * 8 + b"=1",
        b"a" + b"[]" + b"[b]" * 200_000 + b"=1",
        b"&".join(b"a%d=1" % n for n in range(1001)),
        b"&" * 1000,
    ],
)
def test_a_query_that_cannot_be_meant_is_malformed(query):
    """Not a 500, and no second interpretation that a proxy in front would not share."""
    with pytest.raises(Malformed):
        query_params(raw_asgi.scope(query=query))


@pytest.mark.parametrize("query", [b"a=x%00y", b"a%00b=x", b"a[]=%00", b"a=\0"])
def test_nul_is_invalid_and_names_the_field(query):
    """PostgreSQL refuses NUL in text with an error nobody would understand."""
    with pytest.raises(Invalid) as caught:
        query_params(raw_asgi.scope(query=query))
    assert [name[0] for name in caught.value.details] == ["a"]


names = st.text("abcdefgh_", min_size=1, max_size=6)
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
maps = st.dictionaries(names, words, min_size=1, max_size=3)
trees = st.dictionaries(
    names,
    st.recursive(
        words | st.lists(words, min_size=1, max_size=3) | st.lists(maps, min_size=1, max_size=3),
        lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3),
        max_leaves=10,
    ),
    max_size=5,
)


@given(trees)
def test_a_form_and_json_say_the_same(tree):
    """Whatever an app nests arrives equal, written as brackets, as a query or as JSON."""
    assert nest(flatten(tree)) == tree
    assert nest(pairs_of(encoded(tree).encode())) == tree
    assert msgspec.json.decode(msgspec.json.encode(tree)) == tree


@given(st.lists(st.dictionaries(names, words, min_size=2, max_size=2), min_size=1), st.data())
def test_lists_of_maps_without_numbers_come_apart_again(items, data):
    """`k[][a]=..&k[][b]=..` marks no borders: a key that repeats is one."""
    keys = data.draw(st.lists(names, min_size=1, max_size=3, unique=True))
    uniform = [{key: str(at) for key in keys} for at, _ in enumerate(items)]
    query = "&".join(f"k[][{key}]={item[key]}" for item in uniform for key in keys)
    assert nest(pairs_of(query.encode())) == {"k": uniform}


@given(st.binary(max_size=200))
def test_no_query_breaks_us(raw):
    """Whatever bytes come: a tree or a refusal."""
    try:
        query_params(raw_asgi.scope(query=raw))
    except WhimbrelError as refused:
        assert refused.status in (400, 422)


# --- bodies ----------------------------------------------------------------------------------


def test_all_three_kinds_of_body_say_the_same(read):
    """An app chooses its encoding by habit, per request."""
    wanted = Draft(
        status="hi",
        media_ids=["1", "2"],
        sensitive=True,
        in_reply_to_id="12",
        poll=Poll(["a", "b"], 600, True),
        keywords_attributes=[Keyword("x", True), Keyword("y")],
        visibility=Visibility.PRIVATE,
    )
    form = (
        b"status=hi&media_ids[]=1&media_ids[]=2&sensitive=on&in_reply_to_id=12&poll[options][]=a"
        b"&poll[options][]=b&poll[expires_in]=600&poll[multiple]=1&visibility=private&unknown[x]=1"
        b"&keywords_attributes[][keyword]=x&keywords_attributes[][whole_word]=true"
        b"&keywords_attributes[][keyword]=y"
    )
    json = (
        b'{"status":"hi","media_ids":{"0":1,"1":"2"},"sensitive":"True","in_reply_to_id":12,'
        b'"poll":{"options":["a","b"],"expires_in":"600","multiple":true},"visibility":"private",'
        b'"keywords_attributes":{"0":{"keyword":"x","whole_word":"1"},"1":{"keyword":"y"}},'
        b'"unknown":[[1]]}'
    )
    multipart = (
        b"".join(part(name, value.encode()) for name, value in pairs_of(form)) + b"--B--\r\n"
    )
    assert read(form, FORM).to(Draft) == wanted
    assert read(json, JSON + "; charset=utf-8").to(Draft) == wanted
    assert read(multipart, MULTIPART).to(Draft) == wanted
    assert (
        read([multipart[i : i + 1] for i in range(len(multipart))], MULTIPART).to(Draft) == wanted
    )
    assert query_params(raw_asgi.scope(query=form)).to(Draft) == wanted


def test_the_body_wins_over_the_query(read):
    assert dict(read(b"a=body", FORM, query=b"a=query&b=2")) == {"a": "body", "b": "2"}


def test_methods_without_a_body_never_wait_for_one(read):
    """A GET that announces a body must not hold a handler for a minute."""
    assert dict(read(b"a=1", FORM, query=b"b=2", method="GET")) == {"b": "2"}
    assert dict(read(b"a=1", FORM, method="DELETE")) == {"a": "1"}


def test_a_question_may_be_asked_in_json(read):
    """Mastodon.py asks for familiar followers by a GET with a body."""
    assert dict(read(b'{"id":["7"]}', JSON, query=b"b=2", method="GET")) == {"b": "2", "id": ["7"]}


@pytest.mark.parametrize("kind", ["", FORM, JSON, MULTIPART, "text/plain", 'nonsense;;="'])
def test_an_empty_body_is_fine_whatever_it_claims_to_be(read, kind):
    """Many apps set a content type on a POST that carries nothing."""
    assert not read(b"", kind)
    assert not read([b"", b"", b""], kind)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"hello", ""),
        (b"hello", "text/plain"),
        (b"<a/>", "application/xml"),
        (b"{", JSON),
        (b"[1]", JSON),
        (b'"text"', JSON),
        (b"1", JSON),
        (b'{"a":NaN}', JSON),
        (b'{"a":1e999}', JSON),
        (b'{"a":' + b"9" * 5000 + b"}", JSON),
        (b'{"a":"\xff"}', JSON),
        (b'{"a":"\xed\xa0\x80"}', JSON),
        (b'{"a":"\\ud800"}', JSON),
        (b'{"a":"\\udc00x"}', JSON),
        (b'{"a":"\\ud800\\u0041"}', JSON),
        (b'{"a":1}{"b":2}', JSON),
        (b'{"a":' * 33 + b"1" + b"}" * 33, JSON),
        (b'{"a":' + b"[" * 500_000, JSON),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON),
        (b"a=%ff", FORM),
        (b"a", "multipart/form-data"),
        (b"a", "multipart/form-data; boundary="),
        (b"a", "multipart/form-data; boundary=" + "x" * 300),
        (b"--\r\n\r\n----", "multipart/form-data; boundary="),
        (b"a", MULTIPART),
        (b"--B\r\n\r\nno name\r\n--B--\r\n", MULTIPART),
        (b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n", MULTIPART),
        (b"--B\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--B--\r\n", MULTIPART),
        (b"--B\r\n" + b"X: y\r\n" * 100 + b"\r\nx\r\n--B--\r\n", MULTIPART),
        (b"--B\r\nX: " + b"y" * 100_000 + b"\r\n\r\nx\r\n--B--\r\n", MULTIPART),
        (part("a", b"\xff") + b"--B--\r\n", MULTIPART),
        (part("a", b"x"), MULTIPART),
        (part("f", b"half a fi", "x.png"), MULTIPART),
        (part("a", b"x") * 1001 + b"--B--\r\n", MULTIPART),
    ],
)
def test_nonsense_bodies_are_malformed(read, tmp_path, body, kind):
    """Each of these reached some server's 500 page, or its memory. Nothing stays on disk."""
    with pytest.raises(Malformed):
        read(body, kind)
    assert not list(tmp_path.iterdir())


def test_json_keys_that_repeat_or_pollute_are_harmless(read):
    """CVE-2022-0432: `__proto__` must not travel on to a place where it means something."""
    body = b'{"a":1,"a":2,"__proto__":{"x":1},"b":[{"__proto__":1,"c":3}]}'
    assert dict(read(body, JSON)) == {"a": 2, "b": [{"c": 3}]}
    assert dict(read(b"null", JSON)) == {}


@pytest.mark.parametrize(
    "body", [b'{"a":"\\u0000"}', b'{"x":{"a\\u0000":1}}', b'{"a":["x\\u0000"]}']
)
def test_nul_in_json_is_invalid(read, body):
    with pytest.raises(Invalid):
        read(body, JSON)


def test_nul_in_multipart_is_invalid(read):
    for body in (part("a", b"x\0"), part("a\0", b"x"), part("a\0", b"x", "f.png")):
        with pytest.raises(WhimbrelError) as caught:
            read(body + b"--B--\r\n", MULTIPART)
        assert caught.value.status in (400, 422)


def test_too_much_is_refused_before_it_is_kept(read, tmp_path):
    """By what is announced, or by what really comes when nothing or a lie was announced."""
    file = part("f", b"x" * 3000, "x.png") + b"--B--\r\n"
    field = part("a", b"x" * 3000) + b"--B--\r\n"
    limits = {"form_bytes": 1000, "file_bytes": 2000}
    for body, kind, length in (
        (b"", FORM, "1001"),
        (b"", FORM, "9" * 400),
        (b"a" * 1001, FORM, ""),
        ([b"a" * 600, b"a" * 600], FORM, "10"),
        (b"", MULTIPART, "3001"),
        (file, MULTIPART, ""),
        (field, MULTIPART, ""),
    ):
        with pytest.raises(TooLarge):
            read(body, kind, length=length, **limits)
    assert not list(tmp_path.iterdir())


def test_a_client_that_goes_away_is_no_request(read, tmp_path):
    """Half a post would be a post that nobody wrote."""
    for body, kind in ((b"status=hal", FORM), (part("f", b"x" * 300_000, "x.png"), MULTIPART)):
        with pytest.raises(Malformed):
            read(body, kind, cut_off=True)
    assert not list(tmp_path.iterdir())


def test_a_slow_body_ends_at_its_deadline(tmp_path, monkeypatch):
    """One byte a second for ever would hold a connection and a scratch file for ever."""
    monkeypatch.setattr("whimbrel.core.http.params.FORM_SECONDS", 0.05)

    async def drip() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"a", "more_body": True}

    request = raw_asgi.scope(method="POST", headers={"Content-Type": FORM})
    with pytest.raises(Malformed, match="too long"):
        asyncio.run(read_params(request, drip, scratch=tmp_path))


# --- files -----------------------------------------------------------------------------------


def test_a_file_is_on_disk_under_no_name_of_the_client(read, tmp_path):
    """CVE-2023-36460: a name such as ../../x must not choose where bytes land."""
    data = bytes(range(256)) * 4000
    body = part("file", data, "../../etc/C:\\x\\naïve.png", "Image/PNG; a=b") + b"--B--\r\n"
    params = read([body[i : i + 70_000] for i in range(0, len(body), 70_000)], MULTIPART)
    upload = params.upload("file")
    assert upload.path.read_bytes() == data and upload.size == len(data)
    assert upload.path.parent.parent == tmp_path and upload.path.parent.stat().st_mode & 0o77 == 0
    assert (upload.path.name, upload.filename, upload.content_type) == (
        "1",
        "naïve.png",
        "image/png",
    )
    assert params.to(Draft).file is upload


def test_files_go_with_the_request_unless_moved(read, tmp_path):
    """Uploads that nobody took would fill the disk with pictures nobody may see."""
    body = part("a", b"one", "a.png") + part("b", b"two", "b.png") + b"--B--\r\n"
    gc.disable()
    try:
        params = read(body, MULTIPART)
        kept = tmp_path / "kept"
        params.upload("a").path.rename(kept)
        upload = params.to(msgspec.defstruct("Only", [("b", Upload)])).b
        del params
        assert upload.path.read_bytes() == b"two", "held by the upload alone"
        del upload
        assert list(tmp_path.iterdir()) == [kept]
    finally:
        gc.enable()
    params = read(body, MULTIPART)
    params.close()
    params.close()
    assert list(tmp_path.iterdir()) == [kept] and kept.read_bytes() == b"one"


def test_a_file_input_left_empty_is_no_parameter(read):
    """Browsers send an empty file with an empty name for it."""
    body = part("avatar", b"", "", "application/octet-stream") + part("a", b"1") + b"--B--\r\n"
    assert dict(read(body, MULTIPART)) == {"a": "1"}
    assert read(b"avatar=", FORM).upload("avatar") is None
    with pytest.raises(Invalid):
        read(b"avatar=x", FORM).upload("avatar")
    with pytest.raises(Invalid):
        read(part("status", b"x", "x.txt") + b"--B--\r\n", MULTIPART).text("status")


def test_scratch_is_empty_after_a_crash(tmp_path):
    """D7: the original of a picture may not outlive the process that was to strip it."""
    left = tmp_path / "scratch" / "upload-old"
    left.mkdir(parents=True)
    (left / "1").write_bytes(b"raw")
    clear_scratch(tmp_path / "scratch")
    assert not list((tmp_path / "scratch").iterdir())


# --- the types wanted ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "field", "value"),
    [
        ({"sensitive": "False"}, "sensitive", False),  # Mastodon.py with a poll
        ({"sensitive": ""}, "sensitive", False),
        ({"sensitive": None}, "sensitive", False),
        ({"sensitive": 1}, "sensitive", True),
        ({"locked": ""}, "locked", None),
        ({"locked": "off"}, "locked", False),
        ({"note": ""}, "note", ""),
        ({"note": None}, "note", None),
        ({"status": 12}, "status", "12"),
        ({"media_ids": "7"}, "media_ids", ["7"]),
        ({"media_ids": [""]}, "media_ids", []),
        ({"media_ids": [None, 3]}, "media_ids", ["3"]),
        ({"media_ids": ""}, "media_ids", []),
        ({"media_ids": {"10": "b", "2": "a"}}, "media_ids", ["a", "b"]),
        ({"poll": ""}, "poll", None),
        ({"poll": {"options": "a", "expires_in": 3e2}}, "poll", Poll(["a"], 300)),
        ({"keywords_attributes": {"keyword": "x"}}, "keywords_attributes", [Keyword("x")]),
        ({"visibility": ""}, "visibility", None),
        ({"visibility": "public"}, "visibility", Visibility.PUBLIC),
        ({"policy": "none"}, "policy", "none"),
        ({"file": ""}, "file", None),
    ],
)
def test_what_can_be_meant_is_taken_so(tree, field, value):
    assert getattr(Params(tree).to(Draft), field) == value


@pytest.mark.parametrize(
    ("tree", "path", "words"),
    [
        ({"sensitive": "perhaps"}, "sensitive", "true or false"),
        ({"sensitive": 2}, "sensitive", "true or false"),
        ({"status": ["x"]}, "status", "text"),
        ({"status": "x" * 11}, "status", "length at most 10"),
        ({"poll": "x"}, "poll", "map"),
        ({"poll": {}}, "poll.options", "blank"),
        ({"poll": {"options": [], "expires_in": "soon"}}, "poll.expires_in", "whole number"),
        ({"poll": {"options": [], "expires_in": "9" * 19}}, "poll.expires_in", "whole number"),
        ({"poll": {"options": [], "expires_in": True}}, "poll.expires_in", "whole number"),
        ({"poll": {"options": [], "expires_in": 5}}, "poll.expires_in", "at least 300"),
        ({"poll": {"options": [{}]}}, "poll.options.0", "text"),
        ({"keywords_attributes": [{"keyword": "a"}, {}]}, "keywords_attributes.1.keyword", "blank"),
        ({"visibility": "secret"}, "visibility", "public, private"),
        ({"policy": "some"}, "policy", "all, none"),
        ({"file": "x"}, "file", "file"),
    ],
)
def test_what_cannot_be_meant_is_told_by_field(tree, path, words):
    """An app shows the sentence; a sign-up form shows it beside the field."""
    with pytest.raises(Invalid) as caught:
        Params(tree).to(Draft)
    assert list(caught.value.details) == [path]
    assert words in str(caught.value) and path in str(caught.value) and "`" not in str(caught.value)


def test_all_wrong_fields_are_told_at_once():
    with pytest.raises(Invalid) as caught:
        Params({"sensitive": "x", "poll": {"expires_in": "y"}}).to(Draft)
    assert set(caught.value.details) == {"sensitive", "poll.options", "poll.expires_in"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    ),
    st.sampled_from(Draft.__struct_fields__),
)
def test_no_json_breaks_the_conversion(value, field):
    """Whatever an app sends under a known name: a draft or a refusal that names it."""
    try:
        assert isinstance(Params({field: value}).to(Draft), Draft)
    except Invalid as refused:
        assert all(name.split(".")[0] == field for name in refused.details)


def test_single_values_are_read_as_leniently():
    params = Params(
        {"a": "1", "b": ["1", "x", "", 2], "c": 5, "d": None, "e": {"0": "q"}, "f": "9" * 25}
    )
    assert (params.text("a"), params.text("c"), params.text("d", "z"), params.text("no")) == (
        *("1", "5", "z"),
        "",
    )
    assert (params.flag("a"), params.flag("no", True), params.flag("d")) == (True, True, False)
    assert (params.number("a"), params.number("c"), params.number("no", 7)) == (1, 5, 7)
    assert (params.list("e"), params.list("a"), params.list("no")) == (["q"], ["1"], [])
    assert params.ids("b") == [1, -1, 2]
    for wrong in (lambda: params.number("f"), lambda: params.text("b"), lambda: params.flag("c")):
        with pytest.raises(Invalid):
            wrong()
    assert "9" not in repr(params), "values are people's words and stay out of logs"
