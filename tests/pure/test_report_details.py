# Part of mail_tracking. Licence: LGPL-3.
"""Single fields of reports, receipts, complaints and absence notes; and their bounds."""

import base64

import pytest

from tools import report, report_dsn
from tools import report_parts as rp

DATE = "Mon, 05 Oct 2026 08:00:00 +0000"
SECONDS = 1791187200.0


def read(text):
    return report.read_bytes(text.encode() if isinstance(text, str) else text)


def multipart(kind, *parts, head=""):
    """A report of this type with these parts: pairs of type and text."""
    body = "".join(f"--B\nContent-Type: {name}\n\n{text}\n" for name, text in parts)
    return (
        f"From: Sender <sender@mx.example.net>\nDate: {DATE}\n{head}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="B"\n\n{body}--B--\n'
    )


def dsn(status, *, notice="See below.", head="", original=""):
    parts = [("text/plain", notice), ("message/delivery-status", status)]
    parts += [("text/rfc822-headers", original)] if original else []
    return read(multipart("delivery-status", *parts, head=head))


BLOCK = "Final-Recipient: rfc822; bob@example.com\nAction: failed\nStatus: 5.1.1\n"

# -- delivery reports ----------------------------------------------------------------------------


def test_every_field_of_a_delivery_report():
    found = dsn(
        "Reporting-MTA: dns; mx.example.net\nOriginal-Envelope-Id: a+2Bb\n\n"
        "Original-Recipient: rfc822;bob+2Btag@example.com\n"
        "Final-Recipient: rfc822; final@example.org\nAction: delayed\nStatus: 4.4.1\n"
        "Remote-MTA: dns; mx.example.org\nDiagnostic-Code: smtp; 451 4.4.1 no answer\n"
        "Last-Attempt-Date: Mon, 05 Oct 2026 10:00:10 +0200\n"
        "Will-Retry-Until: Mon, 05 Oct 2026 03:00:00 -0500\n",
        original="Message-ID: <1@example.com>\nSubject: Offer\nSubject: second\nX-Token: abc",
    )
    assert (found.kind, found.envelope_id) == ("dsn", "a+b")
    assert found.message_ids == ("<1@example.com>",)
    assert (found.headers["subject"], found.headers["x-token"]) == ("Offer", "abc")
    (finding,) = found.findings
    assert finding == report.Finding(
        kind="delayed",
        recipient="bob+tag@example.com",
        final_recipient="final@example.org",
        status="4.4.1",
        smtp_code=451,
        diagnostic="451 4.4.1 no answer",
        reporting_mta="mx.example.net",
        remote_mta="mx.example.org",
        time=SECONDS + 10,
        retry_until=SECONDS,
        reason="network",
        hard=False,
        event_type="deferral",
    )


def test_what_a_report_leaves_out():
    found = dsn(BLOCK, head="In-Reply-To: <2@example.com>\nX-Failed-Recipients: x@example.com\n")
    (finding,) = found.findings
    assert finding.time == SECONDS, "the time of the report"
    assert finding.retry_until is None
    assert found.message_ids == ("<2@example.com>",)
    assert finding.recipient == "bob@example.com"
    found = dsn("Action: failed\nStatus: 5.1.1\n", head="X-Failed-Recipients: x@example.com\n")
    assert found.findings[0].recipient == "x@example.com"
    found = dsn("Action: failed\nStatus: 5.1.1\n", head="X-Failed-Recipients: x@a.b, y@a.b\n")
    assert found.findings[0].recipient == "", "one of them, but which"
    found = dsn(
        "Original-Recipient: unknown\nFinal-Recipient: rfc822; bob@example.com\nAction: failed\n"
    )
    assert found.findings[0].recipient == "bob@example.com"


def test_a_block_without_action_or_status_says_nothing():
    found = dsn("Final-Recipient: rfc822; ann@example.com\n\n" + BLOCK)
    assert [finding.recipient for finding in found.findings] == ["bob@example.com"]
    assert dsn("Final-Recipient: rfc822; ann@example.com\nStatus: 3.0.0\n").findings == ()
    assert dsn("Final-Recipient: rfc822; ann@example.com\nAction: pondered\n").findings == ()


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        *(("Failed", "failed"), ("failure", "failed"), ("Error", "failed"), ("fail", "failed")),
        *(("undelivered", "failed"), ("undeliverable", "failed"), ("delay", "delayed")),
        *(("deferred", "delayed"), ("delivered", "delivered"), ("DELIVERED (ok)", "delivered")),
        *(("relayed", "relayed"), ("expanded", "expanded")),
    ],
)
def test_actions_beat_the_status(action, kind):
    for status in ("5.0.0", "4.0.0", "2.0.0", ""):
        found = dsn(f"Final-Recipient: rfc822; a@b.example\nAction: {action}\nStatus: {status}\n")
        assert [finding.kind for finding in found.findings] == [kind]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("5.1.1", "5.1.1"),
        ("5.1.1 (bad destination mailbox address)", "5.1.1"),
        ("smtp;5.1.1", "5.1.1"),
        ("5.123.456", "5.123.456"),
        ("15.1.1", ""),
        ("5.1.1.1", ""),
        ("5.1.1234", ""),
        ("6.1.1", ""),
        ("5.1", ""),
    ],
)
def test_the_status(status, expected):
    found = dsn(f"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: {status}\n")
    assert found.findings[0].status == expected


def test_a_comment_of_the_status_is_what_was_said_where_nothing_else_is():
    block = "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0 (mailbox full)\n"
    assert dsn(block).findings[0].diagnostic == "mailbox full"
    assert dsn(block).findings[0].reason == "mailbox_full"
    found = dsn(block + "Diagnostic-Code: smtp; 550 5.1.1 no\n").findings[0]
    assert (found.diagnostic, found.reason) == ("550 5.1.1 no", "user_unknown")
    assert found.status == "5.1.1", "the server is more exact than the report"


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        ("5.0.0", "550 5.1.1 x", "5.1.1"),
        ("", "550 5.1.1 x", "5.1.1"),
        ("4.0.0", "550 5.1.1 x", "4.0.0"),
        ("5.2.2", "550 5.1.1 x", "5.2.2"),
        ("5.0.0", "550 x", "5.0.0"),
    ],
)
def test_whose_status_counts(status, text, expected):
    found = dsn(
        f"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {text}\n"
    )
    assert found.findings[0].status == expected


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("rfc822;<Bob@Example.com>", "bob@example.com"),
        ("rfc822; 'bob@example.com'", "bob@example.com"),
        ('rfc822; "Bob" <bob@example.com>', "bob@example.com"),
        ("rfc822; Bob (the builder) <bob@example.com>", "bob@example.com"),
        ("rfc822; bob@example.com (Bob)", "bob@example.com"),
        ("bob@example.com", "bob@example.com"),
        ("rfc822;bob+2Btag@example.com", "bob+tag@example.com"),
        ("rfc822;bob+3Dtag@example.com", "bob=tag@example.com"),
        ("rfc822;bob+tag@example.com", "bob+tag@example.com"),
        ("rfc822;bob+20x@example.com", "bob+20x@example.com"),
        ("rfc822;j+C3+BCrgen@example.com", "jürgen@example.com"),
        ("utf-8;j\\x{FC}rgen@example.com", "jürgen@example.com"),
        ("utf-8;\\x{1F600}@example.com", "😀@example.com"),
        ("utf-8;a\\x{20}b@example.com", "a\\x{20}b@example.com"),
        ("utf-8;a\\x{21}b@example.com", "a!b@example.com"),
        ("utf-8;a\\x{D800}b@example.com", "a\\x{d800}b@example.com"),
        ("utf-8;a\\x{DFFF}b@example.com", "a\\x{dfff}b@example.com"),
        ("utf-8;a\\x{E000}b@example.com", "a\ue000b@example.com"),
        ("utf-8;a\\x{10FFFF}b@example.com", "a\U0010ffffb@example.com"),
        ("utf-8;a\\x{110000}b@example.com", "a\\x{110000}b@example.com"),
        ("rfc822; " + "x" * 500 + "@example.com", "x" * 400),
    ],
)
def test_addresses_of_recipients(value, address):
    assert report_dsn.recipient(value) == address


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("dns; mx.example.com", "mx.example.com"),
        ("smtp;550 x; y", "550 x; y"),
        ("X-Postfix; unknown user", "unknown user"),
        ("mx.example.com", "mx.example.com"),
        ("two words; x", "two words; x"),
        ("550 5.1.1 user unknown; ask us", "550 5.1.1 user unknown; ask us"),
    ],
)
def test_types_before_values(value, expected):
    assert report_dsn.without_type(value) == expected


def test_names_are_bounded():
    long = "x" * 5000
    found = dsn(
        f"Reporting-MTA: dns; {long}\nOriginal-Envelope-Id: {long}\n\n"
        f"{BLOCK}Remote-MTA: dns; {long}\n"
    )
    (finding,) = found.findings
    assert len(finding.reporting_mta) == len(finding.remote_mta) == len(found.envelope_id) == 400


# -- receipts ------------------------------------------------------------------------------------


def receipt(disposition, fields="", head="", original=""):
    parts = [
        ("text/plain", "read"),
        (
            "message/disposition-notification",
            f"Reporting-UA: Thunderbird\n{fields}Disposition: {disposition}\n",
        ),
    ]
    parts += [("text/rfc822-headers", original)] if original else []
    return read(multipart("disposition-notification", *parts, head=head))


@pytest.mark.parametrize(
    ("disposition", "is_displayed"),
    [
        ("manual-action/MDN-sent-manually; displayed", True),
        ("automatic-action/MDN-sent-automatically; Displayed", True),
        ("manual-action/MDN-sent-manually;displayed/warning", True),
        ("manual-action/MDN-sent-manually; displayed/error", False),
        ("manual-action/MDN-sent-manually; deleted", False),
        ("manual-action/MDN-sent-manually; dispatched", False),
        ("manual-action/MDN-sent-manually; processed", False),
        ("manual-action/MDN-sent-manually; denied", False),
        ("", False),
    ],
)
def test_only_displayed_is_an_opening(disposition, is_displayed):
    """RFC 8098 section 3.2.6."""
    found = receipt(disposition)
    assert found.kind == "mdn"
    assert [finding.event_type for finding in found.findings] == ["open"] * is_displayed


def test_every_field_of_a_receipt():
    displayed = "manual-action/MDN-sent-manually; displayed"
    found = receipt(
        displayed,
        "Original-Recipient: rfc822;bob@example.com\nFinal-Recipient: rfc822;bob@example.org\n"
        "Original-Message-ID: <1@example.com>\n",
        head="In-Reply-To: <3@example.com>\n",
        original="Message-ID: <2@example.com>\nX-Token: abc",
    )
    assert found.message_ids == ("<1@example.com>", "<2@example.com>")
    assert found.headers["x-token"] == "abc"
    (finding,) = found.findings
    assert (finding.recipient, finding.final_recipient) == ("bob@example.com", "bob@example.org")
    assert (finding.diagnostic, finding.reporting_mta) == (displayed, "Thunderbird")
    assert (finding.time, finding.kind) == (SECONDS, "displayed")
    found = receipt(displayed, head="In-Reply-To: <3@example.com>\n")
    assert found.message_ids == ("<3@example.com>",)
    assert found.findings[0].recipient == "sender@mx.example.net", "who sent the receipt"
    found = receipt(displayed, "Final-Recipient: rfc822;bob@example.org\n")
    assert found.findings[0].recipient == "bob@example.org"


# -- complaints ----------------------------------------------------------------------------------


def complaint(fields="", original="Message-ID: <1@example.com>", *, head=""):
    parts = [("text/plain", "spam"), ("message/feedback-report", fields or "Version: 1\n")]
    parts += [("text/rfc822-headers", original)] if original else []
    return read(multipart("feedback-report", *parts, head=head))


@pytest.mark.parametrize(
    ("kind", "event_type"),
    [
        *((word, "spam") for word in ("abuse", "fraud", "virus", "other", "Abuse", "opt-out")),
        *((word, "") for word in ("not-spam", "NOT-SPAM", "auth-failure", "Auth-Failure ")),
    ],
)
def test_what_is_a_complaint(kind, event_type):
    (finding,) = complaint(f"Feedback-Type: {kind}\n").findings
    assert (finding.kind, finding.event_type) == ("complaint", event_type)
    assert finding.diagnostic == kind.strip()


def test_feedback_without_a_type_is_a_complaint():
    (finding,) = complaint().findings
    assert (finding.event_type, finding.diagnostic) == ("spam", "")


def test_every_field_of_a_complaint():
    found = complaint(
        "Feedback-Type: abuse\nUser-Agent: Loop/1\nOriginal-Envelope-Id: a+2Bb\n"
        "Original-Rcpt-To: <Bob@example.com>\nOriginal-Rcpt-To: ann@example.com\n"
        "Original-Rcpt-To: <bob@example.com>\nOriginal-Rcpt-To: redacted\n",
        "Message-ID: <1@example.com>\nTo: eve@example.com",
    )
    assert (found.kind, found.envelope_id) == ("arf", "a+b")
    assert found.message_ids == ("<1@example.com>",)
    assert [f.recipient for f in found.findings] == ["bob@example.com", "ann@example.com"]
    finding = found.findings[0]
    assert (finding.reporting_mta, finding.time) == ("Loop/1", SECONDS)
    assert finding.final_recipient == "bob@example.com"


@pytest.mark.parametrize(
    ("original", "recipient"),
    [
        ("To: eve@example.com", "eve@example.com"),
        ("To: eve@example.com, ann@example.com", ""),
        ("X-HmXmrOriginalRecipient: bob@example.com\nTo: eve@example.com", "bob@example.com"),
        ("Subject: x", ""),
        ("", ""),
    ],
)
def test_who_complains_where_the_report_does_not_say(original, recipient):
    found = complaint("Feedback-Type: abuse\n", original)
    assert [finding.recipient for finding in found.findings] == [recipient]


def test_complaints_of_the_older_form():
    mail = (
        "From: staff@mailbox.example\nSubject: complaint about message from 192.0.2.1\n"
        'Content-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: message/rfc822\n\n'
        "X-HmXmrOriginalRecipient: bob@example.com\nMessage-ID: <1@example.com>\n\nx\n--B--\n"
    )
    found = read(mail)
    assert (found.kind, found.findings[0].recipient) == ("arf", "bob@example.com")
    assert read(mail.replace("complaint about", "question about")).kind == "none"
    assert read(mail.replace("Subject: ", "Subject: Re: ")).kind == "none"


# -- absence notes -------------------------------------------------------------------------------


def note(head):
    return read(f"From: Bob <Bob@example.com>\nDate: {DATE}\n{head}\nI am away.\n")


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied\n",
        "Auto-Submitted: Auto-Replied; owner=x\n",
        "Auto-Submitted: auto-generated\nIn-Reply-To: <a@b>\n",
        "Auto-Submitted: auto-generated\nReferences: <a@b>\n",
        "Auto-Submitted: auto-notified\nIn-Reply-To: <a@b>\n",
        "Precedence: auto_reply\n",
        "Precedence: Auto-Reply\n",
        "X-Autoreply: yes\n",
        "X-Autorespond: x\n",
        "X-Autoresponder: x\n",
        "X-Auto-Response-Suppress: all\nIn-Reply-To: <a@b>\n",
    ],
)
def test_signs_of_an_absence_note(head):
    found = note(head + "Subject: Hello\n")
    assert found.kind == "auto_reply"
    assert note("List-Id: <x>\n" + head).kind == "none", "a list answers nobody"
    assert note("List-Unsubscribe: <mailto:x@y>\n" + head).kind == "none"
    assert note("Feedback-ID: x\n" + head).kind == "none"


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: no\nSubject: Automatic reply\n",
        "Auto-Submitted: No; comment\nX-Autoreply: yes\n",
        "Auto-Submitted: auto-generated\n",
        "Precedence: bulk\n",
        "X-Autoreply: no\n",
        "X-Autoreply: NO\nSubject: Automatic reply\n",
        "X-Auto-Response-Suppress: All\n",
        "X-Auto-Response-Suppress: OOF\nIn-Reply-To: <a@b>\n",
        "In-Reply-To: <a@b>\n",
    ],
)
def test_what_is_no_absence_note(head):
    assert note(head) == report.Report()


def test_every_field_of_an_absence_note():
    head = "Auto-Submitted: auto-replied\nSubject: Away\n"
    found = note(head + "References: <1@a.b> <2@a.b>\nIn-Reply-To: <3@a.b>\n")
    assert found.message_ids == ("<3@a.b>",)
    (finding,) = found.findings
    assert finding == report.Finding(
        "auto_reply", "bob@example.com", "bob@example.com", diagnostic="Away", time=SECONDS
    )
    found = note(head + "References: <1@a.b> <2@a.b>\n")
    assert found.message_ids == ("<2@a.b>",), "the last one is what it answers"


# -- parts of mails ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (DATE, SECONDS),
        ("Mon, 05 Oct 2026 10:00:00 +0200 (CEST)", SECONDS),
        ("5 Oct 2026 03:00:00 -0500", SECONDS),
        ("Thu, 01 Jan 1970 00:00:01 +0000", 1.0),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("Fri, 31 Dec 9999 23:59:59 +0000", 253402300799.0),
        ("Fri, 31 Dec 9999 23:59:59 -0001", None),
        ("soon", None),
        ("", None),
    ],
)
def test_times(value, expected):
    assert rp.timestamp(value) == expected


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One|Two"),
        ("One<br>Two", "One|Two"),
        ("One<BR/>Two", "One|Two"),
        *((f"One<{tag}>Two", "One|Two") for tag in "div tr li h1 h6 table /p /div /tr".split()),
        ("One<b>Two</b>", "One Two"),
        ("&lt;bob@example.com&gt;: unknown", "<bob@example.com>: unknown"),
    ],
)
def test_text_of_html(html, text):
    mail = report.parse(f"Content-Type: text/html\n\n{html}".encode())
    found = [" ".join(line.split()) for line in rp.body_text(mail).splitlines()]
    assert "|".join(filter(None, found)) == text


def alternative(*parts):
    body = "".join(f"--B\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return report.parse(f'Content-Type: multipart/mixed; boundary="B"\n\n{body}--B--\n'.encode())


def test_which_text_a_person_reads_first():
    html, plain = ("text/html", "<p>html</p>"), ("text/plain", "plain")
    assert rp.body_text(alternative(html, plain)).strip() == "plain"
    assert rp.body_text(alternative(("text/plain", "  "), html)).strip() == "html"
    assert rp.body_text(alternative(html, ("text/html", "second"))).strip() == "html"
    assert rp.body_text(alternative(plain, ("text/plain", "second"))).strip() == "plain"
    broken = report.parse(b'Content-Type: multipart/mixed; boundary="none"\n\nno part\n')
    assert rp.body_text(broken).strip() == "no part"


@pytest.mark.parametrize(
    ("encoding", "payload"),
    [
        ("base64", base64.b64encode("Grüße, Bob".encode()).decode()),
        ("base64", base64.b64encode("Grüße, Bob".encode()).decode().rstrip("=")),
        ("BASE64", "!! " + base64.b64encode("Grüße, Bob".encode()).decode() + "\n\n"),
        ("quoted-printable", "Gr=C3=BC=C3=9Fe,=\n Bob"),
        ("8bit", "Grüße, Bob"),
        ("", "Grüße, Bob"),
    ],
)
def test_encodings(encoding, payload):
    mail = report.parse(
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
        f"{payload}".encode()
    )
    assert rp.body_text(mail).strip() == "Grüße, Bob"


def test_character_sets():
    for charset, data in (("latin-1", b"Gr\xfc\xdfe"), ("", "Grüße".encode())):
        head = f"Content-Type: text/plain; charset={charset}\n\n".encode()
        assert rp.body_text(report.parse(head + data)).strip() == "Grüße"
    unknown = b"Content-Type: text/plain; charset=no-such\n\n" + "Grüße".encode()
    assert rp.body_text(report.parse(unknown)).strip() == "Grüße"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bob@example.com", ["bob@example.com"]),
        ("Bob <Bob@example.com>, eve@example.com", ["bob@example.com"]),
        ("a@b.c, d@e.f", ["a@b.c", "d@e.f"]),
        ("< bob@example.com >", ["bob@example.com"]),
        ("nobody", []),
        ("", []),
        ("x" * 65 + "@example.com", ["x" * 64 + "@example.com"]),
        ("a@b.c" + " " * 4000 + "d@e.f", ["a@b.c"]),
    ],
)
def test_addresses_in_headers(value, expected):
    assert rp.addresses(value) == expected


def test_headers_are_unfolded_and_decoded():
    mail = report.parse(
        b"SUBJECT: one\n two\nsubject: other\nX-Word: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
        b"X-Broken: =?utf-8?b?####?= x\nX-Long: " + b"y" * 5000 + b"\n\n"
    )
    assert rp.header(mail, "Subject") == "one two"
    assert rp.header(mail, "x-word") == "Grüße"
    assert rp.header(mail, "x-broken")
    assert len(rp.header(mail, "x-long")) == 4000
    assert rp.header(mail, "x-none") == ""
    assert rp.has_header(mail, "x-none", "x-word") and not rp.has_header(mail, "x-none")


def test_fields_are_unfolded_and_lines_of_replies_stay_lines():
    text = "A: one\n two\n\nB : three\nno field\n four\nC: 550-x\n 550 y\n\tz\n"
    assert list(rp.fields(text)) == [
        ("a", "one two"),
        ("", ""),
        ("b", "three"),
        ("c", "550-x\n550 y z"),
        ("", ""),
    ]


def test_complaints_are_bounded():
    named = "".join(f"Original-Rcpt-To: a{number}@example.com\n" for number in range(1500))
    assert len(complaint(f"Feedback-Type: abuse\n{named}").findings) == 1000


# -- notices for people --------------------------------------------------------------------------

NOTICE = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: Undeliverable\n\n"


def test_each_of_several_recipients_has_its_own_words():
    found = read(NOTICE + "ann@example.com\n\nbob@example.com\nmailbox is full\n").findings
    assert [(f.recipient, f.reason) for f in found] == [
        ("ann@example.com", "unknown"),
        ("bob@example.com", "mailbox_full"),
    ]


def test_of_one_recipient_all_of_the_notice_speaks():
    (finding,) = read(NOTICE + "The mailbox is full.\n\nbob@example.com\n").findings
    assert (finding.recipient, finding.reason) == ("bob@example.com", "mailbox_full")
    assert (finding.reporting_mta, finding.remote_mta) == ("mx.example.net", "")


def test_exchange_marks_what_it_encloses():
    text = (
        "From: Ann <ann@mx.example.net>\n{}Subject: Undeliverable\n\nIt could not be delivered.\n"
        "\nbob@example.com: no such user\n"
    )
    assert read(text.format("")).kind == "none"
    (finding,) = read(text.format("X-MS-Embedded-Report: x\n")).findings
    assert (finding.recipient, finding.event_type) == ("bob@example.com", "hard_bounce")


def test_whom_the_header_names_is_meant():
    mail = NOTICE.replace(
        "Subject", "X-Failed-Recipients: eve@example.com, ann@example.com\nSubject"
    )
    found = read(mail + "other@example.com is fine\n").findings
    assert [finding.recipient for finding in found] == ["eve@example.com", "ann@example.com"]


def test_whom_the_copy_was_written_to_is_meant_where_the_notice_is_silent():
    copy = "--- Below this line is a copy of the message.\n\nTo: {}\nSubject: Offer\n"
    found = read(NOTICE + "Sorry.\n\n" + copy.format("bob@example.com"))
    assert [finding.recipient for finding in found.findings] == ["bob@example.com"]
    found = read(NOTICE + "Sorry.\n\n" + copy.format("bob@example.com, ann@example.com"))
    assert found.findings == ()


def test_a_recipient_that_is_no_address():
    found = dsn("Original-Recipient: x400; /C=DE/S=M\nAction: failed\nStatus: 5.1.1\n")
    assert [finding.recipient for finding in found.findings] == ["/c=de/s=m"]


def test_halves_of_characters_raise_nothing():
    assert report_dsn.recipient("rfc822;a+E3+82b@example.com") == "a\ufffdb@example.com"


@pytest.mark.parametrize("text", ["a", "ab", "abc", "abcd"])
def test_base64_with_and_without_its_end(text):
    encoded = base64.b64encode(text.encode()).decode()
    for payload in (encoded, encoded.rstrip("=")):
        head = "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
        assert rp.body_text(report.parse((head + payload).encode())) == text


@pytest.mark.parametrize(
    "head", ["In-Reply-To: <a@b>\n", "List-Id: <x>\n", "List-Unsubscribe: <x>\n"]
)
def test_a_program_that_answers_needs_two_signs(head):
    mail = "From: MAILER-DAEMON@mx.example.net\n{}Subject: Undeliverable\n\n{}bob@example.com\n"
    assert read(mail.format("", "")).kind == "dsn"
    assert read(mail.format(head, "")).kind == "none"
    assert read(mail.format(head, "It could not be delivered\n\n")).kind == "dsn"
