"""Letters are fetched out of a mailbox that Debian's Dovecot keeps, over TLS, as an operator's."""

import getpass
import grp
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import pytest
import trustme
from test_complaints import MAIL, ORIGIN, Town

from whimbrel.moderation.events import MailboxDue
from whimbrel.moderation.letters import mailbox, shown
from whimbrel.moderation.letters.opening import MOST_BYTES
from whimbrel.moderation.queries import audit

USER, PASSWORD = "abuse@example.org", "p@/w"
CONFIG = """
base_dir = {here}/run
state_dir = {here}/state
log_path = {here}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{here}/cert.pem
ssl_key = <{here}/key.pem
default_internal_user = {owner}
default_internal_group = {group}
default_login_user = {owner}
mail_location = maildir:{here}/mail
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={here}
}}
namespace inbox {{
  inbox = yes
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
"""


class Dovecot(NamedTuple):
    """A running one. Letters are put where its mail transport would put them."""

    here: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"imaps://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}"

    def deliver(self, name: str, letter: bytes) -> None:
        path = self.here / "mail" / "new" / name
        path.write_bytes(letter)
        shutil.chown(path, *_owner())

    def unread(self) -> int:
        """Those that are not marked as read: in `new`, or without the flag S."""
        files = [*self.here.glob("mail/new/*"), *self.here.glob("mail/cur/*")]
        return sum("S" not in file.name.partition(":2,")[2] for file in files)


def _owner() -> tuple[str, str]:
    """Dovecot gives no mail to root."""
    name = "nobody" if os.geteuid() == 0 else getpass.getuser()
    entry = pwd.getpwnam(name)
    return name, grp.getgrgid(entry.pw_gid).gr_name


def _free() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    binary = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    assert binary, "these tests need dovecot-imapd: script/test installs it"
    here, (owner, group) = Path(tempfile.mkdtemp(prefix="whimbrel-imap-")), _owner()
    here.chmod(0o755)
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    leaf.private_key_pem.write_to_path(here / "key.pem")
    for blob in leaf.cert_chain_pems:
        blob.write_to_path(here / "cert.pem", append=True)
    authority.cert_pem.write_to_path(here / "ca.pem")
    for folder in ("mail", "mail/new", "mail/cur", "mail/tmp"):
        (here / folder).mkdir()
        shutil.chown(here / folder, owner, group)
    port, entry = _free(), pwd.getpwnam(owner)
    file = here / "dovecot.conf"
    told = {"here": here, "owner": owner, "group": group, "port": port, "password": PASSWORD}
    file.write_text(CONFIG.format(**told, uid=entry.pw_uid, gid=entry.pw_gid))
    process = subprocess.Popen([binary, "-F", "-c", str(file)])
    try:
        _wait(here, port)
        yield Dovecot(here, port, process)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(here, ignore_errors=True)


def _wait(here: Path, port: int) -> None:
    context = ssl.create_default_context(cafile=str(here / "ca.pem"))
    for _ in range(100):
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 5) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
            ):
                if wire.recv(100).startswith(b"* OK"):
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError((here / "log").read_text() if (here / "log").exists() else "no log")


@pytest.fixture
def town(db: Any, database: str, tmp_path: Any, clock: Any) -> Iterator[Town]:
    with Town(db, database, tmp_path, clock) as opened:
        yield opened


def test_a_real_mailbox_over_tls(town: Town, dovecot: Dovecot) -> None:
    """Unread letters are taken in once and marked as read; one that is too long or empty is passed
    over and holds up none; a stranger's certificate, a wrong password and a server that goes away
    lose nothing."""
    post = town.write("Go and get him")
    mail = MAIL.format(f"Please remove {ORIGIN}/@eve/{post} within 24 hours").encode()
    app = town.front.app

    def look(url: str, authority: str = "ca.pem") -> list[Any]:
        where = str(dovecot.here / authority) if authority else ""
        app.settings = msgspec.structs.replace(app.settings, letters_imap=url, extra_ca=where)

        async def fetch() -> None:
            await mailbox.fetch(app, MailboxDue(turn=await app.db.read(audit.turn)))

        town._runner.run(fetch())
        town.settle()
        return list(town.do(shown.listed, town.people["mod"]))

    dovecot.deliver("1.long", b"Subject: long\r\n\r\n" + b"x" * 76 * (MOST_BYTES // 76 + 2))
    dovecot.deliver("2.empty", b" \r\n")
    dovecot.deliver("3.good", mail)
    assert look(dovecot.url, authority="") == [], "nobody vouches for that server"
    assert look(dovecot.url.replace("%2Fw", "guess")) == []
    assert look(f"{dovecot.url}/Nowhere") == []
    assert dovecot.unread() == 3
    (letter,) = look(dovecot.url)
    assert (letter["source"], letter["all"]) == ("host", 1)
    assert dovecot.unread() == 0
    flagged = [file.name.partition(":")[0] for file in dovecot.here.glob("mail/cur/*:2,*F*")]
    assert flagged == ["1.long"], "whoever looks into the mailbox sees that it was not taken in"
    dovecot.deliver("4.again", mail)
    assert len(look(dovecot.url)) == 1, "the same letter"
    dovecot.deliver("5.other", mail.replace(b"within 24", b"within 12"))
    dovecot.process.terminate()
    dovecot.process.wait(10)
    assert len(look(dovecot.url)) == 1, "it is asked again in a minute"
    assert dovecot.unread() == 1
