# SPDX-License-Identifier: Apache-2.0
"""Is there a call that faulty_calls.cc does not see: made by the kernel's number, from inside of the C library, or by a
name that nobody thought of? strace tells what the kernel was asked for; each call of these must have been counted."""
import collections
import re
import shutil
import subprocess

import trials
from support import case

# The kernel's, everything that leaves something behind outside of the process.
SYSTEM_CALLS = """write pwrite64 writev pwritev pwritev2 sendto sendmsg sendmmsg sendfile splice copy_file_range fsync
    fdatasync sync syncfs sync_file_range msync ftruncate truncate fallocate rename renameat renameat2 link linkat
    symlink symlinkat unlink unlinkat rmdir mkdir mkdirat mknod mknodat chmod fchmod fchmodat chown fchown fchownat flock open
    openat openat2 creat io_uring_enter""".split()
# In the names of faulty_calls.cc.
NAMES = {"pwrite64": "pwrite", "sendto": "send", "openat": "open", "openat2": "open", "creat": "open"}
LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")
OPENS_WITHOUT_MAKING = re.compile(r"^(?!.*(O_CREAT|O_TRUNC))")
LOG_OF_CALLS = re.compile(r'^2\d\d, |^[^,]*, "[^"]*/calls"')  # its descriptor is above 200
NOT_TRIED = 77  # as ctest is told


class Traced(trials.Scenario):
    """A first run under strace."""

    def __init__(self):
        super().__init__(trials.Trial("first", ()))

    def runTest(self):
        self.prepare()
        trace, log = self.folder / "trace", self.folder / "calls"
        options = ["-f", "-o", trace, "-e", "trace=" + ",".join(SYSTEM_CALLS)]
        options += ["-E", f"LD_PRELOAD={trials.LIBRARY}", "-E", f"FAULTY_CALLS_LOG={log}"]
        self.start("/usr/bin/strace", *options, case.GILD, *self.command).wait(0)
        self.judge_success()
        counted = collections.Counter(line.split()[2] for line in log.read_text().splitlines())
        self.assertEqual(dict(counted), dict(self.seen_by_kernel(trace)))

    def seen_by_kernel(self, trace):
        seen = collections.Counter()
        calls = [match.groups() for match in map(LINE.match, trace.read_text().splitlines()) if match]
        for process, name, rest in calls:
            if process != calls[0][0] or LOG_OF_CALLS.match(rest):  # git, which gild asks who we are; the library's own
                continue
            if NAMES.get(name) == "open" and OPENS_WITHOUT_MAKING.match(rest):
                continue
            seen[NAMES.get(name, name)] += 1
        return seen


def check(carry_out):
    """`carry_out`: a test case; tells whether all was well."""
    if shutil.which("strace") is None or subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode:
        print("SKIPPED: strace is not there, or may not trace here")
        return NOT_TRIED
    return 0 if carry_out(Traced()) else 1
