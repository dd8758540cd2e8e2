# Part of mail_tracking. Licence: LGPL-3.
"""Reports that are easily misread, by the kind of mistake; `cases/` has one mail of each."""

import json
from pathlib import Path

import pytest

from tools import report

FOLDER = Path(__file__).parent / "cases"
CASES = {case["name"]: case for case in json.loads((FOLDER / "expected.json").read_text())}
JANE = "jane@example.com"
OURS = "<orig-1@odoo.example.org>"
COPY = f"""
Message-ID: {OURS}
From: Sales <sales@odoo.example.org>
To: jane@example.com
Subject: Offer 12

Hello
"""


def notice(
    text,
    *,
    sender="Mail Delivery System <MAILER-DAEMON@mx.example.com>",
    path="<>",
    subject="Undelivered Mail Returned to Sender",
    charset="utf-8",
    **headers,
):
    lines = [f"Return-Path: {path}"] if path is not None else []
    lines += [f"From: {sender}", "To: bounce@odoo.example.org", f"Subject: {subject}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += ["MIME-Version: 1.0", f"Content-Type: text/plain; charset={charset}", "", ""]
    return "\n".join(lines).encode() + text.encode(charset)


def dsn(
    fields,
    *,
    text="It was not taken.",
    original=COPY,
    charset="utf-8",
    kind="delivery-status",
    subject="Undelivered Mail Returned to Sender",
):
    parts = [
        f"--b1\nContent-Type: text/plain; charset={charset}\n\n".encode() + text.encode(charset),
        b"\n--b1\nContent-Type: message/delivery-status\n\n" + fields.encode(charset),
    ]
    if original:
        parts.append(b"\n--b1\nContent-Type: message/rfc822\n" + original.encode())
    head = (
        "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.com>\n"
        f"To: bounce@odoo.example.org\nSubject: {subject}\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b1"\n\n'
    )
    return head.encode() + b"".join(parts) + b"\n--b1--\n"


def only(data):
    (finding,) = report.read_bytes(data).findings
    return finding


def outcome(data):
    found = only(data)
    return found.kind, found.recipient, found.reason, found.hard


# -- the cases -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(CASES))
def test_cases(name):
    found = report.read_bytes((FOLDER / f"{name}.eml").read_bytes())
    wanted = CASES[name]["want"]
    if wanted == "none":
        assert not any(finding.kind == "failed" for finding in found.findings)
        return
    findings = {finding.recipient: finding for finding in found.findings}
    assert len(findings) == len(found.findings) == len(wanted)
    for want in wanted:
        finding = findings[want["recipient"]]
        reasons = want.get("reason", finding.reason)
        assert finding.kind == want["kind"]
        assert finding.hard == want.get("hard", finding.hard)
        assert finding.reason in ([reasons] if isinstance(reasons, str) else reasons)
        assert finding.smtp_code == want.get("smtp_code", finding.smtp_code)
        assert finding.final_recipient == want.get("final", finding.final_recipient)
        assert want.get("diagnostic_has", "") in finding.diagnostic
        assert want.get("message_id") in (None, *found.message_ids)


# -- is it a notice? -----------------------------------------------------------------------------


DAEMONS = [
    {"sender": "MAILER-DAEMON", "path": None},
    {"sender": "<MAILER-DAEMON>", "path": None},
    {"sender": '"Mail Delivery Subsystem" <MAILER-DAEMON>', "path": None},
    {"sender": "MAILER-DAEMON <>", "path": None},
    {"sender": "<>", "path": "<>"},
    {"sender": "mailer-daemon@[192.0.2.1]", "path": None},
    {"sender": "Mail Administrator <postmaster>", "path": "<>"},
    {"sender": "robot@gate.example.net", "path": "<>"},
    {"sender": "robot@gate.example.net", "path": "<MAILER-DAEMON>"},
    {"sender": "robot@gate.example.net", "path": "MAILER-DAEMON@gate.example.net"},
    {"sender": "noreply@gate.example.net", "path": "< >"},
    {"sender": "Postmaster@gate.example.net", "path": None},
    {"sender": "postmaster@gate.example.net", "path": "<postmaster@gate.example.net>"},
]


@pytest.mark.parametrize("who", DAEMONS, ids=range(len(DAEMONS)))
@pytest.mark.parametrize(
    "text",
    [
        "Could not deliver your mail.\n\n<jane@example.com>: 550 5.1.1 User unknown\n",
        "550 5.1.1 <jane@example.com>... User unknown\n\nOriginal message follows.\n" + COPY,
        "Unknown user: jane@example.com\n\nOriginal message follows.\n" + COPY,
        "Your message was undeliverable: jane@example.com\nno such user here\n",
    ],
)
def test_one_strong_sign_makes_a_notice(who, text):
    data = notice(text, subject="Undeliverable mail", **who)
    assert outcome(data) == ("failed", JANE, "user_unknown", True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Your mail could not be delivered to: <jane@example.com>\nThe mailbox is full.\n",
            "mailbox_full",
        ),
        ("<jane@example.com>\n  552 5.2.2 Over quota\n", "mailbox_full"),
        ("Delivery to jane@example.com failed.\n550 5.7.1 rejected as spam\n", "spam"),
    ],
)
def test_a_null_return_path_and_an_answer_need_no_known_name(text, reason):
    data = notice(text, sender="it@example.com", subject="Mail")
    assert outcome(data) == ("failed", JANE, reason, False)


# -- fields --------------------------------------------------------------------------------------

FIELDS = {
    "Final-Recipient": "rfc822; jane@example.com",
    "Action": "failed",
    "Status": "5.1.1",
    "Diagnostic-Code": "smtp; 550 5.1.1 no such user",
    "Remote-MTA": "dns; mx.example.net",
}


def lines(*names):
    return "\n".join(f"{name}: {FIELDS[name]}" for name in names)


@pytest.mark.parametrize("turn", range(5))
@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_the_fields_of_a_recipient_have_no_order(turn, gap):
    names = [*FIELDS]
    data = dsn("Reporting-MTA: dns; mx.example.org" + gap + lines(*names[turn:], *names[:turn]))
    found = only(data)
    assert (found.recipient, found.reason, found.hard) == (JANE, "user_unknown", True)
    assert (found.status, found.remote_mta, found.reporting_mta) == (
        "5.1.1",
        "mx.example.net",
        "mx.example.org",
    )


@pytest.mark.parametrize("turn", range(5))
def test_several_recipients_in_any_order_of_fields(turn):
    names = [*FIELDS][turn:] + [*FIELDS][:turn]
    first = lines(*names)
    second = (
        first.replace("jane@", "bob@").replace("5.1.1", "5.2.2").replace("no such user", "full")
    )
    data = dsn(f"Reporting-MTA: dns; mx.example.org\n\n{first}\n\n{second}\n")
    found = {finding.recipient: finding for finding in report.read_bytes(data).findings}
    assert found[JANE].reason == "user_unknown" and found[JANE].hard
    assert found["bob@example.com"].reason == "mailbox_full"


def test_what_the_group_of_the_mail_says_holds_for_its_recipients():
    data = dsn(
        "Reporting-MTA: dns; mx.example.org\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n" + lines("Final-Recipient", "Action")
    )
    assert outcome(data) == ("failed", JANE, "user_unknown", True)


@pytest.mark.parametrize("mark", ["\ufeff", "\n\ufeff"])
def test_a_byte_order_mark_is_no_part_of_a_name(mark):
    data = dsn(mark + "Reporting-MTA: dns; mx.example.org\n\n\ufeff" + lines(*FIELDS))
    assert outcome(data) == ("failed", JANE, "user_unknown", True)
    assert outcome(b"\xef\xbb\xbf" + data) == ("failed", JANE, "user_unknown", True)


@pytest.mark.parametrize(
    ("charset", "words", "reason"),
    [
        ("iso-2022-jp", "ユーザーは見つかりません。", "user_unknown"),
        ("iso-2022-jp", "メールボックスがいっぱいです。", "mailbox_full"),
        ("iso-2022-kr", "사용자를 찾을 수 없습니다", "user_unknown"),
        ("hz-gb-2312", "收件人不存在", "user_unknown"),
        ("utf-7", "Benutzer ungültig oder Empfänger unbekannt", "user_unknown"),
        ("shift_jis", "ユーザーは見つかりません。", "user_unknown"),
    ],
)
def test_charsets_of_seven_bits(charset, words, reason):
    found = only(notice(f"<jane@example.com>:\n{words}\n", charset=charset))
    assert (found.recipient, found.reason) == (JANE, reason)
    assert words in found.diagnostic


def test_japanese_in_a_field_without_a_charset():
    fields = (
        lines("Final-Recipient", "Action") + "\nStatus: 5.0.0\nDiagnostic-Code: X-Notes; 宛先不明"
    )
    data = dsn(fields, charset="iso-2022-jp", text="配信できません")
    assert "宛先不明" in only(data).diagnostic
    assert only(data).reason == "user_unknown"


# -- whom it is about ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "summary",
    [
        "Your message\n\n  To:      carol@example.com\n  Subject: Offer\n  Sent:    Monday\n",
        "Ihre Nachricht\n\n  An: carol@example.com\n  Betreff: Angebot\n  Gesendet: Montag\n",
        "Votre message\n\n  À: carol@example.com\n  Objet: Offre\n  Envoyé: lundi\n",
        "Su mensaje\n\n  Para: carol@example.com\n  Asunto: Oferta\n  Enviado: lunes\n",
    ],
)
def test_to_whom_the_mail_was_addressed_is_not_who_failed(summary):
    text = f"{summary}\ndid not reach these people:\n\njane@example.com\n  550 5.1.1 User unknown\n"
    assert outcome(notice(text)) == ("failed", JANE, "user_unknown", True)


@pytest.mark.parametrize(
    "pipe",
    ['"|/usr/bin/procmail jane"', "|/usr/bin/vacation jane@example.com", "/var/mail/jane", "jane"],
)
def test_a_pipe_is_no_address(pipe):
    fields = f"Final-Recipient: rfc822;{pipe}\nAction: failed\nStatus: 5.3.0"
    data = dsn(fields).replace(
        b"Return-Path", b"X-Failed-Recipients: jane@example.com\nReturn-Path"
    )
    assert only(data).recipient == JANE
    assert not only(data).hard


@pytest.mark.parametrize(
    "text",
    [
        "home@example.net\n (reason: 550 5.1.1 User unknown)\n (expanded from: <jane@example.com>)",
        "<home@example.net> (expanded from <jane@example.com>): 550 5.1.1 User unknown\n",
        "  home@example.net\n    (generated from jane@example.com)\n    550 5.1.1 User unknown\n",
        "  home@example.net\n    (ultimately generated from jane@example.com)\n    User unknown\n",
    ],
)
def test_who_stands_behind_an_address_is_not_who_we_wrote_to(text):
    found = only(notice("The following addresses failed:\n\n" + text))
    assert (found.recipient, found.final_recipient) == (JANE, "home@example.net")


def test_an_expanded_address_in_fields():
    fields = "Final-Recipient: rfc822; home@example.net\nAction: failed\nStatus: 5.1.1"
    found = only(
        dsn(fields, text="home@example.net\n (generated from jane@example.com)\n unknown user")
    )
    assert (found.recipient, found.final_recipient) == (JANE, "home@example.net")


@pytest.mark.parametrize(
    "text",
    [
        "Mail from sales@odoo.example.org could not be delivered.\n\n"
        "   ----- Transcript of session follows -----\n"
        ">>> RCPT To:<jane@example.com>\n<<< 550 5.1.1 User unknown\n",
        "sales@odoo.example.org\n\nwrote to jane@example.com: 550 5.1.1 no such user here\n",
    ],
)
def test_the_sender_of_the_original_did_not_fail(text):
    data = notice(text + "\n--- Original message\n" + COPY)
    assert [finding.recipient for finding in report.read_bytes(data).findings] == [JANE]


# -- what is said of it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "It was refused because of\n\n550 5.1.1 User unknown\n\nConcerned:\n    jane@example.com\n",
        "The user is unknown:\n\n    jane@example.com\n\nAdditional information\n=====\n",
        "jane@example.com [User unknown]\n",
        "Delivery failed: no such user <jane@example.com>\n",
        "Recipient: jane@example.com\nReason: 550 5.1.1 no such user\n",
    ],
)
def test_words_above_and_beside_a_lone_address(text):
    assert outcome(notice(text)) == ("failed", JANE, "user_unknown", True)


@pytest.mark.parametrize(
    "footer",
    [
        "____________\nThis email has been scanned for all viruses.",
        "____________________\nThis message was scanned by ExampleScan for spam and malware",
        "\n*********\nThis e-mail is confidential and protected by policy",
        "\nScanned by a spam firewall",
    ],
)
def test_a_footer_is_no_reason(footer):
    fields = "Final-Recipient: rfc822; jane@example.com\nAction: failed\nStatus: 5.1.1"
    data = dsn(
        fields, text=f"Delivery to these recipients failed.\n\n   jane@example.com\n\n{footer}\n"
    )
    assert outcome(data) == ("failed", JANE, "user_unknown", True)


def test_advice_is_no_reason():
    advice = (
        "Your message to jane@example.com couldn't be delivered.\n\n"
        "How to fix it: the mailbox may be full, the message too large, or it was taken for spam. "
        "Ask your administrator about the policy.\n"
    )
    fields = "Final-Recipient: rfc822; jane@example.com\nAction: failed\nStatus: 5.1.10"
    assert outcome(dsn(fields, text=advice)) == ("failed", JANE, "host_unknown", True)


def test_the_type_of_an_address_is_no_standard():
    text = "<jane@example.com>\nUnable to relay now\nOriginal-Recipient: rfc822; jane@example.com\n"
    assert only(notice(text)).reason != "content"


# -- what happened -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        "Warning: jane@example.com - User unknown!",
        "Warning: could not send message",
        "Delivery warning",
    ],
)
def test_a_warning_of_what_is_final_is_a_failure(subject):
    text = "jane@example.com - no such user here.\n\nThere is no user by that name.\n"
    data = notice(
        text, subject=subject, sender="MDaemon@mx.example.com", path="<MDaemon@mx.example.com>"
    )
    assert outcome(data) == ("failed", JANE, "user_unknown", True)


@pytest.mark.parametrize(
    "text",
    [
        "Your message to jane@example.com has not yet been delivered; we will keep trying.\n",
        "This is a warning message only, no need to resend.\n\n<jane@example.com>: 451 later\n",
    ],
)
def test_a_warning_is_a_delay(text):
    found = only(notice(text, subject="Warning: message delayed 4 hours"))
    assert (found.kind, found.hard) == ("delayed", False)


def mdn(disposition, text, subject="Automatically rejected mail", **headers):
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return (
        f"From: Jane <jane@example.com>\nTo: bounce@odoo.example.org\nSubject: {subject}\n{head}"
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b1"\n\n'
        f"--b1\nContent-Type: text/plain\n\n{text}\n"
        "--b1\nContent-Type: message/disposition-notification\n\n"
        "Final-Recipient: rfc822; jane@example.com\n"
        f"Original-Message-ID: {OURS}\nDisposition: {disposition}\n--b1--\n"
    ).encode()


def test_a_rejection_by_a_filter_is_a_failure():
    disposition = "automatic-action/MDN-sent-automatically; deleted"
    data = mdn(
        disposition, "Your message to <jane@example.com> was automatically rejected:\n\nNo ads."
    )
    found = only(data)
    assert (found.kind, found.recipient, found.hard) == ("failed", JANE, False)
    assert "No ads." in found.diagnostic
    assert report.read_bytes(data).message_ids == (OURS,)


@pytest.mark.parametrize(
    "disposition",
    [
        "manual-action/MDN-sent-manually; deleted",
        "automatic-action/MDN-sent-automatically; deleted",
        "automatic-action/MDN-sent-automatically; dispatched",
    ],
)
def test_what_was_deleted_unread_did_not_fail(disposition):
    data = mdn(
        disposition, "Your message was deleted without being read.", subject="Not read: Offer"
    )
    assert report.read_bytes(data).findings == ()


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Successful Mail Delivery Report", "<jane@example.com>: delivery to mailbox\n"),
        (
            "Delivery Status Notification (Success)",
            "Your message was successfully delivered to jane@example.com\n",
        ),
        ("Delivered: Offer 12", "Your message has been delivered to: jane@example.com\n"),
        ("Relayed: Offer 12", "Delivery to jane@example.com was successfully relayed\n"),
        ("Zustellbericht", "Ihre Nachricht wurde erfolgreich zugestellt: jane@example.com\n"),
        ("Rapport de remise", "Votre message a été remis à jane@example.com\n"),
        ("Informe de entrega", "Su mensaje se ha entregado a jane@example.com\n"),
        ("Rapporto di consegna", "Il messaggio è stato consegnato a jane@example.com\n"),
        ("配信完了", "jane@example.com に配信されました\n"),
        ("投递成功", "您的邮件已送达 jane@example.com\n"),
    ],
)
def test_success_in_words_is_no_failure(subject, text):
    found = report.read_bytes(notice(text, subject=subject))
    assert not any(finding.kind in ("failed", "delayed") for finding in found.findings)


# -- which mail it was ---------------------------------------------------------------------------


def test_the_original_may_stand_in_the_text_alone():
    text = f"jane@example.com was rejected.\n\nOriginal message headers:\n{COPY}"
    found = report.read_bytes(dsn(lines(*FIELDS), text=text, original=""))
    assert found.message_ids == (OURS,)
    assert found.headers["subject"] == "Offer 12"


def test_a_report_that_was_handed_on_is_read():
    inner = dsn(lines(*FIELDS)).decode()
    data = (
        "From: <postmaster@gate.example.org>\nReturn-Path: <>\nTo: bounce@odoo.example.org\n"
        "Subject: Undeliverable mail\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b0"\n\n'
        "--b0\nContent-Type: text/plain\n\nsee below\n"
        f"--b0\nContent-Type: message/rfc822\n\n{inner}\n--b0--\n"
    ).encode()
    found = report.read_bytes(data)
    assert outcome(data) == ("failed", JANE, "user_unknown", True)
    assert found.message_ids == (OURS,)


def test_a_report_about_a_report_is_about_our_mail():
    inner = "\n" + dsn(lines(*FIELDS)).decode()
    found = report.read_bytes(dsn(lines(*FIELDS), original=inner.lstrip()))
    assert found.message_ids == (OURS,)
