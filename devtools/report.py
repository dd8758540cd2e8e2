"""``./dev report FILE.eml``: what the addon reads out of a mail, for postmasters."""

import sys
import textwrap
from datetime import datetime, timezone
from pathlib import Path

from tools import report as reader

from .base import Stop

STDIN = "-"
WIDTH = 100
MAX_SAID = 1_000
KINDS = {
    "dsn": "a delivery report (bounce, delay or success)",
    "mdn": "a read receipt",
    "arf": "a complaint",
    "auto_reply": "an automatic reply",
    "none": "not a report",
}


def report(names):
    """Print the findings of each mail; return the exit status."""
    # a terminal that cannot show every letter shows the others
    sys.stdout.reconfigure(errors="replace")
    for number, name in enumerate(names):
        lines = describe(reader.read_bytes(source(name)))
        if len(names) > 1:
            lines = ["" if number else None, f"== {printable(name)}", *lines]
        print("\n".join(line for line in lines if line is not None))
    return 0


def source(name):
    if name == STDIN:
        return sys.stdin.buffer.read()
    path = Path(name)
    if path.is_dir():
        raise Stop(f"{name} is a folder: name a file that holds one mail with all its headers.")
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise Stop(
            f"There is no file {printable(name)}: name one that holds a mail with all its headers."
        ) from None


def describe(found):
    lines = [f"This is {KINDS[found.kind]}."]
    if found.kind == "none":
        return lines
    rows = [
        ("envelope id", found.envelope_id),
        ("original", " ".join(found.message_ids)),
        ("its subject", found.headers.get("subject", "")),
        ("its recipients", found.headers.get("to", "")),
    ]
    lines += table(rows, indent=2)
    if not found.findings:
        lines += ["", "It says of no recipient what happened."]
    for number, finding in enumerate(found.findings, 1):
        lines += ["", f"{number}. {printable(finding.recipient) or 'unknown recipient'}"]
        lines += table(finding_rows(finding), indent=3)
    return lines


def finding_rows(finding):
    final = finding.final_recipient
    return [
        ("outcome", outcome(finding)),
        ("reason", finding.reason.replace("_", " ")),
        ("status", finding.status),
        ("SMTP code", str(finding.smtp_code or "")),
        ("said", " ".join(finding.diagnostic.split())[:MAX_SAID]),
        ("delivered to", final if final != finding.recipient else ""),
        ("answered by", finding.remote_mta),
        ("reported by", finding.reporting_mta),
        ("time", utc(finding.time)),
        ("tried until", utc(finding.retry_until)),
        ("event", finding.event_type.replace("_", " ") or "none"),
    ]


def outcome(finding):
    words = finding.kind.replace("_", " ")
    if finding.kind == "failed":
        dead = "the address or its domain is dead" if finding.hard else "the address may be good"
        return f"{words} for good; {dead}"
    return words if finding.final else f"{words}, not final"


def utc(seconds):
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def table(rows, *, indent):
    """Return lines of labels and wrapped texts; rows without a text are left out."""
    lines = []
    for label, text in rows:
        head = f"{'':{indent}}{label + ':':<16}"
        lines += textwrap.wrap(
            printable(text), WIDTH, initial_indent=head, subsequent_indent=" " * len(head)
        )
    return lines


def printable(text):
    """Return a text without what could control a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
