"""Types at the prompt of `sayso query` through a pseudo terminal, and prints what it answers.

Arguments: the command, then what to type. `<Tab>`, `<Enter>`, `<Ctrl-C>` and `<Ctrl-D>` are keys.
Whatever is typed is waited for on the screen; nothing is timed but the end of patience.
"""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios

PROMPT = "sayso> "
PATIENCE = 60
KEYS = {"<Tab>": "\t", "<Enter>": "\r", "<Ctrl-C>": "\x03", "<Ctrl-D>": "\x04", "<Up>": "\x1b[A"}
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\x07")


class Screen:
    def __init__(self, command):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvp(command[0], command)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.raw = b""
        self.seen = 0
        self.ended = False

    def text(self):
        return ESCAPES.sub("", self.raw.decode(errors="replace"))

    def read(self):
        if not select.select([self.terminal], [], [], PATIENCE)[0]:
            sys.exit(f"waited in vain; the screen: {self.text()!r}")
        try:
            read = os.read(self.terminal, 65536)
        except OSError:  # What a terminal says whose process has ended.
            read = b""
        self.ended = not read
        self.raw += read

    def wait(self, pattern):
        """What came before the pattern, behind what was waited for before."""
        while True:
            found = re.compile(pattern, re.S).search(self.text(), self.seen)
            if found:
                before = self.text()[self.seen : found.start()]
                self.seen = found.end()
                return before
            if self.ended:
                sys.exit(f"ended without {pattern!r}; the screen: {self.text()!r}")
            self.read()

    def type(self, text):
        for piece in re.split("(<[A-Za-z-]+>)", text):
            os.write(self.terminal, KEYS.get(piece, piece).encode())
            if piece and piece not in KEYS:
                self.wait(re.escape(piece))

    def end(self):
        while not self.ended:
            self.read()
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


screen = Screen(sys.argv[1].split("\x1f"))
print(screen.wait(re.escape(PROMPT)).strip())
*lines, last = sys.argv[2:]
for line in lines:
    print(f"== {line}")
    screen.type(line)
    answer = screen.wait("\n" + re.escape(PROMPT))
    # A line that is written anew once it is whole stands before its answer.
    _, is_anew, rest = answer.rpartition(PROMPT)
    if is_anew:
        answer = "\n".join(rest.split("\n")[line.count("<Enter>") :])
    print(answer.lstrip("\n"))
print(f"== {last}")
screen.type(last)
status = screen.end()
print("coloured" if b"\x1b[1;34mwhere\x1b[0m" in screen.raw else "plain")
sys.exit(status)
