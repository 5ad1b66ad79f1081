"""The child: one job in on stdin, one answer out on stdout, and gone.

Run as `python -I -m whimbrel.media.process.worker` with an empty environment."""

import importlib
import os
import shutil
import sys
import traceback
from pathlib import Path

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.media.process import jail
from whimbrel.media.process.result import Answer, Job
from whimbrel.media.process.sniff import FORMATS

# Each maker has UNREADABLE (what its decoders raise on a bad file) and
# make(path, form, room, limits) -> Processed. Only the one that is needed is imported.
_MAKERS = {"image": "pictures", "av": "video", "audio": "audio"}
_ROOM = 8 << 20  # bytes; with less than this left a failure may be the disk's


def work(job: Job) -> Answer:
    """Put up the walls and do the job, telling the file's faults from ours."""
    form, limits = FORMATS[job.format], job.limits
    os.environ["TMPDIR"] = job.room
    os.environ["VIPS_CONCURRENCY"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["VIPS_DISC_THRESHOLD"] = str(limits.memory)  # pixels stay in memory, off the disk
    jail.limit(limits, limits.image_cpu if form.family == "image" else limits.av_cpu, job.parent)
    maker = importlib.import_module(f"whimbrel.media.process.{_MAKERS[form.family]}")
    jail.lock(Path(job.path), Path(job.room))
    try:
        return Answer(processed=maker.make(Path(job.path), form, Path(job.room), limits))
    except Invalid as refusal:
        return Answer(refused=str(refusal))
    except MemoryError:
        return Answer(refused="This file needs too much memory to read.")
    except maker.UNREADABLE:
        if shutil.disk_usage(job.room).free < _ROOM:  # the file may be as good as any
            return Answer(fault="the disk has no room for the copies")
        return Answer(refused=f"This file is damaged, or not the {form.name} it begins like.")
    except Exception:
        return Answer(fault=traceback.format_exc())


if __name__ == "__main__":
    order = msgspec.json.decode(sys.stdin.buffer.read(65536), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(work(order)))
