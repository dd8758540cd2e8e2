# Part of mail_tracking. Licence: LGPL-3.
"""A saved mail is the one that left, or not; the data of a proof has one spelling."""

import hashlib
import json
import string
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools import proof

MAIL = (
    b"From: Sender <sender@example.com>\r\n"
    b"To: anna@example.com\r\n"
    b"Subject: A long subject that\r\n"
    b" goes on\r\n"
    b"Message-ID: <1@example.com>\r\n"
    b"\r\n"
    b"Hello Anna,\r\n"
    b".a dot\r\n"
    b"From here on\r\n"
    b"\r\n"
    b"caf\xc3\xa9\r\n"
)
LEFT = proof.fingerprint(MAIL)
ON_TOP = (
    b"Return-Path: <sender@example.com>\r\n"
    b"Received: from a (a [192.0.2.1])\r\n\tby b with ESMTPS id 1;\r\n Thu, 26 Nov 2026\r\n"
    b"X-Spam-Score: 0\r\n"
)
NAMES = ("Return-Path", "Received", "X-Spam-Score")
bodies = st.lists(st.binary(max_size=30).filter(lambda line: not set(line) & {10, 13}), max_size=8)


def test_the_fingerprint_is_that_of_the_bytes_that_left():
    assert proof.Fingerprint(len(MAIL), hashlib.sha256(MAIL).hexdigest()) == LEFT


@pytest.mark.parametrize(
    "saved",
    [
        MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"\r\n", b"\r"),
        MAIL[:-2],
        b"From sender@example.com Thu Nov 26 10:00:00 2026\r\n" + MAIL,
        b"From sender@example.com Thu Nov 26 10:00:00 2026\n" + MAIL.replace(b"\r\n", b"\n"),
        b"From x\n" + MAIL.replace(b"\r\n", b"\n").replace(b"\nFrom h", b"\n>From h") + b"\n",
    ],
    ids=["crlf", "lf", "cr", "no end", "mbox", "mbox lf", "mbox quoted"],
)
def test_the_mail_is_the_one_that_left(saved):
    assert proof.compare(saved, [LEFT]) == proof.Verdict(proof.SAME, LEFT)


@pytest.mark.parametrize("change", [lambda data: data, lambda data: data.replace(b"\r\n", b"\n")])
def test_servers_may_put_header_lines_on_top(change):
    found = proof.compare(change(ON_TOP + MAIL), [LEFT])
    assert found == proof.Verdict(proof.ON_TOP, LEFT, NAMES)
    found = proof.compare(change(b"From x\r\n" + ON_TOP + MAIL), [LEFT])
    assert found == proof.Verdict(proof.ON_TOP, LEFT, NAMES)


@pytest.mark.parametrize("name", [b"Subject", b"from", b"Date", b"Content-Type", b"MIME-Version"])
def test_what_a_reader_is_shown_cannot_be_put_on_top(name):
    found = proof.compare(ON_TOP + name + b": other\r\n" + MAIL, [LEFT])
    assert found == proof.Verdict(proof.ALTERED, LEFT, (name.decode(),))


@settings(max_examples=400)
@given(st.integers(0, len(MAIL) - 1), st.integers(0, 255), st.booleans())
@example(len(MAIL) - 1, 13, False)
@example(len(MAIL) - 2, 10, False)
@example(0, 10, False)
@example(4, 32, False)
def test_one_changed_byte_says_no(place, byte, is_relayed):
    changed = MAIL[:place] + bytes([byte]) + MAIL[place + 1 :]
    saved = ON_TOP + changed if is_relayed else changed
    found = proof.compare(saved, [LEFT]).kind
    same = proof.ON_TOP if is_relayed else proof.SAME
    assert found == (same if changed == MAIL else proof.OTHER)


@given(st.integers(0, len(MAIL) - 1))
def test_one_lost_or_added_byte_says_no(place):
    lost = MAIL[:place] + MAIL[place + 1 :]
    if proof.as_sent(lost) != MAIL:  # half of a line end
        assert proof.compare(lost, [LEFT]).kind == proof.OTHER
    added = MAIL[:place] + b"x" + MAIL[place:]
    assert proof.compare(added, [LEFT]).kind == proof.OTHER


def test_lines_above_that_are_no_headers_say_no():
    for above in (b"\r\n", b"hello\r\n", b" folded\r\n", b"Received : x\r\n", b"A: b\r\n\r\n"):
        assert proof.compare(above + MAIL, [LEFT]).kind == proof.OTHER


def test_the_number_of_lines_on_top_is_bounded():
    line = b"Received: x\r\n"
    assert proof.compare(line * proof.MAX_ON_TOP + MAIL, [LEFT]).kind == proof.ON_TOP
    assert proof.compare(line * (proof.MAX_ON_TOP + 1) + MAIL, [LEFT]).kind == proof.OTHER


@given(bodies, st.sampled_from([b"\r\n", b"\n"]))
def test_any_mail_comes_back(lines, end):
    mail = b"Subject: x\n\n" + b"\n".join(lines)
    left = proof.fingerprint(proof.as_sent(mail))
    saved = proof.as_sent(mail).replace(b"\r\n", end)
    assert proof.compare(saved, [left]).kind == proof.SAME
    assert proof.compare(b"Received: y" + end + saved, [left]).kind == proof.ON_TOP


@given(st.binary(max_size=200))
@example(b"")
@example(b"From ")
@example(b"From \n")
@example(b"A:")
def test_anything_else_is_no_mail_that_left(data):
    assert proof.compare(data, [LEFT]) == proof.Verdict(proof.OTHER)


def test_of_several_mails_the_right_one_is_found():
    other = proof.fingerprint(MAIL.replace(b"Anna", b"Bert"))
    assert other.size == LEFT.size
    assert proof.compare(ON_TOP + MAIL, [other, LEFT]).fingerprint == LEFT
    assert proof.compare(MAIL, [other]).kind == proof.OTHER
    assert proof.compare(MAIL, []).kind == proof.OTHER


# ------------------------------------------------------------
# DATA
# ------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_the_data_come_back(document):
    document["format"] = proof.FORMAT
    data = proof.canonical(document)
    assert proof.read(data) == document
    assert proof.canonical(proof.read(data)) == data
    pretty = json.dumps(document, indent=4).encode()
    assert proof.digest_of(proof.read(pretty)) == proof.digest_of(document)


def test_the_signature_signs_all_but_itself():
    document = {"format": proof.FORMAT, "made": "2026", "signature": "x"}
    digest = proof.digest_of(document)
    assert proof.digest_of({**document, "signature": "y"}) == digest
    assert proof.digest_of({**document, "made": "2027"}) != digest
    assert proof.digest_of({**document, "more": None}) != digest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"format": "other"}',
        b'{"format": "mail_tracking.proof", "format": "mail_tracking.proof"}',
        b'{"format": "mail_tracking.proof", "a": {"b": 1, "b": 2}}',
        b'{"format": "mail_tracking.proof", "a": NaN}',
        b'{"format": "mail_tracking.proof", "a": 1.5}',
        b'{"format": "mail_tracking.proof", "a": ' + b"9" * 5_000 + b"}",
        b'{"format": "mail_tracking.proof", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_proof_is_refused(data):
    assert proof.read(data) is None


def test_too_many_data_are_refused(monkeypatch):
    data = b'{"format": "mail_tracking.proof"}'
    assert proof.read(data)
    monkeypatch.setattr(proof, "MAX_DATA", len(data) - 1)
    assert proof.read(data) is None


@given(st.dictionaries(st.sampled_from(["emails", "signature"]), values))
def test_a_made_up_document_names_no_mail(document):
    assert all(key.digest for key in proof.fingerprints(document))


def test_fingerprints_lead_to_the_recipient():
    email = {"to": "anna", "handed_over": [{"size": 3, "sha256": "abc"}, {"size": None}, 7]}
    document = {"emails": [email, None, {"handed_over": 1}]}
    assert proof.fingerprints(document) == {proof.Fingerprint(3, "abc"): email}


def test_no_letter_is_lost_on_the_way_to_the_canonical_form():
    document = {"b": string.printable, "a": "é\ud800"}
    assert proof.canonical(document).startswith(b'{"a":"\xc3\xa9')


@pytest.mark.parametrize("start", [b"", b"From x\n"])
def test_millions_of_lines_take_a_few_times_their_size(start):
    saved = start + b">From \n" * 300_000
    tracemalloc.start()
    assert proof.compare(saved, [LEFT]).kind == proof.OTHER
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(saved)


def test_a_line_that_was_quoted_twice_is_unquoted_once():
    mail = MAIL.replace(b"\r\nFrom h", b"\r\n>From h")
    saved = b"From x\n" + mail.replace(b"\r\n>From h", b"\r\n>>From h")
    assert proof.compare(saved, [proof.fingerprint(mail)]).kind == proof.SAME
