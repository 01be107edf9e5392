# SPDX-License-Identifier: Apache-2.0
"""Processes that never outlive their test, and waiting for conditions instead of for time."""
import ctypes
import os
import signal
import subprocess
import time

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
# What a sanitizer build needs to know; everything else of the developer's environment stays outside.
_PASSED_ON = ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def clean_environment(home, extra=None):
    """Nothing of the developer's own: no HW_* variable, no proxy, no configuration."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb"}
    for name in _PASSED_ON:
        if name in os.environ:
            environment[name] = os.environ[name]
    environment.update(extra or {})
    return environment


def start(arguments, before=None, **options):
    """A process that is killed when this one dies, whatever kills it (ctest's time-out, too). `before` is called in it
    before the program begins."""

    def prepare():
        _die_with_parent()
        if before is not None:
            before()

    return subprocess.Popen([str(a) for a in arguments], preexec_fn=prepare, **options)


def wait_for(condition, what, seconds=60):
    """Polls until condition() is true and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)
