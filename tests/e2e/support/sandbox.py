# SPDX-License-Identifier: Apache-2.0
"""A process that may not reach any network, nor ask for a name: the kernel ends it if it makes a socket for that. No
rights are needed. Sockets of this machine's own kind are left, by which the C library may ask for the user's name."""
import ctypes
import platform
import signal
import socket
import struct

KILLED = -signal.SIGSYS  # the exit status of one that tried

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _KILL_PROCESS = 0x7FFF0000, 0x80000000
_NUMBERS = {"x86_64": 41, "aarch64": 198}  # of socket(2)

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def is_possible():
    return platform.machine() in _NUMBERS


def forbid_sockets():
    """For this process and all that it starts, for ever. Given as `before` to process.start()."""
    instructions = (
        (_LOAD, 0, 0, 0),  # the number of the call
        (_JUMP_IF_EQUAL, 0, 3, _NUMBERS[platform.machine()]),
        (_LOAD, 0, 0, 16),  # its first argument: which kind of network
        (_JUMP_IF_EQUAL, 1, 0, socket.AF_UNIX),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    program = _Program(len(instructions), code)
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    if _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")
