"""What the author of a post elsewhere wants to be asked about, and who was let.

Source: GoToSocial, interaction policies, in their old and their new words"""

from .. import reading
from ..reading import PUBLIC
from ..rules import Act
from .values import web_address

_ALWAYS = ("automaticApproval", "always")
_ASKED = ("manualApproval", "approvalRequired")


def asks_first(said: reading.Object) -> int:
    """The `Act`s for which not everybody may do it; a policy that is not there lets everybody.
    Followers are asked about too, for who they are is known over there alone."""
    policy = said.get("interactionPolicy")
    found = 0
    for act in Act:
        may = policy.get(f"can{act.word}") if isinstance(policy, dict) else None
        if not isinstance(may, dict) or not any(may.get(name) for name in _ALWAYS + _ASKED):
            continue
        if not any(PUBLIC in reading.ids_of(may.get(name)) for name in _ALWAYS):
            found |= act
    return found


def approval_of(said: reading.Object, act: Act) -> str | None:
    """Where somebody says that it may, as it claims itself."""
    for name in (f"{act.word.lower()}Authorization", "approvedBy"):
        found = web_address(reading.id_of(said.get(name)))
        if found is not None:
            return found
    return None
