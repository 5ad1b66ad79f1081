"""The pages there are, and which role sees which."""

from typing import NamedTuple

from whimbrel.accounts.rules import Permission, Role, permitted
from whimbrel.core.words import Said, say


class Area(NamedTuple):
    """A page in the list of them. `group`: those of one stand together."""

    path: str
    symbol: str
    name: Said
    words: Said
    needs: Permission
    group: int


HOME = "/admin"
# The moderation desk comes where the reports are, the way out of here where it says how to copy.
AREAS = (
    Area(
        HOME,
        "chart",
        say("Dashboard"),
        say("What waits for you, and how the week was."),
        Permission.VIEW_DASHBOARD,
        0,
    ),
    Area(
        f"{HOME}/reports",
        "shield",
        say("Reports"),
        say("What people say is wrong, until one of you closes it."),
        Permission.TRIAGE,
        0,
    ),
    Area(
        f"{HOME}/letters",
        "file",
        say("Letters"),
        say("What hosts and authorities ask for, and by when."),
        Permission.MANAGE_REPORTS,
        0,
    ),
    Area(
        f"{HOME}/vault",
        "lock",
        say("Evidence"),
        say("What grave cases are about, sealed."),
        Permission.MANAGE_REPORTS,
        0,
    ),
    Area(
        f"{HOME}/automation",
        "bolt",
        say("Automation"),
        say("Rules of your own that look at every new post."),
        Permission.MANAGE_AUTOMATION,
        0,
    ),
    Area(
        f"{HOME}/accounts",
        "users",
        say("Accounts"),
        say("Who is here, who waits, who is kept out."),
        Permission.MANAGE_USERS,
        0,
    ),
    Area(
        f"{HOME}/roles",
        "users",
        say("Roles"),
        say("Who of you may do what."),
        Permission.MANAGE_ROLES,
        0,
    ),
    Area(
        f"{HOME}/log",
        "list",
        say("Log"),
        say("All that the staff did, the last of it first."),
        Permission.VIEW_AUDIT_LOG,
        0,
    ),
    Area(
        f"{HOME}/invites",
        "mail",
        say("Invitations"),
        say("Links with which people can sign up."),
        Permission.MANAGE_INVITES,
        0,
    ),
    Area(
        f"{HOME}/doors",
        "lock",
        say("Closed doors"),
        say("Networks and e-mail addresses nobody comes in with."),
        Permission.MANAGE_BLOCKS,
        0,
    ),
    Area(
        f"{HOME}/federation",
        "server",
        say("Other servers"),
        say("Which are known, which are kept away."),
        Permission.MANAGE_FEDERATION,
        1,
    ),
    Area(
        f"{HOME}/trends",
        "bolt",
        say("Trends"),
        say("What everybody may be shown."),
        Permission.MANAGE_TAXONOMIES,
        1,
    ),
    Area(
        f"{HOME}/announcements",
        "bell",
        say("Announcements"),
        say("What stands on top of every home."),
        Permission.MANAGE_ANNOUNCEMENTS,
        2,
    ),
    Area(
        f"{HOME}/rules",
        "scale",
        say("Rules"),
        say("What everybody keeps to."),
        Permission.MANAGE_RULES,
        2,
    ),
    Area(
        f"{HOME}/texts",
        "file",
        say("Long texts"),
        say("What this place is, its privacy policy, its terms."),
        Permission.MANAGE_SETTINGS,
        2,
    ),
    Area(
        f"{HOME}/emojis",
        "image",
        say("Emojis"),
        say("Little pictures of your own."),
        Permission.MANAGE_CUSTOM_EMOJIS,
        2,
    ),
    Area(
        f"{HOME}/settings",
        "settings",
        say("Server settings"),
        say("What is set, and where."),
        Permission.MANAGE_SETTINGS,
        3,
    ),
    Area(
        f"{HOME}/jobs",
        "clock",
        say("Jobs"),
        say("What is still to be done, and what failed."),
        Permission.VIEW_DEVOPS,
        3,
    ),
    Area(
        f"{HOME}/storage",
        "archive",
        say("Storage"),
        say("What takes how much room."),
        Permission.VIEW_DEVOPS,
        3,
    ),
    Area(
        f"{HOME}/exit",
        "exit",
        say("Exit"),
        say("Where everything lies, and how to copy it."),
        Permission.VIEW_DEVOPS,
        4,
    ),
)


ROLE_NAMES: dict[Role, Said] = {
    "user": say("Nobody of the staff"),
    "helper": say("Helper"),
    "moderator": say("Moderator"),
    "senior": say("Senior moderator"),
    "legal": say("Legal"),
    "lead": say("Duty lead"),
    "auditor": say("Auditor"),
    "admin": say("Administrator"),
}
ROLE_WORDS: dict[Role, Said] = {
    "helper": say("Sorts what is spam or against the rules, and puts warnings before posts."),
    "moderator": say("Decides all cases but appeals; suspends nobody."),
    "senior": say("The same, answers appeals, suspends."),
    "legal": say("As a moderator; orders of authorities, and the evidence."),
    "lead": say("As a senior moderator; rules that act by themselves, and who is on call."),
    "auditor": say("Reads the log, nothing else."),
    "admin": say("Everything. Made by a command on the machine itself."),
}


def areas(role: Role) -> list[Area]:
    """The pages that this role may see."""
    return [area for area in AREAS if permitted(role, area.needs)]
