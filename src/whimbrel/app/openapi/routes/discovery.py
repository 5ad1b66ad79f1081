"""Finding people and tags: recommendations, blocked servers."""

from whimbrel.accounts.rules import Relationship

from ..described import Empty, Form, Paged, Table, says
from ..entities.people import Account

_OF = "/api/v1/accounts/{id}"


class DomainForm(Form):
    """The name of a server."""

    domain: str


TABLE: Table = {
    **{f"POST {_OF}/{act}": says(Relationship) for act in ("endorse", "unendorse", "pin", "unpin")},
    f"GET {_OF}/endorsements": says(list[Account], query=Paged),
    f"GET {_OF}/identity_proofs": says(list[Empty]),
    "GET /api/v1/endorsements": says(list[Account], query=Paged),
    "GET /api/v1/domain_blocks": says(list[str], query=Paged),
    "POST /api/v1/domain_blocks": says(Empty, body=DomainForm),
    "DELETE /api/v1/domain_blocks": says(Empty, query=DomainForm),
}
