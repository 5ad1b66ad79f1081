"""What a refusal repeats of what was sent: enough to know it again."""

import pytest

from whimbrel.accounts.tokens import scopes_of
from whimbrel.core.errors import ECHOED, WhimbrelError, echo
from whimbrel.core.http.nesting import checked, nest
from whimbrel.media import attach
from whimbrel.timelines import filters, lists
from whimbrel.timelines.filters import FilterForm
from whimbrel.timelines.lists import ListForm

LONG = "y" * 10_000
BURN = FilterForm(title="t", context=["home"], filter_action=LONG)


def test_what_is_short_is_repeated_whole():
    assert echo("burn") == "burn"
    assert echo("y" * ECHOED) == "y" * ECHOED
    assert echo("y" * ECHOED + "z") == "y" * (ECHOED - 1) + "…"


@pytest.mark.parametrize(
    "ask",
    [
        lambda tx, ada: filters.create(tx, ada, BURN),
        lambda tx, ada: lists.create(tx, ada, ListForm(title="t", replies_policy=LONG)),
        lambda _tx, _ada: scopes_of(LONG),
        lambda _tx, _ada: nest([(f"{LONG}[]", "1"), (f"{LONG}[a]", "2")]),
        lambda _tx, _ada: checked(LONG, "\0"),
        lambda tx, ada: attach.take(tx, ada.id, [10**18, 10**18 + 1, 10**18 + 2]),
    ],
)
def test_long_nonsense_is_not_sent_back(tx, ada, ask):
    """A megabyte each way for a word that is none, and a screen full of it for its reader."""
    with pytest.raises(WhimbrelError) as refused:
        ask(tx, ada)
    assert "y" * ECHOED not in str(refused.value)
    assert len(str(refused.value)) < ECHOED + 60
    for field in getattr(refused.value, "details", {}):
        assert len(field) <= ECHOED
