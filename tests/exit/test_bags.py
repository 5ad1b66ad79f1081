"""A server leaves as a bag and is the same somewhere else; what anybody meddles with is refused."""

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import media_samples
import pytest
from houses import keep_house, settle
from sqlalchemy import select
from typer.testing import CliRunner

from whimbrel.accounts import passwords
from whimbrel.accounts.queries import users
from whimbrel.app.cli import app
from whimbrel.core.errors import Conflict, Invalid
from whimbrel.core.tables import jobs, metadata
from whimbrel.core.tx import SLOTS_PER_ACTION
from whimbrel.exit import bag, bring, catalogue, read
from whimbrel.exit.queries import rows
from whimbrel.exit.rules import AUTHOR, Key
from whimbrel.exit.sealing import Opener, new_identity, recipient_of
from whimbrel.moderation import audit
from whimbrel.posts import delete, queries
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility

KILLED = Path(__file__).parent / "killed.py"
KILLED_EXPORT = KILLED.with_name("killed_export.py")
LONG = bool(os.environ.get("WHIMBREL_LONG"))


def content_of(root: Path) -> dict[str, str]:
    """The hash of each payload file that anybody may read."""
    data = root / "data"
    return {
        str(path.relative_to(data)): bag.hash_of(path)
        for path in data.rglob("*")
        if path.is_file() and "private" not in path.parts
    }


def private_of(root: Path, opener: Opener) -> list[bytes]:
    """The sealed records, without their salts."""
    found = sorted((root / "data/private").glob("records-*"))
    return [line.partition(b" ")[2] for path in found for line in opener.lines(path)]


def test_every_table_travels_or_is_said_to_stay():
    """A new table that nobody thought of would be lost on the night of the exit."""
    assert set(metadata.tables) <= catalogue.TRAVELS.keys() | catalogue.STAYS.keys()
    assert not catalogue.TRAVELS.keys() & catalogue.STAYS.keys()
    before: set[str] = set()
    for name, travels in catalogue.TRAVELS.items():
        table = metadata.tables[name]
        known = {*before, name, *catalogue.STAYS}
        assert {target for target, _ in rows.refers(name).values()} <= known, name
        assert {*travels.sealed, *travels.drop} <= set(table.columns.keys())
        halves = {half for seal in travels.sealed.values() for half in seal}
        assert Key.ACCOUNT not in halves or travels.owner in (*table.columns.keys(), AUTHOR), name
        before.add(name)


def test_a_server_leaves_and_is_the_same_elsewhere(house, tmp_path, identity, clock):
    """What got lost on the way would be missed when the old host is gone."""
    opener = Opener.of_file(identity)
    here = house("here")
    ada, _bob, first, _ = here.write(settle)
    slot = here.write(rows.slots, [ada.id])[ada.id]
    picture = here.picture(ada.id, slot, media_samples.jpeg())
    here.write(publish, ada, Draft(text="look", media=(picture,)))
    closed = here.picture(ada.id, slot, media_samples.jpeg(size=(90, 60)))
    few = Draft(text="for few", media=(closed,), visibility=Visibility.PRIVATE)
    here.write(publish, ada, few)
    hashed = passwords.hash_sync(here.db.keyring, "correct horse")
    made = here.export(tmp_path / "one", recipient=opener.recipient)
    assert made.counts["posts"] > 0 and made.previous is None

    there = house("there")
    there.bring(tmp_path / "one", identity)
    there.export(tmp_path / "two", recipient=opener.recipient)
    assert content_of(tmp_path / "one") == content_of(tmp_path / "two")
    assert private_of(tmp_path / "one", opener) == private_of(tmp_path / "two", opener)

    assert len(list((tmp_path / "two/data/media").iterdir())) == 2  # the picture, and it small
    assert len(list((tmp_path / "two/data/private/media").iterdir())) == 2
    clocks = [task for (task,) in there.write(lambda tx: tx.rows(select(jobs.c.task)))]
    assert any("poll.close" in task for task in clocks)
    assert not any("PostPublished" in task for task in clocks)

    post = there.write(queries.any_post, first.id)
    assert post.content.text == "hello #whimbrel"
    assert post.slot != 0 and there.db.keyring.path != here.db.keyring.path
    assert passwords.verify_sync(there.db.keyring, hashed, "correct horse")
    assert there.write(users.by_name, "ada").account == ada.id
    new = there.write(publish, ada, Draft(text="the first one here #whimbrel"))
    assert new.id != first.id
    for name in catalogue.TRAVELS.keys() - {"jobs"}:
        assert there.write(rows.count, name) >= here.write(rows.count, name), name


def test_what_the_staff_and_people_keep_opens_elsewhere(house, tmp_path, identity):
    """A new host without its open reports, its log and everybody's drafts is not the same house."""
    opener = Opener.of_file(identity)
    here, there = house("here"), house("there")
    ada, bob, _, answer = here.write(settle)
    here.write(keep_house, ada, bob, answer.id)
    here.export(tmp_path / "one", recipient=opener.recipient)
    there.bring(tmp_path / "one", identity)
    there.export(tmp_path / "two", recipient=opener.recipient)
    assert private_of(tmp_path / "one", opener) == private_of(tmp_path / "two", opener)
    sealed = b"".join(private_of(tmp_path / "one", opener))
    for word in (b"a storm", b"It was one.", b"half a sentence", b"tomorrow", b"weather", b"JBSW"):
        assert word in sealed
    found = there.write(audit.verify, [])
    assert found.size == here.write(audit.verify, []).size > 0 and not found.wrong


def test_nothing_private_is_in_a_bag_without_recipient(house, tmp_path):
    """Who is handed the public archive must not read letters, addresses or keys."""
    here = house("here")
    here.write(settle)
    here.export(tmp_path / "bag")
    everything = b"".join(path.read_bytes() for path in (tmp_path / "bag").rglob("*.*"))
    for word in (b"psst", b"friends", b"secretword", b"owes me", b"@example.org", b"PRIVATE KEY"):
        assert word not in everything
    assert b"hello" in everything and not (tmp_path / "bag/data/private").exists()
    there = house("there")
    there.bring(tmp_path / "bag")
    there.export(tmp_path / "again")
    assert content_of(tmp_path / "bag") == content_of(tmp_path / "again")


def test_any_flipped_bit_is_refused_by_name(house, tmp_path, identity):
    """One byte of a post that is not as it was written makes the whole bag worthless as a proof."""
    here = house("here")
    here.write(settle)
    root = tmp_path / "bag"
    here.export(root, recipient=Opener.of_file(identity).recipient)
    there = house("there")
    for path in sorted(each for each in root.rglob("*") if each.is_file()):
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        with pytest.raises(Invalid) as refused:
            there.bring(root, identity)
        path.write_bytes(whole)
        named = str(refused.value)
        assert path.name in named or path.name.startswith(("tagmanifest", "manifest")), named
    assert there.write(rows.is_empty)
    there.bring(root, identity)


def test_manifests_written_anew_do_not_help_who_forges(house, tmp_path):
    """BagIt alone proves nothing against somebody who can compute a hash."""
    here = house("here")
    here.write(settle)
    root = tmp_path / "bag"
    made = here.export(root)
    path = next((root / "data").glob("posts-*"))
    path.write_bytes(path.read_bytes().replace(b"hello #", b"hallo #"))
    bag.write_manifests(root, made, made.made_at)
    with pytest.raises(Invalid, match=r"posts-0001.jsonl: line \d+ is not what was signed"):
        house("there").bring(root)


def test_a_chain_is_applied_in_order_and_twice_is_once(house, tmp_path, identity):
    """Tonight's bag on top of last night's is the server of tonight, deletions included."""
    recipient = Opener.of_file(identity).recipient
    here, there = house("here"), house("there")
    ada, bob, first, answer = here.write(settle)
    one = here.export(tmp_path / "1", recipient=recipient)
    here.write(delete.delete, bob, answer.id, True)
    later = here.write(publish, ada, Draft(text="later"))
    two = here.export(tmp_path / "2", since=one.last, recipient=recipient)
    assert two.since == one.last and two.first == one.last + 1
    assert 0 < sum(two.counts.values()) < sum(one.counts.values())

    with pytest.raises(Conflict, match="builds on another"):
        there.bring(tmp_path / "2", identity)
    for name in ("1", "1", "2", "2"):
        there.bring(tmp_path / name, identity)
    with pytest.raises(Conflict):
        there.bring(tmp_path / "1", identity)
    assert there.write(queries.any_post, later.id).content.text == "later"
    assert there.write(rows.there, "posts", (answer.id,)) is None
    here.export(tmp_path / "whole")
    there.export(tmp_path / "other")
    assert content_of(tmp_path / "whole") == content_of(tmp_path / "other")
    bags, _ = read.verify_chain([tmp_path / "1", tmp_path / "2"])
    listed = [post["key"][0] for post in read.posts(bags)]
    assert first.id in listed and answer.id not in listed and later.id in listed


def test_an_import_that_was_killed_is_made_whole(house, tmp_path, identity):
    """The power goes while rows are written; the same command again, and nothing is missing."""
    here = house("here")
    here.write(settle)
    here.export(tmp_path / "bag", recipient=Opener.of_file(identity).recipient)
    there = house("there")
    there.close()
    for rows_written in (3, 20) if LONG else (20,):
        words = [there.folder, there.url, tmp_path / "bag", identity, rows_written]
        ran = subprocess.run([sys.executable, KILLED, *map(str, words)], check=False)
        assert ran.returncode == -signal.SIGKILL
    if not there.url:  # nobody is served what is not whole
        words = ["-m", "whimbrel", "serve", "--bind", "127.0.0.1:0", "--data", str(there.folder)]
        ran = subprocess.run(
            [sys.executable, *words], capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 2 and "cut short" in ran.stderr
    there.open()
    assert there.write(bring.under_way) and not there.write(rows.is_empty)
    with pytest.raises(Conflict, match="cut short"):
        here.write(lambda tx: rows.note(tx, bring.UNDER_WAY, 5))
        here.bring(tmp_path / "bag", identity)
    there.bring(tmp_path / "bag", identity)
    assert not there.write(bring.under_way)
    there.export(tmp_path / "again")
    here.export(tmp_path / "whole")
    assert content_of(tmp_path / "whole") == content_of(tmp_path / "again")


def test_an_export_that_was_killed_goes_on_to_the_same_bag(house, tmp_path, identity):
    """Whoever has 26 hours left must not begin anew, nor take half a bag for a whole one."""
    here = house("here")
    ada, _, _, _ = here.write(settle)
    slot = here.write(rows.slots, [ada.id])[ada.id]
    here.write(
        publish, ada, Draft(text="look", media=(here.picture(ada.id, slot, media_samples.jpeg()),))
    )
    to = Opener.of_file(identity).recipient
    here.close()
    for files in (1, 7, 20) if LONG else (7,):
        words = [here.folder, here.url, tmp_path / "bag", to, files]
        ran = subprocess.run([sys.executable, KILLED_EXPORT, *map(str, words)], check=False)
        assert ran.returncode == -signal.SIGKILL
        assert not (tmp_path / "bag").exists()
    here.open()
    here.export(tmp_path / "bag", recipient=to)
    here.export(tmp_path / "whole", recipient=to)
    assert content_of(tmp_path / "bag") == content_of(tmp_path / "whole")
    opener = Opener.of_file(identity)
    assert private_of(tmp_path / "bag", opener) == private_of(tmp_path / "whole", opener)


def write_some(tx, who, first, many):
    for number in range(first, first + many):
        publish(tx, who, Draft(text=f"post {number} and what it says"))


@pytest.mark.skipif(not LONG, reason="takes a minute: WHIMBREL_LONG=1")
def test_how_fast_many_posts_are_exported(house, tmp_path, identity, capsys):
    """Printed, so that whoever plans a night knows it; and it may not get slower by the post."""
    here = house("here")
    ada, _, _, _ = here.write(settle)
    took = []
    for many in (5_000, 15_000):
        for first in range(0, many, SLOTS_PER_ACTION):
            here.write(write_some, ada, first, min(SLOTS_PER_ACTION, many - first))
        began = time.monotonic()
        made = here.export(tmp_path / str(many), recipient=Opener.of_file(identity).recipient)
        took.append((time.monotonic() - began) / made.counts["posts"])
    with capsys.disabled():
        sys.stdout.write(
            f"\nexport: {1 / took[0]:,.0f} and {1 / took[1]:,.0f} posts/s, with all else\n"
        )
    assert took[1] < 2 * took[0]


def test_the_reader_stands_alone(house, tmp_path):
    """In ten years somebody has a bag and Python, and nothing of ours."""
    here = house("here")
    here.write(settle)
    here.export(tmp_path / "bag")
    ran = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "bag/read.py", "--list", tmp_path / "bag"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "hello" in ran.stdout and "psst" not in ran.stdout
    source = Path(read.__file__).read_text()
    assert "import whimbrel" not in source and "from whimbrel" not in source
    signed = json.loads((tmp_path / "bag/export.json").read_bytes())
    assert signed["key"] in ran.stderr
    digest = sha256(read.canonical(signed["statement"])).hexdigest()
    assert read.statement_of(tmp_path / "bag")[1] == digest


def test_a_bag_is_a_bag_for_others(house, tmp_path):
    """Archives check what they are given with tools of their own: here coreutils, and the rules of
    RFC 8493 that are more than sums."""
    here = house("here")
    here.write(settle)
    root = tmp_path / "bag"
    here.export(root)
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        words = ["sha256sum", "--check", "--strict", "--quiet", manifest]
        subprocess.run(words, cwd=root, check=True)
    listed = {line.split("  ")[1] for line in (root / bag.MANIFEST).read_text().splitlines()}
    payload = [path for path in (root / "data").rglob("*") if path.is_file()]
    assert listed == {path.relative_to(root).as_posix() for path in payload}
    info = dict(line.split(": ") for line in (root / "bag-info.txt").read_text().splitlines())
    size = sum(path.stat().st_size for path in payload)
    assert info["Payload-Oxum"] == f"{size}.{len(payload)}"
    assert (root / "bagit.txt").read_bytes().startswith(b"BagIt-Version: 1.0\n")


def test_the_commands_do_what_the_manual_says(house, tmp_path, monkeypatch):
    """Whoever leaves at night types what stands there."""
    here = house("here")
    if here.url:
        return  # the same code, which finds its database by the settings
    here.write(settle)
    here.close()
    monkeypatch.setenv("WHIMBREL_DOMAIN", "social.example")

    def whimbrel(*words):
        found = CliRunner().invoke(app, [str(word) for word in words])
        assert found.exception is None, found.exception
        return found.stdout

    identity, target = tmp_path / "identity", tmp_path / "bag"
    recipient = whimbrel("exit", "key", identity).strip()
    assert identity.stat().st_mode & 0o777 == 0o600
    words = ("export", "--data", here.folder, "--recipient", recipient, "--to", target)
    assert "--since" in whimbrel(*words)
    with pytest.raises(AssertionError, match="there already"):
        whimbrel(*words)
    words = ("import", target, "--identity", identity, "--data", tmp_path / "there")
    assert "records are here" in whimbrel(*words)
    assert "already" in whimbrel(*words)


def test_what_is_sealed_opens_for_its_recipient_alone(tmp_path):
    """The private part goes over strangers' disks."""
    from whimbrel.exit.sealing import Sealer

    mine, other = new_identity(), new_identity()
    plain = bytes(range(256)) * 700
    with (tmp_path / "sealed").open("wb") as out:
        sealer = Sealer(out, recipient_of(mine))
        sealer.write(plain)
        sealer.close()
    assert b"".join(Opener(mine).chunks(tmp_path / "sealed")) == plain
    whole = (tmp_path / "sealed").read_bytes()
    for broken in (whole[:-17], whole[: 50 + 65552], whole[:100] + b"x" + whole[101:]):
        (tmp_path / "broken").write_bytes(broken)
        with pytest.raises(Invalid):
            list(Opener(mine).chunks(tmp_path / "broken"))
    with pytest.raises(Invalid):
        list(Opener(other).chunks(tmp_path / "sealed"))
    with pytest.raises(Invalid):
        recipient_of("whimbrel-identity-short")


def test_ed25519_of_the_reader_agrees_with_the_library():
    """The reader has its own: it must neither refuse what is right nor take what is not."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for each in range(8):
        key = Ed25519PrivateKey.from_private_bytes(sha256(b"%d" % each).digest())
        public, message = key.public_key().public_bytes_raw(), b"m" * each
        signature = key.sign(message)
        assert read.is_signed(public, message, signature)
        assert not read.is_signed(public, message + b".", signature)
        turned = bytes([signature[0] ^ 1]) + signature[1:]
        assert not read.is_signed(public, message, turned)
        order = int.from_bytes(signature[32:], "little") + read.ORDER
        assert not read.is_signed(public, message, signature[:32] + order.to_bytes(32, "little"))
