"""What can be said to have happened at the desk. Ids only.

That somebody was reported is said in `accounts.events`: notifications, which tell the staff, stand
beside this room and cannot import it."""

from whimbrel.accounts.events import Reported

__all__ = ["Reported"]
