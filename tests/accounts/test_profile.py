"""Changing one's profile: what is kept, what is refused, who hears of it."""

import msgspec
import pytest
from sqlalchemy import update

import people
from whimbrel.accounts import profile, queries, serialize
from whimbrel.accounts.events import ProfileChanged, Unlocked
from whimbrel.accounts.profile import Changes, FieldDraft
from whimbrel.accounts.queries.profile import Defaults, defaults
from whimbrel.accounts.rules import Field
from whimbrel.accounts.tables import accounts
from whimbrel.core.errors import Invalid


def refused(tx, viewer, **changes):
    """The fields that a refusal names."""
    with pytest.raises(Invalid) as found:
        profile.update(tx, viewer, Changes(**changes))
    return {field: [code for code, _ in wrong] for field, wrong in found.value.details.items()}


def test_what_is_not_named_stays(tx, ada):
    """An app that changes the picture must not empty the bio."""
    profile.update(tx, ada, Changes(note="about me", bot=True))
    profile.update(tx, ada, Changes(display_name=" Ada \n K. "))
    found = queries.by_id(tx, ada.account)
    assert (found.note, found.bot, found.display_name) == ("about me", True, "Ada K.")
    assert found.discoverable


def test_a_change_is_a_new_revision_and_is_told_once(tx, ada):
    """Otherwise the old name stays in every cache; and nothing new must not be told at all."""
    given = profile.update(tx, ada, Changes(display_name="A"))
    assert given == queries.by_id(tx, ada.account)
    assert given.rev == 2
    profile.update(tx, ada, Changes(display_name="A", sensitive=True))
    assert tx.emitted == [ProfileChanged(account=ada.account)]
    assert queries.by_id(tx, ada.account).rev == 2


def test_everything_may_be_emptied(tx, ada):
    """What somebody said of themselves is theirs to take back."""
    rows = (FieldDraft(name="a", value="b"),)
    profile.update(tx, ada, Changes(display_name="A", note="n", fields=rows, language="de"))
    profile.update(tx, ada, Changes(display_name="", note="", fields=(), language=""))
    found = queries.by_id(tx, ada.account)
    assert (found.display_name, found.note, found.fields) == ("", "", ())
    assert defaults(tx, ada.account).language is None


def test_defaults_for_posts_are_kept_and_told_to_nobody(tx, ada):
    """They are private: no revision, no event."""
    profile.update(tx, ada, Changes(visibility="private", sensitive=True, language="pt-BR"))
    assert defaults(tx, ada.account) == Defaults("private", True, "pt-BR")
    assert tx.emitted == []
    assert queries.by_id(tx, ada.account).rev == 1


def test_limits_are_told_field_by_field(tx, ada):
    """An app shows the sentence beside the right box; nothing is stored."""
    long = "x" * 600
    assert refused(tx, ada, display_name=long, note=long, language="xx_yy!") == {
        "display_name": ["ERR_TOO_LONG"],
        "note": ["ERR_TOO_LONG"],
        "language": ["ERR_INVALID"],
    }
    many = tuple(FieldDraft(name=f"n{at}", value="v") for at in range(5))
    assert refused(tx, ada, fields=many) == {"fields": ["ERR_TOO_MANY"]}
    assert refused(tx, ada, fields=(FieldDraft(value="v"),)) == {"fields": ["ERR_BLANK"]}
    assert refused(tx, ada, fields=(FieldDraft(name="x" * 256),)) == {"fields": ["ERR_TOO_LONG"]}
    assert queries.by_id(tx, ada.account).rev == 1


def test_an_address_in_a_bio_counts_as_apps_count_it(tx, ada):
    """The app said there was room left."""
    address = "https://example.org/" + "a" * 600
    found = profile.update(tx, ada, Changes(note=f"see {address}"))
    assert found.note.endswith("a" * 600)
    assert refused(tx, ada, note="https://example.org/" + "a" * 6000) == {"note": ["ERR_TOO_LONG"]}


def test_blank_rows_are_no_rows(tx, ada):
    """Apps send all four boxes, filled or not."""
    rows = (FieldDraft(name=" Site ", value="a\nb"), FieldDraft(), FieldDraft(name="only a name"))
    found = profile.update(tx, ada, Changes(fields=rows))
    assert found.fields == (Field("Site", "a b"), Field("only a name", ""))


def test_a_verified_link_stays_so_while_it_is_the_same(tx, ada):
    """Whoever changes the address must prove it again."""
    kept = (Field("Site", "https://a.example", 5), Field("Blog", "https://b.example", 6))
    raw = msgspec.json.encode(kept).decode()
    tx.run(update(accounts).where(accounts.c.id == ada.account).values(fields=raw))
    rows = (
        FieldDraft(name="Home", value="https://a.example"),
        FieldDraft(name="Blog", value="https://evil.example"),
    )
    found = profile.update(tx, ada, Changes(fields=rows))
    assert [field.verified_at for field in found.fields] == [5, None]


def test_opening_a_locked_account_says_so(tx):
    """Whoever waits outside comes in; closing it lets nobody in."""
    shy = people.make(tx, "shy", locked=True)
    profile.update(tx, shy, Changes(locked=False))
    assert tx.emitted == [ProfileChanged(account=shy.account), Unlocked(account=shy.account)]
    profile.update(tx, shy, Changes(locked=True))
    assert tx.emitted[2:] == [ProfileChanged(account=shy.account)]


def test_a_picture_that_is_not_ones_own_is_refused(tx, ada):
    """A token read off somebody's page would let their picture be erased with ours."""
    with pytest.raises(Invalid):
        profile.update(tx, ada, Changes(avatar="somebody-elses"))
    profile.update(tx, ada, Changes(avatar=None))
    assert tx.emitted == []


def test_domains_that_may_name_somebody_are_tidied(tx, ada):
    """An author pastes what stands in the address bar; what is no domain is said, and keeps the
    rest from being lost without a word."""
    pasted = ("https://Paper.example/ada", "*.blog.example", "", "paper.example", "bücher.example")
    profile.update(tx, ada, Changes(attribution_domains=pasted))
    mine = queries.by_id(tx, ada.account)
    assert mine.attribution_domains == ("paper.example", "blog.example", "xn--bcher-kva.example")
    own = msgspec.json.decode(serialize.credential(tx, ada))
    assert own["source"]["attribution_domains"] == list(mine.attribution_domains)
    for code, wrong in (
        ("ERR_INVALID", ("not a domain",)),
        ("ERR_TOO_MANY", tuple(f"d{n}.example" for n in range(101))),
    ):
        said = refused(tx, ada, attribution_domains=wrong)
        assert said == {"attribution_domains": [code]}
    assert queries.by_id(tx, ada.account) == mine
