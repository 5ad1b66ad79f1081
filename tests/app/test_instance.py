"""What the server says of itself to apps: limits that hold, so that nobody writes in vain."""

import pytest

from whimbrel.accounts import profile
from whimbrel.accounts.profile import Changes, FieldDraft
from whimbrel.app.about import configuration
from whimbrel.core.errors import Invalid


def test_the_limits_of_a_profile_are_those_that_hold(tx, ada):
    """An app that is told less cuts people's words short; one that is told more lets them write
    what is refused in the end."""
    told = configuration(tx.instance)["accounts"]

    def changes(name: int, note: int, rows: int, label: int, value: int) -> Changes:
        row = FieldDraft(name="n" * label, value="v" * value)
        return Changes(display_name="x" * name, note="y" * note, fields=(row,) * rows)

    most = [
        told[name]
        for name in (
            *("max_display_name_length", "max_note_length", "max_profile_fields"),
            *("profile_field_name_limit", "profile_field_value_limit"),
        )
    ]
    changed = profile.update(tx, ada, changes(*most))
    assert len(changed.fields) == told["max_profile_fields"]
    for at in range(len(most)):
        with pytest.raises(Invalid):
            profile.update(tx, ada, changes(*(n + (at == i) for i, n in enumerate(most))))
    assert told["max_featured_tags"] == 10
