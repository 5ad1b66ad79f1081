"""What the staff does: people, reports, lists of who is kept out, numbers."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from ..described import Empty, Form, Paged, Table, Upload, says
from ..entities.moderation import (
    AdminAccount,
    AdminCanonicalEmailBlock,
    AdminCohort,
    AdminDimension,
    AdminDomainAllow,
    AdminDomainBlock,
    AdminEmailDomainBlock,
    AdminIpBlock,
    AdminMeasure,
    AdminReport,
    Letter,
    LetterTaken,
)

_V1 = "/api/v1/admin"
_LETTERS = "/api/whimbrel/v1/admin/letters"
_PEOPLE, _REPORTS = f"{_V1}/accounts", f"{_V1}/reports"


class _Named(Paged):
    username: str | None = None
    display_name: str | None = None
    by_domain: str | None = None
    email: str | None = None
    ip: str | None = None


class AdminAccountsQuery(_Named):
    """Whom to find."""

    origin: Literal["local", "remote"] | None = None
    status: Literal["active", "pending", "disabled", "silenced", "suspended"] | None = None
    permissions: Literal["staff"] | None = None
    role_ids: tuple[str, ...] = ()
    invited_by: str | None = None


class AdminAccountsQueryV1(_Named):
    """Whom to find, said with flags."""

    local: bool = False
    remote: bool = False
    active: bool = False
    pending: bool = False
    disabled: bool = False
    silenced: bool = False
    suspended: bool = False
    staff: bool = False


_Measure: TypeAlias = Literal["none", "sensitive", "disable", "silence", "suspend"]
_Closed: TypeAlias = Literal["sign_up_requires_approval", "sign_up_block", "no_access"]
_Keys: TypeAlias = Annotated[tuple[str, ...], Meta(examples=[["new_users", "languages"]])]


class AdminActionForm(Form):
    """A measure."""

    type: Annotated[_Measure, Meta(examples=["none"])] = "none"
    report_id: str | None = None
    text: str | None = None
    send_email_notification: bool = True


class AdminReportsQuery(Paged):
    """Which reports."""

    resolved: bool = False
    account_id: str | None = None
    target_account_id: str | None = None
    by_target_domain: str | None = None


class AdminReportForm(Form):
    """Where a report belongs."""

    category: Literal["spam", "legal", "violation", "other"] | None = None
    rule_ids: tuple[str, ...] = ()


class AdminDomainBlockForm(Form):
    """How far a server is kept away."""

    severity: Literal["silence", "suspend", "noop"] | None = None
    reject_media: bool = False
    reject_reports: bool = False
    private_comment: str | None = None
    public_comment: str | None = None
    obfuscate: bool = False


class NewAdminDomainBlockForm(AdminDomainBlockForm):
    """Which server, too."""

    domain: Annotated[str, Meta(examples=["far.example"])] = ""


class AdminDomainForm(Form):
    """A host."""

    domain: Annotated[str, Meta(examples=["far.example"])] = ""


class AdminEmailDomainForm(AdminDomainForm):
    """A host of addresses."""

    allow_with_approval: bool = False


class AdminIpBlockForm(Form):
    """A network, and how far whoever comes from it gets."""

    ip: Annotated[str, Meta(examples=["198.51.100.0/24"])] = ""
    severity: Annotated[_Closed | None, Meta(examples=["sign_up_block"])] = None
    comment: str | None = None
    expires_in: int | None = None


class AdminAddressForm(Form):
    """An address."""

    email: Annotated[str, Meta(examples=["eve@far.example"])] = ""


class NewAdminAddressForm(AdminAddressForm):
    """An address, or the hash that this server showed of it."""

    canonical_email_hash: str | None = None


class AdminDaysForm(Form):
    """Which days, and what of them."""

    start_at: Annotated[str, Meta(examples=["2026-11-01"])] = ""
    end_at: Annotated[str, Meta(examples=["2026-11-25"])] = ""
    keys: _Keys = ()


class AdminKindsForm(AdminDaysForm):
    """And of how many kinds."""

    limit: int | None = None


class AdminRetentionForm(Form):
    """Which days, and by what they are told."""

    start_at: Annotated[str, Meta(examples=["2026-11-01"])] = ""
    end_at: Annotated[str, Meta(examples=["2026-11-25"])] = ""
    frequency: Literal["day", "month"] = "day"


class LetterForm(Form):
    """A letter of a host or an authority: as text, or as a file in any form."""

    text: Annotated[str | None, Meta(examples=["Remove https://social.example/@ada/1"])] = None
    file: Upload | None = None
    source: Literal["host", "authority"] = "host"
    authority: str | None = None
    country: str | None = None
    reference: str | None = None
    issued: str | None = None
    ground: str | None = None
    silent_until: int | None = None


def _kept(name: str, entity: type) -> Table:
    path = f"{_V1}/{name}"
    return {
        f"GET {path}": says(list[entity], query=Paged),  # type: ignore[valid-type]
        f"GET {path}/{{id}}": says(entity),
        f"DELETE {path}/{{id}}": says(Empty),
    }


TABLE: Table = {
    f"GET {_LETTERS}": says(list[Letter]),
    f"POST {_LETTERS}": says(LetterTaken, body=LetterForm, statuses=(202,)),
    f"GET {_LETTERS}/{{id}}": says(Letter),
    f"GET {_PEOPLE}": says(list[AdminAccount], query=AdminAccountsQueryV1),
    "GET /api/v2/admin/accounts": says(list[AdminAccount], query=AdminAccountsQuery),
    f"GET {_PEOPLE}/{{id}}": says(AdminAccount),
    f"DELETE {_PEOPLE}/{{id}}": says(AdminAccount),
    f"POST {_PEOPLE}/{{id}}/action": says(Empty, body=AdminActionForm),
    **{
        f"POST {_PEOPLE}/{{id}}/{act}": says(AdminAccount)
        for act in ("approve", "reject", "enable", "unsilence", "unsuspend", "unsensitive")
    },
    f"GET {_REPORTS}": says(list[AdminReport], query=AdminReportsQuery),
    f"GET {_REPORTS}/{{id}}": says(AdminReport),
    f"PUT {_REPORTS}/{{id}}": says(AdminReport, body=AdminReportForm),
    **{
        f"POST {_REPORTS}/{{id}}/{act}": says(AdminReport)
        for act in ("assign_to_self", "unassign", "resolve", "reopen")
    },
    **_kept("domain_blocks", AdminDomainBlock),
    f"POST {_V1}/domain_blocks": says(AdminDomainBlock, body=NewAdminDomainBlockForm),
    f"PUT {_V1}/domain_blocks/{{id}}": says(AdminDomainBlock, body=AdminDomainBlockForm),
    **_kept("domain_allows", AdminDomainAllow),
    f"POST {_V1}/domain_allows": says(AdminDomainAllow, body=AdminDomainForm),
    **_kept("ip_blocks", AdminIpBlock),
    f"POST {_V1}/ip_blocks": says(AdminIpBlock, body=AdminIpBlockForm),
    f"PUT {_V1}/ip_blocks/{{id}}": says(AdminIpBlock, body=AdminIpBlockForm),
    **_kept("email_domain_blocks", AdminEmailDomainBlock),
    f"POST {_V1}/email_domain_blocks": says(AdminEmailDomainBlock, body=AdminEmailDomainForm),
    **_kept("canonical_email_blocks", AdminCanonicalEmailBlock),
    f"POST {_V1}/canonical_email_blocks": says(AdminCanonicalEmailBlock, body=NewAdminAddressForm),
    f"POST {_V1}/canonical_email_blocks/test": says(
        list[AdminCanonicalEmailBlock], body=AdminAddressForm
    ),
    f"POST {_V1}/measures": says(list[AdminMeasure], body=AdminDaysForm),
    f"POST {_V1}/dimensions": says(list[AdminDimension], body=AdminKindsForm),
    f"POST {_V1}/retention": says(list[AdminCohort], body=AdminRetentionForm),
}
