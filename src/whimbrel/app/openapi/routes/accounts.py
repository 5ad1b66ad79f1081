"""Accounts: one's own, others', and how one stands to them."""

from typing import Literal

from whimbrel.accounts.oauth import Granted
from whimbrel.accounts.rules import Relationship
from whimbrel.timelines.rules import UserList

from ..described import Empty, Entity, Form, Ids, Offset, Paged, Table, Upload, says
from ..entities.people import (
    Account,
    CredentialAccount,
    FamiliarFollowers,
    MutedAccount,
    Preferences,
    Profile,
    Receipt,
    WholeAccount,
)

_OF = "/api/v1/accounts/{id}"
_REQUEST = "/api/v1/follow_requests/{id}"


class SignUpForm(Form):
    """Who wants to join."""

    username: str
    email: str
    password: str
    agreement: bool
    locale: str = "en"
    reason: str = ""
    invite_code: str = ""
    date_of_birth: str = ""  # YYYY-MM-DD, where the instance says `min_age`


class LetterForm(Form):
    """Another address for the letter."""

    email: str = ""


class FieldForm(Form):
    """A row of the table on a profile."""

    name: str = ""
    value: str = ""


class SourceForm(Form):
    """How one likes to post."""

    privacy: Literal["public", "unlisted", "private"] | None = None
    sensitive: bool | None = None
    language: str | None = None


class ProfileForm(Form):
    """What is to change; the rows of the table also as a map of numbers to rows."""

    display_name: str = ""
    note: str = ""
    locked: bool = False
    bot: bool = False
    discoverable: bool = False
    indexable: bool = False
    hide_collections: bool = False
    attribution_domains: tuple[str, ...] = ()
    fields_attributes: tuple[FieldForm, ...] = ()
    source: SourceForm | None = None
    avatar: Upload | None = None
    header: Upload | None = None


class FollowForm(Form):
    """How to follow."""

    reblogs: bool | None = None
    notify: bool | None = None
    languages: tuple[str, ...] = ()


class MuteForm(Form):
    """For how many seconds (0: for good), and whether notifications too."""

    notifications: bool = True
    duration: int = 0


class NoteForm(Form):
    """A note for oneself."""

    comment: str = ""


class Handle(Form):
    """Who exactly: `name` or `name@domain`."""

    acct: str


class AccountQuery(Offset):
    """Whom one may mean."""

    q: str = ""
    following: bool = False
    resolve: bool = False


class AliasForm(Form):
    """Which other accounts are one's own."""

    also_known_as_uris: tuple[str, ...] = ()


class MoveForm(Form):
    """Where to, and one's password."""

    moved_to_uri: str
    password: str


class Accepted(Entity):
    """It will be done."""

    status: str


TABLE: Table = {
    "GET /api/v1/accounts": says(list[Account], query=Ids),
    "POST /api/v1/accounts": says(Granted, body=SignUpForm),
    "GET /api/v1/accounts/familiar_followers": says(list[FamiliarFollowers], query=Ids),
    "GET /api/v1/accounts/lookup": says(Account, query=Handle),
    "GET /api/v1/accounts/relationships": says(list[Relationship], query=Ids),
    "GET /api/v1/accounts/search": says(list[Account], query=AccountQuery),
    "PATCH /api/v1/accounts/update_credentials": says(CredentialAccount, body=ProfileForm),
    "GET /api/v1/accounts/verify_credentials": says(CredentialAccount),
    f"GET {_OF}": says(WholeAccount),
    "POST /api/v1/accounts/alias": says(CredentialAccount, body=AliasForm),
    "POST /api/v1/accounts/move": says(Accepted, body=MoveForm),
    f"POST {_OF}/follow": says(Relationship, body=FollowForm),
    f"POST {_OF}/mute": says(Relationship, body=MuteForm),
    f"POST {_OF}/note": says(Relationship, body=NoteForm),
    **{
        f"POST {_OF}/{act}": says(Relationship)
        for act in ("block", "unblock", "unfollow", "unmute", "remove_from_followers")
    },
    f"GET {_OF}/followers": says(list[Account], query=Paged),
    f"GET {_OF}/following": says(list[Account], query=Paged),
    f"GET {_OF}/lists": says(list[UserList]),
    "GET /api/v1/blocks": says(list[Account], query=Paged),
    "GET /api/v1/mutes": says(list[MutedAccount], query=Paged),
    "GET /api/v1/follow_requests": says(list[Account], query=Paged),
    f"POST {_REQUEST}/authorize": says(Relationship),
    f"POST {_REQUEST}/reject": says(Relationship),
    "GET /api/v1/emails/check_confirmation": says(bool),
    "POST /api/v1/emails/confirmations": says(Empty, body=LetterForm),
    "GET /api/v1/preferences": says(Preferences),
    "GET /api/whimbrel/v1/receipts": says(list[Receipt]),
    "GET /api/whimbrel/v1/receipts/{id}": says(Receipt),
    "GET /api/v1/profile": says(Profile),
    "PATCH /api/v1/profile": says(Profile, body=ProfileForm),
    "PUT /api/v1/profile": says(Profile, body=ProfileForm),
    "DELETE /api/v1/profile/avatar": says(CredentialAccount),
    "DELETE /api/v1/profile/header": says(CredentialAccount),
}
