# Part of mail_tracking. Licence: LGPL-3.
"""The mail catcher of ``./dev run`` keeps each byte: a proof of sending is checked with it."""

import imaplib
import smtplib
import subprocess
import sys

import pytest

from devtools import base, system
from tools import proof

MAIL = (
    b"Message-Id: <1@example.com>\r\nreferences: <0@example.com>\r\nSubject: Proof\r\n"
    b" =?utf-8?q?=C3=9Cber?= 1\r\nFrom: a@example.com\r\nTo: b@example.com\r\n\r\n"
    b"Hello,\r\n.a dot\r\nFrom here on  \r\n\r\nline\r\n\r\n"
)


@pytest.fixture
def ports():
    numbers = {name: system.free_port() for name in ("smtp", "http", "imap")}
    options = [text for name, port in numbers.items() for text in (f"--{name}-port", str(port))]
    args = [sys.executable, base.TOOLS / "catcher.py", "--host", "127.0.0.1", *options]
    process = subprocess.Popen([*args, "--user", "demo@example.com", "--password", "x"])
    try:
        while not all(map(system.answers, numbers.values())):
            assert process.poll() is None
        yield numbers
    finally:
        process.terminate()
        process.wait()


def test_a_mail_is_kept_as_it_came(ports):
    with smtplib.SMTP("127.0.0.1", ports["smtp"], timeout=30) as smtp:
        smtp.sendmail("a@example.com", ["b@example.com"], MAIL)
    with imaplib.IMAP4("127.0.0.1", ports["imap"]) as imap:
        imap.login("demo@example.com", "x")
        imap.select("INBOX")
        kept = imap.fetch("1", "(RFC822)")[1][0][1]
    assert kept == MAIL
    assert proof.compare(kept, [proof.fingerprint(MAIL)]).kind == proof.SAME
