# Part of mail_tracking. Licence: LGPL-3.
"""Ordinary mail of every kind that resembles a report, and is none."""

import itertools

import pytest

from tools import report

PERSON = {"sender": "Jane Doe <jane@example.com>", "path": "<jane@example.com>"}
NULL = {"sender": "Jane Doe <jane@example.com>", "path": "<>"}
POSTMASTER = {"sender": "Postmaster <postmaster@example.com>", "path": "<postmaster@example.com>"}
SERVICE = {"sender": "Example Shop <no-reply@shop.example>", "path": "<bounces+17@shop.example>"}
ROOT = {"sender": "Cron Daemon <root@host.example>", "path": "<root@host.example>"}

#: subject and text of answers in somebody's absence
ABSENCE = [
    ("Out of Office: Offer 12", "I am out of the office until Monday and cannot be reached."),
    ("Automatic reply: Offer 12", "I could not answer your mail. It will not be forwarded."),
    (
        "Automatische Antwort: Angebot 12",
        "Ich bin bis Montag nicht erreichbar. Ihre Nachricht wurde nicht weitergeleitet.",
    ),
    (
        "Abwesenheitsnotiz",
        "Leider konnte ich Ihre E-Mail nicht lesen. Bitte wenden Sie sich an info@example.com.",
    ),
    (
        "Réponse automatique : Offre 12",
        "Je suis absent jusqu'à lundi. Votre message n'a pas été transmis.",
    ),
    (
        "Absence du bureau",
        "Votre message n'a pas pu être lu. Merci d'écrire à contact@example.com.",
    ),
    (
        "Respuesta automática: Oferta 12",
        "Estoy fuera de la oficina. No se ha podido leer su mensaje.",
    ),
    (
        "Risposta automatica: Offerta 12",
        "Sono assente fino a lunedì. Non è stato possibile leggere il messaggio.",
    ),
    (
        "Resposta automática: Oferta 12",
        "Estou fora do escritório. Não foi possível ler a sua mensagem.",
    ),
    ("Automatisch antwoord: Offerte 12", "Ik ben afwezig. Uw bericht kon niet worden gelezen."),
    ("Autosvar: Tilbud 12", "Jeg er ikke på kontoret. Din besked er ikke læst."),
    ("Automatiskt svar: Offert 12", "Jag är inte på kontoret och kan inte läsa ditt meddelande."),
    ("Automaattinen vastaus: Tarjous 12", "Olen poissa toimistolta maanantaihin asti."),
    ("Automatická odpověď: Nabídka 12", "Nejsem v kanceláři. Vaši zprávu nebylo možné přečíst."),
    ("Automatyczna odpowiedź: Oferta 12", "Jestem poza biurem. Wiadomość nie została przeczytana."),
    ("Otomatik yanıt: Teklif 12", "Pazartesiye kadar ofis dışındayım."),
    ("Автоответ: Предложение 12", "Меня нет на месте, письмо не было прочитано."),
    ("自動応答: 見積 12", "不在にしております。メールを確認できません。"),
    ("自动回复: 报价 12", "我不在办公室，无法阅读您的邮件。"),
    ("부재중: 견적 12", "사무실에 없습니다. 메일을 읽지 못합니다."),
    ("Auto: Offer 12", "I left the company last week; jane@example.com is read by nobody."),
    ("Autoreply: Offer 12", "My mailbox is full of mails after the holidays; please be patient."),
]

#: what people and programs write that has the words of a report
PROSE = [
    (
        "Your parcel could not be delivered",
        "We could not deliver your parcel 550 to Main Street 5. Try again tomorrow.",
    ),
    ("Delivery failed: order 5511", "Nobody was at home. The delivery of your order has failed."),
    (
        "Zustellung fehlgeschlagen",
        "Ihr Paket konnte nicht zugestellt werden. Bitte holen Sie es ab.",
    ),
    (
        "Échec de la livraison",
        "Votre colis n'a pas pu être livré. Il a été retourné à l'expéditeur.",
    ),
    ("Entrega fallida", "No se ha podido entregar su paquete. Será devuelto."),
    ("Payment returned", "Your payment of 550 EUR was returned by the bank: account closed."),
    ("Direct debit failed", "The mandate was rejected: account unknown."),
    (
        "Your mailbox is almost full",
        "The mailbox jane@example.com has used 95 % of its quota. Clean up soon.",
    ),
    ("Quota warning", "Your mailbox is over quota. New messages will be rejected soon."),
    ("Your account was suspended", "Click here to restore delivery of your mails."),
    (
        "Undelivered messages are waiting for you",
        "5 messages could not be delivered to your mailbox. Sign in to release.",
    ),
    ("Failed login", "A login of jane@example.com failed. 535 5.7.8 authentication failed."),
    ("Backup failure", "The job of last night failed: error 550 on host db1."),
    ("Cron <root@host> /usr/bin/backup", "550 files copied, 3 failed: no such user in passwd"),
    ("Returned goods", "Your return was received. The amount was not delivered to your card."),
    (
        "Question about a bounce",
        "Hi, my mail to jane@example.com came back with 550 5.1.1 User unknown. Can you help?",
    ),
    (
        "Re: Undelivered Mail Returned to Sender",
        "Did you get this? It says: <jane@example.com>: 550 5.1.1 User unknown",
    ),
    ("Fwd: Mail delivery failed", "see below, jane@example.com does not exist any more"),
    ("AW: Unzustellbar: Angebot", "Die Adresse jane@example.com ist wieder erreichbar."),
    ("Delivery report of September", "98 % of all parcels were successfully delivered."),
    (
        "Newsletter: ten reasons why mails bounce",
        "550 5.1.1 user unknown is the first of ten. Read more.",
    ),
    ("Invoice 5511", "Please find attached the invoice. If it was not delivered, tell us."),
    ("Delivery note 4711", "The goods were delivered to the warehouse."),
    ("Ihre Bestellung wurde zugestellt", "Das Paket wurde erfolgreich zugestellt."),
    ("Meeting cancelled: rejected by Bob", "Bob has declined: the room is not available."),
    (
        "Your message to the list awaits moderator approval",
        "Your mail to dev@lists.example was held: too large.",
    ),
    (
        "[dev] bounce handling is broken",
        "If the server says 550 5.2.2 mailbox full we call it dead.",
    ),
    (
        "Bounce action notification",
        "The subscription of jane@example.com to dev was disabled by excessive bounces.",
    ),
    (
        "Ticket 77: mail to jane@example.com not delivered",
        "A customer wrote: could not be delivered, user unknown.",
    ),
    (
        "We received your request",
        "Your request 4421 was received. We will try again to reach you by phone.",
    ),
    ("Abonnement gekündigt", "Ihr Konto wurde gelöscht. Sie erhalten keine Nachrichten mehr."),
    (
        "Change of address",
        "My new address is jane@example.org; jane@example.com is no longer in use.",
    ),
    (
        "Report domain: example.com Submitter: mail.example Report-ID: 5",
        "This is an aggregate DMARC report.",
    ),
    (
        "Report Domain: example.com Submitter: tls.example",
        "This is an aggregate TLS report: 3 sessions failed.",
    ),
    ("Quarantine summary", "4 messages to jane@example.com were blocked as spam. Release: click."),
    (
        "Virus found in a mail to you",
        "A message from mallory@example.net was rejected; you need to do nothing.",
    ),
    (
        "Certificate expired",
        "The certificate of mx.example.com has expired: connections are refused.",
    ),
    ("Rate limit reached", "You have used your daily sending quota of 500 mails."),
    ("Undeliverable love", "A poem by Jane."),
    ("Statement of account", "Returned mail fee: 5.50"),
]

#: answers of programs, by their headers
AUTOMATIC = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "auto-replied", "X_Autoreply": "yes"},
    {"Precedence": "auto_reply"},
    {"X_Auto_Response_Suppress": "All", "In_Reply_To": "<orig-1@odoo.example.org>"},
]


def mail(subject, text, sender, path, **headers):
    lines = [f"Return-Path: {path}", f"From: {sender}", "To: bounce@odoo.example.org"]
    lines += [f"Subject: {subject}", "Date: Mon, 23 Nov 2026 09:00:00 +0000"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text, ""]
    return "\n".join(lines).encode()


def mails():
    for subject, text in ABSENCE:
        for who, headers in itertools.product((PERSON, NULL), AUTOMATIC):
            yield mail(subject, text, **who, **headers)
    for subject, text in PROSE:
        for who in (PERSON, POSTMASTER, SERVICE, ROOT):
            # a postmaster with the subject of a notice says no more than that
            if who is POSTMASTER and "eliver" in subject:
                continue
            yield mail(subject, text, **who)
        yield mail(subject, text, **PERSON, In_Reply_To="<orig-1@odoo.example.org>")
        yield mail(subject, text, **SERVICE, List_Unsubscribe="<https://shop.example/u>")
        yield mail(subject, text, **POSTMASTER, In_Reply_To="<orig-1@odoo.example.org>")
    yield from others()


def others():
    """Mails of other types: calendars, receipts, aggregate reports, signed and forwarded ones."""
    for method in ("REPLY", "CANCEL", "COUNTER", "REQUEST"):
        for path in ("<jane@example.com>", "<>"):
            yield (
                f"Return-Path: {path}\nFrom: Jane <jane@example.com>\nTo: sales@odoo.example.org\n"
                "Subject: Declined: Offer\nMIME-Version: 1.0\n"
                f"Content-Type: text/calendar; method={method}\n\n"
                "BEGIN:VCALENDAR\nATTENDEE;PARTSTAT=DECLINED:mailto:jane@example.com\nEND:VCALENDAR\n"
            ).encode()
    for kind, inner in (
        ("feedback-report", "message/feedback-report\n\nFeedback-Type: dmarc\nVersion: 1\n"),
        ("feedback-report", "message/feedback-report\n\nFeedback-Type: auth-failure\nVersion: 1\n"),
        ("tlsrpt", "application/tlsrpt+json\n\n{}\n"),
        (
            "disposition-notification",
            "message/disposition-notification\n\n"
            "Final-Recipient: rfc822; jane@example.com\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\n",
        ),
    ):
        yield (
            "From: reports@example.com\nTo: bounce@odoo.example.org\nSubject: Report\n"
            "MIME-Version: 1.0\n"
            f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
            "--b\nContent-Type: text/plain\n\nA report. 3 of 5 failed.\n"
            f"--b\nContent-Type: {inner}--b--\n"
        ).encode()


MAILS = list(mails())


def test_there_are_enough():
    assert len(MAILS) >= 300
    assert len(set(MAILS)) == len(MAILS)


@pytest.mark.parametrize("number", range(len(MAILS)))
def test_ordinary_mail_is_no_failure(number):
    found = report.read_bytes(MAILS[number])
    wrong = [f for f in found.findings if f.kind in ("failed", "delayed", "delivered")]
    assert not wrong, MAILS[number].decode()
