"""What the rules of the house need to know of the settings: names, addresses, limits.

Everything else (databases, keys, mail) stays with the edges that were given the Settings."""

from typing import Self

import msgspec

from .checks import has_port, is_local
from .fields import PublicReading, Settings, Shown, Signups


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules of the house need to know; see Settings for the meaning of each."""

    domain: str  # as in @ada@domain, with a port only where nobody else can follow anyhow
    origin: str  # https://host, no slash at the end
    streaming: str  # wss://host
    media_origin: str  # where files are: `origin`, unless they have a name of their own
    title: str
    description: str
    contact_email: str
    contact_account: str
    languages: tuple[str, ...]
    signups: Signups
    signups_min_age: int
    signups_message: str
    limited_federation: bool
    public_reading: PublicReading
    show_peers: bool
    show_domain_blocks: Shown
    confirm_email: bool
    address_days: int
    post_chars: int
    media_per_post: int
    poll_options: int
    poll_option_chars: int
    alt_chars: int
    bio_chars: int
    profile_fields: int
    image_bytes: int
    video_bytes: int
    remote_media_bytes: int
    remote_media_room: int
    remote_media_days: int
    link_previews: bool
    home_size: int
    fanout_slice: int
    merge_above: int
    away_days: int
    redraft_minutes: int
    trends_review: bool
    moderation_times: tuple[str, ...] = ()
    hide_in_place: tuple[str, ...] = ()
    practice_calls: bool = False
    vault_key: str = ""
    standby: str = ""

    @classmethod
    def of(cls, settings: Settings, port: int | None = None) -> Self:
        """The instance these settings make.

        Args:
            port: the one really listened on, where `bind` said 0.
        """
        domain, origin = _place(settings, port)
        same = {
            field: getattr(settings, field)
            for field in cls.__struct_fields__
            if field not in ("domain", "origin", "streaming", "media_origin")
        }
        return cls(
            domain=domain,
            origin=origin,
            streaming="ws" + origin[4:],
            media_origin=_media_place(settings.media_domain, origin),
            **same,
        )

    @property
    def host(self) -> str:
        """Where this server answers, as a domain: `domain`, unless the handles have another."""
        return self.origin.partition("://")[2]

    @property
    def media_apart(self) -> str:
        """The origin that files have to themselves; empty where they have none."""
        return "" if self.media_origin == self.origin else self.media_origin

    @property
    def media_host(self) -> str:
        """The same as a name."""
        return self.media_apart.partition("://")[2]

    def is_own(self, domain: str) -> bool:
        """Whether this domain, lower case, is ours: that of the handles, or where we answer, be it
        with files."""
        return domain in (self.domain, self.host) or domain == self.media_host != ""

    def is_here(self, url: str) -> bool:
        """Whether this address is one of ours."""
        return any(
            url == each or url.startswith(f"{each}/") for each in (self.origin, self.media_origin)
        )


def _place(settings: Settings, port: int | None) -> tuple[str, str]:
    """Domain and origin. A name for this very machine is useless without its port."""
    host, bound = settings.address
    port = port or bound
    domain = settings.domain
    if not domain:
        everywhere = host in ("0.0.0.0", "::")  # noqa: S104 (compared, not bound)
        domain = "localhost" if everywhere else f"[{host}]" if ":" in host else host
    local = is_local(domain) or not settings.domain
    secure = bool(settings.tls_cert) or not local
    if local and not has_port(domain) and port != (443 if secure else 80):
        domain = f"{domain}:{port}"
    return domain, settings.origin or f"{'https' if secure else 'http'}://{domain}"


def _media_place(domain: str, origin: str) -> str:
    """The origin of files. On this very machine it has the port of all else."""
    if not domain:
        return origin
    scheme, _, host = origin.partition("://")
    if is_local(domain) and not has_port(domain) and has_port(host):
        domain = f"{domain}:{host.rpartition(':')[2]}"
    return f"{scheme}://{domain}"
