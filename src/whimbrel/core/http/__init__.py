"""HTTP for both kinds of routes, Litestar's and raw ASGI's: reading requests, forming answers.

Nothing here knows who somebody is or what a post is."""

from .answers import (
    PRIVATE_HEADERS,
    PRIVATE_LINES,
    PUBLIC_HEADERS,
    Html,
    Json,
    Redirect,
    Text,
    error_parts,
    html_lines,
    lines_of,
    on_error,
    send_bytes,
    send_error,
    send_whole,
)
from .asgi import App, Receive, Scope, Send
from .compress import Compress, coding_for, compressed
from .cors import CORS_LINES, Cors
from .paging import Page, link, offset_of, page_of, window
from .params import Params, Upload, query_params, read_body, read_params
from .redirects import is_own_path
from .request import bearer, client_address, header, networks, prefers_html, request_id
from .secure import api_headers, page_headers
from .unchanged import Unchanged, is_known
from .uploads import clear_scratch

__all__ = [
    "CORS_LINES",
    "PRIVATE_HEADERS",
    "PRIVATE_LINES",
    "PUBLIC_HEADERS",
    "App",
    "Compress",
    "Cors",
    "Html",
    "Json",
    "Page",
    "Params",
    "Receive",
    "Redirect",
    "Scope",
    "Send",
    "Text",
    "Unchanged",
    "Upload",
    "api_headers",
    "bearer",
    "clear_scratch",
    "client_address",
    "coding_for",
    "compressed",
    "error_parts",
    "header",
    "html_lines",
    "is_known",
    "is_own_path",
    "lines_of",
    "link",
    "networks",
    "offset_of",
    "on_error",
    "page_headers",
    "page_of",
    "prefers_html",
    "query_params",
    "read_body",
    "read_params",
    "request_id",
    "send_bytes",
    "send_error",
    "send_whole",
    "window",
]
