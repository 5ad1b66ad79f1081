"""Files: what they tell (D7), one address from another (D8), those of private posts (D9), lists of
them (D10)."""

import asyncio
import json
import re
from urllib.parse import urlsplit

from .. import plant, samples
from ..ground import STRANGER, Trial, Who, word

ENDED = 901.0  # seconds after which no link holds
LISTS = re.compile(
    r"Index of|ListBucketResult|<Contents>|keyring\.bin|whimbrel\.db|Directory listing", re.I
)


def _owner(trial: Trial) -> Who:
    return trial.ground.who("dora" if trial.ground.inside is not None else "owner")


def _addresses(media: dict[str, object]) -> list[str]:
    """Of every version of a file."""
    found = [media.get(name) for name in ("url", "preview_url")]
    return [*dict.fromkeys(str(each) for each in found if each)]


async def tell_nothing(trial: Trial) -> None:
    """D7: files that tell where they were made go in; what comes out is looked through."""
    who = _owner(trial)
    marked = await asyncio.to_thread(samples.pictures)
    if trial.ground.inside is not None:
        marked.append(await asyncio.to_thread(samples.film, trial.ground.inside.spare))
    versions, taken = 0, []
    for sample in marked:
        if not samples.tells(sample.file):
            trial.wrong(f"the {sample.name} that was planted tells nothing: the drill is wrong")
        name = f"{samples.WORD}.{sample.name.lower()}"
        answer = await plant.send_file(trial, who, sample.file, sample.mime, name)
        if answer.status != 200:
            trial.wrong(f"an ordinary {sample.name} is refused with {answer.status}")
            continue
        media = json.loads(answer.body)
        taken.append(sample.name)
        if samples.WORD in answer.text:
            trial.wrong(f"what is told of the {sample.name} holds words out of it")
        for address in _addresses(media):
            got = await trial.ask(who, "GET", address)
            versions += 1
            if got.status != 200:
                trial.wrong(f"a version of the {sample.name} cannot be had ({got.status})")
            if samples.tells(got.body) or samples.WORD in str(got.pairs):
                trial.wrong(f"the {sample.name} tells what stood in the original")
        await trial.ask(who, "DELETE", f"/api/v1/media/{media['id']}")
    trial.did(f"{', '.join(taken)} with a place and words in them: {versions} versions tell none")
    for name, (file, mime) in samples.REFUSED.items():
        answer = await plant.send_file(trial, who, file, mime, "a.png")
        if answer.status == 200:
            trial.wrong(f"{name} is taken for a picture")
    trial.did(f"{len(samples.REFUSED)} kinds of files that are no pictures were refused")
    if trial.ground.inside is not None:
        left = await asyncio.to_thread(_left_over, trial)
        for path in left:
            trial.wrong(f"the original, or a part of it, is still in {path}")
        trial.did("no original is left on the disk")


def _left_over(trial: Trial) -> list[str]:
    folder = trial.ground.within.folder
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and samples.MARK in path.read_bytes()
    ]


async def derive(trial: Trial) -> None:
    """D8: out of the address of one version, that of another."""
    who = _owner(trial)
    made = await plant.send_file(trial, who, samples.plain(word()), "image/png", "a.png")
    media = trial.right(made, "/api/v2/media")
    known = [urlsplit(each) for each in _addresses(media)]
    paths = {each.path for each in known}
    tried = 0
    for parts in known:
        folder, _, name = parts.path.rpartition("/")
        stem, _, end = name.partition(".")
        changed = {
            f"{folder}/{other}{dot}{ext}"
            for other in ("original", "small", "large", "preview", "raw", f"{stem}_small", stem)
            for dot, ext in ((".", end), (".", "jpg"), (".", "png"), (".", "orig"), ("", ""))
        }
        changed |= {
            f"{parts.path}{more}" for more in (".orig", "@2x", "/", "%00", "~", ".bak", "?x")
        }
        changed |= {parts.path.upper(), folder, f"{folder}/", parts.path.replace("media", "raw")}
        changed |= {f"{folder[:-1]}A/{name}", f"{folder[:-1]}B/{name}"}
        for path in sorted(changed - paths):
            answer = await trial.ask(STRANGER, "GET", f"{parts.scheme}://{parts.netloc}{path}")
            tried += 1
            if answer.status == 200:
                trial.wrong(f"a changed address leads to a file: {path.replace(folder, '...')}")
    tokens = {each.path.split("/")[2] for each in known if each.path.count("/") > 2}
    if len(tokens) < len(known):
        trial.wrong("two versions of a file differ in their name only: one leads to the other")
    await trial.ask(who, "DELETE", f"/api/v1/media/{media['id']}")
    trial.did(f"{tried} changed addresses of {len(known)} versions of a picture: none leads to one")


async def fetch_private(trial: Trial) -> None:
    """D9: the file of a post that is not public, by those whom it is for and by others."""
    here = trial.ground.inside
    ada = trial.ground.who("ada" if here else "owner")
    media = await plant.upload(trial, ada, samples.plain(word()), "image/png")
    text = f"for you {'@bob' if here else ''}"
    made = await trial.do(
        ada, "POST", "/api/v1/statuses", status=text, visibility="direct", media_ids=[media]
    )
    link = made["media_attachments"][0]["url"]
    fetched = await trial.ask(ada, "GET", link)
    if fetched.status != 200:
        trial.wrong(f"whom it is for does not get the file ({fetched.status})")
    if "private" not in fetched.headers.get("cache-control", ""):
        trial.wrong("caches may keep the file of a post that is not public")
    for how, changed in _altered(link):
        await _refused(trial, STRANGER, changed, how)
    shown = await trial.ask(STRANGER, "GET", f"/api/v1/media/{media}")
    if shown.status == 200:
        trial.wrong("a stranger is told the address of the file")
    trial.did("for whom it is; with changed links; by a stranger who knows its number")
    if here:
        link = await _bound_to_reader(trial, made["id"], link)
    else:
        trial.left_out("another's link, and one that has ended: that takes a second account")
    await trial.do(ada, "DELETE", f"/api/v1/statuses/{made['id']}?delete_media=true")
    if here:
        await here.settle()
    await _refused(trial, ada, link, "after its post was deleted")
    trial.did("after its post was deleted")


def _altered(link: str) -> list[tuple[str, str]]:
    """A link with a part of it changed or left out: /media/FILE/PASS/NAME."""
    parts = link.split("/")
    file, given = len(parts) - 3, len(parts) - 2
    changed = {}
    for how, at, middle in (("another file in it", file, 9), ("a changed pass", given, 12)):
        old = parts[at]
        letter = "A" if old[middle] != "A" else "B"
        changed[how] = [*parts[:at], old[:middle] + letter + old[middle + 1 :], *parts[at + 1 :]]
    changed["no pass"] = [*parts[:given], *parts[given + 1 :]]
    changed["a pass cut short"] = [*parts[:given], parts[given][:-4], *parts[given + 1 :]]
    return [(how, "/".join(each)) for how, each in changed.items()]


async def _refused(trial: Trial, who: Who, link: str, how: str) -> None:
    answer = await trial.ask(who, "GET", link)
    if answer.status != 404:
        trial.wrong(f"the file of a private post, asked for by {who.name}, {how}: {answer.status}")


async def _bound_to_reader(trial: Trial, post: str, link: str) -> str:
    """A link is one reader's, and ends. Returns: a fresh one."""
    ground, clock = trial.ground, trial.ground.within.clock
    ada, bob = ground.who("ada"), ground.who("bob")
    theirs = await trial.got(bob, f"/api/v1/statuses/{post}")
    if theirs["media_attachments"][0]["url"] == link:
        trial.wrong("two readers have the same link to the file of a private post")
    for who in (bob, ground.who("eve")):
        await _refused(trial, who, link, "with another reader's link")
    clock.ahead += ENDED
    await _refused(trial, ada, link, "with a link that has ended")
    again = await trial.got(ada, f"/api/v1/statuses/{post}")
    fresh = str(again["media_attachments"][0]["url"])
    if (await trial.ask(ada, "GET", fresh)).status != 200:
        trial.wrong("a fresh link does not work: the drill looked at the wrong thing")
    trial.did("with another reader's link; with one that has ended")
    return fresh


async def list_all(trial: Trial) -> None:
    """D10: every way in which servers and buckets list what they hold."""
    tried, base = 0, trial.ground.client.base
    media = f"{base}/media"
    if trial.ground.inside is not None:
        ada = trial.ground.who("ada")
        shown = await trial.got(ada, f"/api/v1/statuses/{trial.ground.ids['public']}")
        parts = urlsplit(shown["media_attachments"][0]["url"])
        media = f"{parts.scheme}://{parts.netloc}/media"
    asks = [("GET", f"{media}{more}") for more in _LISTINGS]
    asks += [("GET", f"{base}{path}") for path in _PATHS]
    asks += [(method, path) for method in _METHODS for path in (f"{base}/", f"{media}/")]
    for method, target in asks:
        answer = await trial.ask(STRANGER, method, target)
        tried += 1
        if answer.status == 200 and LISTS.search(answer.text):
            trial.wrong(f"{method} {target.removeprefix(base)} lists what there is")
        elif method == "TRACE" and answer.status == 200:
            trial.wrong("TRACE is answered")
        elif answer.status == 200 and (target.startswith(media) or "passwd" in target):
            trial.wrong(f"{method} {target.removeprefix(base)} is answered")
    for path in ("/robots.txt", "/sitemap.xml", "/sitemap.xml.gz", "/.well-known/sitemap"):
        answer = await trial.ask(STRANGER, "GET", path)
        tried += 1
        if answer.status == 200 and re.search(r"\d{15,}|/media/|/@\w+/", answer.text):
            trial.wrong(f"{path} names posts or files")
    trial.did(f"{tried} requests for lists, folders and files outside: nothing")


_LISTINGS = (
    *("", "/", "//", "/?list-type=2", "?list-type=2&max-keys=1000", "/?prefix=", "/?delimiter=/"),
    *("/.", "/..", "/../", "/%2e%2e/", "/..%2f", "/%2e%2e%2fkeyring.bin", "/..\\", "/%00", "/*"),
    *("/../keyring.bin", "/../whimbrel.db", "/index.html", "/.git/config", "/?acl", "/?versions"),
)
_PATHS = (
    *("/objects/", "/data/", "/data/keyring.bin", "/keyring.bin", "/whimbrel.db", "/backup.zip"),
    *("/static/", "/static/../", "/static/%2e%2e/app/cli.py", "/../../etc/passwd", "/.env"),
    *("/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/.git/HEAD", "/server-status"),
    *("/metrics", "/debug", "/uploads/", "/images/", "/videos/", "/system/", "/storage/"),
)
_METHODS = ("TRACE", "PROPFIND", "SEARCH", "LIST")
