"""Mastodon.py: what trends, as moderators look it through; and which servers are blocked, where an
operator tells it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from client_town import until
from mastodon import Mastodon
from mastodon.errors import MastodonNotFoundError

import services
from server import Server, running

# Read by the server when it starts: the page has a name, and is on this machine. The loop it would
# run on looks names up by itself.
NAMES = """import asyncio, socket, uvloop
known = socket.getaddrinfo
def lookup(host, *rest, **more):
    return known("127.0.0.1" if host == "page.example" else host, *rest, **more)
socket.getaddrinfo = lookup
uvloop.new_event_loop = asyncio.new_event_loop
"""
SCOPES = "read write admin:read admin:write"
CROWD = ("ada", "bob", "cat", "dan")  # as many as it takes


@pytest.fixture(params=("sqlite", "postgresql"))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of their own: what trends is counted when one starts."""
    url = services.database(request, request.param)
    (tmp_path / "sitecustomize.py").write_text(NAMES)
    env = {
        "WHIMBREL_SHOW_DOMAIN_BLOCKS": "all",
        "WHIMBREL_ALLOW_PRIVATE": "127.0.0.1",
        "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}",
    }
    with running(tmp_path / "data", url, **env) as server:
        yield server


@contextmanager
def apps(place: Server) -> Iterator[dict[str, Mastodon]]:
    """The app of each of the crowd, and an administrator's."""
    roles = {**dict.fromkeys(CROWD, "user"), "boss": "admin"}
    rows = "".join(f"{name},{name}@example.org,,{role}\n" for name, role in roles.items())
    path = place.data / "crowd.csv"
    path.write_text(f"name,email,password,role\n{rows}")
    printed = place.cli("account", "import", path, "--tokens", SCOPES)
    place.second_factor("boss")
    tokens = dict(line.split(",") for line in printed.split())
    made = {name: Mastodon(access_token=tokens[name], api_base_url=place.url) for name in roles}
    try:
        yield made
    finally:
        for app in made.values():
            app.session.close()


class Page(BaseHTTPRequestHandler):
    """A page somewhere."""

    def do_GET(self) -> None:
        """Always the same one."""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Eels</title>")

    def log_message(self, *said: object) -> None:
        """Nothing."""


@contextmanager
def page() -> Iterator[str]:
    """The address of a page on a server of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://page.example:{server.server_port}/eels"
        finally:
            server.shutdown()
            thread.join()


def test_what_trends_is_looked_through(place: Server) -> None:
    """Nothing is shown to everybody before a moderator's app let it pass, nor after it took it
    back."""
    with apps(place) as town, page() as address:
        boss, ada = town["boss"], town["ada"]
        for name in CROWD:
            town[name].account_update_credentials(discoverable=True)
        posts = [town[name].status_post(f"the #eels are back {address}") for name in CROWD]
        for name in CROWD:
            town[name].status_favourite(posts[0])
        assert boss.admin_trending_tags() == []
        for post in posts:
            until(lambda post=post: ada.status(post).card, "the card")
        place.stop()
        place.start()
        (tag,) = until(boss.admin_trending_tags, "the tag")
        (status,) = boss.admin_trending_statuses()  # counted in one go
        assert (tag.name, status.id) == ("eels", posts[0].id)
        assert not (ada.trending_tags() or ada.trending_statuses())
        assert boss.admin_approve_trending_tag(tag).trendable
        assert boss.admin_approve_trending_status(status).id == status.id
        assert [each.name for each in ada.trending_tags()] == ["eels"]
        assert [each.id for each in ada.trending_statuses()] == [status.id]
        assert not boss.admin_reject_trending_tag(tag).trendable
        assert boss.admin_reject_trending_status(status).id == status.id
        assert not (ada.trending_tags() or ada.trending_statuses())
        (link,) = boss.admin_trending_links()
        assert (link.title, link.url, ada.trending_links()) == ("Eels", address, [])
        assert not boss.admin_reject_trending_link(link.id).requires_review
        assert ada.trending_links() == []
        assert boss.admin_approve_trending_link(link.id).url == address
        (shown,) = ada.trending_links()
        assert (shown.title, shown.url, shown.history[0].accounts) == ("Eels", address, 4)
        for review in (
            lambda: boss.admin_approve_trending_link(1),
            lambda: boss.admin_reject_trending_link(1),
        ):
            with pytest.raises(MastodonNotFoundError):
                review()
        boss.admin_create_domain_block("bad.example", severity="suspend", public_comment="spam")
        (blocked,) = ada.instance_domain_blocks()
        told = (blocked.domain, blocked.severity, blocked.comment)
        assert told == ("bad.example", "suspend", "spam")
