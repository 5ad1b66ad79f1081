"""No copy of this process's memory is ever written down: what was erased may still lie there in
places that the allocator has not used again, and keys lie there always."""

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def undumped() -> None:
    """From now on a crash leaves no core file, and no other process of the same user looks in."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):  # Linux: the limit does not hold for a program that is given cores
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
