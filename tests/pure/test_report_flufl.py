# Part of mail_tracking. Licence: LGPL-3.
"""The optional package flufl.bounce: help with unknown forms, with and without it."""

import email
import sys

import pytest
from report_samples import EXPECTED, MAILS, outcome, read, read_sample

from tools import report_flufl

#: a form that we cannot read: two addresses, and no line begins with one of them
UNKNOWN_FORM = (
    b"Return-Path: <>\nFrom: mailer-daemon@example.org\nTo: bounce+1@example.com\n"
    b"Subject: Delivery failure\n\n"
    b"We ask pardon for a@example.net, and for b@example.net as well.\n"
)
#: one that flufl.bounce 6 knows: "smtp32"
KNOWN_FORM = (
    b"Return-Path: <>\nFrom: mailer-daemon@example.org\nTo: bounce+1@example.com\n"
    b"Subject: Delivery failure\nX-Mailer: <SMTP32 v7.07>\n\n"
    b"Hello.\nundeliverable to gone@example.net\nOriginal message follows (help: x@example.org).\n"
)


def test_without_it_an_unknown_form_names_nobody(monkeypatch):
    monkeypatch.setattr(report_flufl, "all_failures", None)
    assert read(UNKNOWN_FORM).findings == ()
    assert report_flufl.recipients(None, "") == ([], frozenset())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_sample_needs_it(monkeypatch, name):
    monkeypatch.setattr(report_flufl, "all_failures", None)
    assert outcome(name, read_sample(name)) == EXPECTED[name]


def test_its_answer_is_taken_for_unknown_forms(monkeypatch):
    monkeypatch.setattr(
        report_flufl,
        "all_failures",
        lambda message: ({b"A@Example.net"}, {b"b@example.net", b"\xff"}),
    )
    found = [(item.kind, item.recipient, item.hard) for item in read(UNKNOWN_FORM).findings]
    assert found == [("delayed", "a@example.net", False), ("failed", "b@example.net", False)]


@pytest.mark.parametrize("error", [ValueError, IndexError, AttributeError, UnicodeError])
def test_its_errors_are_borne(monkeypatch, error):
    def fail(message):
        raise error("broken")

    monkeypatch.setattr(report_flufl, "all_failures", fail)
    assert read(UNKNOWN_FORM).findings == ()


def test_it_is_not_asked_about_mail_of_people(monkeypatch):
    monkeypatch.setattr(report_flufl, "all_failures", lambda message: (set(), {b"a@example.net"}))
    for name, expected in EXPECTED.items():
        if expected.kind in ("none", "auto_reply"):
            assert outcome(name, read_sample(name)) == expected, name


def test_it_gets_a_small_clean_copy(monkeypatch):
    seen = []
    monkeypatch.setattr(
        report_flufl, "all_failures", lambda message: seen.append(message) or (set(), set())
    )
    read(UNKNOWN_FORM.replace(b"pardon", b"\xff\x00" + b"x" * 1_000_000))
    assert len(seen[0].as_string()) < 30_000
    assert seen[0].as_string().isascii()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="flufl.bounce needs Python 3.11")
def test_the_package_itself_is_understood():
    assert report_flufl.all_failures is not None
    found = [(item.kind, item.recipient) for item in read(KNOWN_FORM).findings]
    assert found == [("failed", "gone@example.net")]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="flufl.bounce needs Python 3.11")
def test_the_package_contradicts_no_sample():
    """An oracle that others wrote: what it calls failed for good, we do not call delivered."""
    for name, data in MAILS.items():
        _delayed, failed = report_flufl.all_failures(email.message_from_bytes(data))
        delivered = {
            item.recipient for item in read_sample(name).findings if item.kind == "delivered"
        }
        assert not delivered & {address.decode().lower() for address in failed}, name
