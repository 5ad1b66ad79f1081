"""What hosts and authorities write is read as they mean it, in whatever form it comes."""

import base64
import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from whimbrel.core.errors import Invalid
from whimbrel.core.settings import Instance, Settings
from whimbrel.moderation.letters import addresses, deadlines, quotes
from whimbrel.moderation.letters.opening import MOST_BYTES, opened
from whimbrel.moderation.letters.reading import Letter, read

OURS = Instance.of(Settings(domain="social.example", media_domain="files.example.net"))
IDN = Instance.of(Settings(domain="xn--vgel-5qa.example"))
NOW = datetime(2021, 1, 9, 18, 0, tzinfo=UTC)  # a Saturday
LATEST = 1_700_000_000_000
POST = 105477518131200001
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
AWS = """Dear Amy, thank you for speaking with us. As we discussed, we have reported 98 examples of
posts that clearly encourage violence. Over the past 48 hours more were found, such as

> Shoot the police that protect these senators right in the head
> then make the senator grovel a bit
and “we need to start systematically assassinating #liberal leaders”, at
hxxps://social[.]example/@eve/105477518131200001 and
https://social.example/users/eve/statuses/1054775181
31200002 (screenshots attached).

We plan to suspend your account effective Sunday, January 10th, at 11:59PM PST.
"""


def things(text: str, instance: Instance = OURS) -> list[tuple[str, str]]:
    return [address.thing for address in addresses.find(text, instance, LATEST)]


def dues(text: str, received: datetime = NOW) -> list[str]:
    return [f"{moment.due:%m-%d %H:%M}" for moment in deadlines.find(text, received)]


def letter(data: bytes | str) -> Letter:
    return read(data.encode() if isinstance(data, str) else data, OURS, NOW)


def test_the_letter_of_january_2021() -> None:
    found = letter(AWS)
    assert [address.thing for address in found.addresses] == [
        ("post", "105477518131200001"),
        ("post", "105477518131200002"),
    ]
    assert found.quotes == [
        "Shoot the police that protect these senators right in the head then make the senator "
        "grovel a bit",
        "we need to start systematically assassinating #liberal leaders",
    ]
    assert [moment.due for moment in found.deadlines] == [datetime(2021, 1, 11, 7, 59, tzinfo=UTC)]
    assert "effective Sunday" in found.deadlines[0].words


# ------------------------------------------------------------------------------ addresses

DEFANGED = [
    lambda url: url.replace("https", "hxxps"),
    lambda url: url.replace("http", "h**p"),
    lambda url: url.replace("https://", "meows://"),
    lambda url: url.replace("://", "[:]//"),
    lambda url: url.replace("://", "[://]"),
    lambda url: url.replace(":", "[:]"),
    lambda url: url.replace(".", "[.]"),
    lambda url: url.replace(".", "(dot)"),
    lambda url: url.replace(".", " [dot] "),
    lambda url: url.replace(".", " dot "),
    lambda url: url.replace(".", "{.}"),
    lambda url: url.replace(".", "。"),
    lambda url: url.replace(".", "\\."),
    lambda url: url.replace("/", "\\/"),
    lambda url: url.replace("@", "[at]"),
    lambda url: url.replace("@", "%40"),
    lambda url: url.replace("https://", ""),
    lambda url: url.replace("https://", "https://www."),
    lambda url: url.replace("social", "\u200bsoc\u00adial"),
    lambda url: url.replace("social.example", "Social.EXAMPLE:443"),
    lambda url: url.replace("social", "ｓｏｃｉａｌ"),
    lambda url: url + "?utm_source=mail&amp;x=1",
    lambda url: url + "#top",
]


@given(
    st.sampled_from(DEFANGED),
    st.integers(1 << 56, LATEST << 16),
    st.sampled_from(
        [("", ""), ("(", ")"), ("<", ">"), ('"', '".'), ("see ", ", and"), ("[", "](x)")]
    ),
)
def test_an_address_is_found_however_it_was_made_harmless(how, number, around) -> None:  # type: ignore[no-untyped-def]
    url = how(f"https://social.example/@eve/{number}")
    assert things(f"Look: {around[0]}{url}{around[1]}\nBye") == [("post", str(number))]


def test_every_kind_of_address_is_told_apart() -> None:
    token = "abcdefghijklmnopqrstuv"
    assert things(
        f"https://social.example/@Eve https://social.example/ap/users/{POST} "
        f"https://files.example.net/media/{token}/original.jpg @bob@social.example "
        f"https://social.example/ap/users/7/statuses/{POST}/activity social.example/tags/x?y=1 "
        f"https://social.example/@eve@far.example/{POST + 1} social.example"
    ) == [
        ("profile", "eve"),
        ("actor", str(POST)),
        ("media", token),
        ("profile", "bob"),
        ("post", str(POST)),
        ("page", "/tags/x"),
        ("post", str(POST + 1)),
        ("page", "/"),
    ]


def test_what_is_not_ours_is_not_taken_for_it() -> None:
    assert not things(
        f"https://notsocial.example/@eve/{POST} https://social.example.evil.example/@eve/{POST} "
        f"abuse@social.example x.social.example/@a"
    )


def test_bare_numbers_are_posts_only_where_they_can_be() -> None:
    assert things(f"post {POST}, phone 00491234567890123, later {LATEST + 1 << 16}") == [
        ("post", str(POST))
    ]
    assert things(f"https://social.example/@eve/{POST} and {POST}") == [("post", str(POST))]


def test_an_address_within_that_of_an_archive_is_found() -> None:
    assert things(f"https://archive.example/web/2021/https://social.example/@eve/{POST}") == [
        ("post", str(POST))
    ]


def test_a_name_of_other_letters_is_found_both_ways() -> None:
    for name in ("xn--vgel-5qa.example", "vögel.example"):
        assert things(f"https://{name}/@eve/{POST}", IDN) == [("post", str(POST))]


# ------------------------------------------------------------------------------ deadlines

SENTENCES = [
    ("You must act within 24 hours of receipt.", ["01-10 18:00"]),
    ("We may act. We saw 12 posts in the last 24 hours, the first 3 days ago.", []),
    ("Please respond no later than 2021-01-11T17:00:00Z.", ["01-11 17:00"]),
    ("It was posted on January 10, 2021 at 10:00.", []),
    ("by 5 pm ET on January 12, 2021", ["01-12 21:00"]),
    ("by Monday, or by the 31st of February", ["01-11 00:00"]),
    ("by end of day today", ["01-09 23:59"]),
    ("before 02/03/2021", ["02-03 00:00", "03-02 00:00"]),
    ("within two (2) business days", ["01-11 18:00"]),
    ("This is a 48-hour notice. Remove it by 20:00.", ["01-09 20:00", "01-11 18:00"]),
    ("binnen 48 Stunden, spätestens bis zum 12. Januar um 18:00 Uhr MEZ",
     ["01-11 18:00", "01-12 17:00"]),
    ("sous vingt-quatre heures, au plus tard le 11 janvier à 18h30",
     ["01-10 18:00", "01-11 18:30"]),
    ("en un plazo de 72 horas; antes del 15 de enero de 2021", ["01-12 18:00", "01-15 00:00"]),
    ("48時間以内に、または2021年1月12日までに", ["01-11 18:00", "01-12 00:00"]),
    ("خلال 24 ساعة", ["01-10 18:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "due"), SENTENCES)
def test_a_sentence_names_its_moments(sentence: str, due: list[str]) -> None:
    assert dues(sentence) == due


def test_a_time_without_a_zone_is_the_writers() -> None:
    assert dues("by 17:00", NOW.astimezone(timezone(timedelta(hours=-8)))) == ["01-10 01:00"]


# ------------------------------------------------------------------------------ forms


def mail(**parts: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"] = "Trust & Safety <abuse@host.example>", "Notice 4711"
    made["Message-ID"], made["Date"] = "<4711@host.example>", "Sat, 09 Jan 2021 09:58:00 -0800"
    made.set_content(parts.get("text", AWS))
    return made


def test_a_mail_with_its_pictures_and_what_could_not_be_read() -> None:
    made = mail()
    made.add_alternative(
        "<style>p{}</style><p>by 17:00</p><a href='https://social.example/@eve/105477518131200003'>"
        "here</a>",
        subtype="html",
    )
    made.add_attachment(PIXEL, maintype="image", subtype="png", filename="1.png")
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="order.pdf")
    inner = mail(text=f"https://social.example/@eve/{POST + 8}")
    made.add_attachment(inner)
    found = letter(made.as_bytes())
    assert (found.opened.form, found.opened.sender) == ("mail", "abuse@host.example")
    assert (found.opened.name, found.opened.subject) == ("Trust & Safety", "Notice 4711")
    assert found.opened.reference == "<4711@host.example>"
    assert [int(address.value) - POST for address in found.addresses] == [0, 1, 2, 8]
    assert found.opened.pictures == [PIXEL]
    assert found.opened.unread == ["order.pdf, 8 bytes"]
    # 17:00 of the writer, who sits eight hours west.
    assert datetime(2021, 1, 10, 1, tzinfo=UTC) in [moment.due for moment in found.deadlines]


def test_a_feedback_report() -> None:
    report = (
        "Feedback-Type: abuse\nUser-Agent: Desk/1\nVersion: 1\n"
        f"Reported-URI: https://social.example/@eve/{POST}\n"
    )
    body = (
        "From: <abuse@host.example>\nSubject: ARF\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSee below.\n"
        f"--b\nContent-Type: message/feedback-report\n\n{report}\n--b--\n"
    )
    found = letter(body)
    assert found.opened.form == "arf"
    assert [address.thing for address in found.addresses] == [("post", str(POST))]


def test_a_report_of_xarf() -> None:
    report = {
        "xarf_version": "4.0.0",
        "report_id": "02eb480f-8172-431a-9276-c28ba90f694a",
        "timestamp": "2021-01-09T09:00:00-08:00",
        "reporter": {"org": "Host", "contact": "abuse@host.example", "type": "manual"},
        "category": "content",
        "type": "hate_speech",
        "source_identifier": "192.0.2.1",
        "url": f"https://social.example/@eve/{POST}",
        "evidence": [
            {"content_type": "image/png", "payload": base64.b64encode(PIXEL).decode()},
            {
                "content_type": "text/plain",
                "payload": base64.b64encode(f"post {POST + 1}".encode()).decode(),
            },
            {"content_type": "application/pdf", "payload": base64.b64encode(b"%PDF").decode()},
        ],
    }
    found = letter(json.dumps(report))
    assert (found.opened.form, found.opened.sender) == ("xarf", "abuse@host.example")
    assert (found.opened.name, found.opened.subject) == ("Host", "content · hate_speech")
    assert sorted(address.value for address in found.addresses) == [str(POST), str(POST + 1)]
    assert found.opened.pictures == [PIXEL]
    assert found.opened.unread == ["application/pdf, 4 bytes"]


def test_a_list() -> None:
    table = io.StringIO()
    rows = [
        ["url", "reason"],
        *([f"https://social.example/@eve/{POST + n}", "x"] for n in range(300)),
    ]
    csv.writer(table).writerows(rows)
    found = letter(table.getvalue())
    assert found.opened.form == "list"
    assert len(found.addresses) == 300


def test_the_same_words_in_other_encodings() -> None:
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        assert "spätestens" in opened("spätestens morgen".encode(encoding)).text


def test_an_empty_letter_and_one_too_large_are_refused() -> None:
    for wrong in (b"", b" \n", b"x" * (MOST_BYTES + 1)):
        with pytest.raises(Invalid):
            opened(wrong)


def test_mails_within_mails_end_somewhere() -> None:
    made = mail(text="deep")
    for _ in range(40):
        outer = mail(text="by Monday")
        outer.add_attachment(made)
        made = outer
    assert letter(made.as_bytes()).deadlines


@given(
    st.binary(max_size=600)
    | st.text(max_size=300).map(str.encode)
    | st.from_regex(rb"\AContent-Type: [a-z/; ]{0,20}=?[^\x00]{0,80}\r\n\r\n.{0,80}\Z")
    | st.recursive(
        st.text(max_size=9) | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=6,
    ).map(lambda inner: json.dumps({"xarf_version": 4, "reporter": inner, "e": inner}).encode())
)
@example(b"From: a\nDate: x\nContent-Type: multipart/mixed; boundary=\n\n")
@example(b"From: =?utf-8?b?//8=?=\nContent-Type: text/plain; charset=nonsense\n\n\xff")
@example(b'{"xarf_version": 1, "evidence": [{"content_type": "text/x", "payload": "\xc3\xa9"}]}')
def test_no_letter_breaks_the_reader(data: bytes) -> None:
    try:
        found = letter(data)
    except Invalid:
        return
    assert found.opened.text or found.opened.pictures or found.opened.unread


@given(st.text(max_size=2000))
def test_passages_are_of_the_letter(text: str) -> None:
    flat = " ".join(text.replace(">", " ").split())
    for passage in quotes.find(text):
        assert " ".join(passage.replace(">", " ").split()) in flat
