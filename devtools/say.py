"""What the commands print while they work."""

import sys
import time

# How often a long step tells that it still goes on, where lines cannot be rewritten.
QUIET_SECONDS = 15


def step(text):
    """Tell which step begins."""
    print(f"==> {text}", flush=True)


def note(text):
    """Tell a detail of the running step."""
    print(f"    {text}", flush=True)


class Ticker:
    """Show that a long step goes on: seconds passed, and what is being done now.

    On a terminal one line is rewritten; elsewhere a new line comes now and then.
    """

    def __init__(self, detail=None):
        self.detail = detail or (lambda: "")
        self.start = self.told = time.monotonic()
        self.rewrites = sys.stdout.isatty()
        self.width = 0

    @property
    def seconds(self):
        """Whole seconds since the step began."""
        return int(time.monotonic() - self.start)

    def tick(self):
        """Show the state, unless that was just done."""
        now = time.monotonic()
        if now - self.told < (1 if self.rewrites else QUIET_SECONDS):
            return
        self.told = now
        detail = self.detail()
        text = f"    {self.seconds} s{': ' + detail if detail else ''}"[:100]
        if self.rewrites:
            print("\r" + text.ljust(self.width), end="", flush=True)
            self.width = len(text)
        else:
            print(text, flush=True)

    def close(self):
        """Clear the rewritten line."""
        if self.rewrites and self.width:
            print("\r" + " " * self.width + "\r", end="", flush=True)
