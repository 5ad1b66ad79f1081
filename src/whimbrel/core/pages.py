"""Web pages: templates become bytes, and the files that pages refer to get addresses for ever.

Routes, sessions and what a page is about are none of our business: whoever answers a request hands
over plain values. Every value is escaped; HTML passes only through `trusted`.

What every template may be given (`render` fills in the optional ones):

    site     {title, domain, description, origin, signups: open | approval | invite | closed,
              post_chars, shorter (what counts less in them: core.text.SHORTER)}
    me       the signed-in Account, or None
    csrf     the text of the hidden field `_csrf`; only pages with a form need it
    unread   number of unread notifications, or 0
    path     where we are, for the hidden field `next` of the small forms ("" leaves it out)
    beside   before the ids of posts that stand beside a list, which may show them as well
    notice, error    one sentence above the content
    form     values that were sent, shown again;  errors    {field name: sentence}
    prefers  how the reader likes pages (accounts.rules.Preferences), or None

Account, Status, Notification, MediaAttachment are Mastodon's entities as dicts, seen through
`account_for_page`, `status_for_page`, `notification_for_page` so that their HTML shows as HTML.
Words (`notice`, `error`, `errors` and the like) may be `words.Said`: they show translated.
Everywhere in scope: `_`, `ngettext`, `reading` {code, dir}, `asset`, `svg`, `nonce`.

    template              also takes                                 its forms post to
    about.html            rules [{text, hint}], contact, statuses    -
    sign_up.html          form, invite (a code or ""), min_age       /auth/sign-up
    sign_in.html          form.next                                  /auth/sign-in
    forgot.html           -                                          /auth/forgot
    reset.html            token                                      /auth/reset/{token}
    check_mail.html       email, why (confirm | reset)               -
    confirm.html          token                                      /auth/confirm/{token}
    confirmed.html        -                                          -
    waiting.html          email                                      /auth/sign-out (if me)
    setup.html            token                                      /auth/setup/{token}
    consent.html          app {name, website}, host, scopes [str],   /oauth/authorize
                          query {name: value}
    oob.html              code, app                                  -
    profile.html          account, statuses, tab (posts | replies |  /@acct/follow, unfollow,
                          media), older (URL or ""), relationship    block, unblock, mute, unmute
    post.html             status, ancestors, descendants, form       /compose, /posts/{id}/...
    embed.html            status                                      -
    home.html             statuses, older, form,                     /compose, /posts/{id}/...
                          newest (an id, 0 = none), where new posts are told of at once;
                          announcements, steps {profile, people, words: done?} or None
    compose.html          form, files [MediaAttachment with alt, x,  /compose
                          y, state], reply_to and quoted (Status or
                          None), draft (id or None), limits,
                          languages {code: name}, spoken, policy,
                          now (UTC, minutes)
    drafts.html           drafts [{id, at, text, spoiler, files,     /drafts/{id}/discard
                          options, edits, reply, scheduled_at}]
    scheduled.html        waiting [ScheduledStatus with due (ms),    /scheduled/{id}/move, cancel
                          over, typed], now
    delete.html, boost.html, link.html   status                      /posts/{id}/...
    history.html          status, versions [StatusEdit], last first  -
    report.html           status, rules, chars, sent                 /posts/{id}/report
    timeline.html         title, words (when empty), statuses,       /posts/{id}/...
                          older; for tags, bookmarks, public posts
    notifications.html    notifications, older                       /@acct/accept, refuse
    search.html           q, only ("" | people | posts | tags),      - (GET /search)
                          accounts, statuses, hashtags, older
    settings.html         -                                          /auth/sign-out
    settings_language.html  names {code: its own name}               /settings/language
    settings_security.html   email, passkeys, factors, sessions,     .../passkeys/{id}/rename,
                          apps, current (session id)                 remove, sessions/{id}/revoke
    settings_security_*.html, settings_delete.html   see each        the page itself
    second.html           has {passkey, app}: what they can show     /auth/second
    settings_move.html    aliases (handles), moved (or None)      /settings/move, /aliases
    settings_kit.html     kit (kits.Made or None), followers          /settings/kit, /revoke
    settings_profile.html  form, worn, preview (Account or None)      /settings/profile
    settings_appearance.html, settings_privacy.html   form           the page itself
    settings_letters.html  letters {usual: words}, form {usual: own}  .../appearance/keys
    settings_notifications.html   key, here, staff; see there        .../push, push/stop
    offline.html          -                                          -
    farewell.html         -                                          -
    error.html            status, message, retry_after (seconds)     -

Under /posts/{id}/: favourite, unfavourite, reblog (`visibility`), unreblog, bookmark, unbookmark,
pin, unpin, mute, unmute, vote (`choices`, once or more: an option's number), delete, redraft.

`statuses` are Status lists, newest first."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule
from markupsafe import Markup, escape

from . import statics, words
from .fragments import Fed, Fragments, at_once
from .ids import token
from .words import ENGLISH, Language

HERE = Path(__file__).parent.parent
_OPTIONAL: dict[str, Any] = {
    "me": None,
    "unread": 0,
    "path": "",
    "beside": "",
    "notice": "",
    "error": "",
    "form": {},
    "errors": {},
    "prefers": None,
}
# What begins a tag and has no end goes on to the end of the text: nobody looks for it twice.
_BREAK = re.compile(r"</p>|<br\b[^>]*(?:>|\Z)|</li>", re.IGNORECASE)
_HASHTAG = re.compile(r'<a href="[^"]*/tags?/([^"/?#]+)" class="mention hashtag"')
_TAG_OR_SHORTCODE = re.compile(r"<[^>]*(?:>|\Z)|:\w+:")


class _Compiled(BytecodeCache):
    """What templates were made into, in memory: every language has its own of the same code."""

    def __init__(self) -> None:
        self._codes: dict[str, Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.code


_COMPILED = _Compiled()


class _Template(Template):
    """Each file of macros is read once for a page, and not once for every file that imports it:
    what they take of the page is what `render` was given."""

    def make_module(
        self,
        vars: Any = None,  # noqa: A002 - their names
        shared: bool = False,
        locals: Any = None,  # noqa: A002
    ) -> TemplateModule:
        """As Jinja's own, kept for the page."""
        kept = vars[_MODULES]
        if self.name not in kept:
            kept[self.name] = super().make_module(vars, shared, locals)
        found: TemplateModule = kept[self.name]
        return found


_MODULES = "modules of this page"  # no template can say this name


class Pages:
    """The templates, ready to render in every language, and the static files beside them."""

    def __init__(
        self,
        folder: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        origin: str = "",
    ) -> None:
        """Read every file once.

        Args:
            folder: holds `templates/` and `static/`; None takes the package's own.
            clock: the present, for relative times.
            origin: where this server answers; what pages show from there they find without it.
        """
        folder = folder or HERE
        self._clock = clock
        self._origin = origin
        self._assets, self._files = statics.read(folder / "static")
        self._loader = FileSystemLoader(folder / "templates")
        self._fragments = Fragments(clock, self._near)
        self._pictures = lru_cache(maxsize=512)(self._svg)
        self._in: dict[str, Environment] = {}  # by language

    def _templates(self, language: Language) -> Environment:
        made = Environment(
            loader=self._loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        made.template_class = _Template
        # Plain functions: those of Jinja's own extension cost a fifth of a page.
        made.globals |= {
            "_": language.say,
            "ngettext": language.say_many,
            "asset": self.asset,
            "nonce": partial(token, 128),
            "svg": self._pictures,
            "made": self._fragments.feed,
            "reading": {"code": language.code, "dir": language.direction},
        }
        made.filters |= {
            "when": partial(self._when, language),
            "number": language.number,
            "listed": language.listed,
            "plain": plain,
            "focal": focal,
            "at_once": at_once,
        }
        return made

    def render(self, name: str, /, *, reads: str = ENGLISH, **context: Any) -> bytes:
        """One page as UTF-8.

        Args:
            name: a template's file name; what it takes stands at the top of this module.
            reads: the code of the reader's language, one of `words.NAMES`.
        Raises:
            jinja2.TemplateNotFound: no such template.
            jinja2.UndefinedError: the template needs something it was not given.
        """
        with words.reading(reads) as language:
            templates = self._in.get(language.code)
            if templates is None:
                templates = self._in[language.code] = self._templates(language)
            given = {**_OPTIONAL, **context, _MODULES: {}}
            return self._near(templates.get_template(name).render(given)).encode()

    def feed(self, fed: Fed, context: Callable[[], Mapping[str, Any]]) -> bytes:
        """A page with a feed in it, of what was made before as far as that is at hand.

        Args:
            context: what the template takes; asked for where it has to be made.
        """
        found = self._fragments.whole(fed)
        if found is not None:
            return found

        def render(values: Mapping[str, Any]) -> str:
            given = {**context(), **values}
            return self.render(fed.template, reads=fed.reads, **given).decode()

        return self._fragments.frame(fed, render)

    def _near(self, html: str) -> str:
        """Files of this server by their path alone: whoever opens it may call it by another name
        than it has, or knows of, and a page may only show what comes from where it came from."""
        for name, below in (("src", "/"), ("poster", "/"), ("href", "/media/")):
            html = html.replace(f'{name}="{self._origin}{below}', f'{name}="{below}')
        return html

    def _svg(self, name: str, size: str = "ic", flip: bool = False) -> Markup:
        """One of the little pictures in icons.svg."""
        svg = Markup(
            '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
        )
        return svg.format(f"{size} flip" if flip else size, self.asset("icons.svg"), name)

    def asset(self, name: str) -> str:
        """The address of a static file; it changes with the content, so it may be kept for ever.

        Raises:
            KeyError: no such file.
        """
        return self._assets[name]

    def static_files(self) -> dict[str, tuple[bytes, str]]:
        """Path to (content, content type) of every static file, for a year of immutable caching."""
        return dict(self._files)

    def when(self, moment: str | int | datetime, form: str = "short") -> Markup:
        """A `<time>`: few words to see, the whole date to hover over.

        Args:
            moment: ISO 8601 text, milliseconds since 1970, or a datetime with a zone.
            form: short ("24 min", "3 h", "12 Mar"), full (date and time), month ("April 2023").
        """
        return self._when(words.language(ENGLISH), moment, form)

    def _when(
        self, language: Language, moment: str | int | datetime, form: str = "short"
    ) -> Markup:
        at = _moment(moment)
        full = language.dated(at)
        if form == "short":
            now = self._clock()
            shown = language.ago(at, now)
            self._fragments.lasts(words.ago_lasts(at, now))
        else:
            shown = language.dated(at, form)
        html = Markup('<time datetime="{}" title="{}">{}</time>')
        return html.format(at.strftime("%Y-%m-%dT%H:%M:%SZ"), full, shown)


def trusted(html: str) -> Markup:
    """Mark HTML as clean. Only for what `core/text` made or cleaned: it is shown unescaped."""
    return Markup(html)  # noqa: S704 (this is the one door)


def account_for_page(account: Mapping[str, Any]) -> dict[str, Any]:
    """An Account whose bio and field values are shown as the HTML they are.

    `name_html` is its name with the server's own emojis as pictures.
    """
    emojis = account.get("emojis") or ()
    return {
        **account,
        "name_html": _pictured(escape(account["display_name"] or account["username"]), emojis),
        "note": _pictured(trusted(account["note"]), emojis),
        "fields": [
            {**field, "value": _pictured(trusted(field["value"]), emojis)}
            for field in account.get("fields", ())
        ],
    }


def status_for_page(status: Mapping[str, Any]) -> dict[str, Any]:
    """A Status whose content is shown as the HTML it is, as is that of what it boosts or quotes."""
    quote = status.get("quote")
    if quote and quote.get("quoted_status"):
        quote = {**quote, "quoted_status": status_for_page(quote["quoted_status"])}
    return {
        **status,
        "content": _pictured(trusted(_led(status)), status.get("emojis") or ()),
        "account": account_for_page(status["account"]),
        "reblog": status_for_page(status["reblog"]) if status.get("reblog") else None,
        "quote": quote,
    }


def _led(status: Mapping[str, Any]) -> str:
    """What it says; its people and tags lead to their pages here, not to where they were written,
    nor to what this server was called then."""
    html: str = status["content"]
    for named in status.get("mentions") or ():
        html = html.replace(f'href="{escape(named["url"])}"', f'href="/@{escape(named["acct"])}"')
    return _HASHTAG.sub(r'<a href="/tags/\1" class="mention hashtag"', html)


def notification_for_page(notification: Mapping[str, Any]) -> dict[str, Any]:
    """A Notification whose account and status are ready for a page."""
    status = notification.get("status")
    return {
        **notification,
        "account": account_for_page(notification["account"]),
        "status": status_for_page(status) if status else None,
    }


def announcement_for_page(announcement: Mapping[str, Any]) -> dict[str, Any]:
    """An Announcement whose content is shown as the HTML it is."""
    content = _pictured(trusted(announcement["content"]), announcement["emojis"])
    return {**announcement, "content": content}


def _pictured(html: Markup, emojis: Iterable[Mapping[str, str]]) -> Markup:
    """Put pictures for :shortcodes:, in the text only: one inside a link's address stays."""
    known = {f":{emoji['shortcode']}:": emoji["url"] for emoji in emojis}
    if not known:
        return html
    image = Markup('<img class="emoji" src="{1}" alt="{0}" title="{0}" width="20" height="20">')

    def show(match: re.Match[str]) -> str:
        code = match[0]
        return image.format(code, known[code]) if code in known else code

    return trusted(_TAG_OR_SHORTCODE.sub(show, html))


def plain(html: str, length: int = 200) -> str:
    """The words of clean HTML on one line, cut at a word with an ellipsis past `length`."""
    text = trusted(_BREAK.sub(" ", html)).striptags()
    if len(text) <= length:
        return text
    cut = text[:length].rsplit(" ", 1)[0].rstrip(" ,.;:")
    return f"{cut}…"


def focal(meta: Mapping[str, Any] | None) -> str:
    """The classes that keep a picture's focal point in its frame: `fx-1 fy-3`.

    Args:
        meta: a MediaAttachment's; focus x and y from -1 (left, bottom) to 1 (right, top).
    """
    focus = (meta or {}).get("focus") or {}
    x, y = focus.get("x", 0), focus.get("y", 0)
    return f"fx-{_fifth(x)} fy-{_fifth(-y)}"


def _fifth(place: float) -> int:
    """Which fifth of the way from -1 to 1, counted from 1."""
    return min(5, max(1, int((place + 1) * 2.5) + 1))


def _moment(moment: str | int | datetime) -> datetime:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    elif isinstance(moment, int):
        moment = datetime.fromtimestamp(moment / 1000, UTC)
    return moment.astimezone(UTC)
