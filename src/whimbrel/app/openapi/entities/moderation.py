"""What the staff sees and nobody else."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from ..described import CountText, Entity, Id, Time
from .people import Account, Role
from .posts import Status
from .server import Rule


class AdminIp(Entity):
    """Where somebody came from: an IP address or, after a week, the network it lay in."""

    ip: str
    used_at: Time


class AdminAccount(Entity):
    """Somebody with their private side; what only one of ours has is null for others."""

    id: Id
    username: str
    domain: str | None
    created_at: Time
    email: str | None
    ip: str | None
    ips: list[AdminIp]
    locale: str | None
    invite_request: str | None
    role: Role | None
    confirmed: bool | None
    approved: bool | None
    disabled: bool | None
    silenced: bool
    suspended: bool
    sensitized: bool
    invited_by_account_id: Id | None
    created_by_application_id: Id | None
    account: Account


class AdminReport(Entity):
    """A report with all that hangs on it."""

    id: Id
    action_taken: bool
    action_taken_at: Time | None
    category: Literal["spam", "legal", "violation", "other"]
    comment: str
    forwarded: bool
    created_at: Time
    updated_at: Time
    account: AdminAccount | None
    target_account: AdminAccount | None
    assigned_account: AdminAccount | None
    action_taken_by_account: AdminAccount | None
    statuses: list[Status]
    rules: list[Rule]


class AdminDomainBlock(Entity):
    """A server that is kept at a distance."""

    id: Id
    domain: str
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 of the domain")]
    created_at: Time
    severity: Literal["silence", "suspend", "noop"]
    reject_media: bool
    reject_reports: bool
    private_comment: str | None
    public_comment: str | None
    obfuscate: bool


class AdminDomainAllow(Entity):
    """A server that is let in."""

    id: Id
    domain: str
    created_at: Time


class AdminIpBlock(Entity):
    """A network that the doors are closed to."""

    id: Id
    ip: str
    severity: Literal["sign_up_requires_approval", "sign_up_block", "no_access"]
    comment: str
    created_at: Time
    expires_at: Time | None


class AdminAttempts(Entity):
    """How often somebody tried on a day."""

    day: CountText
    accounts: CountText
    uses: CountText


class AdminEmailDomainBlock(Entity):
    """A host whose e-mail addresses are not taken."""

    id: Id
    domain: str
    created_at: Time
    history: list[AdminAttempts]
    allow_with_approval: bool


class AdminCanonicalEmailBlock(Entity):
    """An e-mail address that is not taken, as a keyed hash of its one spelling."""

    id: Id
    canonical_email_hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class AdminMeasureDay(Entity):
    """A day of it."""

    date: Time
    value: CountText


class AdminMeasure(Entity):
    """How much there was of something."""

    key: str
    unit: str | None
    total: CountText
    previous_total: CountText
    data: list[AdminMeasureDay]


class AdminDimensionKind(Entity):
    """One kind, and how much there is of it."""

    key: str
    human_key: str
    value: str
    unit: str | UnsetType = UNSET
    human_value: str | UnsetType = UNSET


class AdminDimension(Entity):
    """What kinds there are of something."""

    key: str
    data: list[AdminDimensionKind]


class AdminCohortDay(Entity):
    """How many of a cohort were still here then."""

    date: Time
    rate: Annotated[float, Meta(ge=0, le=1)]
    value: CountText


class AdminCohort(Entity):
    """Those who joined in a day or month."""

    period: Time
    frequency: Literal["day", "month"]
    data: list[AdminCohortDay]


class LetterTaken(Entity):
    """A letter of a host's was taken in; it is read in a moment."""

    id: Id


class LetterDeadline(Entity):
    """A moment that a letter may mean, and its words that say so."""

    at: Time
    words: str


class LetterItem(Entity):
    """Something a letter names, and what came of it."""

    number: int
    kind: Literal["link", "quote", "picture", "part"]
    written: str
    state: Literal["waiting", "acted", "done", "missing", "answered", "gone"]
    case: Id | None
    acts: list[str]


class Letter(Entity):
    """A letter of a host or an authority; `items` and `deadlines` where it is asked for alone."""

    id: Id
    source: Literal["host", "authority"]
    state: Literal["reading", "open", "closed"]
    sender: str
    subject: str
    confirmed: bool
    all: int
    done: int
    missing: int
    received_at: Time
    due_at: Time
    deadlines: list[LetterDeadline] | UnsetType = UNSET
    items: list[LetterItem] | UnsetType = UNSET
