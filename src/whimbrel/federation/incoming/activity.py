"""The outside of what arrives: who does what."""

from whimbrel.core.errors import Malformed

from .. import reading
from ..rules import Activity, same_origin


def read_activity(body: bytes) -> Activity:
    """An activity as it was sent.

    Raises:
        Malformed: none, or one that is not on the server of whoever it says does it.
    """
    said = reading.parse(body)
    id_, type_, actor = reading.id_of(said.get("id")), reading.type_of(said), said.get("actor")
    doer = reading.id_of(actor)
    if id_ is None or doer is None or not type_ or len(reading.many(actor)) > 1:
        raise Malformed("This is no activity.")
    if not same_origin(id_, doer):
        raise Malformed("This activity is on another server than who does it.")
    return Activity(id_, type_, doer, said)
