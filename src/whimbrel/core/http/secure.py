"""Security headers: what a browser may do with our pages, and that it keeps private JSON to itself.

Media have their own, where they are served."""

from functools import lru_cache

# Passkeys, full screen, sharing and copying stay allowed for ourselves; all else is off.
_OFF = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_TWO_YEARS = 2 * 365 * 24 * 60 * 60


@lru_cache(maxsize=64)
def _page(media_origin: str, secure: bool, sends_to: str) -> tuple[tuple[str, str], ...]:
    for origin in (media_origin, sends_to):
        if any(c.isspace() or c in ";,'\"" for c in origin):
            raise ValueError(f"{origin!r} is no origin")
    pictures = f"'self' {media_origin}".rstrip()
    sockets = "wss:" if secure else "ws: wss:"
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"img-src {pictures}",
        f"media-src {pictures}",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        f"connect-src 'self' {sockets}",
        f"form-action 'self' {sends_to}".rstrip(),
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types whimbrel whimbrel-worker",  # of js/dom.js (htmx uses it) and js/worker.js
    )
    headers = [
        ("content-security-policy", "; ".join(policy)),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("permissions-policy", ", ".join(f"{feature}=()" for feature in _OFF)),
    ]
    if secure:
        lasting = f"max-age={_TWO_YEARS}; includeSubDomains; preload"
        headers.append(("strict-transport-security", lasting))
    return tuple(headers)


def page_headers(media_origin: str, secure: bool, sends_to: str = "") -> list[tuple[str, str]]:
    """The headers of every page of ours.

    Args:
        media_origin: `https://media.example` where media have their own origin, "" otherwise.
        secure: whether we are reached by https; only then are browsers told to insist on it.
        sends_to: the origin (`https://app.example`) or scheme (`app:`) that the answer to a form
            of this page may lead on to; browsers hold redirects after a form to the policy, too.
    Raises:
        ValueError: media_origin or sends_to would break out of the policy.
    """
    return list(_page(media_origin, secure, sends_to))


def api_headers(private: bool = True) -> list[tuple[str, str]]:
    """The headers of JSON answers.

    Args:
        private: the answer depends on who asks, so nobody on the way may keep it.
    """
    headers = [("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin")]
    return [("cache-control", "private, no-store"), *headers] if private else headers
