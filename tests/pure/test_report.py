# Part of mail_tracking. Licence: LGPL-3.
"""Reading reports: the samples of many servers, their ruins, and mail that is no report."""

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


def read(data: bytes) -> report.Report:
    return report.read(email.message_from_bytes(data, policy=policy.SMTP))


def sample(name: str) -> report.Report:
    return read(SAMPLES[name])


#: sample -> (kind, [(kind, recipient, status, smtp code, reason, event type)])
EXPECTED = {
    "postfix_failed": [
        ("failed", "nobody@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")
    ],
    "postfix_delayed": [("delayed", "slow@example.net", "4.4.1", None, "network", "deferral")],
    "postfix_delivered": [("delivered", "ok+tag@example.net", "2.0.0", 250, "", "delivered")],
    "postfix_relayed": [("relayed", "ok@example.net", "2.0.0", 250, "", "")],
    "postfix_mixed": [
        ("failed", "dead@example.net", "5.1.1", 550, "user_unknown", "hard_bounce"),
        ("failed", "full@example.net", "5.2.2", 552, "mailbox_full", "soft_bounce"),
        ("delivered", "ok@example.net", "2.1.5", None, "", "delivered"),
        ("delayed", "slow@example.net", "4.4.1", None, "network", "deferral"),
        ("expanded", "list@example.net", "2.1.5", None, "", ""),
        ("failed", "spam@example.net", "5.7.1", 554, "spam", "soft_bounce"),
    ],
    "exchange_online_failed": [
        ("failed", "gone@contoso.example", "5.1.10", 550, "user_unknown", "hard_bounce")
    ],
    "exchange_online_edge": [
        ("failed", "nobody@contoso.example", "5.4.1", 550, "user_unknown", "hard_bounce")
    ],
    "exchange_online_restricted": [
        ("failed", "team@contoso.example", "5.7.133", 550, "policy", "soft_bounce")
    ],
    "office365_delayed": [
        ("delayed", "slow@fabrikam.example", "4.4.316", 450, "network", "deferral")
    ],
    "gmail_failed": [("failed", "gone@gmail.example", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "gmail_old": [("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "gmail_old_delayed": [("delayed", "slow@example.net", "", None, "network", "deferral")],
    "qmail": [
        ("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce"),
        ("failed", "other@nowhere.example", "5.1.2", None, "host_unknown", "hard_bounce"),
    ],
    "qmail_local": [("failed", "full@example.org", "5.2.2", None, "mailbox_full", "soft_bounce")],
    "exim": [
        ("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce"),
        ("failed", "full@example.net", "", None, "mailbox_full", "soft_bounce"),
    ],
    "exim_mime": [("failed", "gone@example.net", "5.0.0", None, "user_unknown", "hard_bounce")],
    "exim_delayed": [("delayed", "slow@example.net", "", None, "network", "deferral")],
    "sendmail": [("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "sendmail_text": [("failed", "gone@example.net", "", 550, "user_unknown", "hard_bounce")],
    "yahoo": [("failed", "gone@example.net", "5.7.1", 554, "user_unknown", "hard_bounce")],
    "ses": [("failed", "gone@example.net", "4.4.7", 550, "expired", "soft_bounce")],
    "exchange2003": [("failed", "gone@contoso.example", "", None, "user_unknown", "hard_bounce")],
    "dsn_base64": [("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "dsn_global": [("failed", "jürgen@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "dsn_stripped": [("failed", "gone@example.net", "", 550, "user_unknown", "hard_bounce")],
    "mdn_outlook": [("displayed", "max@contoso.example", "", None, "", "open")],
    "mdn_thunderbird": [("displayed", "eva@example.net", "", None, "", "open")],
    "mdn_deleted": [],
    "arf_abuse": [("complaint", "user@provider.example", "", None, "", "spam")],
    "arf_not_spam": [("complaint", "user@provider.example", "", None, "", "")],
    "jmrp": [("complaint", "user@hotmail.example", "", None, "", "spam")],
    "auto_exchange": [("auto_reply", "max@contoso.example", "", None, "", "")],
    "auto_gmail": [("auto_reply", "eva@gmail.example", "", None, "", "")],
    "none_human_reply": [],
    "none_human_forward": [],
    "none_postmaster_reply": [],
    "none_newsletter": [],
    "none_ordinary": [],
}


def expected_kind(name: str) -> str:
    prefix = name.partition("_")[0]
    kinds = {"mdn": "mdn", "arf": "arf", "jmrp": "arf", "auto": "auto_reply", "none": "none"}
    return kinds.get(prefix, "dsn")


def test_every_sample_is_expected():
    assert sorted(SAMPLES) == sorted(EXPECTED)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_samples(name, ending):
    result = read(SAMPLES[name].replace(b"\n", ending))
    assert result.kind == expected_kind(name)
    found = [
        (item.kind, item.recipient, item.status, item.smtp_code, item.reason, item.event_type)
        for item in result.findings
    ]
    assert found == EXPECTED[name]
    assert len(set(result.findings)) == len(result.findings)


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - {"ses", "exim_delayed"}))
def test_the_original_is_named(name):
    result = sample(name)
    if result.kind == "none":
        assert result == report.Report()
        return
    assert len(result.message_ids) == 1
    assert result.message_ids[0].startswith("<orig-")
    assert result.message_ids[0].encode() in SAMPLES[name] or name == "dsn_base64"


def test_details_of_a_failure():
    result = sample("postfix_failed")
    finding = result.findings[0]
    assert result.envelope_id == "0123456789abcdef0123456789abcdef"
    assert result.headers["x-odoo-token"] == "0123456789abcdef0123456789abcdef"
    assert result.headers["subject"] == "Grüße"
    assert finding.reporting_mta == "mx.example.org"
    assert finding.remote_mta == "mx.example.net"
    assert finding.time == 1794819605
    assert finding.hard
    assert "User unknown in virtual mailbox table" in finding.diagnostic


def test_folded_lines_are_joined_but_replies_of_several_lines_are_not():
    lines = sample("gmail_failed").findings[0].diagnostic.split("\n")
    assert len(lines) == 4
    assert all(line.startswith("550") for line in lines)


def test_details_of_a_delay():
    finding = sample("postfix_delayed").findings[0]
    assert finding.retry_until == 1795251603
    assert not finding.hard


def test_the_original_recipient_is_preferred_and_decoded():
    finding = sample("postfix_delivered").findings[0]
    assert (finding.recipient, finding.final_recipient) == ("ok+tag@example.net", "ok@example.net")
    assert finding.time == 1794819604


def test_the_copy_of_the_original_is_not_read_as_recipients():
    assert "innocent@example.net" not in {item.recipient for item in sample("qmail").findings}
    assert sample("qmail").headers["subject"] == "Hello"


def test_a_receipt_tells_how_it_was_made():
    assert sample("mdn_thunderbird").findings[0].diagnostic.startswith("manual-action/")
    assert "Thunderbird" in sample("mdn_thunderbird").findings[0].reporting_mta


def test_returned_headers_of_an_encoded_original():
    assert sample("dsn_base64").headers["subject"] == "Hello"
    assert sample("dsn_global").headers["subject"] == "Grüße"


def dsn(status: str, *, text: str = "text", head: str = "") -> bytes:
    return (
        f"From: MAILER-DAEMON@example.org\n{head}MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        f"--B\nContent-Type: text/plain\n\n{text}\n--B\n"
        f"Content-Type: message/delivery-status\n\n{status}\n--B--\n"
    ).encode()


BLOCK = "Final-Recipient: rfc822; {0}\nAction: failed\nStatus: 5.1.1\n"


@pytest.mark.parametrize(
    "status",
    [
        BLOCK.format("a@b.example") + "\n" + BLOCK.format("c@b.example"),
        "\n\n\nReporting-MTA: dns; x\n\n\n\n"
        + BLOCK.format("a@b.example")
        + "\n\n\n"
        + BLOCK.format("c@b.example"),
        BLOCK.format("a@b.example") + BLOCK.format("c@b.example"),
        "Reporting-MTA: dns; x\n"
        + BLOCK.format("a@b.example")
        + "\n"
        + BLOCK.format("c@b.example"),
        "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\n\nAction: failed\n\n"
        "Status: 5.1.1\n\n" + BLOCK.format("c@b.example"),
    ],
)
def test_blocks_are_found_whatever_the_blank_lines(status):
    found = [(item.recipient, item.status) for item in read(dsn(status)).findings]
    assert found == [("a@b.example", "5.1.1"), ("c@b.example", "5.1.1")]


@pytest.mark.parametrize(
    "value, address",
    [
        ("rfc822; A@B.example", "a@b.example"),
        ("rfc822;<a@b.example>", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("rfc822; Name <a@b.example>", "a@b.example"),
        ("rfc822; a+2Bx@b.example", "a+x@b.example"),
        ("rfc822; a+3Dx@b.example", "a=x@b.example"),
        ("rfc822; a+88@b.example", "a+88@b.example"),
        ("rfc822; a+41@b.example", "a+41@b.example"),
        ("utf-8; j\\x{FC}rgen@b.example", "jürgen@b.example"),
        ("x400; /C=DE/S=Muster", "/c=de/s=muster"),
        ("rfc822; a@b.example (comment)", "a@b.example"),
        (";", ""),
        ("", ""),
    ],
)
def test_recipients(value, address):
    result = read(dsn(f"Final-Recipient: {value}\nAction: failed\nStatus: 5.1.1\n"))
    assert [item.recipient for item in result.findings] == [address]


@pytest.mark.parametrize(
    "action, status, kind",
    [
        ("failed", "5.1.1", "failed"),
        ("Failed (bad address)", "5.1.1", "failed"),
        ("failure", "", "failed"),
        ("error", "", "failed"),
        ("DELIVERED", "", "delivered"),
        ("delayed", "4.0.0", "delayed"),
        ("relayed", "2.0.0", "relayed"),
        ("expanded", "2.0.0", "expanded"),
        ("", "5.0.0", "failed"),
        ("", "4.0.0", "delayed"),
        ("", "2.0.0", "delivered"),
    ],
)
def test_actions(action, status, kind):
    result = read(dsn(f"Final-Recipient: rfc822; a@b.c\nAction: {action}\nStatus: {status}\n"))
    assert [item.kind for item in result.findings] == [kind]


def test_a_failure_of_a_temporary_kind_is_soft():
    result = read(
        dsn(
            "Final-Recipient: rfc822; a@b.c\nAction: failed\nStatus: 4.1.1\n"
            "Diagnostic-Code: smtp; 450 4.1.1 user unknown\n"
        )
    )
    assert result.findings[0].event_type == "soft_bounce"


def test_a_missing_diagnostic_is_taken_from_the_notice():
    text = "<a@b.example>: mailbox is full\n<c@b.example>: user unknown"
    status = "".join(
        f"Final-Recipient: rfc822; {name}@b.example\nAction: failed\nStatus: 5.0.0\n\n"
        for name in "ac"
    )
    found = [item.reason for item in read(dsn(status, text=text)).findings]
    assert found == ["mailbox_full", "user_unknown"]


def test_a_report_without_fields_is_still_a_report():
    assert read(dsn("")).kind == "dsn"
    assert read(dsn("")).findings == ()
    assert read(dsn("Reporting-MTA: dns; x")).kind == "dsn"


def test_findings_are_bounded():
    blocks = "\n".join(BLOCK.format(f"a{number}@b.example") for number in range(3000))
    assert len(read(dsn(blocks)).findings) == 1000


def test_diagnostics_are_bounded():
    status = BLOCK.format("a@b.c") + "Diagnostic-Code: smtp; 550 " + "x" * 100_000 + "\n"
    assert len(read(dsn(status)).findings[0].diagnostic) <= 20_000


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied\nSubject: x\n",
        "Precedence: auto_reply\nSubject: x\n",
        "X-Autoreply: yes\nSubject: x\n",
        "Subject: Automatic reply: Hello\n",
        "Subject: Out of Office: Hello\n",
        "Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_x?=\n",
        "X-Auto-Response-Suppress: All\nIn-Reply-To: <a@b>\n",
    ],
)
def test_auto_replies(head):
    assert read(f"From: a@b.example\n{head}\nAway.".encode()).kind == "auto_reply"


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: no\nSubject: x\n",
        "Precedence: bulk\nSubject: x\n",
        "Subject: Re: Automatic reply: Hello\nIn-Reply-To: <a@b>\n",
        "Subject: Undeliverable: Hello\n",
        "Subject: Delivery failed\nIn-Reply-To: <a@b>\n",
        "List-Id: <x.example>\nAuto-Submitted: auto-generated\n",
    ],
)
def test_ordinary_mail(head):
    text = "<gone@example.net>: 550 5.1.1 user unknown"
    assert read(f"From: a@b.example\n{head}\n{text}".encode()) == report.Report()


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


LONG = 60_000


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
    max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
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
        assert "\x00" not in finding.diagnostic + finding.recipient
    for value in (*result.headers.values(), *result.message_ids, result.envelope_id):
        value.encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_noise_raises_nothing(data):
    assert read(data).kind in KINDS


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_mail_parsed_from_text_raises_nothing(text):
    for rules in (policy.SMTP, policy.compat32, policy.default):
        assert report.read(email.message_from_string(text, policy=rules)).kind in KINDS
