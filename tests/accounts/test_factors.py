"""The second factor: which codes are right, once, and what is left of it when it goes."""

from collections import Counter

import pyotp
import pytest

from whimbrel.accounts import factors, leave, passkeys, sessions
from whimbrel.accounts.events import AccountErased, LetterWanted
from whimbrel.accounts.queries import factors as stored
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.tx import Tx


def set_up(tx: Tx, viewer: Viewer) -> tuple[pyotp.HOTP, list[str]]:
    """An app that showed a code of half a minute ago, and the recovery codes."""
    factors.begin_authenticator(tx, viewer)
    app = pyotp.HOTP(factors.setup_of(tx, viewer).secret)
    return app, factors.finish_authenticator(tx, viewer, app.at(tx.ms // factors.STEP - 1))


def test_a_code_is_taken_once_and_half_a_minute_around_it(tx, ada):
    """Whoever looks over a shoulder would come in with the same digits; or clocks that differ a
    little would lock people out."""
    app, codes = set_up(tx, ada)
    now = tx.ms // factors.STEP
    assert len(codes) == 10
    assert not factors.take(tx, ada.id, app.at(now - 1)), "it was used to set the app up"
    assert not factors.take(tx, ada.id, app.at(now - 2))
    assert not factors.take(tx, ada.id, app.at(now + 2))
    assert factors.take(tx, ada.id, app.at(now + 1))
    assert not factors.take(tx, ada.id, app.at(now + 1))
    assert not factors.take(tx, ada.id, app.at(now)), "an earlier one than was taken last"


def test_nobody_reads_the_secret_once_the_app_works(tx, ada):
    """An unlocked screen would give the second factor away for good."""
    app, _ = set_up(tx, ada)
    with pytest.raises(NotFound):
        factors.setup_of(tx, ada)
    with pytest.raises(Invalid):
        factors.begin_authenticator(tx, ada)
    kept = stored.authenticator(tx, ada.id)
    assert kept is not None and app.secret.encode() not in kept.secret


def test_recovery_codes_are_of_one_person_and_kept_as_hashes(tx, ada, bob):
    """One person's note would open another's door."""
    _, codes = set_up(tx, ada)
    set_up(tx, bob)
    assert not factors.take(tx, bob.id, codes[0])
    assert factors.take(tx, ada.id, codes[0].upper().replace("-", " "))
    assert not factors.take(tx, ada.id, codes[0])
    assert factors.of(tx, ada).codes == 9 and factors.of(tx, bob).codes == 10
    told = Counter(event.kind for event in tx.emitted if isinstance(event, LetterWanted))
    assert told == {"authenticator_added": 2, "code_used": 1}


def test_the_operator_takes_it_all_away_and_the_owner_is_told(tx, ada):
    """A lost phone would lose the account; or somebody could be opened up in silence."""
    set_up(tx, ada)
    factors.reset(tx, ada.id)
    assert not factors.wanted(tx, ada.id) and factors.of(tx, ada) == factors.Shown(None, 0)
    assert tx.emitted[-1] == LetterWanted(account=ada.id, kind="factors_reset")
    factors.reset(tx, ada.id)
    assert [each for each in tx.emitted if each.kind == "factors_reset"] == [tx.emitted[-1]]


def test_without_a_factor_there_are_no_recovery_codes(tx, ada):
    """Codes would be left that stand in for nothing."""
    set_up(tx, ada)
    factors.remove_authenticator(tx, ada)
    assert factors.of(tx, ada) == factors.Shown(None, 0)
    with pytest.raises(NotFound):
        factors.renew_codes(tx, ada)


def test_an_erased_account_leaves_none_of_it(tx, ada):
    """The secret of somebody who left would lie about."""
    set_up(tx, ada)
    leave.erase_account(tx, ada)
    leave.clear_graph(tx, AccountErased(account=ada.id, uri=""))
    leave.clear_graph(tx, AccountErased(account=ada.id, uri=""))
    assert stored.authenticator(tx, ada.id) is None and stored.codes_left(tx, ada.id) == 0


def test_showing_the_password_counts_for_one_session_and_ten_minutes(tx, ada):
    """Whoever sits at another browser of hers could take the second factor away."""
    sessions.begin(tx, ada.id)
    (mine,) = sessions.of(tx, ada)
    here = Viewer(account=ada.id, scopes=ada.scopes, session=mine.id)
    assert sessions.proved(tx, here) and not sessions.proved(tx, ada)
    with pytest.raises(NotFound):
        sessions.prove(tx, Viewer(account=ada.id, scopes=ada.scopes, session=mine.id + 1))


@pytest.mark.parametrize("name", ["", "  ", "x" * 4000, "\U0001f426" * 1000])
def test_a_passkey_is_called_something_short(tx, ada, name):
    """A page of them could not be read, or a name would be cut in silence."""
    with pytest.raises(Invalid):
        passkeys.rename(tx, ada, 1, name)
