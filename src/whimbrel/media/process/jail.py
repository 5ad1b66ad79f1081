"""The walls around a decoder, put up by the worker itself before it reads a stranger's bytes.

Linux gives four, each on its own: limits on what a process uses, Landlock (which files it may
touch), namespaces (no network there at all), and a system call filter (no sockets, no programs, no
new processes). Every wall that can be had is put up; `doctor` tells which could not."""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import NamedTuple

from whimbrel.media.process.result import Limits

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_NAMESPACES = 0x10000000 | 0x40000000 | 0x08000000  # user, network, System V IPC

# Landlock: the same numbers on every architecture.
_RULESET, _ADD_RULE, _RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# What each version of Landlock (1 to 5 and later) can forbid about files.
_FILE_RIGHTS = ((1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1, (1 << 16) - 1)
_NEEDED = _READ_FILE | _READ_DIR | 1 << 1 | 1 << 5 | 1 << 8 | 1 << 14  # write, remove, make, cut
# Where shared libraries lie.
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")


class Calls(NamedTuple):
    """What a decoder has no business with, by the numbers of one architecture."""

    arch: int  # as AUDIT_ARCH_* in linux/audit.h
    clone: int
    numbers: tuple[int, ...]


# From 424 on the numbers are the same everywhere: pidfd_send_signal, io_uring_*, open_tree,
# move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_open, pidfd_getfd, mount_setattr.
_EVERYWHERE = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442)
_CLONE3 = 435
_FORBIDDEN = {
    "x86_64": Calls(
        arch=0xC000003E,
        clone=56,
        numbers=(
            # socket connect accept sendto sendmsg bind listen socketpair accept4 *mmsg
            *(41, 42, 43, 44, 46, 49, 50, 53, 288, 299, 307),
            # fork vfork execve execveat kill tkill tgkill ptrace process_vm_* process_madvise
            *(57, 58, 59, 322, 62, 200, 234, 101, 310, 311, 440),
            # mount umount2 pivot_root chroot unshare setns bpf perf_event_open userfaultfd
            *(165, 166, 155, 161, 272, 308, 321, 298, 323),
            # keyctl add_key request_key open_by_handle_at init_module finit_module kexec_load
            *(250, 248, 249, 304, 175, 313, 246),
        ),
    ),
    "aarch64": Calls(  # the same, as far as they exist there
        arch=0xC00000B7,
        clone=220,
        numbers=(
            *(198, 203, 202, 206, 211, 200, 201, 199, 242, 243, 269),
            *(221, 281, 129, 130, 131, 117, 270, 271, 440),
            *(40, 39, 41, 51, 97, 268, 280, 241, 282),
            *(219, 217, 218, 265, 105, 273, 104),
        ),
    ),
}


def limit(limits: Limits, cpu: int, parent: int) -> None:
    """Cap what this process may use, and tie its life to its parent's.

    Args:
        cpu: seconds of processor time; at the end of them the kernel ends us.
        parent: process id of who started us.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)  # the parent died before it could be tied to
    os.nice(10)  # readers of the timeline come first
    for what, soft, hard in (
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_DATA, limits.memory, limits.memory),
        (resource.RLIMIT_AS, 4 * limits.memory, 4 * limits.memory),
        (resource.RLIMIT_FSIZE, limits.output_bytes, limits.output_bytes),
        (resource.RLIMIT_NOFILE, 64, 64),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        ceiling = resource.getrlimit(what)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(what, (soft, hard))


def lock(upload: Path, room: Path) -> list[str]:
    """Give up the network, other files, other programs. There is no way back.

    Programs' code stays readable, since some of it is only imported when it is needed.

    Args:
        upload: the one file of anybody's that may be read.
        room: the one folder that may be written.
    Returns:
        Names of the walls that stand: "namespaces", "landlock N", "system calls".
    """
    walls = []
    if _libc.unshare(_NAMESPACES) == 0:
        walls.append("namespaces")
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if version := _landlock(upload, room):
        walls.append(f"landlock {version}")
    if _filter_calls():
        walls.append("system calls")
    return walls


def _landlock(upload: Path, room: Path) -> int:
    """Returns the version of Landlock in force, 0 where the kernel has none."""
    version = int(_libc.syscall(_RULESET, None, 0, 1))
    if version < 1:
        return 0
    rights = _FILE_RIGHTS[min(version, len(_FILE_RIGHTS)) - 1]
    # Version 4 adds TCP bind and connect, 6 abstract sockets and signals.
    attributes = [rights]
    if version >= 4:
        attributes.append(0b11)
    if version >= 6:
        attributes.append(0b11)
    packed = struct.pack(f"={len(attributes)}Q", *attributes)
    ruleset = _libc.syscall(_RULESET, packed, len(packed), 0)
    if ruleset < 0:
        return 0
    code = [
        (Path(place), _READ_FILE | _READ_DIR)
        for place in (*_LIBRARIES, *sys.path)
        if Path(place).is_dir()
    ]
    for path, allowed in ((upload, _READ_FILE), (room, _NEEDED & rights), *code):
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", allowed, fd)
        held = _libc.syscall(_ADD_RULE, ruleset, 1, rule, 0) == 0
        os.close(fd)
        if not held:
            os.close(ruleset)
            return 0
    held = _libc.syscall(_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return version if held else 0


def _filter_calls() -> bool:
    """A classic BPF program: refuse the calls above with EPERM, and any clone that is no thread."""
    if platform.machine() not in _FORBIDDEN:
        return False
    arch, clone, numbers = _FORBIDDEN[platform.machine()]
    load, equal, above, mask, give = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse, allow, kill = 0x00050000 | errno.EPERM, 0x7FFF0000, 0x80000000
    absent = 0x00050000 | errno.ENOSYS  # glibc then falls back from clone3 to clone
    steps = [
        (load, 0, 0, 4),  # the architecture
        (equal, 1, 0, arch),
        (give, 0, 0, kill),
        (load, 0, 0, 0),  # the number of the call
        (above, 0, 1, 0x40000000),  # x32, a second table of numbers
        (give, 0, 0, kill),
        (equal, 0, 1, _CLONE3),
        (give, 0, 0, absent),
        (equal, 0, 4, clone),
        (load, 0, 0, 16),  # its flags
        (mask, 1, 0, 0x00010000),  # CLONE_THREAD
        (give, 0, 0, refuse),
        (give, 0, 0, allow),
    ]
    for number in (*numbers, *_EVERYWHERE):
        steps += [(equal, 0, 1, number), (give, 0, 0, refuse)]
    steps.append((give, 0, 0, allow))
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))  # alive until the kernel has copied it
    program = struct.pack("@HP", len(steps), ctypes.addressof(held))
    return bool(_libc.prctl(_PR_SET_SECCOMP, 2, program, 0, 0) == 0)
