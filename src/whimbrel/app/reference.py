"""docs/configuration.md, made from the settings themselves so that it cannot fall behind them."""

from typing import Any, Literal, get_args, get_origin

from ..core.settings import DEFAULTS, KEYS, SECRETS, describe

_HEAD = """# Configuration

<!-- Made by `whimbrel config reference`; change src/whimbrel/core/settings instead. -->

Settings stand in `whimbrel.toml` in the data folder (or the file given with `--config`):

```toml
domain = "social.example.org"
languages = ["en", "pt-BR"]
```

An environment variable `WHIMBREL_<KEY>` wins over the file (`WHIMBREL_LANGUAGES=en,pt-BR`), the
command line over both. `whimbrel config check` says whether all is well, `whimbrel config show`
what is in force. A file that holds passwords should belong to the server's user, mode 0600.
"""

# The first setting of each section.
_SECTIONS = {
    "data": "Place",
    "database": "Storage",
    "title": "The community",
    "smtp": "Mail",
    "rate_limits": "The network",
    "post_chars": "Limits",
    "home_size": "Timelines and erasure",
    "metrics_bind": "Watching it",
    "host_notice": "Losing the host",
}


def reference() -> str:
    """The whole page as Markdown, ending in a newline."""
    lines = [_HEAD]
    for key, hint in KEYS.items():
        if key in _SECTIONS:
            lines.append(f"\n## {_SECTIONS[key]}\n")
        secret = " *Shown without its password.*" if key in SECRETS else ""
        lines.append(f"- **`{key}`** ({_kind(hint)}; {_default(key)}): {describe(key)}{secret}")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _kind(hint: Any) -> str:
    kind = get_args(hint)[0]
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return "list"
    return {bool: "yes or no", int: "number"}.get(kind, "text")


def _default(key: str) -> str:
    value = DEFAULTS[key]
    if value in ("", ()):
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{', '.join(value) if isinstance(value, tuple) else value}`"
