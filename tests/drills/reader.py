"""Somebody who reads home again and again, in a process of their own: what they wait for is the
server's doing alone. Prints how long each took, in seconds, as JSON.

python reader.py HOST PORT TOKEN SECONDS"""

import http.client
import json
import sys
import time

MOST = 280  # homes, as often as anybody may read in five minutes


def main(host: str, port: str, token: str, seconds: str) -> None:
    """Read for so long."""
    line = http.client.HTTPConnection(host, int(port), timeout=60)
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "192.0.2.9"}
    ends, took = time.monotonic() + float(seconds), list[float]()
    while time.monotonic() < ends and len(took) < MOST:
        began = time.perf_counter()
        line.request("GET", "/api/v1/timelines/home", headers=headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"home answers {answer.status}")
        took.append(time.perf_counter() - began)
        time.sleep(max(0.02, float(seconds) / MOST))
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
