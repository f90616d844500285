"""Start a program that ends with its parent and, where asked, under another user id.

This is a script, run by path with ``python -I -S`` so that it costs a few milliseconds and imports nothing of
leadcrm. Doing this here instead of in a ``preexec_fn`` keeps Python code out of the moment between fork and exec.

PostgreSQL refuses to run as user 0. Two ways around that, both without adding a user to the system:

``namespace:UID:GID``  a user namespace that shows root as an ordinary user: files stay root's own;
``drop:UID:GID``       another user id. It keeps the capability to pass folders that are closed to it, because a
                       clone in root's home could not be reached otherwise.
"""

import argparse
import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000


class CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class CapabilityData(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def enter_namespace(libc: ctypes.CDLL, uid: int, gid: int) -> None:
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "this system allows no user namespace")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def drop_to(libc: ctypes.CDLL, uid: int, gid: int) -> None:
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    bit = 1 << CAP_DAC_OVERRIDE
    words = (CapabilityData * 2)(CapabilityData(bit, bit, bit), CapabilityData(0, 0, 0))
    # Where the capability cannot be kept, the plain user id is still worth trying: the folders may be open to it.
    if libc.capset(ctypes.byref(CapabilityHeader(CAPABILITY_VERSION_3, 0)), words) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", default="SIGTERM")
    parser.add_argument("--user", default="")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if options.user:
        how, uid, gid = options.user.split(":")
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            (enter_namespace if how == "namespace" else drop_to)(libc, int(uid), int(gid))
        except OSError as error:
            sys.exit(f"Cannot change the user id: {error.strerror or error}")
    if sys.platform == "linux":
        # After the change of user: the kernel forgets this wish when credentials change.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.Signals[options.signal]), 0, 0, 0)
        if os.getppid() != options.parent:
            sys.exit("The parent ended before its child began.")
    try:
        os.execvp(command[0], command)  # noqa: S606 — to become the program is what this script is for
    except OSError as error:
        sys.exit(f"Cannot start {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
