"""Many requests at once, by `wrk`: a closed loop over 16 connections from the other core."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from . import process
from .server import Server
from .store import Refused

CONNECTIONS = 16

SCRIPT = """
local requests, sent = {}, 0
local writes, tag = %(writes)s, %(tag)s

local function headers_of(token, network, cookie)
  local headers = {["Accept"] = %(accept)s}
  if token ~= "-" then headers["Authorization"] = "Bearer " .. token end
  if cookie ~= "-" then headers["Cookie"] = "whimbrel=" .. cookie end
  if network ~= "-" then headers["X-Forwarded-For"] = network end
  if writes then headers["Content-Type"] = "application/json" end
  return headers
end

function init()
  for line in io.lines(%(work)s) do
    local path, token, network, cookie = line:match("^(%%S+) (%%S+) (%%S+) (%%S+)$")
    local headers = headers_of(token, network, cookie)
    if writes then
      requests[#requests + 1] = {path, headers}
    else
      requests[#requests + 1] = wrk.format("GET", path, headers)
    end
  end
end

function request()
  sent = sent + 1
  local one = requests[(sent - 1) %% #requests + 1]
  if not writes then return one end
  local text = "Measured " .. tag .. " " .. sent ..
    ": low water at the ferry, geese over the bay, and #fog on the road until noon"
  return wrk.format("POST", one[1], one[2], '{"visibility":"public","status":"' .. text .. '"}')
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format(
    '\\nDONE {"requests":%%d,"micros":%%d,"bytes":%%d,"failed":%%d,"p50":%%.3f,"p99":%%.3f}\\n',
    summary.requests, summary.duration, summary.bytes,
    failed.connect + failed.read + failed.write + failed.status + failed.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


class Work(NamedTuple):
    """One of the requests that are sent in turn."""

    path: str
    token: str = "-"
    network: str = "-"  # the address a proxy says the request came from
    cookie: str = "-"  # of a browser that is signed in


class Load(NamedTuple):
    """What one run of `wrk` cost and how long it took."""

    requests: int
    failed: int
    rate: float  # requests a second
    p50: float  # ms
    p99: float
    kb: float  # an answer's size
    cpu_ms: float  # a request's, with all that had to be done afterwards
    busy: float  # cores the server had while it was asked
    drained: float  # seconds from the first request until the last job was done
    mb: float


def available() -> bool:
    """Whether the program is there."""
    return shutil.which("wrk") is not None


def run(
    server: Server,
    work: Sequence[Work],
    seconds: int = 1,
    *,
    writes: bool = False,
    accept: str = "application/json",
) -> Load:
    """Ask `server` for `work`, over and over, and wait until it has nothing left to do.

    Args:
        writes: POST a new status each time, instead of GET.
    Raises:
        Refused: an answer was an error; a measurement of refusals would flatter.
    """
    with tempfile.TemporaryDirectory(prefix="whimbrel-bench-") as folder:
        listing, script = Path(folder, "work"), Path(folder, "load.lua")
        listing.write_text("".join(" ".join(one) + "\n" for one in work))
        script.write_text(
            SCRIPT
            % {
                "writes": str(writes).lower(),
                "tag": json.dumps(f"{time.time_ns():x}"),
                "accept": json.dumps(accept),
                "work": json.dumps(str(listing)),
            }
        )
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
        before, start = server.cpu_seconds(), time.monotonic()
        said = subprocess.run(
            [*command, "-s", str(script), server.url],
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            preexec_fn=process.pinned(process.cores()[1]),
        )
        asked, busy = time.monotonic() - start, server.cpu_seconds() - before
        if server.store is not None:
            server.store.drain()
        drained = time.monotonic() - start
        server.settle()
        spent = server.cpu_seconds() - before
    found = [line for line in said.stdout.splitlines() if line.startswith("DONE ")]
    if not found:
        raise Refused(f"wrk failed: {said.stdout[-500:]} {said.stderr[-500:]}")
    told = json.loads(found[0].removeprefix("DONE "))
    if told["failed"] or not told["requests"]:
        raise Refused(f"{work[0].path}: {told['failed']} of {told['requests']} requests failed")
    return Load(
        requests=told["requests"],
        failed=told["failed"],
        rate=told["requests"] / (told["micros"] / 1e6),
        p50=told["p50"],
        p99=told["p99"],
        kb=told["bytes"] / told["requests"] / 1024,
        cpu_ms=1000 * spent / told["requests"],
        busy=busy / asked,
        drained=drained,
        mb=process.resident_mb(server.pids),
    )
