"""Two unlike S3 servers that can be killed and started again over what they stored."""

import json
import subprocess
import sys
import time
from pathlib import Path

import services

KEY, SECRET, REGION = "tests", "tests-secret", "us-east-1"


class Store:
    """A server of S3 on one port, over one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, services.free_port()
        (folder / "data").mkdir(parents=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> services.S3:
        return services.S3(f"http://127.0.0.1:{self.port}", KEY, SECRET, REGION, self.folder)

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.command()],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/tmp",
            )
        end = time.monotonic() + services.PATIENCE
        while not services.answers(self.port):
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < end
            time.sleep(0.05)

    def kill(self) -> None:
        """The power goes."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Rclone(Store):
    """It answers a PUT when the file is in its folder."""

    def command(self) -> list[str]:
        program = services.found(str(Path(sys.executable).with_name("rclone")), "rclone")
        where = ["--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}"]
        return [program, "serve", "s3", *where, "--config", "", str(self.folder / "data")]


class Seaweed(Store):
    """It appends to volumes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        identity = {
            "name": KEY,
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        names = ("master", "volume", "filer")
        self._options = [f"-{name}.port={services.free_port()}" for name in names]
        self._options += [f"-{name}.port.grpc={services.free_port()}" for name in (*names, "s3")]

    def command(self) -> list[str]:
        program = services.found(str(Path(sys.executable).with_name("weed")), "weed")
        command = [program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3"]
        command += [f"-dir={self.folder / 'data'}", f"-s3.config={self.folder / 's3.json'}"]
        command += [f"-s3.port={self.port}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        return [*command, "-master.volumeSizeLimitMB=64", "-volume.max=2000", *self._options]
