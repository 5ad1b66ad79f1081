"""What a setting must hold beyond its type, as the sentence that mends it. Empty: it is fine.

Pure apart from one look at whether a named file can be read; `reading.load` says which key it was
and where it came from."""

import os
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from re import compile as pattern
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qs, urlsplit

if TYPE_CHECKING:
    from .fields import Settings

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = pattern(rf"({_LABEL}(\.{_LABEL})*|\[[0-9a-f:.]+\])(:\d{{1,5}})?")
_LANGUAGE = pattern(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ADDRESS = r"[^\s<>()\[\]\\,;:\"@]{1,64}@[^\s<>()\[\]\\,;:\"@]{1,255}"
_EMAIL = pattern(_ADDRESS)
_SENDER = pattern(rf"([^<>@\x00-\x1f\x7f]+ <{_ADDRESS}>|{_ADDRESS})")


# Classes of reports, and the longest that each may wait, in hours.
CLASS_HOURS = {
    "L0": 1,
    "V1": 1,
    "H1": 12,
    "N1": 12,
    "D1": 168,
    "U1": 168,
    "S1": 168,
    "A1": 720,
}


def class_hours(value: str) -> tuple[str, float] | None:
    """`u1=12` as ("U1", 12.0); None where it is no class with hours that it may have."""
    name, _, hours = value.partition("=")
    try:
        many = float(hours)
    except ValueError:
        return None
    known = name.strip().upper()
    return (known, many) if 0 < many <= CLASS_HOURS.get(known, 0) else None


def _class_hours(values: tuple[str, ...]) -> str:
    if all(class_hours(value) is not None for value in values):
        return ""
    most = ", ".join(f"{name} {hours}" for name, hours in CLASS_HOURS.items())
    return f"write CLASS=HOURS, such as U1=12; at most {most}"


def host_hours(value: str) -> tuple[str, int] | None:
    """`Host.example=72` as ("host.example", 72); None where it is no host with hours."""
    name, _, hours = value.partition("=")
    host = name.strip().lower()
    known = "." in host and not set(host) & set(" /@:")
    many = int(hours) if hours.strip().isdecimal() and len(hours) < 6 else 0
    return (host, many) if known and many > 0 else None


def _host_hours(values: tuple[str, ...]) -> str:
    fine = all(host_hours(value) is not None for value in values)
    return "" if fine else "write HOST=HOURS, such as host.example=72"


def _hiding(values: tuple[str, ...]) -> str:
    wrong = set(values) - {"L0", "V1", "H1", "N1"}
    return "name some of L0, V1, H1, N1" if wrong else ""


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    fine = parts.scheme in ("http", "https") and parts.hostname
    return "" if fine else "write an address: https://HOST/..."


def _webhook_secret(value: str) -> str:
    try:
        key = b64decode(value.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    fine = value.startswith("whsec_") and len(key) >= 24
    return "" if fine else "write whsec_ and base64 of 24 bytes or more (openssl rand -base64 32)"


def _mailbox(value: str) -> str:
    parts = _split(value)
    local = parts is not None and parts.hostname in ("localhost", "127.0.0.1", "::1")
    schemes = ("imaps", "imap") if local else ("imaps",)
    fine = parts is not None and parts.scheme in schemes and parts.hostname and parts.username
    return "" if fine else "write imaps://USER:PASSWORD@HOST/FOLDER"


def _public_key(value: str) -> str:
    try:
        fine = len(b64decode(value, validate=True)) == 32
    except ValueError:
        fine = False
    return "" if fine else "write the line that `whimbrel vault key FILE` prints"


def is_local(domain: str) -> bool:
    """Whether `domain` (with or without a port) can only be this very machine."""
    name = host_of(domain)
    return name in ("localhost", "127.0.0.1", "::1") or name.endswith(".localhost")


def host_of(domain: str) -> str:
    """`domain` without port and brackets."""
    return urlsplit(f"//{domain}").hostname or ""


def has_port(domain: str) -> bool:
    """Whether `domain` ends in a port."""
    return urlsplit(f"//{domain}").port is not None


def split_bind(bind: str) -> tuple[str, int]:
    """Host without brackets, and port."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def _bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if host and port.isascii() and port.isdigit() and int(port) < 65536:
        return "" if ":" not in host or host.startswith("[") else "write IPv6 hosts as [::1]:3000"
    return "write HOST:PORT, such as 127.0.0.1:3000"


def _keepers(values: tuple[str, ...]) -> str:
    if len(set(values)) < len(values):
        return "name each keeper once"
    return next(filter(None, map(_bind, values)), "")


def _domain(value: str) -> str:
    if _DOMAIN.fullmatch(value):
        return ""
    return "write only the name, in lower case (xn-- for other scripts), such as social.example.org"


def _origin(value: str) -> str:
    parts = _split(value)
    if parts and parts.scheme in ("http", "https") and parts.hostname:
        bare = f"{parts.scheme}://{parts.netloc}"
        return "" if value == bare and "@" not in value else "write nothing after the name"
    return "write https://NAME and nothing after the name, such as https://social.example.org"


def _file(value: str) -> str:
    if Path(value).is_file() and os.access(value, os.R_OK):
        return ""
    return "no such file, or this user may not read it"


def _url(schemes: tuple[str, ...], example: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        parts = _split(value)
        fine = parts and parts.scheme in schemes and (parts.netloc or parts.path.strip("/"))
        return "" if fine else f"write {example}"

    return check


def _objects(value: str) -> str:
    parts = _split(value)
    if parts and parts.scheme == "s3" and parts.netloc:
        query = parse_qs(parts.query)
        unknown = set(query) - {"endpoint", "region"}
        endpoint = _split(query.get("endpoint", ["https://s3"])[0])
        if not unknown and endpoint and endpoint.scheme in ("http", "https") and endpoint.netloc:
            return ""
    return "write s3://BUCKET?endpoint=https://HOST&region=NAME"


def _witness(value: str) -> str:
    if value.startswith("/"):
        return "" if Path(value).is_dir() else "no such folder, or this user may not enter it"
    return _objects(value) and "write s3://BUCKET?endpoint=https://HOST&region=NAME, or a full path"


def _smtp(value: str) -> str:
    parts = _split(value)
    if parts and parts.scheme in ("smtp", "smtps") and parts.hostname:
        query = parse_qs(parts.query)
        if set(query) <= {"tls"} and query.get("tls", ["none"])[0] in ("starttls", "tls", "none"):
            return ""
    return "write smtp://USER:PASSWORD@HOST:587?tls=starttls"


def _split(value: str) -> SplitResult | None:
    """The parts of a URL; None when it is none (a bad port, an open bracket)."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return None
    return parts


def _addresses(values: tuple[str, ...]) -> str:
    return _each(values, ip_address, "write exact addresses, such as 10.0.0.7")


def _networks(values: tuple[str, ...]) -> str:
    return _each(values, ip_network, "write addresses or networks, such as 10.0.0.0/24")


def _each(values: tuple[str, ...], parse: Callable[[str], object], fix: str) -> str:
    for value in values:
        try:
            parse(value)
        except ValueError:
            return f"{value!r} is none; {fix}"
    return ""


def _languages(values: tuple[str, ...]) -> str:
    if values and all(_LANGUAGE.fullmatch(value) for value in values):
        return ""
    return "write at least one language code, such as en or pt-BR"


_FIXES: Mapping[str, Callable[[Any], str]] = {
    "bind": _bind,
    "domain": _domain,
    "media_domain": _domain,
    "registrar": _domain,
    "origin": _origin,
    "tls_cert": _file,
    "tls_key": _file,
    "extra_ca": _file,
    "trusted_proxies": _networks,
    "allow_private": _addresses,
    "database": _url(("sqlite", "postgresql"), "sqlite:///PATH or postgresql://USER@HOST/NAME"),
    "search_database": _url(("sqlite", "postgresql"), "sqlite:///PATH or postgresql://HOST/NAME"),
    "redis": _url(("redis", "rediss"), "redis://HOST:6379/0"),
    "objects": _objects,
    "smtp": _smtp,
    "languages": _languages,
    "contact_email": lambda value: "" if _EMAIL.fullmatch(value) else "write an e-mail address",
    "mail_from": lambda value: (
        "" if _SENDER.fullmatch(value) else "write an address, or Name <address>"
    ),
    "metrics_bind": _bind,
    "moderation_times": _class_hours,
    "hide_in_place": _hiding,
    "page_ntfy": _web_address,
    "page_webhook": _web_address,
    "page_webhook_secret": _webhook_secret,
    "vault_key": _public_key,
    "letters_imap": _mailbox,
    "host_notice": _host_hours,
    "keepers": _keepers,
    "standby": _objects,
    "witness": _witness,
    "standby_replica": _url(("postgresql",), "postgresql://USER:PASSWORD@HOST/NAME"),
}


def fix(key: str, value: Any) -> str:
    """How to mend `value`; empty when there is nothing to mend. An empty value is always fine."""
    check = _FIXES.get(key)
    if check is None or (value in ("", ()) and key not in ("bind", "languages")):
        return ""
    return check(value)


def conflicts(settings: "Settings") -> Iterator[tuple[str, str]]:
    """Settings that are fine alone and not together: (key, how to mend it)."""
    if bool(settings.tls_cert) != bool(settings.tls_key):
        missing = "tls_key" if settings.tls_cert else "tls_cert"
        yield missing, "a certificate and its key go together; set both or neither"
    if settings.media_domain and settings.media_domain in (
        settings.domain,
        settings.origin.partition("://")[2],
    ):
        yield "media_domain", "give files a name that nothing else is served under"
    if settings.objects and not (settings.s3_key and settings.s3_secret):
        missing = "s3_secret" if settings.s3_key else "s3_key"
        yield missing, "the bucket named by objects needs both s3_key and s3_secret"
    if settings.witness.startswith("s3:") and not (
        settings.witness_key and settings.witness_secret
    ):
        missing = "witness_secret" if settings.witness_key else "witness_key"
        yield missing, "the bucket named by witness needs both witness_key and witness_secret"
    if settings.standby and not (settings.standby_key and settings.standby_secret):
        missing = "standby_secret" if settings.standby_key else "standby_key"
        yield missing, "the bucket named by standby needs both standby_key and standby_secret"
    if settings.standby and settings.standby == settings.objects:
        yield "standby", "name another bucket than objects, at another provider"
    if settings.standby_durability == "remote" and not settings.standby:
        yield "standby_durability", "remote needs a standby; set standby, or async"
    if settings.standby_replica and not settings.database.startswith("postgresql:"):
        yield "standby_replica", "only PostgreSQL has a replica; SQLite goes to the bucket"
    if settings.role != "all":
        if not settings.database.startswith("postgresql:"):
            yield "role", f"role {settings.role} needs PostgreSQL; set database, or role to all"
        if not settings.redis:
            yield "role", f"role {settings.role} needs live events; set redis, or role to all"
