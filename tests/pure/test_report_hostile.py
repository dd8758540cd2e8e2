# Part of mail_tracking. Licence: LGPL-3.
"""No mail of strangers raises anything or takes long."""

import email
import time
from email import policy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools import report

SAMPLES = {path.stem: path.read_bytes() for path in Path(__file__).parent.glob("samples/*.eml")}
KINDS = ("dsn", "mdn", "arf", "auto_reply", "none")
BLOCK = "Final-Recipient: rfc822; {0}\nAction: failed\nStatus: 5.1.1\n"


def read(data: bytes) -> report.Report:
    return report.read(email.message_from_bytes(data, policy=policy.SMTP))


def dsn(status: str, *, text: str = "text", head: str = "") -> bytes:
    return (
        f"From: MAILER-DAEMON@example.org\n{head}MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        f"--B\nContent-Type: text/plain\n\n{text}\n--B\n"
        f"Content-Type: message/delivery-status\n\n{status}\n--B--\n"
    ).encode()


BLOCK = "Final-Recipient: rfc822; {0}\nAction: failed\nStatus: 5.1.1\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: =?x?=; boundary\nFrom: <<<<>\n",
        b"Content-Type: multipart/report; report-type*0=delivery-status; charset*=x'\xff'\xfe\n",
        b"Content-Transfer-Encoding: \xff\xfe\nContent-Type: text/plain; charset=rot13\n",
        b"From: =?utf-8?b?####?= <\xff@\xfe>\nMessage-ID: <[>\n",
        b"Date: Thu, 99 Foo 99999999999 99:99:99 +9999999999\nAuto-Submitted: auto-replied\n",
        b"From: " + b"(" * 50_000 + b"\nAuto-Submitted: auto-replied\n",
        b"Subject: " + b"=?a?q?" * 20_000 + b"\nFrom: postmaster@x\n",
        b"Message-ID: " + b"<" * 50_000 + b"\nTo: ,,,;:;<@\n",
    ],
)
def test_headers_of_strangers_raise_nothing(head):
    assert read(head + b"\n--x\n\xff\x00\n").kind in KINDS


def test_deep_nesting_raises_nothing():
    depth = 60
    body = "".join(
        f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n'
        for level in range(depth)
    )
    assert read(("From: mailer-daemon@x.example\n" + body + "\nx").encode()).kind in KINDS


LONG = 30_000


@pytest.mark.parametrize(
    "text",
    [
        "<" * LONG,
        "a@" * LONG,
        "a" * LONG,
        "user " * LONG,
        "host " * LONG,
        "-----\n" * LONG,
        "Final-Recipient: rfc822; a@b.c\n" * 50_000,
        ("550 5.1.1 <" + "a" * 70 + "\n") * 4_000,
        "\n".join(f"<a{number}@b.example>: user" for number in range(20_000)),
        "\n " * LONG,
        " " * LONG,
        "1.1." * LONG,
    ],
)
def test_hostile_texts_take_little_time(text):
    begin = time.perf_counter()
    read(dsn(text, text=text, head="Subject: failure notice\n"))
    read(("From: mailer-daemon@x.example\nSubject: failure notice\n\n" + text).encode())
    html = f"Content-Type: text/html\n\n{text}"
    read(("From: mailer-daemon@x.example\nSubject: failure notice\n" + html).encode())
    status = BLOCK.format("a@b.c") + "Diagnostic-Code: smtp; 550 " + text.replace("\n", " ")
    read(dsn(status))
    assert time.perf_counter() - begin < 4


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "insert", "double", "flip"]),
        st.floats(0, 1),
        st.floats(0, 0.3),
        st.one_of(
            st.binary(max_size=12), st.sampled_from([b"\n", b"\n\n", b"--", b";", b"<", b"="])
        ),
    ),
    min_size=1,
    max_size=5,
)


def mutate(data: bytes, changes) -> bytes:
    for how, where, share, extra in changes:
        start = int(where * len(data))
        end = start + int(share * len(data))
        if how == "cut":
            data = data[:start]
        elif how == "drop":
            data = data[:start] + data[end:]
        elif how == "insert":
            data = data[:start] + extra + data[start:]
        elif how == "double":
            data = data[:end] + data[start:]
        else:
            data = (
                data[:start]
                + bytes(byte ^ 0x91 for byte in data[start : start + 3])
                + data[start + 3 :]
            )
    return data


@settings(
    max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(st.sampled_from(sorted(SAMPLES)), MUTATIONS)
def test_ruins_of_reports_raise_nothing(name, changes):
    result = read(mutate(SAMPLES[name], changes))
    assert result.kind in KINDS
    assert len(result.findings) <= 1000
    for finding in result.findings:
        assert hash(finding) is not None
        assert finding.recipient == finding.recipient.lower()
        finding.diagnostic.encode()  # no halves of characters, which databases refuse
        assert "\x00" not in finding.diagnostic + finding.recipient + finding.reporting_mta
    for value in (*result.headers, *result.headers.values(), *result.message_ids):
        value.encode()
        assert "\x00" not in value


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_noise_raises_nothing(data):
    assert read(data).kind in KINDS


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_mail_parsed_from_text_raises_nothing(text):
    for rules in (policy.SMTP, policy.compat32, policy.default):
        assert report.read(email.message_from_string(text, policy=rules)).kind in KINDS


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "rot13", "base64", "x\x00", "idna"])
def test_odd_charsets_make_no_half_characters(charset):
    word = f"=?{charset}?q?a=5Cud800=00+2AA-?="
    body = "<gone@example.net>: \\ud800 +2AA- \x00 user unknown"
    result = read(
        f"From: mailer-daemon@x.example {word}\nSubject: failure {word}\n"
        f"Content-Type: text/plain; charset={charset}\n\n{body}".encode()
    )
    for finding in result.findings:
        assert "\x00" not in (finding.diagnostic + finding.reporting_mta).encode().decode()
