"""Made-up people and posts as Mastodon's entities, awkward ones among them; a page of each kind."""

from typing import Any

from whimbrel.core import pages
from whimbrel.core.text import SHORTER
from whimbrel.core.words import NAMES

SITE = {
    "title": "Saltmarsh",
    "domain": "saltmarsh.example",
    "description": "A small server for people by the water, run by Lena and Joe.",
    "origin": "https://saltmarsh.example",
    "signups": "approval",
    "post_chars": 500,
    "shorter": SHORTER,
}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ARABIC = "<p>وصلت الطيور مع أول الضوء، وكان البحر ساكنًا مثل مرآة.</p>"

# A link as wide as the name above it, in the middle below it: both need room for a finger.
ASKED = '<p><a class="u-url mention" href="/@ines">@ines_calado_</a> Or?</p>'


def account(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An Account. Each number is another person."""
    names = ("ada", "ines", "tomas", "amara", "kenji", "noor")
    shown = ("Ada Lund", "Ines Moreau", "Tomás Rey", "Amara Okafor", "Kenji Mori", "نور حدّاد")
    username = names[number % 6]
    acct = username if number % 2 else f"{username}@tern.example"
    given = {
        "id": str(number),
        "username": username,
        "acct": acct,
        "url": f"https://saltmarsh.example/@{acct}",
        "uri": f"https://saltmarsh.example/ap/{number}",
        "display_name": shown[number % 6],
        "note": "<p>Counts birds, mends fences, writes it down.</p><p>Ask me about mud.</p>",
        "avatar": f"/media/face-{number % 6}.png",
        "avatar_static": f"/media/face-{number % 6}.png",
        "header": "/media/header-1500x500.png",
        "header_static": "/media/header-1500x500.png",
        "locked": False,
        "bot": False,
        "noindex": False,
        "created_at": "2023-04-02T00:00:00.000Z",
        "statuses_count": 1204,
        "followers_count": 1870,
        "following_count": 312,
        "fields": [
            {
                "name": "Survey",
                "value": '<a href="https://estuary.example">estuary.example</a>',
                "verified_at": "2026-03-03T10:00:00.000Z",
            },
            {"name": "Pronouns", "value": "she / her", "verified_at": None},
        ],
        "emojis": [],
    }
    return {**given, **changes}


def picture(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A MediaAttachment."""
    given = {
        "id": str(number),
        "type": "image",
        "url": f"/media/{number}-960x640.png",
        "preview_url": f"/media/{number}-640x427.png",
        "remote_url": None,
        "description": f"Blue hills in morning fog, seen from boat number {number}.",
        "meta": {
            "original": {"width": 960, "height": 640},
            "small": {"width": 640, "height": 427},
            "focus": {"x": 0.5, "y": -0.9},
        },
        "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
    }
    return {**given, **changes}


def status(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A Status as somebody signed in is given it."""
    who = changes.pop("account", None) or account(number)
    given = {
        "id": str(number),
        "uri": f"https://saltmarsh.example/ap/posts/{number}",
        "url": f"https://saltmarsh.example/@{who['acct']}/{number}",
        "created_at": "2026-11-22T07:48:00.000Z",
        "edited_at": None,
        "account": who,
        "content": "<p>Forty-one whimbrels over the point at first light, calling all seven notes. "
        "Same week as last year, give or take a storm.</p>",
        "spoiler_text": "",
        "sensitive": False,
        "visibility": "public",
        "language": "en",
        "in_reply_to_id": None,
        "reblog": None,
        "replies_count": 6,
        "reblogs_count": 31,
        "favourites_count": 1118,
        "favourited": False,
        "reblogged": False,
        "bookmarked": False,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
    }
    return {**given, **changes}


def emoji() -> dict[str, Any]:
    return {"shortcode": "tern", "url": "/media/tern.png", "static_url": "/media/tern.png"}


def poll(**changes: Any) -> dict[str, Any]:
    """A Poll in which the reader has voted."""
    given = {
        "id": "1",
        "expires_at": "2026-11-23T09:00:00.000Z",
        "expired": False,
        "multiple": False,
        "votes_count": 348,
        "voters_count": 348,
        "voted": True,
        "own_votes": [0],
        "options": [
            {"title": "an instrument", "votes_count": 212},
            {"title": "a warning", "votes_count": 94},
            {"title": "a neighbour", "votes_count": 42},
        ],
    }
    return {**given, **changes}


def announcement(**changes: Any) -> dict[str, Any]:
    """An Announcement on top of home."""
    given = {
        "id": "9",
        "content": f"<p>We move on Friday: nothing can be written from 20:00 to 20:20. {LONG}</p>",
        "starts_at": "2026-11-27T20:00:00.000Z",
        "ends_at": "2026-11-27T20:20:00.000Z",
        "emojis": [],
        "reactions": [
            {"name": "👍", "count": 3, "me": True},
            {"name": "tern", "count": 1, "me": False, **emoji()},
        ],
        "offered": ["🎉", "👀"],
    }
    return pages.announcement_for_page({**given, **changes})


def card() -> dict[str, Any]:
    return {
        "url": "https://tern.example/boat/mistakes",
        "title": "Every mistake we made, in order",
        "description": "A list that began on the first day and never quite ended.",
        "provider_name": "",
        "image": "/media/card-400x400.png",
    }


def many() -> list[dict[str, Any]]:
    """A timeline of everything that has ever broken one."""
    ada = account(1, display_name=LONG, acct=f"ada@{LONG.lower()}.example")
    plain = {"replies_count": 0, "reblogs_count": 0, "favourites_count": 0}
    tern = account(2, display_name=":tern: Tern", emojis=[emoji()])
    quoted = {"state": "accepted", "quoted_status": status(26, account=account(4))}
    entries = [
        status(11, favourited=True, media_attachments=[picture(1)]),
        status(12, account=account(5), reblog=status(13, media_attachments=[picture(2)] * 3)),
        status(14, account=ada, content=f"<p>{LONG * 3}</p>", **plain),
        status(15, content=ARABIC, language="ar", account=account(5)),
        status(16, spoiler_text="Flood damage, nobody hurt", content="<p>It went at 03:10.</p>"),
        status(17, sensitive=True, media_attachments=[picture(3), picture(4, description=None)]),
        status(18, visibility="direct", bookmarked=True, edited_at="2026-11-22T08:00:00.000Z"),
        status(19, poll=poll(), content="<p>Settling an argument. A fog horn is…</p>"),
        status(20, card=card(), content="<p>The drawings are free.</p>"),
        status(21, media_attachments=[picture(n) for n in range(4)], visibility="private"),
        status(22, account=account(1), content="", media_attachments=[picture(6), film()]),
        status(
            23, content="<p>🌊🦆👩🏽‍🔬🏴‍☠️</p>", media_attachments=[sound()], visibility="unlisted"
        ),
        status(24, account=tern, content="<p>Seen a :tern:?</p>", emojis=[emoji()], quote=quoted),
        status(25, account=account(3), content=ASKED, poll=poll(voted=False, own_votes=[])),
    ]
    return [pages.status_for_page(entry) for entry in entries]


def film() -> dict[str, Any]:
    return picture(7, type="video", url="/media/film.mp4", description="Waves, 18 seconds.")


def sound() -> dict[str, Any]:
    return picture(8, type="audio", url="/media/sound.mp3", preview_url=None, meta=None)


def every_page() -> dict[str, tuple[str, dict[str, Any]]]:
    """Address path to (template, context): each template, full, empty, and with things wrong."""
    import page_samples_admin  # they are made of what stands above
    import page_samples_desk
    import page_samples_reading
    import page_samples_security
    import page_samples_settings
    import page_samples_writing

    me = pages.account_for_page(account(1, locked=True))
    other = pages.account_for_page(account(1, id="77", display_name="Ines Moreau", acct="ines"))
    out: dict[str, Any] = {"site": SITE, "csrf": "token"}
    own = {**out, "me": me, "unread": 3}
    posts = many()
    opened = pages.status_for_page(status(50, media_attachments=[picture(n) for n in range(3)]))
    replies = [pages.status_for_page(status(60 + n, in_reply_to_id=str(59 + n))) for n in range(3)]
    profile = {"account": other, "tab": "posts", "older": "?max_id=1", "relationship": None}
    profile |= {"familiar": [me, other], "familiar_more": 3}
    thread = {"status": opened, "ancestors": [posts[0], posts[3]], "descendants": replies}
    thread |= {"folded": {replies[1]["id"]: 12}, "more": "?after=62#replies"}
    wrong = {"name": "That name is taken.", "password": "Too short: 10 characters at least."}
    joins = {"invite": "", "min_age": 0}
    consent = {"app": {"name": "Phanpy", "website": None}, "host": "phanpy.example"}
    query = {"client_id": "x", "redirect_uri": "https://phanpy.example/"}
    follows = {"following": True, "followed_by": True, "muting": True}
    return {
        "about": ("about.html", {**out, **about(), "statuses": posts[:2]}),
        "about-me": ("about.html", {**own, **about(), "statuses": [], "path": "/about"}),
        "about-bare": (
            "about.html",
            {
                **out,
                **about(),
                "statuses": [],
                "rules": [],
                "description": None,
                "privacy": "",
                "terms": "",
            },
        ),
        "privacy": ("text.html", {**out, **text(), "written": "2026-11-25"}),
        "terms": (
            "text.html",
            {**own, **text(), "day": "2026-01-01", "holds": True, "others": ["2027-01-01"]},
        ),
        "terms-to-come": ("text.html", {**out, **text(), "day": "2027-01-01", "holds": False}),
        "sign-up": ("sign_up.html", {**out, **joins, "form": {"name": "wren"}}),
        "sign-up-wrong": ("sign_up.html", {**out, **joins, "min_age": 16, "errors": wrong}),
        "sign-up-closed": (
            "sign_up.html",
            {**out, **joins, "site": {**SITE, "signups": "closed"}},
        ),
        "sign-in": ("sign_in.html", {**out, "form": {"next": "/home"}}),
        "sign-in-wrong": (
            "sign_in.html",
            {**out, "error": "That name and password do not go together. 4 tries left."},
        ),
        "forgot": ("forgot.html", out),
        "reset": ("reset.html", {**out, "token": "abc"}),
        "check-mail": ("check_mail.html", {**out, "email": f"{LONG}@x.example", "why": "confirm"}),
        "confirm": ("confirm.html", {**out, "token": "abc"}),
        "confirmed": ("confirmed.html", out),
        "waiting": ("waiting.html", {**own, "email": "ada@x.example"}),
        "setup": ("setup.html", {**out, "token": "abc"}),
        "consent": (
            "consent.html",
            {**own, **consent, "scopes": ["read", "write", "push", "read:lists"], "query": query},
        ),
        "oob": ("oob.html", {**own, "code": "kJx3-98sd-QQ", "app": {"name": "toot"}}),
        "profile": ("profile.html", {**out, **profile, "statuses": posts}),
        "profile-empty": ("profile.html", {**out, **profile, "statuses": [], "tab": "media"}),
        "profile-me": (
            "profile.html",
            {**own, **profile, "statuses": posts, "relationship": follows, "path": "/@ines"},
        ),
        "profile-own": (
            "profile.html",
            {**own, **profile, "account": me, "statuses": [], "path": f"/@{me['acct']}"},
        ),
        "post": ("post.html", {**out, **thread}),
        "post-me": ("post.html", {**own, **thread, "path": "/@ines/50"}),
        "embed": ("embed.html", {**out, **thread}),
        "home": (
            "home.html",
            {
                **own,
                "statuses": posts,
                "older": "/home?max_id=1",
                "newest": 22,
                "announcements": [announcement(), announcement(starts_at=None, reactions=[])],
                "steps": None,
                "path": "/home",
            },
        ),
        "home-empty": (
            "home.html",
            {
                **own,
                "statuses": [],
                "older": "",
                "announcements": [],
                "steps": {"profile": True, "people": False, "words": False},
                "path": "/home",
                "notice": "Posted.",
            },
        ),
        "tag": (
            "timeline.html",
            {**out, "title": "#birds", "words": "", "statuses": posts, "older": "?max_id=1"},
        ),
        "bookmarks": (
            "timeline.html",
            {**own, "title": "Bookmarks", "words": "Only you see.", "statuses": [], "older": ""},
        ),
        "search": (
            "search.html",
            {
                **own,
                "q": "tide",
                "accounts": [me, pages.account_for_page(account(2, bot=True))],
                "statuses": posts[:2],
                "hashtags": [{"name": "birds"}, {"name": "migration"}],
                "only": "",
                "older": "/search?q=tide&only=posts&max_id=1",
                "path": "/search?q=tide",
            },
        ),
        "search-none": (
            "search.html",
            {
                **own,
                "q": LONG,
                "only": "tags",
                "older": "",
                "accounts": [],
                "statuses": [],
                "hashtags": [],
            },
        ),
        "settings-language": (
            "settings_language.html",
            {**own, "names": NAMES, "path": "/settings/language"},
        ),
        "keys": ("keys.html", {**own, "path": "/keys"}),
        "keys-stranger": ("keys.html", out),
        **page_samples_reading.every_page(own),
        **page_samples_writing.every_page(own),
        **page_samples_security.every_page(own, out),
        **page_samples_settings.every_page(own, out),
        **page_samples_admin.every_page(own),
        **page_samples_desk.every_page(own, out),
        **{
            f"error-{code}": ("error.html", {**out, "status": int(code.partition("-")[0]), **told})
            for code, told in errors().items()
        },
    }


def about() -> dict[str, Any]:
    rules = [{"text": "No threats.", "hint": "Not as a joke either."}, {"text": "Bots say so."}]
    return {
        "rules": [{"hint": "", **rule} for rule in rules],
        "contact": "lena@saltmarsh.example",
        "description": pages.trusted(
            "<h2>Who we are</h2>\n<p>People who <em>count</em> waders.</p>"
        ),
        "privacy": "/privacy-policy",
        "terms": "/terms-of-service",
    }


def text() -> dict[str, Any]:
    words = "<p>We keep what you write.</p>\n<ul>\n<li>Posts</li>\n<li>Letters</li>\n</ul>"
    table = "<table><thead><tr><th>What</th></tr></thead><tbody><tr><td>x</td></tr></tbody></table>"
    return {"html": pages.trusted(f"<h2>Privacy</h2>{words}{table}"), "day": "", "others": []}


def errors() -> dict[str, dict[str, Any]]:
    silent = {"message": "", "retry_after": 0, "closed": False, "sign_in": "", "pause": None}
    waits = {"429": 300, "503": 30, "429-pause": 15}
    codes = ("401", "403", "404", "410", "413", "418", "422", "429", "429-pause", "500", "503")
    told = {code: {**silent, "retry_after": waits.get(code, 0)} for code in codes}
    for code in ("401", "429-pause"):
        told[code]["sign_in"] = "/auth/sign-in?next=%2Flocal"
    told["429-pause"]["pause"] = {"ticket": "1.a", "csrf": "x", "back": "/local"}
    return told
