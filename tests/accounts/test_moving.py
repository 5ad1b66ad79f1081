"""Other accounts of one's own, as they are kept."""

import pytest

from whimbrel.accounts import moving
from whimbrel.accounts.queries import moving as stored
from whimbrel.core.errors import Invalid


def test_ten_names_are_kept_and_what_has_no_room_is_refused(tx, ada):
    """The longest ids there are would be an error of ours on PostgreSQL, told to nobody."""
    long = [f"https://far.example/{at}/" + "x" * 2026 for at in range(10)]
    moving.set_aliases(tx, ada, long[:9])
    assert list(stored.read(tx, ada.id).aliases) == long[:9]
    for wrong in (long, [f"https://far.example/{at}" for at in range(11)]):
        with pytest.raises(Invalid):
            moving.set_aliases(tx, ada, wrong)
    assert list(stored.read(tx, ada.id).aliases) == long[:9]
