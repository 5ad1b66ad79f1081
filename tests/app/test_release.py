"""A release: the same files give the same bytes, and whoever gets others in their place notices."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import warm
from whimbrel import __version__
from whimbrel.app import release
from whimbrel.core.errors import Invalid

ROOT = Path(__file__).parents[2]
STEM = f"whimbrel-{__version__}"
WHEEL = f"{STEM}-py3-none-any.whl"
NOTES = "## {version} (2026-11-28)\n\n- Posts can be written.\n\n## 0.0.1\n\n- Nothing can.\n"

Release = Callable[..., release.Release]


def tree(folder: Path, version: str = __version__) -> Path:
    """What is there now, as somebody else has it: of another age, with other rights."""
    tracked = ["git", "ls-files", "-z", "-c", "-o", "--exclude-standard", "--"]
    kept = ("src", "script", "packaging", "README.md", "LICENSE", "requirements.lock")
    listed = subprocess.run([*tracked, *kept], cwd=ROOT, capture_output=True, check=True)
    for name in [*filter(None, listed.stdout.decode().split("\0")), "pyproject.toml"]:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "CHANGELOG.md").write_text("# Changelog\n\n" + NOTES.format(version=version))
    return folder


def build(where: Path, out: Path) -> Path:
    out.mkdir()
    command = [sys.executable, "-B", where / "script/release.py", out]
    subprocess.run(command, env={"PYTHONPATH": str(where / "packaging")}, check=True)
    return out


def sign(folder: Path, key: Path, namespace: str = "whimbrel-release") -> None:
    (folder / "SHA256SUMS.sig").unlink(missing_ok=True)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, folder / "SHA256SUMS"]
    subprocess.run(command, check=True, capture_output=True)


def keys(folder: Path, kind: str = "ed25519") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"key_{kind}"
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "for a test", "-f", path]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A release, and the key that signed it."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen, which signs releases, is not installed (openssh-client)")
    folder = tmp_path_factory.mktemp("release")
    key = keys(folder / "keys")
    place, out = tree(folder / "tree"), folder / "out"
    git = ["git", "-C", place, "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "All of it"]):
        subprocess.run([*git, *words], check=True)
    (place / ".venv").symlink_to(ROOT / ".venv")
    shutil.copy(ROOT / ".venv.lock", place)
    (place / "src/whimbrel/mine.py").write_text("not committed")
    subprocess.run([place / "script/release", key, out], check=True)
    return out, key


@pytest.fixture
def copy(made: tuple[Path, Path], tmp_path: Path) -> Iterator[Path]:
    """One to tamper with."""
    yield shutil.copytree(made[0], tmp_path / "copy")


@pytest.fixture
def verified(made: tuple[Path, Path]) -> Release:
    def verify(target: Path, believed: Path | None = None, **more: bool) -> release.Release:
        return release.verify(target, believed or made[1].with_suffix(".pub"), **more)

    return verify


def test_the_same_files_give_the_same_bytes(made, tmp_path: Path):
    """Nobody could tell a wheel that was made of these sources from one that was made of others."""
    there = tree(tmp_path / "some where else")
    for number, path in enumerate(sorted(there.rglob("*"))):
        os.utime(path, (number * 1e6, 86_400 + number * 3_600))
        path.chmod(0o700 if path.is_dir() or number % 2 else 0o600)
    (there / "src/whimbrel/__pycache__").mkdir()
    (there / "src/whimbrel/__pycache__/left.pyc").write_bytes(b"over")
    before = os.umask(0o077)
    try:
        again = build(there, tmp_path / "again")
    finally:
        os.umask(before)
    ours = {path.name: path.read_bytes() for path in made[0].iterdir() if path.suffix != ".sig"}
    assert len(ours) == 5
    assert {path.name: path.read_bytes() for path in again.iterdir()} == ours


def test_pip_takes_the_wheel_and_nothing_of_it_runs(made, tmp_path: Path):
    """A wheel of our own making that pip reads otherwise would be ours alone."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    alone = ["--no-index", "--disable-pip-version-check", "--target", str(tmp_path / "there")]
    subprocess.run([*command, *alone, made[0] / WHEEL], check=True)
    package = tmp_path / "there/whimbrel"
    found = release.verify(made[0] / WHEEL, made[1].with_suffix(".pub"))
    assert release.compare(found, package) > 1000
    code = (
        "import importlib.metadata as m; print(m.version('whimbrel'), len(m.requires('whimbrel')))"
    )
    env = {"PYTHONPATH": str(package.parent)}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    version, needed = told.stdout.decode().split()
    assert version == __version__ and int(needed) > 30
    (package / "core/added.py").write_text("print('mine')")
    (package / "core/db.py").write_bytes((package / "core/db.py").read_bytes() + b"\n")
    (package / "core/tx.py").unlink()
    told_ = r"core/added\.py \(added\), core/db\.py \(changed\), core/tx\.py \(missing\)\."
    with pytest.raises(Invalid, match=told_):
        release.compare(found, package)


def test_openssh_says_the_same(made, tmp_path: Path):
    """Whoever does not trust the program to judge itself asks a tool that everybody has."""
    folder, key = made
    believed = tmp_path / "believed"
    believed.write_text(f"release@whimbrel {key.with_suffix('.pub').read_text()}")
    command = ["ssh-keygen", "-Y", "verify", "-f", believed, "-I", "release@whimbrel"]
    command += ["-n", "whimbrel-release", "-s", folder / "SHA256SUMS.sig"]
    sums = (folder / "SHA256SUMS").read_bytes()
    assert b"Good" in subprocess.run(command, input=sums, capture_output=True, check=True).stdout
    refused = subprocess.run(command, input=sums + b"\n", capture_output=True, check=False)
    assert refused.returncode != 0
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)


def test_a_release_is_what_it_says(made, verified: Release):
    """All of it, and a file alone that lies beside what is signed."""
    found = verified(made[0])
    blob = base64.b64decode(made[1].with_suffix(".pub").read_text().split()[1])
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    assert (found.version, found.by) == (__version__, f"SHA256:{digest}")
    assert [path.name.removeprefix(STEM) for path in found.files] == [*release._ENDINGS]
    assert verified(made[0] / f"{STEM}.md").files == (made[0] / f"{STEM}.md",)
    notes = (made[0] / f"{STEM}.md").read_text()
    assert notes == f"# Whimbrel {__version__}\n\n- Posts can be written.\n"


@pytest.mark.parametrize(
    "name", [WHEEL, f"{STEM}.tar.gz", f"{STEM}.cdx.json", f"{STEM}.md", "SHA256SUMS"]
)
def test_one_bit_is_enough(copy: Path, verified: Release, name: str):
    """Of whatever there is."""
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(Invalid, match="is not what was"):
        verified(copy)


def test_every_bit_of_the_signature_counts(copy: Path, verified: Release):
    """Also those that say what was signed and how."""
    path = copy / "SHA256SUMS.sig"
    lines = path.read_text().splitlines()
    blob = base64.b64decode("".join(lines[1:-1]))
    for at in range(len(blob)):
        bent = bytearray(blob)
        bent[at] ^= 1
        body = base64.b64encode(bent).decode()
        path.write_text(f"{lines[0]}\n{body}\n{lines[-1]}\n")
        with pytest.raises(Invalid):
            verified(copy)
    path.write_text(f"{lines[0]}\n{base64.b64encode(blob).decode()}\n{lines[-1]}\n")
    verified(copy)


def test_neither_more_nor_less(copy: Path, verified: Release):
    """What stands beside it is taken for a part of it."""
    (copy / "install.sh").write_text("rm -rf /")
    with pytest.raises(Invalid, match=r"install\.sh is no part of this release"):
        verified(copy)
    with pytest.raises(Invalid, match=r"install\.sh is no part of this release"):
        verified(copy / "install.sh")
    (copy / "install.sh").unlink()
    (copy / f"{STEM}.md").unlink()
    with pytest.raises(Invalid, match=r"md is missing"):
        verified(copy)
    verified(copy / WHEEL)
    (copy / "SHA256SUMS.sig").unlink()
    with pytest.raises(Invalid, match="cannot be read"):
        verified(copy / WHEEL)


def test_whoever_is_not_believed_signs_in_vain(made, copy: Path, verified: Release, tmp_path: Path):
    """A key of somebody else, of another kind, or one that signed something else."""
    other = keys(tmp_path / "other")
    sign(copy, other)
    with pytest.raises(Invalid, match="whom you do not believe"):
        verified(copy)
    both = tmp_path / "both"
    lines = [each.with_suffix(".pub").read_text() for each in (other, made[1])]
    both.write_text("".join(["# those who publish\n\n", *lines]))
    verified(copy, both)
    sign(copy, made[1], "git")
    with pytest.raises(Invalid, match="made for something else"):
        verified(copy)
    elliptic = keys(tmp_path / "other", "ecdsa")
    sign(copy, elliptic)
    with pytest.raises(Invalid, match="whom you do not believe"):
        verified(copy)
    with pytest.raises(Invalid, match=r"Keys are lines of"):
        verified(copy, elliptic.with_suffix(".pub"))
    (tmp_path / "none").write_text("\n")
    with pytest.raises(Invalid, match="no key to believe"):
        verified(copy, tmp_path / "none")


def again(folder: Path, key: Path) -> None:
    """What somebody who has the key says of these files."""
    made = sorted(path for path in folder.iterdir() if not path.name.startswith("SHA256SUMS"))
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
    (folder / "SHA256SUMS").write_text("".join(sums))
    sign(folder, key)


def test_a_wheel_holds_what_it_says_that_it_holds(made, copy: Path, verified: Release):
    """pip installs what lies in it and checks against what it says: one file too many is run."""
    with zipfile.ZipFile(copy / WHEEL, "a") as wheel:
        wheel.writestr("whimbrel/core/added.py", "print('mine')")
    again(copy, made[1])
    with pytest.raises(Invalid, match="something else than its RECORD says"):
        verified(copy)
    (copy / WHEEL).write_bytes(b"no wheel")
    again(copy, made[1])
    with pytest.raises(Invalid, match="cannot be read"):
        verified(copy)


def test_an_old_release_is_not_taken_for_a_new_one(made, copy: Path, verified: Release):
    """Its flaws are known: whoever hands out old files with their true signature counts on that."""
    notes = copy / f"{STEM}.md"
    notes.write_text(notes.read_text().replace(__version__, "0.0.1"))
    again(copy, made[1])
    with pytest.raises(Invalid, match="tells what is new in another version"):
        verified(copy)
    for path in list(copy.iterdir()):
        path.rename(path.with_name(path.name.replace(__version__, "0.0.1")))
    again(copy, made[1])
    with pytest.raises(Invalid, match="older than what runs here"):
        verified(copy)
    with pytest.raises(Invalid, match=r"whl (cannot be read|is of another version)"):
        verified(copy, older=True)
    (copy / "whimbrel-0.0.1.md").rename(copy / "whimbrel-9.0.md")
    again(copy, made[1])
    with pytest.raises(Invalid, match="does not list one release"):
        verified(copy)


def test_what_is_new_is_told_or_nothing_is_released(tmp_path: Path):
    """An update of which nobody says what it brings."""
    there = tree(tmp_path / "tree", "0.0.2")
    with pytest.raises(subprocess.CalledProcessError):
        build(there, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_command_says_so(made, copy: Path):
    """A script that installs what it fetched has to stop at what is refused."""
    command = ["whimbrel", "verify-release", "--key", made[1].with_suffix(".pub")]
    done = warm.run([*command, made[0]], os.environ)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Whimbrel {__version__}, signed by SHA256:")
    (copy / "SHA256SUMS").write_text("")
    done = warm.run([*command, copy], os.environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "whimbrel: SHA256SUMS is not what was signed.\n"
