"""Which of the staff's doors are open to whom, by their role."""

from whimbrel.core.errors import Forbidden, NotFound
from whimbrel.core.words import say

from .rules import Permission, Viewer, permitted

SECOND_STEP = say(
    "Whoever decides about others signs in with a second step. Add a passkey or an authenticator "
    "app under Settings, Security."
)


def admit(viewer: Viewer, needs: Permission, *, page: bool) -> None:
    """Let in whose role has this.

    Raises:
        NotFound: a page, and they are not of the staff: to them it is not there.
        Forbidden: their role may not; or it may, once there is a second step at sign-in.
    """
    if viewer.asleep:
        raise Forbidden(SECOND_STEP)
    if permitted(viewer.role, needs):
        return
    if page and viewer.role == "user":
        raise NotFound
    raise Forbidden
