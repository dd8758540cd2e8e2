# Part of mail_tracking. Licence: LGPL-3.
"""Hostile mail costs time in proportion to its length at most, and little memory.

No clock on the wall is read: the processor time of a mail is compared with that of one four times
as long. Quadratic work would make it sixteen times as much, cubic work sixty-four times.
"""

import time
import tracemalloc

import pytest
from report_samples import check

from tools import reasons, report, report_flufl, report_types

GROWTH = 4
#: four times the work, and as much again and more for the noise of other processes
ALLOWED = 9
#: below this nothing can be measured, seconds
LITTLE = 0.02

BLOCK = "Final-Recipient: rfc822; a{0}@b.example\nAction: failed\nStatus: 5.1.1\n"


def cost(work) -> float:
    """Return the processor time of some work: the least of three, as noise only adds."""
    times = []
    for _number in range(3):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def assert_proportional(work_of, size: int):
    small, large = work_of(size), work_of(size * GROWTH)
    assert cost(large) <= max(cost(small), LITTLE) * ALLOWED


def dsn(status: str, text: str = "text") -> bytes:
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: failure notice\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        f"--B\nContent-Type: text/plain\n\n{text}\n--B\n"
        f"Content-Type: message/delivery-status\n\n{status}\n--B--\n"
    ).encode()


def notice(text: str, kind: str = "text/plain") -> bytes:
    return (
        "Return-Path: <>\nFrom: mailer-daemon@x.example\nSubject: failure notice\n"
        f"Content-Type: {kind}\n\n{text}"
    ).encode()


PIECES = {
    "angles": "<",
    "tags": "<p ",
    "ats": "a@",
    "word": "a",
    "users": "user ",
    "hosts": "host ",
    "domains": "domain x.",
    "sentences": "your mailbox, the account and the address of the user ",
    "numbers": "1.1.",
    "spaces": " ",
    "lines": "\n ",
    "dashes": "-----\n",
    "markers": "--- original message\n",
    "replies": "\n550 5.1.1 x",
    "addresses": "a@b.example\n",
    "labels": "recipient: ",
    "fields": "Final-Recipient: rfc822; a@b.c\n",
    "colons": "a:",
    "brackets": "((((",
    "words": "=?a?q?",
    "entities": "&lt;",
    "urls": "http://a",
    "foreign": "Empfänger адрес 邮箱 ",
}


@pytest.mark.parametrize("name", sorted(PIECES))
def test_texts_cost_in_proportion(name):
    def work_of(size):
        text = PIECES[name] * (size // len(PIECES[name]))
        flat = text.replace("\n", " ")
        mails = [
            dsn(text, text),
            notice(text),
            notice(text, "text/html"),
            dsn(BLOCK.format(1) + f"Diagnostic-Code: smtp; 550 {flat}\n"),
            b"From: " + flat.encode() + b"\nSubject: " + flat.encode() + b"\n" + notice("x"),
        ]
        messages = [report.parse(data) for data in mails]
        return lambda: [check(report.read(message)) for message in messages]

    assert_proportional(work_of, 8_000)


@pytest.mark.parametrize("name", sorted(PIECES))
def test_judging_costs_in_proportion(name):
    def work_of(size):
        text = PIECES[name] * (size // len(PIECES[name]))
        return lambda: (reasons.judge("5.0.0", 550, text), reasons.extract_codes(text))

    assert_proportional(work_of, 8_000)


def blocks(number: int) -> bytes:
    lines = (BLOCK.format(at) + "Diagnostic-Code: smtp; 550 no\n\n" for at in range(number))
    return dsn("".join(lines))


def test_ten_thousand_recipients_cost_in_proportion_and_are_bounded():
    messages = {number: report.parse(blocks(number)) for number in (2_500, 10_000)}
    result = report.read(messages[10_000])
    assert len(result.findings) == report_types.MAX_FINDINGS
    assert [item.recipient for item in result.findings[:2]] == ["a0@b.example", "a1@b.example"]
    small, large = (cost(lambda m=message: report.read(m)) for message in messages.values())
    assert large <= max(small, LITTLE) * ALLOWED


def test_many_recipients_without_a_text_of_their_own_share_one_judgement():
    """The same long paragraph is not judged anew for each of a thousand equal blocks."""
    text = "<a1@b.example>: " + "mailbox is odd, try the host or the domain. " * 400
    few, many = (
        report.parse(dsn((BLOCK.format(1) + "\n") * number, text)) for number in (100, 1_000)
    )
    assert cost(lambda: report.read(many)) <= max(cost(lambda: report.read(few)), LITTLE) * 12


def nested(depth: int, kind: str) -> bytes:
    if kind == "message/rfc822":
        return notice("Content-Type: message/rfc822\n\n" * depth, "message/rfc822")
    levels = "".join(
        f'Content-Type: {kind}; boundary="b{level}"\n\n--b{level}\n' for level in range(depth)
    )
    return f"Return-Path: <>\nFrom: mailer-daemon@x.example\nSubject: failed\n{levels}\nx".encode()


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/report", "message/rfc822"])
@pytest.mark.parametrize("depth", [5, 50, 90, 400, 5_000, 50_000])
def test_deep_mails_raise_nothing(kind, depth):
    check(report.read_bytes(nested(depth, kind)))


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/report", "message/rfc822"])
def test_deep_mails_cost_in_proportion(kind):
    def work_of(depth):
        data = nested(depth, kind)
        return lambda: report.read_bytes(data)

    assert_proportional(work_of, 3_000)


def test_many_parts_cost_in_proportion():
    def work_of(number):
        part = "--B\nContent-Type: text/plain\n\nx\n"
        message = report.parse(dsn(BLOCK.format(1) + "\n" + part * number))
        return lambda: report.read(message)

    assert_proportional(work_of, 5_000)


def test_many_headers_cost_in_proportion():
    def work_of(number):
        message = report.parse(b"X-A: b\n" * number + notice("<a@b.example>: gone"))
        return lambda: report.read(message)

    assert_proportional(work_of, 5_000)


TEN = 10_000_000
LARGE = {
    "text": notice("<a@b.example>: user unknown\n" + "x" * TEN),
    "lines": notice("<a@b.example>: user unknown\n" * (TEN // 28)),
    "html": notice("<p>" * (TEN // 3), "text/html"),
    "fields": dsn(f"X: {'y' * 46}\n" * (TEN // 50)),
    "folded": dsn(BLOCK.format(1) + "Diagnostic-Code: smtp; 550\n" + f" {'x' * 8}\n" * (TEN // 10)),
    "base64": notice(
        f"{'QUFB' * 18}\n" * (TEN // 73), "text/plain\nContent-Transfer-Encoding: base64"
    ),
    "broken": dsn("x").replace(b'boundary="B"', b'boundary="C"') + b"Status: 5.1.1\n" * (TEN // 15),
    "eight_bits": notice("ä" * (TEN // 2)),
}


@pytest.mark.parametrize("name", sorted(LARGE))
def test_a_part_of_ten_megabytes_takes_little_memory(name):
    message = report.parse(LARGE[name])
    tracemalloc.start()
    try:
        check(report.read(message))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # a mail is never copied whole: what is kept is bounded by `report_parts.MAX_TEXT`
    assert peak < TEN


def test_the_optional_package_costs_in_proportion():
    def work_of(size):
        text = "failed: <a@b.example> undeliverable to x\n" * (size // 40)
        message = report.parse(notice(text))
        return lambda: report_flufl.recipients(message, text)

    assert_proportional(work_of, 10_000)
