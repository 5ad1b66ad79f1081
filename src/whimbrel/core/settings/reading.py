"""Reading the settings: one TOML file, then `WHIMBREL_*` variables, then the command line.

The last one that says something wins. Whatever cannot be used is told in one line."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from re import compile as pattern
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from ..errors import WhimbrelError
from .checks import conflicts, fix
from .fields import DEFAULTS, KEYS, SECRETS, Settings

_PREFIX = "WHIMBREL_"
# Kubernetes puts these into every container beside a service that is called whimbrel.
_NOT_OURS = pattern(r"WHIMBREL_(SERVICE_(HOST|PORT)\w*|PORT|PORT_\d+_\w+|CONFIG|CRASH_AT)")
_YES, _NO = ("yes", "on", "true", "1"), ("no", "off", "false", "0")


class SettingsError(WhimbrelError):
    """The settings cannot be used. The message is one line: the key, where it stands, the fix."""

    status, code = 500, "settings"


def load(
    data: Path | None = None,
    overrides: Mapping[str, object] = MappingProxyType({}),
    env: Mapping[str, str] = os.environ,
    *,
    file: Path | None = None,
) -> Settings:
    """Read the settings once, at start.

    Args:
        data: the data folder; when None, WHIMBREL_DATA, then `./data`.
        overrides: what the command line said, by key; None means "not said".
        env: the environment; `WHIMBREL_POST_CHARS=1000` sets post_chars. Lists are comma separated.
        file: the TOML file; when None, WHIMBREL_CONFIG, then `whimbrel.toml` in the data folder if
            there is one.
    Raises:
        SettingsError: an unknown key or an unusable value.
    """
    folder = data or Path(env.get("WHIMBREL_DATA") or "data")
    named = file or (Path(env["WHIMBREL_CONFIG"]) if env.get("WHIMBREL_CONFIG") else None)
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for key, raw, place in _said(folder, named, env, overrides):
        values[key], places[key] = _value(key, raw, place), place
    if data is not None:
        values["data"] = data
    settings = Settings(**values)
    for key, how in conflicts(settings):
        raise SettingsError(f"{key} ({places.get(key, 'not set')}): {how}.")
    return settings


def variable(key: str) -> str:
    """What a setting is called in the environment."""
    return _PREFIX + key.upper()


def places(settings: Settings, env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where each setting that is not as usual was said, as far as that can be told afterwards.

    Returns:
        By key: file, environment, or start: on the command line, or in a file named there.
    Raises:
        SettingsError: the file cannot be read (any more).
    """
    named = Path(env["WHIMBREL_CONFIG"]) if env.get("WHIMBREL_CONFIG") else None
    said = {
        key: "environment" if place.startswith("in the environment") else "file"
        for key, _, place in _said(settings.data, named, env, {})
    }
    return {
        key: said.get(key, "start")
        for key in KEYS
        if key in said or getattr(settings, key) != DEFAULTS[key]
    }


def _said(
    folder: Path, named: Path | None, env: Mapping[str, str], overrides: Mapping[str, object]
) -> Iterator[tuple[str, object, str]]:
    """(key, value, place it stands in) of everything that was said; later ones win."""
    path = named or folder / "whimbrel.toml"
    if named or path.is_file():
        for key, value in _toml(path).items():
            yield key, value, f"in {path}"
    for name, text in env.items():
        if name.startswith(_PREFIX) and not _NOT_OURS.fullmatch(name):
            yield name.removeprefix(_PREFIX).lower(), text, f"in the environment, {name}"
    for key, said in overrides.items():
        if said is not None:
            yield key, said, f"on the command line, --{key.replace('_', '-')}"


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None


def _value(key: str, raw: object, place: str) -> object:
    """`raw` as the type of the setting `key`. Raises SettingsError."""
    if key not in KEYS:
        near = get_close_matches(key, KEYS, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else "`whimbrel config reference` lists them all."
        raise SettingsError(f"{key} ({place}): there is no such setting; {hint}")
    hint = KEYS[key]
    kind = get_args(hint)[0]
    try:
        if kind is Path:
            return Path(msgspec.convert(str(raw), Annotated[str, Meta(min_length=1)]))
        value = msgspec.convert(_from_text(raw, kind), hint, strict=not isinstance(raw, str))
    except msgspec.ValidationError:
        how = _expected(kind, key)
    else:
        how = fix(key, value)
        if not how:
            return value
    shown = "this value" if key in SECRETS else repr(raw)
    raise SettingsError(f"{key} = {shown} ({place}): {how}.")


def _from_text(raw: object, kind: Any) -> object:
    """Environment variables are all text: lists are comma separated, yes and no are words."""
    if isinstance(raw, str):
        if get_origin(kind) is tuple:
            return [part.strip() for part in raw.split(",") if part.strip()]
        if kind is bool:
            word = raw.strip().lower()
            return True if word in _YES else False if word in _NO else raw
    return raw


def _expected(kind: Any, key: str) -> str:
    if get_origin(kind) is Literal:
        return f"write one of {', '.join(get_args(kind))}"
    if get_origin(kind) is tuple:
        return "write a list of texts, or in the environment words with commas between them"
    if kind is bool:
        return "write yes or no (in TOML true or false)"
    if kind is int:
        least = max((meta.ge for meta in KEYS[key].__metadata__ if meta.ge is not None), default=0)
        return f"write a whole number, {least} or more, such as {DEFAULTS[key]}"
    return "write a text"
