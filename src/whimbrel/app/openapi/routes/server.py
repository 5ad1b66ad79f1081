"""The server itself, and letting apps in."""

from typing import Any

from whimbrel.accounts.oauth import Granted

from ..described import Empty, Form, Table, says
from ..entities.people import Application, CredentialApplication, ServerMetadata
from ..entities.server import (
    Instance,
    NodeInfo,
    NodeInfoLinks,
    OldInstance,
    UserInfo,
    WebFinger,
)


class AppForm(Form):
    """What an app says of itself; `redirect_uris` may be one text with newlines between."""

    client_name: str
    redirect_uris: list[str]
    scopes: str = "read"
    website: str = ""


class TokenForm(Form):
    """What an app asks a token with; the client may stand in Basic authorization as well."""

    grant_type: str
    client_id: str = ""
    client_secret: str = ""
    redirect_uri: str = ""
    code: str = ""
    code_verifier: str = ""
    scope: str = ""


class RevokeForm(Form):
    """The token that shall end."""

    token: str
    client_id: str = ""
    client_secret: str = ""


class Resource(Form):
    """Who is looked for: `acct:name@domain`."""

    resource: str


TABLE: Table = {
    "GET /.well-known/host-meta": says(None, kind="application/xrd+xml"),
    "GET /.well-known/nodeinfo": says(NodeInfoLinks),
    "GET /.well-known/oauth-authorization-server": says(ServerMetadata),
    "GET /.well-known/webfinger": says(WebFinger, query=Resource, kind="application/jrd+json"),
    "GET /nodeinfo/2.0": says(NodeInfo),
    "GET /nodeinfo/2.1": says(NodeInfo),
    "GET /api/openapi.json": says(dict[str, Any]),
    "GET /api/v1/instance": says(OldInstance),
    "GET /api/v2/instance": says(Instance),
    "POST /api/v1/apps": says(CredentialApplication, body=AppForm),
    "GET /api/v1/apps/verify_credentials": says(Application),
    "POST /oauth/token": says(Granted, body=TokenForm),
    "POST /oauth/revoke": says(Empty, body=RevokeForm),
    "GET /oauth/userinfo": says(UserInfo),
    "POST /oauth/userinfo": says(UserInfo),
}
