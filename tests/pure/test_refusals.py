# Part of mail_tracking. Licence: LGPL-3.
"""Words of mail servers that stand alone: ``refusals*.txt`` say what each of them means."""

from pathlib import Path

import pytest

from tools import reasons

HARD = {"user_unknown", "host_unknown", "disabled", "moved"}


def _refusals(name):
    reason, found = "", []
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines():
        if line.startswith("["):
            reason = line.strip("[]")
        elif line and not line.startswith("#"):
            found.append((reason, line))
    return found


REFUSALS = _refusals("refusals.txt")
LOCAL = _refusals("refusals_local.txt")


def test_every_reason_has_words():
    assert {reason for reason, _text in REFUSALS} == set(reasons.REASONS)


@pytest.mark.parametrize(("reason", "text"), REFUSALS)
def test_words_without_a_code(reason, text):
    assert reasons.judge(None, None, text) == (reason, reason in HARD)
    assert reasons.judge(None, None, text.upper()) == (reason, reason in HARD)


@pytest.mark.parametrize(("reason", "text"), LOCAL)
def test_words_in_other_languages(reason, text):
    assert reasons.judge(None, None, text) == (reason, reason in HARD)
    assert reasons.judge(None, None, f"Leider: {text}. 123") == (reason, reason in HARD)


@pytest.mark.parametrize(("reason", "text"), [line for line in REFUSALS if line[0] in HARD])
@pytest.mark.parametrize(
    "addition",
    [
        "try again later",
        "try later",
        "try again in an hour",
        "temporarily",
        "temporary",
        "deferred",
        "at this time",
        "at the moment",
    ],
)
def test_nothing_is_hard_that_may_come_right(reason, text, addition):
    assert not reasons.judge(None, None, f"{text}; {addition}").hard


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ((421, 451), "network"),
        ((450,), "greylisted"),
        ((452, 552), "mailbox_full"),
        ((454, 530, 534, 535, 538), "authentication"),
        ((521, 556), "host_unknown"),
        ((550, 553), "user_unknown"),
        ((551,), "moved"),
        ((554, 555, 500, 501, 503, 250), "unknown"),
    ],
)
def test_codes_without_words(codes, reason):
    for code in codes:
        is_hard = reason in HARD and code >= 500
        assert reasons.judge(None, code, "") == (reason, is_hard), code


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no (in reply to DATA command)", "unknown"),
        ("no (in reply to end of DATA command)", "unknown"),
        ("it came after data", "unknown"),
        ("it came after end of data", "unknown"),
        ("no (in reply to MAIL FROM command)", "sender_rejected"),
        ("no (in reply to EHLO command)", "authentication"),
        ("no (in reply to HELO command)", "authentication"),
        ("no (in reply to STARTTLS command)", "network"),
    ],
)
def test_a_code_for_another_command_says_nothing_of_the_recipient(text, reason):
    assert reasons.judge(None, 550, text) == (reason, False)
    assert reasons.judge(None, 550, "550 (in reply to RCPT TO command)").hard is False
    assert reasons.judge(None, 550, "<x@y.example>") == ("user_unknown", True)


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        ("5.1.0 5.1.1 5.1.3", "user_unknown"),
        ("5.1.2 5.1.10", "host_unknown"),
        ("5.1.6", "moved"),
        ("5.1.7 5.1.8 5.7.27", "sender_rejected"),
        ("5.2.1 5.7.13 5.7.17 5.7.18", "disabled"),
        ("5.2.2", "mailbox_full"),
        ("5.2.3 5.3.4", "too_large"),
        ("5.3.0 5.3.1 5.3.2 5.3.3 5.3.5 5.4.0 5.4.1 5.4.2 5.4.3 5.4.4 5.4.5", "network"),
        ("5.4.6", "loop"),
        ("5.4.7", "expired"),
        ("5.5.3 4.4.5 4.7.28", "rate"),
        ("5.6.0 5.6.1 5.6.5 5.6.9 5.7.7", "content"),
        (
            "5.7.8 5.7.9 5.7.20 5.7.21 5.7.22 5.7.23 5.7.24 5.7.25 5.7.26 5.7.29 5.7.30",
            "authentication",
        ),
        ("5.7.28", "spam"),
        ("5.7.0 5.7.1 5.7.2 5.7.5 5.7.50", "policy"),
        ("4.7.0 4.7.1", "greylisted"),
        ("5.1.4 5.1.5 5.2.0 5.2.4 5.5.0 5.5.1 5.5.4 5.0.0 5.9.9", "unknown"),
    ],
)
def test_statuses_of_the_registry(statuses, reason):
    """https://www.iana.org/assignments/smtp-enhanced-status-codes/"""
    for status in statuses.split():
        is_hard = reason in HARD
        assert reasons.judge(status, None, "") == (reason, is_hard), status


def test_success_marks_nobody():
    assert not reasons.judge("2.1.1", None, "user unknown").hard


def test_the_edges_of_what_is_for_now():
    for code, is_hard in ((399, True), (400, False), (499, False), (500, True)):
        assert reasons.judge(None, code, "user unknown").hard is is_hard, code
