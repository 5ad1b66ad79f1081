"""What preparing gives, and what every family asks."""

from collections.abc import Callable

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from .. import people, reading
from ..rules import Activity

Apply = Callable[[Tx], None]


async def doer(app: App, activity: Activity) -> Viewer:
    """Whoever does it, as somebody who acts here. Raises as `people.met`; NotFound: suspended."""
    met = await people.met(app, activity.actor)
    if met.suspended:
        raise NotFound
    return Viewer(account=met.id)


def ours(instance: Instance, value: object) -> int:
    """The account of ours that is named. Raises NotFound: it is none of ours."""
    uri = reading.id_of(value)
    found = None if uri is None else people.our_id(instance, uri)
    if found is None or found < 0:
        raise NotFound
    return found
