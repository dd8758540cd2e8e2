# Part of mail_tracking. Licence: LGPL-3.
"""No mail of strangers raises anything."""

import email
from email import policy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_samples import MAILS, check, read

from tools import report

KINDS = ("dsn", "mdn", "arf", "auto_reply", "none")


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
@given(st.sampled_from(sorted(MAILS)), MUTATIONS)
def test_ruins_of_reports_raise_nothing(name, changes):
    result = read(mutate(MAILS[name], changes))
    assert result.kind in KINDS
    check(result)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=400))
def test_noise_raises_nothing(data):
    check(report.read_bytes(data))


#: pieces that Python's parser and ours look at
TOKENS = st.sampled_from(
    [
        *(
            b"Content-Type: ",
            b"multipart/report",
            b"; boundary=",
            b"B",
            b"--B",
            b"--B--",
            b"\n",
            b"\n\n",
        ),
        *(
            b"message/delivery-status",
            b"message/rfc822",
            b"text/plain",
            b"; charset=",
            b"*0*=",
            b"''",
        ),
        *(
            b"Content-Transfer-Encoding: base64",
            b"From: mailer-daemon@example.org",
            b"Subject: failed",
        ),
        *(
            b"Final-Recipient: rfc822; ",
            b"a@example.net",
            b"Action: failed",
            b"Status: 5.1.1",
            b"<",
            b">",
        ),
        *(
            b"Diagnostic-Code: smtp; 550 ",
            b"=?utf-8?b?",
            b"?=",
            b"\xff",
            b"\x00",
            b"\xed\xa0\x80",
            b": ",
            b";",
        ),
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.one_of(TOKENS, st.binary(max_size=6)), max_size=60))
def test_noise_of_the_right_words_raises_nothing(pieces):
    check(report.read_bytes(b"".join(pieces)))


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


@pytest.mark.parametrize(
    "value",
    [
        b"multipart/mixed; boundary*=x\x00y''B",
        b"multipart/mixed; boundary*0*=utf-8''%; boundary*1*=%ff",
        b"multipart/mixed; boundary*99999999999999999999=B",
        b"multipart/mixed; boundary*a=B; boundary=B",
        b"; ;;=;*=*; boundary=",
        b"text/plain; charset*=''; charset*1=''",
        b"=?utf-8?q?a?=/=?x?=",
    ],
)
def test_content_types_that_upset_parsers_raise_nothing(value):
    head = b"From: mailer-daemon@x.example\nSubject: failure notice\nContent-Type: "
    check(report.read_bytes(head + value + b"\n\n--B\n\n<a@b.example>: gone\n--B--\n"))


def test_what_cannot_be_parsed_keeps_its_headers():
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
        for level in range(500)
    )
    message = report.parse(b"Subject: deep\n" + deep)
    assert message["Subject"] == "deep"
    assert not message.is_multipart()
