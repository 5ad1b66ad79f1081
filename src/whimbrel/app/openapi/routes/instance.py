"""What a server says about itself beside its own entity: texts, numbers, emojis, announcements; and
what it says of things that it does not have."""

from ..described import Empty, Form, Table, says
from ..entities.people import CustomEmoji
from ..entities.server import (
    Announcement,
    AnnualReports,
    AnnualReportState,
    BlockedServer,
    ExtendedDescription,
    Language,
    PrivacyPolicy,
    Rule,
    TermsOfService,
    Week,
)

_INSTANCE, _ANNOUNCEMENTS = "/api/v1/instance", "/api/v1/announcements"
_REACTION = f"{_ANNOUNCEMENTS}/{{id}}/reactions/{{name}}"
_YEARS = "/api/v1/annual_reports"


class TermsQuery(Form):
    """Which terms: those from a day such as 2026-12-31 on."""

    date: str = ""


class AnnouncementsQuery(Form):
    """Whether also those come that were put away."""

    with_dismissed: bool = False


TABLE: Table = {
    f"GET {_INSTANCE}/rules": says(list[Rule]),
    f"GET {_INSTANCE}/extended_description": says(ExtendedDescription),
    f"GET {_INSTANCE}/privacy_policy": says(PrivacyPolicy),
    f"GET {_INSTANCE}/terms_of_service": says(TermsOfService, query=TermsQuery),
    f"GET {_INSTANCE}/terms_of_service/{{date}}": says(TermsOfService),
    f"GET {_INSTANCE}/languages": says(list[Language]),
    f"GET {_INSTANCE}/translation_languages": says(dict[str, list[str]]),
    f"GET {_INSTANCE}/peers": says(list[str]),
    f"GET {_INSTANCE}/activity": says(list[Week]),
    f"GET {_INSTANCE}/domain_blocks": says(list[BlockedServer]),
    "GET /api/v1/custom_emojis": says(list[CustomEmoji]),
    f"GET {_ANNOUNCEMENTS}": says(list[Announcement], query=AnnouncementsQuery),
    f"POST {_ANNOUNCEMENTS}/{{id}}/dismiss": says(Empty),
    f"PUT {_REACTION}": says(Empty),
    f"DELETE {_REACTION}": says(Empty),
    f"GET {_YEARS}": says(AnnualReports),
    f"GET {_YEARS}/{{year}}": says(AnnualReports),
    f"GET {_YEARS}/{{year}}/state": says(AnnualReportState),
    f"POST {_YEARS}/{{year}}/generate": says(Empty),
    f"POST {_YEARS}/{{year}}/read": says(Empty),
    "GET /api/v1_alpha/async_refreshes/{id}": says(Empty),
    "POST /api/v1/statuses/{id}/translate": says(Empty),
}
