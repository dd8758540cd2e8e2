# Part of mail_tracking. Licence: LGPL-3.
"""The words by which notices of mail servers, and answers of machines, are known."""

import pytest

from tools import report

#: says nothing by itself
LINE = "<gone@example.net>: that is all"


def notice(subject, *, text=LINE, sender="mailer-daemon@mx.example.org", head="Return-Path: <>"):
    mail = f"{head}\nFrom: {sender}\nTo: bounce@example.com\nSubject: {subject}\n\n{text}\n"
    return report.read_bytes(mail.encode())


def outcomes(found):
    return [(finding.kind, finding.recipient) for finding in found.findings]


FAILED = """
Undelivered mail
Undeliverable: Hello
message could not be delivered
could not deliver it
failure notice
it failed
mail returned
fail
delivery status
delivery report
delivery problem
delivery error
delivery notification
delivery has stopped
mail rejected
it bounced
non-delivery
nondelivery
message status
it could not be sent
it could not deliver
blocked by our filter
error - x
error sending it
mail error
mail system error
mail failure
Unzustellbar: Hallo
nicht zugestellt
Zustellfehler
Zustellung
fehlgeschlagen
Non remis : Bonjour
échec de la distribution
échec de la remise
échec de la livraison
non distribué
pas pu être remis
no se puede entregar
no se pudo entregar
no se ha podido entregar
error de entrega
no entregado
devuelto
mancata consegna
mancato recapito
non recapitabile
non consegnato
impossibile recapitare
não entregue
não foi entregue
falha na entrega
devolvida
onbestelbaar
niet afgeleverd
niet bezorgd
niedostarczalna
nie dostarczono
zwrot
kan inte levereras
kunne ikke leveres
nedoručitelná
teslim edilemedi
недоставленное
не доставлено
невозможно доставить
退信
退回
无法投递
無法傳遞
未送达
投递失败
配信不能
配信できません
送信できません
エラーメール
配達
メールエラー
반송
배달되지
전송 실패
""".split("\n")[1:-1]
DELAYED = """
Delayed mail (still being retried)
Warning: could not send
delivery warning
mail is still being retried: failure
Zustellung verzögert
Zustellung verzoegert
retardé: non remis
error de entrega: retraso
in ritardo: mancata consegna
niet bezorgd: vertraagd
temporary failure
задержка: не доставлено
退信 延迟
退回 延遲
配信できません 遅延
""".split("\n")[1:-1]


@pytest.mark.parametrize("subject", FAILED)
def test_subjects_of_failures(subject):
    assert outcomes(notice(subject)) == [("failed", "gone@example.net")]
    assert outcomes(notice(subject.upper())) == [("failed", "gone@example.net")]


@pytest.mark.parametrize("subject", DELAYED)
def test_subjects_of_delays(subject):
    assert outcomes(notice(subject)) == [("delayed", "gone@example.net")]


@pytest.mark.parametrize("subject", ["Hello", "Invoice", "", "Offer 17"])
def test_other_subjects_say_nothing(subject):
    assert notice(subject) == report.Report()


@pytest.mark.parametrize(
    "subject",
    [
        *("Quarantine report", "Quarantaine", "Spam digest", "Daily summary", "Zusammenfassung"),
        *("Résumé du jour", "Resumen"),
    ],
)
def test_lists_of_what_was_held_back_name_senders(subject):
    text = f"These could not be delivered\n\n{LINE}"
    assert notice(subject, text=text) == report.Report()
    assert notice("Hello", text=text).findings


BODIES = """
Hi. This is the qmail-send program at mx.example.org.
This message was created automatically by mail delivery software.
This is the James mail server
Your message did not reach some of the recipients.
did not reach the following people
The following addresses had permanent fatal errors
transcript of session follows
transcript: all
delivery to the following recipient stopped
unable to deliver your message
unable to deliver it
It could not be sent.
It couldn't be delivered.
It cannot be sent.
It can not be delivered.
It was not able to be delivered.
It wasn't been sent.
wasn't able to deliver
it was not delivered
it was undeliverable
It has not been delivered
undeliverable
delivery has failed
could not deliver
couldn't deliver
delivery failed
The delivery to x@y.example failed
failed to deliver
while attempting to deliver
while trying to deliver
your user(s) account
not delivered
delivery failure
mail bounce:
nicht zugestellt
nicht ausgeliefert
Nachrichtenzustellung
konnte nicht
n'a pas pu être distribué
n'a pu être remis
n'a pas pu être livré
n'a pas pu être envoyé
échec de la remise
échec de la distribution
error de entrega
no se pudo entregar
no puede ser entregado
no ha podido ser enviado
non può essere recapitato
non è stato possibile la consegna
impossibile recapitare
não pôde ser entregue
não foi possível entregar
kon niet worden
niet worden bezorgd
niet worden afgeleverd
nie może być dostarczona
nie została dostarczona
не может быть доставлено
не может быть отправлено
не было доставлено
не удалось доставить
邮件被退回
无法投递
无法送达
无法发送
無法傳遞
無法送達
退信原因
送信できません
配信できません
送信されません
배달하지 못
전송하지 못
""".split("\n")[1:-1]


@pytest.mark.parametrize("words", BODIES)
def test_words_in_the_text(words):
    assert outcomes(notice("Hello", text=f"{words}\n\n{LINE}")) == [("failed", "gone@example.net")]
    assert outcomes(notice("Hello", text=f"Thank you\n\n{LINE}")) == []


@pytest.mark.parametrize(
    "words",
    [
        *(
            "This is a warning message only",
            "You do not need to resend it",
            "does not need to send",
        ),
        *("do not need to re-send", "No action is required", "It has not yet been delivered"),
        *("We will keep trying", "We will continue trying", "We will keep on trying"),
        *("It will be retried until Monday", "only a temporary failure", "only a temporary error"),
        *(
            "we are still trying",
            "it will still be trying",
            "still awaiting",
            "will retry for 3 days",
        ),
        *("wurde noch nicht zugestellt", "Es wird weiterhin versucht"),
    ],
)
def test_words_of_a_delay(words):
    assert outcomes(notice("Delivery status", text=f"{words}\n\n{LINE}")) == [
        ("delayed", "gone@example.net")
    ]
    # the subject says that it is over
    assert outcomes(notice("Undeliverable: x", text=f"{words}\n\n{LINE}"))[0][0] == "failed"


@pytest.mark.parametrize(
    "sender",
    [
        *("MAILER-DAEMON", "mailer_daemon", "mailer.daemon", "mail-daemon", "maildaemon", "daemon"),
        *("postmaster", "postmaestre", "mdaemon", "mailerdaemon", "mail-delivery", "maildelivery"),
        *("mail-delivery-system", "mail.delivery.subsystem", "double-bounce", "bounce", "bounces"),
        *("mail-system", "mailsystem", "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e"),
    ],
)
def test_addresses_of_programs(sender):
    """Where the null return path got lost on the way, two signs are needed besides."""
    text = f"It could not be delivered\n\n{LINE}"
    for who in (f"{sender}@mx.example.org", f"<{sender}@mx.example.org>"):
        found = notice("Undeliverable", text=text, sender=who, head="X-Other: 1")
        assert outcomes(found) == [("failed", "gone@example.net")]


@pytest.mark.parametrize(
    "name",
    [
        *("Mail Delivery System", "Mail Delivery Subsystem", "Mailer Daemon", "mail-daemon"),
        *("Mailer Delivery System", "Delivery Subsystem", "Mail System", "Mail Delivery System"),
        *("Internet Mail Delivery", "System Administrator", "Mail Router"),
        *("Delivery Status Notification", "Undelivered Mail", "Spam Firewall"),
    ],
)
def test_names_of_programs(name):
    text = f"It could not be delivered\n\n{LINE}"
    sender = f'"{name}" <info@mx.example.org>'
    found = notice("Undeliverable", text=text, sender=sender, head="X-Other: 1")
    assert outcomes(found) == [("failed", "gone@example.net")]
    person = notice("Undeliverable", text=text, sender="Ann <info@mx.example.org>", head="X-O: 1")
    assert outcomes(person) == []


@pytest.mark.parametrize(
    "answer",
    "Re AW Sv Antw Rif R Fw Fwd WG TR RV VS Odp 回复 答复 转发 Re[2] RE".split(),
)
@pytest.mark.parametrize("colon", [":", " :", "："])
def test_what_answers_or_forwards_a_notice_is_of_a_person(answer, colon):
    assert outcomes(notice(f"{answer}{colon} Undeliverable: Hello")) == []


@pytest.mark.parametrize(
    "copy",
    """
--- Below this line is a copy of the message.
------ This is a copy of the message, including all the headers. ------
-- this is the copy
--- The body of the message follows
--- The headers of it
-----Original Message-----
----- Returned message
--- Unsent message follows ---
-- Message header follows
--- Message headers follow ---
---------- Forwarded message
--- Undelivered message
--- Start of it
--- Kopfzeilen
--- Ursprüngliche Nachricht
--- Messaggio originale
--- Mensaje original
--- Message d'origine
--- Mensagem original
Original message headers:
Original message follows.
Message headers follow:
Possibly truncated original message:
Truncated
Below is a copy of it
Message original
Mensaje original
Messaggio originale
Ursprüngliche Nachricht
Ursprüngliche Kopfzeilen
Encabezados de mensaje originales:
En-têtes de message d'origine :
Intestazioni originali
Cabeçalhos de mensagem
Oorspronkelijke berichtkoppen:
Исходное сообщение
Return-Path: <x@example.org>
Received: from here
Received: by here
""".split("\n")[1:-1],
)
def test_the_copy_of_the_original_names_no_recipients(copy):
    """What stands below it are headers of our mail, and its text."""
    text = f"{LINE}\n\n{copy}\nMessage-ID: <1@example.com>\nSubject: Offer\n\nother@example.net\n"
    found = notice("Undeliverable", text=text)
    assert outcomes(found) == [("failed", "gone@example.net")]
    assert found.message_ids == ("<1@example.com>",)
    assert found.headers["subject"] == "Offer"


@pytest.mark.parametrize(
    "line",
    """
gone@example.net
<gone@example.net>
* gone@example.net
- gone@example.net
• gone@example.net
    gone@example.net
'gone@example.net'
"gone@example.net"
(gone@example.net)
mailto:gone@example.net
smtp:gone@example.net
rfc822;gone@example.net
To: gone@example.net
failed to deliver to gone@example.net
delivery to gone@example.net
recipient: gone@example.net
Recipients: gone@example.net
recipient(s): gone@example.net
failed recipient: <gone@example.net>
intended recipient address: gone@example.net
recipient addresses: gone@example.net
recipient name: gone@example.net
address: gone@example.net
mailbox: gone@example.net
rcpt to: <gone@example.net>
user: gone@example.net
email: gone@example.net
e-mail address: gone@example.net
Empfänger: gone@example.net
an: gone@example.net
destinataire: gone@example.net
destinatario: gone@example.net
para: gone@example.net
ontvanger: gone@example.net
odbiorca: gone@example.net
адрес: gone@example.net
получатель: gone@example.net
кому: gone@example.net
收件人：gone@example.net
收件者: gone@example.net
地址: gone@example.net
宛先: gone@example.net
あて先: gone@example.net
送信先: gone@example.net
수신자: gone@example.net
받는사람: gone@example.net
""".split("\n")[1:-1],
)
def test_lines_that_begin_with_an_address(line):
    """Two of them, so that neither is found for being the only one."""
    text = f"{line}\nmailbox is full\n\n{line.replace('gone', 'also')}\nno such user\n"
    found = notice("Undeliverable", text=text)
    assert [(f.recipient, f.reason) for f in found.findings] == [
        ("gone@example.net", "mailbox_full"),
        ("also@example.net", "user_unknown"),
    ]


@pytest.mark.parametrize(
    "helper", ["support", "help", "helpdesk", "abuse", "admin", "administrator", "infodesk"]
)
def test_whom_to_ask_is_no_recipient(helper):
    text = f"The mailbox of gone@example.net is no more, ask {helper}@example.org."
    assert outcomes(notice("Undeliverable", text=text)) == [("failed", "gone@example.net")]


AWAY = """
Automatic reply: Hello
Auto reply
auto-reply: x
autoreply
Automatic response
auto-response
Auto responder
autoresponder: x
Out of office
out of the office: x
On vacation
on holiday
Automatische Antwort: Hallo
Abwesenheitsnotiz
abwesend
Réponse automatique : Bonjour
Absence du bureau
Absent du bureau
Message d'absence
Risposta automatica: Ciao
Fuori sede
Respuesta automática: Hola
Fuera de la oficina
Fuera de oficina
Resposta automática: Olá
Fora do escritório
Automatisch antwoord
afwezigheid
autosvar: Hej
Automatiskt svar
Automatisk svar
Automaattinen vastaus
Automatická odpověď
Automatyczna odpowiedź
Otomatik yanıt
автоответ
Автоматический ответ
自動応答
自動返信
自動回覆
自动回复
自动答复
自动应答
不在通知
不在連絡
不在のお知らせ
부재중
부재 중
자동 회신
자동응답
""".split("\n")[1:-1]


@pytest.mark.parametrize("subject", AWAY)
def test_subjects_of_people_who_are_away(subject):
    person = {"sender": "ann@example.net", "head": "X-Other: 1", "text": "I am away."}
    assert notice(subject, **person).kind == "auto_reply"
    assert notice(f"About: {subject}", **person).kind == "none"
    assert notice(subject, **{**person, "head": "List-Id: <x>"}).kind == "none"


@pytest.mark.parametrize("sender", ["postmaster", "daemon", "bounce", "bounces"])
def test_people_write_from_some_of_these_addresses_too(sender):
    """A subject alone is not enough there; a program of its own may do with it."""
    for name, is_read in ((sender, False), ("mailer-daemon", True)):
        found = notice("Undeliverable", sender=f"{name}@mx.example.org", head="X-Other: 1")
        assert bool(found.findings) is is_read
