"""New keys: after a backup was in wrong hands, or a restore. The old ones are destroyed."""

from whimbrel.accounts.queries import people
from whimbrel.core.tx import Tx

from .outgoing.letters import tell
from .queries import keys, reach
from .rules import SERVER, Kind, Letter, Pair


def owners(tx: Tx, names: list[str]) -> list[int]:
    """Whose keys are meant: of these people, or with no names everybody's that has some, and the
    server's own.

    Raises:
        NotFound: nobody of ours has that name.
    """
    if not names:
        return keys.owners(tx)
    return [people.by_handle(tx, name).id for name in names]


def rotate(tx: Tx, owner: int, pair: Pair) -> None:
    """Give an account (0 = the server) these keys in the place of those that it has.

    Whoever verifies what it signs finds that the key they know does not fit, and asks for it anew;
    followers are told of it besides.

    Emits: LetterWritten, where somebody elsewhere follows them
    """
    keys.remove(tx, owner)
    keys.add(tx, owner, pair)
    if owner != SERVER and reach.is_followed(tx, owner):
        tell(tx, Letter(owner, Kind.ACTOR), ("actor", str(owner)), followers=True)
