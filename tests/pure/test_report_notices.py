# Part of mail_tracking. Licence: LGPL-3.
"""Notices of further mail programs, and in further languages: one recipient, one reason."""

import pytest

from tools import report

#: name, headers, text, reason (None where the words are unknown), whether the address is dead
NOTICES = [
    (
        "mailenable",
        ('From: "Postmaster" <postmaster@mx.example.com>\nSubject: Message Delivery Failure'),
        (
            "MailEnable: Message Delivery Failure.\n"
            "\n"
            "The following recipient(s) could not be reached:\n"
            "\n"
            "\tRecipient: [SMTP:jane@example.com]\n"
            "\tReason: Remote SMTP Server Returned: 550 5.1.1 User unknown\n"
        ),
        "user_unknown",
        True,
    ),
    (
        "smartermail",
        ("From: System Administrator <>\nSubject: Delivery Failure"),
        (
            "Could not deliver message to the following recipient(s):\n"
            "\n"
            "Failed Recipient: jane@example.com\n"
            "Reason: Remote host said: 550 5.2.2 Mailbox full\n"
            "\n"
            "   -- The header and top 20 lines of the message follows --\n"
            "\n"
            "Message-ID: <o@x>\n"
            "To: jane@example.com\n"
        ),
        "mailbox_full",
        False,
    ),
    (
        "xmail",
        (
            "From: XMail Server <postmaster@mx.example.com>\n"
            "Return-Path: <>\n"
            "Subject: Error sending message [123] from [mx.example.com]"
        ),
        (
            "[<00>] XMail bounce: Rcpt=[jane@example.com];Error=[550 User not found]\n"
            "\n"
            "[<01>] Error sending message [123] from [mx.example.com].\n"
            "\n"
            "ID:        <S1>\n"
            "Mail From: <bounce@odoo.example.org>\n"
            "Rcpt To:   <jane@example.com>\n"
            "Server:    <mx.example.com> [192.0.2.2]\n"
            "\n"
            "[<02>] The reason of the delivery failure was:\n"
            "\n"
            "550 User not found\n"
        ),
        "user_unknown",
        True,
    ),
    (
        "surgemail",
        (
            "From: Mail Delivery Subsystem <postmaster@mx.example.com>\n"
            "Return-Path: <>\n"
            "Subject: Failed mail"
        ),
        (
            "Your message cannot be delivered to the following recipients:\n"
            "\n"
            "Failed to deliver to '<jane@example.com>'\n"
            "SMTP module(domain @192.0.2.2:example.com) reports:\n"
            " mail server says:\n"
            " 550 5.1.1 Unknown recipient\n"
        ),
        "user_unknown",
        True,
    ),
    (
        "mercury",
        (
            "From: Electronic Postmaster <postmaster@mx.example.com>\n"
            "Subject: Postmaster notify: see transcript for details"
        ),
        (
            "The attached message has failed delivery and has been referred to you as postmaster.\n"
            "The following transcript may indicate the reason for the failure:\n"
            "\n"
            "jane@example.com\n"
            "  550 no such user here\n"
        ),
        "user_unknown",
        True,
    ),
    (
        "ndn firstclass",
        ("From: Postmaster <postmaster@example.com>\nReturn-Path: <>\nSubject: NDN: Offer 12"),
        (
            "Sorry. Your message could not be delivered to:\n"
            "\n"
            "jane@example.com (The name was not found at the remote site. Check that "
            "the name has been entered correctly.)\n"
        ),
        "user_unknown",
        True,
    ),
    (
        "intermail",
        (
            "From: Mail Administrator <Postmaster@example.com>\n"
            "Return-Path: <>\n"
            "Subject: Mail System Error - Returned Mail"
        ),
        (
            "This Message was undeliverable due to the following reason:\n"
            "\n"
            "The user(s) account is temporarily over quota.\n"
            "\n"
            "<jane@example.com>\n"
            "\n"
            "Please reply to Postmaster@example.com\n"
        ),
        "mailbox_full",
        False,
    ),
    (
        "icewarp",
        (
            "From: Mail Delivery Subsystem <mailer-daemon@example.com>\n"
            "Subject: Your message could not be delivered"
        ),
        (
            "Message could not be delivered to the following recipients:\n"
            "\n"
            "<jane@example.com>: 554 5.1.1 Unknown user\n"
        ),
        "user_unknown",
        True,
    ),
    (
        "axigen",
        (
            "From: Axigen Mail Server <mailer-daemon@example.com>\n"
            "Return-Path: <>\n"
            "Subject: Delivery report"
        ),
        (
            "Your mail message to the following address(es) could not be delivered:\n"
            "\n"
            "- jane@example.com: \n"
            "   Remote mail server rejected message, reason: 550 mailbox disabled\n"
        ),
        "disabled",
        True,
    ),
    (
        "notes de",
        (
            "From: Postmaster@example.de\n"
            "Subject: FEHLER BEI DER ZUSTELLUNG: Benutzer jane (jane@example.com) nicht "
            "im Domino-Verzeichnis aufgeführt"
        ),
        (
            "Ihr Dokument: Angebot\n"
            "konnte nicht zugestellt werden an: jane@example.com\n"
            "wegen: Benutzer jane nicht im Domino-Verzeichnis aufgeführt\n"
        ),
        "user_unknown",
        True,
    ),
    (
        "exchange fr",
        ("From: Postmaster <postmaster@example.fr>\nReturn-Path: <>\nSubject: Non remis : Offre"),
        (
            "Votre message n'a pas pu être remis à certains ou à tous les destinataires.\n"
            "\n"
            "      jane@example.com\n"
            "      Adresse inconnue : le destinataire n'existe pas\n"
        ),
        "user_unknown",
        True,
    ),
    (
        "es",
        ("From: MAILER-DAEMON@example.es\nSubject: Correo devuelto"),
        ("No se ha podido entregar su mensaje a:\n\njane@example.com\n\nEl buzón está lleno\n"),
        "mailbox_full",
        False,
    ),
    (
        "ru",
        (
            "From: Mail Delivery System <mailer-daemon@example.ru>\n"
            "Return-Path: <>\n"
            "Subject: Сообщение не доставлено"
        ),
        ("Ваше письмо не может быть доставлено:\n\njane@example.com: пользователь не найден\n"),
        "user_unknown",
        True,
    ),
    (
        "zh",
        ("From: postmaster@example.cn\nReturn-Path: <>\nSubject: 系统退信"),
        ("很抱歉，您的邮件被退回。\n\njane@example.com\n收件人不存在\n"),
        "user_unknown",
        True,
    ),
    (
        "pl",
        (
            "From: Mail Delivery System <MAILER-DAEMON@example.pl>\n"
            "Subject: Wiadomość niedostarczona"
        ),
        ("Wiadomość nie została dostarczona do:\n<jane@example.com>: użytkownik nieznany\n"),
        "user_unknown",
        True,
    ),
    (
        "nl",
        ("From: postmaster@example.nl\nReturn-Path: <>\nSubject: Onbestelbaar: Offerte"),
        ("Uw bericht kon niet worden bezorgd bij jane@example.com\nHet e-mailadres bestaat niet\n"),
        "user_unknown",
        True,
    ),
    (
        "tr",
        ("From: MAILER-DAEMON@example.com.tr\nReturn-Path: <>\nSubject: Teslim edilemedi"),
        ("İletiniz teslim edilemedi:\n<jane@example.com>: 550 Kullanıcı bulunamadı\n"),
        None,
        None,
    ),
    (
        "sv",
        ("From: MAILER-DAEMON@example.se\nReturn-Path: <>\nSubject: Kan inte levereras"),
        ("Meddelandet kunde inte levereras till jane@example.com\n550 5.1.1 Okänd mottagare\n"),
        "user_unknown",
        True,
    ),
    (
        "gateway admin",
        ("From: Administrator <admin@gate.example.com>\nReturn-Path: <>\nSubject: Undeliverable"),
        "The message to jane@example.com was rejected: 550 5.7.1 Message blocked as spam\n",
        "spam",
        False,
    ),
    (
        "no return path, daemon name",
        (
            'From: "Mail Delivery Subsystem" <noreply@mx.example.com>\n'
            "Subject: Returned mail: Host unknown"
        ),
        (
            "The original message was received at Mon\n"
            "\n"
            "   ----- The following addresses had permanent fatal errors -----\n"
            "<jane@example.com>\n"
            "\n"
            "   ----- Transcript of session follows -----\n"
            "550 5.1.2 <jane@example.com>... Host unknown (Name server: example.com: "
            "host not found)\n"
        ),
        "host_unknown",
        True,
    ),
    (
        "lone code in the first line",
        ("From: postmaster@example.com\nSubject: Undeliverable: Offer 12"),
        "550 5.1.1 No such user: jane@example.com\n",
        "user_unknown",
        True,
    ),
    (
        "daemon without words",
        ("From: MAILER-DAEMON@mx.example.com\nSubject: Mail"),
        ("jane@example.com\n550 user unknown\n"),
        "user_unknown",
        True,
    ),
    (
        "subject tells all",
        ("From: MAILER-DAEMON@mx.example.com\nSubject: Returned mail: User unknown"),
        "<jane@example.com>\n",
        "user_unknown",
        None,
    ),
    (
        "bounce name",
        (
            "From: Bounce Handler <bounce@gate.example.com>\n"
            "Return-Path: <>\n"
            "Subject: failure notice"
        ),
        "jane@example.com: does not exist\n",
        "user_unknown",
        True,
    ),
    (
        "italian",
        (
            "From: Mail Delivery System <MAILER-DAEMON@example.it>\n"
            "Return-Path: <>\n"
            "Subject: Mancata consegna"
        ),
        ("Impossibile recapitare il messaggio a:\njane@example.com\nLa casella di posta è piena\n"),
        "mailbox_full",
        False,
    ),
    (
        "ptbr",
        ("From: postmaster@example.com.br\nReturn-Path: <>\nSubject: Falha na entrega"),
        "Não foi possível entregar a mensagem para jane@example.com: usuário desconhecido\n",
        "user_unknown",
        True,
    ),
    (
        "ja",
        ("From: MAILER-DAEMON@example.jp\nSubject: 配信できませんでした"),
        ("次の宛先に配信できません:\njane@example.com\nユーザーが見つかりません\n"),
        "user_unknown",
        True,
    ),
]


@pytest.mark.parametrize(
    ("head", "text", "reason", "hard"),
    [row[1:] for row in NOTICES],
    ids=[row[0] for row in NOTICES],
)
def test_notices_of_other_programs(head, text, reason, hard):
    mail = f"{head}\nTo: bounce@odoo.example.org\nMIME-Version: 1.0\n"
    mail += f"Content-Type: text/plain; charset=utf-8\n\n{text}"
    (finding,) = report.read_bytes(mail.encode()).findings
    assert (finding.kind, finding.recipient) == ("failed", "jane@example.com")
    assert reason in (None, finding.reason)
    assert hard in (None, finding.hard)
