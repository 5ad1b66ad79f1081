"""Templates take what they were promised, escape it, and say when something is missing."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import page_samples
from whimbrel.core import pages
from whimbrel.core.fragments import Entry, Fed
from whimbrel.core.pages import Pages

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SAMPLES = page_samples.every_page()
VOID = {"base", "br", "hr", "img", "input", "link", "meta", "use", "path", "circle"}


@pytest.fixture(scope="module")
def site() -> Pages:
    return Pages(clock=lambda: NOW)


class Outline(HTMLParser):
    """What a browser would build: ids, forms, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag == "form":
            self.forms.append({"method": [given.get("method") or "get"], "names": []})
        elif self.forms and "form" in self.open and given.get("name"):
            self.forms[-1]["names"].append(str(given["name"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, self.getpos()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_is_whole(site, name):
    """A tag left open moves half a page; two equal ids send a label or a menu to the wrong place;
    a form without the token is refused, or worse, taken from anybody."""
    template, context = SAMPLES[name]
    outline = Outline(site.render(template, **context).decode())
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    for form in outline.forms:
        assert form["method"] in (["get"], ["dialog"]) or "_csrf" in form["names"]


def test_every_template_is_sampled():
    """A page nobody renders in a test is one nobody looked at."""
    templates = {path.name for path in (pages.HERE / "templates").glob("[!_]*.html")}
    assert templates == {template for template, _ in SAMPLES.values()}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_strangers_script_stays_text(site, name):
    """A display name with a script in it would act as whoever reads it."""
    attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    template, context = SAMPLES[name]

    def poison(value):
        if isinstance(value, dict):
            return {key: poison(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [poison(inner) for inner in value]
        return attack if isinstance(value, str) and value in PLAIN else value

    html = site.render(template, **poison(context)).decode()
    ours = re.compile(r'<script type="module" src="/static/[\w/]+\.js"></script>')
    assert "<script" not in ours.sub("", html) and "<img src=x" not in html


PLAIN = {
    *("Ines Moreau", "Ada Lund", "Tomás Rey", "Saltmarsh", "Flood damage, nobody hurt", "tide"),
    *("Phanpy", "That name is taken.", "Waves, 18 seconds.", "an instrument", "Survey", "A boat"),
    *("Every mistake we made, in order", "Hello", "Firefox on Linux", "No threats.", "wren"),
}


def test_html_that_was_not_cleaned_is_shown_as_text(site):
    """A route that forgets `status_for_page` shows tags, and never runs them."""
    raw = page_samples.status(9, content="<b>bold</b>")
    context = {**SAMPLES["post"][1], "status": raw, "ancestors": [], "descendants": []}
    html = site.render("post.html", **context).decode()
    assert "&lt;b&gt;bold" in html and "<b>bold" not in html


def test_a_servers_own_emojis_are_pictures(site):
    """People write half their names with them. Inside a link's address they are just letters."""
    tern = page_samples.emoji()
    ada = page_samples.account(1, display_name="<b> :tern: :owl:", emojis=[tern])
    assert pages.account_for_page(ada)["name_html"] == (
        '&lt;b&gt; <img class="emoji" src="/media/tern.png" alt=":tern:" title=":tern:" '
        'width="20" height="20"> :owl:'
    )
    link = page_samples.status(1, content='<a href="/:tern:">:tern:</a>', emojis=[tern])
    assert pages.status_for_page(link)["content"].startswith('<a href="/:tern:"><img class')


def test_an_emojis_address_cannot_leave_its_quotes(site):
    """It comes from another server."""
    bad = {"shortcode": "x", "url": '"><script>'}
    shown = pages.status_for_page(page_samples.status(1, content="<p>:x:</p>", emojis=[bad]))
    assert "<script>" not in shown["content"]


def test_what_is_missing_is_said(site):
    """An empty place where a name should be is noticed by readers, weeks later."""
    with pytest.raises(jinja2.UndefinedError):
        site.render("sign_in.html", site=page_samples.SITE)


def test_a_code_stands_in_the_title(site):
    """Some apps read it from there."""
    html = site.render(*SAMPLES["oob"][:1], **SAMPLES["oob"][1]).decode()
    assert "<title>kJx3-98sd-QQ · Saltmarsh</title>" in html


@pytest.mark.parametrize("hidden", [{"spoiler_text": "Heights"}, {"sensitive": True}])
def test_previews_elsewhere_respect_a_warning(site, hidden):
    """What the author folded away would be unfolded in every chat the link is pasted into."""
    folded = page_samples.status(9, media_attachments=[page_samples.picture(5)], **hidden)
    context = {**SAMPLES["post"][1], "status": pages.status_for_page(folded)}
    head = site.render("post.html", **context).decode().partition("</head>")[0]
    assert "/media/5-" not in head
    assert ("Forty-one" in head) == ("sensitive" in hidden)


def test_wide_permissions_are_said_once(site):
    """Twenty narrow ones under `read` would bury the one that matters."""
    html = site.render("consent.html", **SAMPLES["consent"][1]).decode()
    assert "private mentions" in html and "Read your lists" not in html


def test_an_unknown_permission_is_shown_as_it_is(site):
    """Better an ugly word than a permission given unseen."""
    context = {**SAMPLES["consent"][1], "scopes": ["write:teapots"]}
    assert b"<b>write:teapots</b>" in site.render("consent.html", **context)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-22T09:59:40Z", "now"),
        ("2026-11-22T10:00:30.000Z", "now"),
        ("2026-11-22T09:36:00.000Z", "24 min"),
        ("2026-11-22T06:50:00Z", "3 h"),
        ("2026-11-19T10:00:00Z", "3 d"),
        ("2026-03-12T10:00:00Z", "12 Mar"),
        ("2024-03-12T10:00:00+02:00", "12 Mar 2024"),
        ("2026-12-24T10:00:00Z", "24 Dec"),
        (1795340160000, "24 min"),
        (datetime(2026, 11, 22, 9, 36, tzinfo=UTC), "24 min"),
    ],
)
def test_times_are_few_words(site, moment, words):
    """Nobody reads 2026-11-22T09:36:00.000Z."""
    html = site.when(moment)
    assert re.sub(r"<[^>]+>", "", html) == words


def test_a_time_tells_the_whole_date_too(site):
    """Relative words are no use on paper or to a screen reader's user who asks."""
    assert site.when("2026-11-22T07:48:00+00:00") == (
        '<time datetime="2026-11-22T07:48:00Z" title="22 November 2026, 07:48 UTC">2 h</time>'
    )
    assert ">22 November 2026, 07:48 UTC<" in site.when("2026-11-22T07:48:00+00:00", "full")
    assert ">November 2026<" in site.when("2026-11-22T07:48:00+00:00", "month")


@given(st.integers(min_value=0, max_value=4102444800000))
def test_any_moment_has_words(site, moment):
    """A post from before the server was, or with a clock gone wrong, must not break a timeline."""
    assert site.when(moment).startswith("<time")


@given(st.text(), st.integers(min_value=1, max_value=300))
def test_excerpts_are_short(text, length):
    """A title of 5,000 characters is no title."""
    assert len(pages.plain(f"<p>{text}</p>", length)) <= length + 1


def test_paragraphs_do_not_run_together():
    """ "stormThe" in every preview."""
    assert pages.plain("<p>A storm.</p><p>The end &amp; all.</p>") == "A storm. The end & all."


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_focal_point_is_one_of_25_places(x, y):
    """A class without a rule would show the wrong part of the picture."""
    assert re.fullmatch(r"fx-[1-5] fy-[1-5]", pages.focal({"focus": {"x": x, "y": y}}))


def test_the_focal_point_is_where_it_was_put():
    """Up is up: Mastodon's y grows upwards, a style's downwards."""
    assert pages.focal({"focus": {"x": -1, "y": 1}}) == "fx-1 fy-1"
    assert pages.focal({"focus": {"x": 1, "y": -1}}) == "fx-5 fy-5"
    assert pages.focal(None) == "fx-3 fy-3"


def test_an_address_changes_with_the_content(tmp_path):
    """A browser that keeps a style for a year would keep the broken one for a year."""
    (tmp_path / "static").mkdir()
    (tmp_path / "templates").mkdir()
    sheet = tmp_path / "static" / "a.css"
    sheet.write_text("a{}")
    first = Pages(tmp_path)
    sheet.write_text("b{}")
    second = Pages(tmp_path)
    assert first.asset("a.css") != second.asset("a.css")
    assert first.static_files()[first.asset("a.css")] == (b"a{}", "text/css; charset=utf-8")


def test_a_module_asks_for_others_by_their_addresses(tmp_path):
    """A browser would ask for a file that is not there, or keep the old one for a year."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "static" / "vendor").mkdir()
    (tmp_path / "static" / "js" / "main.js").write_text(
        'import far from "../vendor/far.js";\nimport "./near.js";\nconst a = import("./near.js");'
    )
    near = tmp_path / "static" / "js" / "near.js"
    near.write_text("export {};")
    (tmp_path / "static" / "vendor" / "far.js").write_text("export default 1;")
    (tmp_path / "static" / "vendor" / "far.LICENSE").write_text("Do as you like.")
    first = Pages(tmp_path)
    content = first.static_files()[first.asset("main.js")][0].decode()
    assert content == (
        f'import far from "{first.asset("far.js")}";\nimport "{first.asset("near.js")}";\n'
        f'const a = import("{first.asset("near.js")}");'
    )
    near.write_text("export { };")
    assert Pages(tmp_path).asset("main.js") != first.asset("main.js")
    assert len(first.static_files()) == 3


def test_pages_point_only_at_files_that_are_there(site):
    """A missing style is a page nobody wants to look at."""
    files = site.static_files()
    for template, context in SAMPLES.values():
        html = site.render(template, **context).decode()
        assert set(re.findall(r'"(/static/[^"#]+)', html)) <= files.keys()
        symbols = set(re.findall(r"icons\.svg#([a-z]+)", html))
        known = files[site.asset("icons.svg")][0].decode()
        assert all(f'id="{symbol}"' in known for symbol in symbols)


def test_a_page_that_was_kept_says_how_long_ago_something_was():
    """It would say "now" for as long as nothing else happens."""
    template, context = SAMPLES["home"]
    now = [NOW]
    kept = Pages(clock=lambda: now[0])
    status = {**context["statuses"][0], "created_at": NOW.isoformat(), "edited_at": None}
    made = []

    def read(told: bytes) -> dict[str, Any]:
        made.append(told)
        return status

    page = "en / None True"
    holes = {"newest": "7", "older": ""}
    fed = Fed(template, "en", (), page, "1", [Entry(b"{}", read)], "secret", holes)
    said = []
    for seconds in (0, 30, 40, 120, 10, 3600):
        now[0] += timedelta(seconds=seconds)
        shown = kept.feed(fed, lambda: context).decode()
        said += re.findall(r">(now|\d+ min|1 h)</time>", shown[shown.index('id="feed"') :])[:1]
    assert said == ["now", "now", "1 min", "3 min", "3 min", "1 h"] and len(made) == 4
