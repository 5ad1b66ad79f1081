"""Pointing the names at the other node: by a script of the operator's, for every registrar speaks
another tongue, or by telling what to do by hand."""

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

from whimbrel.core.errors import WhimbrelError
from whimbrel.core.settings import Instance, Settings

from .journal import Journal

PATIENCE = 300  # seconds that a script may take
_SAID = 1000  # characters of what it says that are told
_HEALTH = 3.0  # seconds


class HookFailed(WhimbrelError):
    """The script that changes DNS failed."""

    status, code = 502, "hook_failed"


def names(instance: Instance) -> list[str]:
    """The names that have to lead to the other node."""
    host = urlsplit(instance.origin).hostname or ""
    return list(dict.fromkeys(name for name in (host, instance.media_host) if name))


async def point(hook: Path | None, settings: Settings, instance: Instance, now: Journal) -> str:
    """Run the script, or say what has to be done.

    It is called as `HOOK NAME ...` with WHIMBREL_ADDRESS (where the other node serves: a host),
    WHIMBREL_URL (the same with scheme and port) and WHIMBREL_EVACUATION in the environment, and
    may be called again. Nothing of the settings is told to it.

    Raises:
        HookFailed: it ended with another status than 0, or did not end.
    """
    there = urlsplit(now.address).hostname or ""
    if hook is None:
        where = there or "the other node"
        lines = [f"At your DNS: {name}  A/AAAA or CNAME  {where}" for name in names(instance)]
        return "\n".join([*lines, "MX stays as it is, unless mail is with the host that is left."])
    told = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "WHIMBREL_ADDRESS": there,
        "WHIMBREL_URL": now.address,
        "WHIMBREL_EVACUATION": now.id,
    }
    try:
        process = await asyncio.create_subprocess_exec(
            str(hook),
            *names(instance),
            env=told,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        raise HookFailed(f"{hook}: {error.strerror or error}.") from error
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate()
    except TimeoutError as error:
        raise HookFailed(f"{hook} did not end within {PATIENCE} seconds.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = said.decode(errors="replace").strip()[-_SAID:]
    if process.returncode:
        raise HookFailed(f"{hook} ended with {process.returncode}: {text}")
    return text or f"{hook} is done."


async def is_healthy(address: str, name: str, extra_ca: str) -> bool:
    """Whether the server at this address answers, by a certificate for `name`: it is asked before
    DNS leads there."""
    from aiohttp import ClientError, ClientSession, ClientTimeout

    from whimbrel.core.sockets import tls_of

    secure = address.startswith("https:")
    tls = await asyncio.to_thread(tls_of, extra_ca) if secure else True
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=_HEALTH)) as session,
            session.get(
                f"{address}/health",
                allow_redirects=False,
                ssl=tls,
                server_hostname=name if secure else None,
            ) as answer,
        ):
            return answer.status == 200
    except (ClientError, OSError):
        return False
