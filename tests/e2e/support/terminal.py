# SPDX-License-Identifier: Apache-2.0
"""A terminal of a given width, with a screen that a test can read: what a person would see, and what scrolled away."""
import fcntl
import os
import pty
import re
import select
import struct
import termios
import threading

_CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[()=>].?|[\r\n\x07\x08]")


class Terminal:
    def __init__(self, columns=80, rows=40):
        self._main, self.device = pty.openpty()
        fcntl.ioctl(self.device, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._raw = b""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def options(self):
        """Of case.start(): it becomes the controlling terminal, so that Ctrl-C is a signal."""
        device = self.device
        return {
            "stdin": device,
            "stdout": device,
            "stderr": device,
            "before": lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) if os.getsid(0) == os.getpid() else None,
        }

    def type(self, text):
        os.write(self._main, text.encode())

    def raw(self):
        with self._lock:
            return self._raw.decode(errors="replace")

    def close(self):
        """When the program has ended: all that it wrote is there afterwards."""
        os.close(self.device)
        self._thread.join(10)
        os.close(self._main)

    def _read(self):
        while True:
            try:
                readable, _, _ = select.select([self._main], [], [], 60)
                data = os.read(self._main, 65536) if readable else b""
            except OSError:  # the last program closed its end
                return
            if not data:
                return
            with self._lock:
                self._raw += data


def frames(raw):
    """Every line that was ever drawn, without colours: what stands between line ends and returns of the cursor."""
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", raw)
    lines = re.split(r"[\r\n]+|\x1b\[[0-9;?]*[A-HJKSTfhlnsu]", without_colours)
    return [line for line in lines if line]


def screen(raw):
    """What is on the screen at the end, as lines, however far they would have scrolled."""
    lines, row, column = [""], 0, 0
    at = 0
    while at < len(raw):
        match = _CONTROL.match(raw, at)
        if match is None:
            line = lines[row].ljust(column)
            lines[row] = line[:column] + raw[at] + line[column + 1 :]
            column += 1
            at += 1
            continue
        at = match.end()
        count = int(match[1]) if match[1] and match[1].isdigit() else None
        if match[0] == "\n":
            row += 1
            if row == len(lines):
                lines.append("")
        elif match[0] == "\r":
            column = 0
        elif match[2] == "A":
            row = max(0, row - (count or 1))
        elif match[2] == "B":
            row = min(len(lines) - 1, row + (count or 1))
        elif match[2] == "G":
            column = (count or 1) - 1
        elif match[2] == "K" and not count:
            lines[row] = lines[row][:column]
        elif match[2] == "K":
            lines[row] = ""
        elif match[2] == "J":
            lines[row] = lines[row][:column]
            del lines[row + 1 :]
    return [line.rstrip() for line in lines]
