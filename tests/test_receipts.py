"""Read receipts (RFC 8098): asking for them, and what comes back."""

import smtplib
import unittest
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.tests import Form, HttpCase, tagged

from .support.common import PatientBrowser
from .support.report_common import BOUNCES, ReportCommon
from .test_accessibility import AXE, CHECK, LOAD

HEADER = "Disposition-Notification-To"
#: as Thunderbird writes them, with the headers of the mail
THUNDERBIRD = """\
Message-ID: <b1a2c3d4-0000-4111-8222-333344445555@example.com>
Date: Mon, 5 Oct 2026 10:00:00 +0200
MIME-Version: 1.0
User-Agent: Mozilla Thunderbird
From: Bob <bob@example.com>
To: {to}
Subject: Return Receipt (displayed) - Offer
References: {message_id}
Content-Type: multipart/report; report-type=disposition-notification;
 boundary="------------mdn0001"

--------------mdn0001
Content-Type: text/plain; charset=UTF-8; format=flowed
Content-Transfer-Encoding: 7bit

This is a Return Receipt for the mail that you sent to bob@example.com.

Note: This Return Receipt only acknowledges that the message was displayed on the recipient's
computer. There is no guarantee that the recipient has read or understood the message contents.
--------------mdn0001
Content-Type: message/disposition-notification; name="MDNPart2.txt"
Content-Disposition: inline
Content-Transfer-Encoding: 7bit

Reporting-UA: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0
Final-Recipient: rfc822;bob@example.com
Original-Message-ID: {message_id}
Disposition: manual-action/MDN-sent-manually; {disposition}

--------------mdn0001
Content-Type: text/rfc822-headers; name="MDNPart3.txt"
Content-Transfer-Encoding: 7bit
Content-Disposition: inline

{headers}

--------------mdn0001--
"""
#: as Exchange writes them for Outlook, without any header of the mail
EXCHANGE = """\
From: Bob <bob@example.com>
To: {to}
Subject: Read: Offer
Thread-Topic: Offer
Thread-Index: AQHc0000000000000000000000000A==
Date: Mon, 5 Oct 2026 08:00:00 +0000
Message-ID: <AM0PR00MB0001@AM0PR00MB0001.eurprd00.prod.outlook.com>
In-Reply-To: {message_id}
Accept-Language: de-DE, en-US
X-MS-Has-Attach:
X-Auto-Response-Suppress: All
Content-Type: multipart/report; report-type=disposition-notification;
 boundary="_002_AM0PR00MB0001_"
MIME-Version: 1.0

--_002_AM0PR00MB0001_
Content-Type: multipart/alternative; boundary="_000_AM0PR00MB0001_"

--_000_AM0PR00MB0001_
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

Your message

   To: Bob
   Subject: Offer
   Sent: Monday, October 5, 2026 9:58:00 AM (UTC+01:00) Amsterdam, Berlin

 {words}.

--_000_AM0PR00MB0001_
Content-Type: text/html; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

<html><body>Your message {words}.</body></html>

--_000_AM0PR00MB0001_--

--_002_AM0PR00MB0001_
Content-Type: message/disposition-notification

Reporting-UA: AM0PR00MB0001.eurprd00.prod.outlook.com; Microsoft Exchange Server 15.20.8000.0
Final-recipient: RFC822; bob@example.com
Disposition: automatic-action/MDN-sent-automatically; {disposition}
X-MSExch-Correlation-Key: aBcDeFgHiJkLmNoPqRsTuV==
Original-Message-ID: {message_id}
X-Display-Name: Bob

--_002_AM0PR00MB0001_--
"""
#: as Gmail writes them in a company that allows it
GMAIL = """\
MIME-Version: 1.0
Date: Mon, 5 Oct 2026 10:00:00 +0200
References: {message_id}
In-Reply-To: {message_id}
Message-ID: <CAAA-receipt0001@mail.gmail.com>
Subject: Read: Offer
From: Bob <bob@example.com>
To: {to}
Content-Type: multipart/report; report-type=disposition-notification;
 boundary="00000000000000mdn1"

--00000000000000mdn1
Content-Type: text/plain; charset="UTF-8"

Your message

  To: bob@example.com
  Subject: Offer
  Sent: 10/5/26, 9:58:00 AM GMT+2

was read on 10/5/26, 10:00:00 AM GMT+2

--00000000000000mdn1
Content-Type: message/disposition-notification

Reporting-UA: gmail.com; Gmail
Final-Recipient: rfc822;bob@example.com
Original-Message-ID: {message_id}
Disposition: manual-action/MDN-sent-manually; {disposition}

--00000000000000mdn1--
"""
READ = "was read on Monday, October 5, 2026 10:00:00 AM (UTC+01:00) Amsterdam, Berlin"
NOT_READ = "was deleted without being read on Monday, October 5, 2026 10:00:00 AM"


class ReceiptCommon(ReportCommon):
    def compose(self, partners, **values):
        """The full composer of an employee, on the record."""
        context = {
            "default_model": self.record._name,
            "default_res_ids": self.record.ids,
            "default_partner_ids": partners.ids,
        }
        form = Form(
            self.env["mail.compose.message"].with_user(self.user_employee).with_context(**context)
        )
        form.subject = "Offer"
        form.body = "<p>Hello</p>"
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def ask(self, partners, **values):
        """Send a message that asks for receipts."""
        composer = self.compose(partners, mail_tracking_read_receipt=True, **values)
        with self.smtp():
            _mails, message = composer._action_send_mail()
        return message.sudo()

    def template(self, **values):
        return self.env["mail.template"].create(
            {
                "name": "Offer",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Offer",
                "body_html": "<p>Hello</p>",
                "email_from": "sender@test.mycompany.com",
                "use_default_to": False,
                "partner_to": "{{ object.id }}",
                "mail_tracking_read_receipt": True,
                **values,
            }
        )

    def asked_at(self, address):
        """To which address the mail to a recipient asks for a receipt."""
        return self.received(address)[HEADER]


@tagged("post_install", "-at_install")
class TestReceiptsAsked(ReceiptCommon):
    def test_composer_asks_each_recipient_at_the_address_of_the_bounces(self):
        message = self.ask(self.anna | self.bob)
        for address in ("anna@example.com", "bob@example.com"):
            self.assertEqual(self.asked_at(address), BOUNCES)
            self.assertEqual(self.received(address)["Return-Path"], BOUNCES)
        self.assertEqual(self.rows(message).mapped("read_receipt_requested"), [True, True])
        self.assertEqual(
            {sender for sender, _to, _mail in self.handler.envelopes}, {BOUNCES}, "the Return-Path"
        )

    def test_no_header_where_nobody_asked(self):
        message = self.post(self.anna)
        self.assertNotIn(HEADER, self.received("anna@example.com"))
        self.assertFalse(self.row(message, self.anna).read_receipt_requested)
        composer = self.compose(self.bob)
        self.assertFalse(composer.mail_tracking_read_receipt, "off by default")
        with self.smtp():
            composer._action_send_mail()
        self.assertNotIn(HEADER, self.received("bob@example.com"))

    def test_other_code_asks_where_it_posts_a_message(self):
        message = self.post(self.anna, mail_tracking_read_receipt=True)
        self.assertEqual(self.asked_at("anna@example.com"), BOUNCES)
        notified = self.env["mail.thread"].message_notify(
            partner_ids=self.bob.ids, body="Hello", mail_tracking_read_receipt=True
        )
        self.assertTrue(self.row(message, self.anna).read_receipt_requested)
        self.assertTrue(self.row(notified, self.bob).read_receipt_requested)

    def test_an_address_of_its_own_for_each_mail(self):
        self.mail_alias_domain.mail_tracking_verp = True
        message = self.ask(self.anna | self.bob)
        for partner in (self.anna, self.bob):
            local, _at, domain = BOUNCES.partition("@")
            address = f"{local}+{self.row(message, partner).token}@{domain}"
            self.assertEqual(self.asked_at(partner.email), address)
            self.assertEqual(self.received(partner.email)["Return-Path"], address)

    def test_the_address_leaves_as_it_is_however_long(self):
        self.mail_alias_domain.mail_tracking_verp = True
        self.mail_alias_domain.name = "a-long-name-of-some-company.and-of-its-own.example"
        sent = []
        data = smtplib.SMTP.data

        def keep(session, msg):
            sent.append(msg)
            return data(session, msg)

        with patch.object(smtplib.SMTP, "data", keep):
            message = self.ask(self.anna)
        local = BOUNCES.partition("@")[0]
        address = f"{local}+{self.row(message, self.anna).token}@{self.mail_alias_domain.name}"
        self.assertGreater(len(address), 78, "longer than a line")
        self.assertIn(f"\r\n{HEADER}: {address}\r\n".encode(), sent[0])

    def test_without_an_alias_domain_the_sender_gets_the_receipts(self):
        self.env["mail.alias.domain"].search([]).unlink()
        self.ask(self.anna)
        sender = self.user_employee.email_normalized
        self.assertEqual(self.asked_at("anna@example.com"), sender)

    def test_a_domain_of_letters_beyond_ascii(self):
        mail = self.prepare_mail(
            email_to="anna@example.com",
            email_from="sender@bücher.example",
            mail_tracking_read_receipt=True,
        )
        email = {"headers": {}, "reply_to": False, "email_from": mail.email_from}
        self.assertEqual(mail._tracking_receipt_address(email), "sender@xn--bcher-kva.example")
        email["reply_to"] = "jürgen@example.com"
        self.assertEqual(mail._tracking_receipt_address(email), "sender@xn--bcher-kva.example")
        email["reply_to"] = "strange@example¢¡.com"
        self.assertEqual(mail._tracking_receipt_address(email), "sender@xn--bcher-kva.example")
        email["email_from"] = "no address"
        self.assertEqual(mail._tracking_receipt_address(email), "")

    def test_a_mail_to_nobody_can_be_asked_at_no_address(self):
        """Where no address is known that a receipt could go to, the mail leaves without it."""
        with patch.object(
            type(self.env["mail.mail"]), "_tracking_receipt_address", return_value=""
        ):
            self.ask(self.anna)
        self.assertNotIn(HEADER, self.received("anna@example.com"))

    def test_a_mail_in_the_queue_keeps_the_wish(self):
        composer = self.compose(self.anna | self.bob, mail_tracking_read_receipt=True)
        composer.force_send = False
        _mails, message = composer._action_send_mail()
        self.assertFalse(self.handler.envelopes)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.smtp():
            self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)]).send()
        self.assertEqual(self.asked_at("anna@example.com"), BOUNCES)
        self.assertEqual(self.asked_at("bob@example.com"), BOUNCES)

    def test_a_message_whose_notifications_wait_keeps_the_wish(self):
        later = fields.Datetime.now() + timedelta(days=1)
        message = self.ask(self.anna, scheduled_date=fields.Datetime.to_string(later))
        self.assertFalse(self.handler.envelopes)
        schedule = self.env["mail.message.schedule"].sudo()
        schedule = schedule.search([("mail_message_id", "=", message.id)])
        self.assertTrue(schedule)
        with self.smtp():
            schedule.force_send()
            self.env["mail.mail"].sudo().search(
                [("mail_message_id", "=", message.id), ("state", "=", "outgoing")]
            ).send()
        self.assertEqual(self.asked_at("anna@example.com"), BOUNCES)

    def test_a_message_that_is_posted_later_keeps_the_wish(self):
        later = fields.Datetime.now() + timedelta(days=1)
        composer = self.compose(
            self.anna,
            mail_tracking_read_receipt=True,
            scheduled_date=fields.Datetime.to_string(later),
        )
        composer.action_schedule_message()
        scheduled = self.env["mail.scheduled.message"].search([("res_id", "=", self.record.id)])
        with self.smtp():
            scheduled._post_message()
        self.assertEqual(self.asked_at("anna@example.com"), BOUNCES)

    def test_a_resend_asks_again(self):
        self.handler.refuse_rcpt["anna@example.com"] = "450 4.2.1 try later"
        message = self.ask(self.anna)
        self.assertFalse(self.handler.envelopes)
        self.handler.refuse_rcpt.clear()
        mail = self.resend_later(message, "anna@example.com")
        with self.smtp():
            mail.send()
        self.assertEqual(self.asked_at("anna@example.com"), BOUNCES)
        self.assertTrue(self.rows(message)[-1].read_receipt_requested)

    def test_one_mail_to_several_asks_once(self):
        mail = self.send_mail(
            email_to="a@example.com, b@example.com", mail_tracking_read_receipt=True
        )
        self.assertEqual(self.received("a@example.com").get_all(HEADER), [BOUNCES])
        rows = self.rows(mail.mail_message_id)
        self.assertEqual(rows.mapped("read_receipt_requested"), [True, True])

    def test_the_header_of_another_addon_stays(self):
        self.send_mail(
            email_to="anna@example.com",
            headers=repr({HEADER: "other@example.com"}),
            mail_tracking_read_receipt=True,
        )
        self.assertEqual(self.received("anna@example.com").get_all(HEADER), ["other@example.com"])

    def test_the_wish_costs_no_query(self):
        def send(**values):
            mail = self.prepare_mail(
                recipient_ids=[(6, 0, (self.anna | self.bob | self.carl).ids)], **values
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with self.smtp():
                mail.send()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        send()  # what is read once
        self.assertEqual(send(mail_tracking_read_receipt=True), send())


@tagged("post_install", "-at_install")
class TestReceiptsOfTemplates(ReceiptCommon):
    def test_a_mail_of_a_template(self):
        template = self.template()
        with self.smtp():
            template.send_mail_batch((self.anna | self.bob).ids, force_send=True)
        self.assertEqual(self.asked_at("anna@example.com"), BOUNCES)
        self.assertEqual(self.asked_at("bob@example.com"), BOUNCES)

    def test_a_template_that_does_not_ask(self):
        template = self.template(mail_tracking_read_receipt=False)
        with self.smtp():
            template.send_mail(self.anna.id, force_send=True)
        self.assertNotIn(HEADER, self.received("anna@example.com"))

    def test_templates_of_posted_messages_and_of_mails(self):
        template = self.template()
        with self.smtp():
            self.anna.message_post_with_source(template)
            self.bob.message_mail_with_source(template, force_send=True)
        self.assertEqual(self.asked_at("anna@example.com"), BOUNCES)
        self.assertEqual(self.asked_at("bob@example.com"), BOUNCES)

    def test_the_template_prefills_the_composer_whose_tick_decides(self):
        template = self.template()
        composer = self.compose(self.anna, template_id=template)
        self.assertTrue(composer.mail_tracking_read_receipt)
        composer = self.compose(self.anna, template_id=template, mail_tracking_read_receipt=False)
        with self.smtp():
            composer._action_send_mail()
        self.assertNotIn(HEADER, self.received(self.record.email))

    def test_the_tick_decides_for_many_records_as_well(self):
        template = self.template()
        for partner, is_asked in ((self.anna, True), (self.bob, False)):
            composer = self.env["mail.compose.message"].create(
                {
                    "composition_mode": "mass_mail",
                    "model": "res.partner",
                    "res_ids": partner.ids,
                    "template_id": template.id,
                    "force_send": True,
                }
            )
            self.assertTrue(composer.mail_tracking_read_receipt)
            composer.mail_tracking_read_receipt = is_asked
            with self.smtp():
                composer._action_send_mail()
        self.assertEqual(self.asked_at("anna@example.com"), BOUNCES)
        self.assertNotIn(HEADER, self.received("bob@example.com"))

    def test_a_template_made_from_the_composer_keeps_the_tick(self):
        self.user_employee.group_ids |= self.env.ref("mail.group_mail_template_editor")
        composer = self.compose(self.anna, mail_tracking_read_receipt=True)
        composer.template_name = "Offer with receipt"
        composer.create_mail_template()
        self.assertTrue(composer.template_id.mail_tracking_read_receipt)
        self.assertTrue(composer.mail_tracking_read_receipt)


@tagged("post_install", "-at_install")
class TestReceiptsReturned(ReceiptCommon):
    def come_back(self, sample, message, disposition="displayed", words=READ):
        """Have a mail program send a receipt to where it was asked to."""
        mail = self.received("bob@example.com")
        headers = "\n".join(f"{name}: {value}" for name, value in mail.items())
        self.deliver(
            sample.format(
                to=mail[HEADER],
                message_id=message.message_id,
                headers=headers,
                disposition=disposition,
                words=words,
            )
        )

    def check_receipt(self, row, is_proven, kind):
        [event] = row.tracking_event_ids.filtered(lambda event: event.event_type == "open")
        self.assertEqual(event.source, "report")
        self.assertEqual((event.open_kind, event.open_reason), (kind, "read_receipt"))
        self.assertEqual(event.is_unproven, not is_proven)
        self.assertEqual((row.state, row.open_count), ("opened", 1))

    def test_what_mail_programs_send_is_an_open(self):
        for name, sample, is_proven, kind in (
            ("Thunderbird", THUNDERBIRD, True, "person"),
            ("Exchange", EXCHANGE, False, "unknown"),
            ("Gmail", GMAIL, False, "person"),
        ):
            with self.subTest(name):
                self.handler.envelopes.clear()
                contacts = self.env["res.partner"].search_count([])
                message = self.ask(self.bob)
                messages = self.env["mail.message"].search_count([])
                self.come_back(sample, message)
                self.check_receipt(self.row(message, self.bob), is_proven, kind)
                self.assertEqual(self.env["mail.message"].search_count([]), messages)
                self.assertEqual(self.env["res.partner"].search_count([]), contacts)
                self.assertEqual(self.bob.message_bounce, 0)
                self.assertEqual(self.notification(message, self.bob).notification_status, "sent")

    def test_an_address_of_its_own_proves_whom_the_receipt_is_about(self):
        self.mail_alias_domain.mail_tracking_verp = True
        for sample, kind in ((EXCHANGE, "unknown"), (GMAIL, "person")):
            self.handler.envelopes.clear()
            message = self.ask(self.bob)
            self.come_back(sample, message)
            self.check_receipt(self.row(message, self.bob), is_proven=True, kind=kind)

    def test_a_receipt_that_comes_twice_counts_once(self):
        message = self.ask(self.bob)
        self.come_back(THUNDERBIRD, message)
        self.come_back(THUNDERBIRD, message)
        self.check_receipt(self.row(message, self.bob), is_proven=True, kind="person")

    def test_denied_and_deleted_without_reading_are_no_opens(self):
        for name, sample, disposition, words in (
            ("denied", THUNDERBIRD, "denied", ""),
            ("denied by Gmail", GMAIL, "denied", ""),
            ("deleted", THUNDERBIRD, "deleted", ""),
            ("not read", EXCHANGE, "deleted", NOT_READ),
            ("not read, German", EXCHANGE, "deleted", "wurde ungelesen gel=F6scht"),
            ("processed", EXCHANGE, "processed", "was processed"),
        ):
            with self.subTest(name):
                self.handler.envelopes.clear()
                message = self.ask(self.bob)
                messages = self.env["mail.message"].search_count([])
                self.come_back(sample, message, disposition, words)
                row = self.row(message, self.bob)
                self.assertEqual((row.state, self.events(row)), ("sent", ["sent"]))
                self.assertEqual(self.bob.message_bounce, 0)
                self.assertEqual(self.env["mail.message"].search_count([]), messages)

    def test_of_one_mail_to_several_the_receipt_says_who_it_was(self):
        mail = self.send_mail(
            email_to="anna@example.com, bob@example.com", mail_tracking_read_receipt=True
        )
        message = mail.mail_message_id
        self.come_back(THUNDERBIRD, message)
        states = {row.recipient_address: row.state for row in self.rows(message)}
        self.assertEqual(states, {"anna@example.com": "sent", "bob@example.com": "opened"})

    def test_a_receipt_is_noted_whatever_may_be_known_of_opens(self):
        """It is sent knowingly, and no image is needed for it."""
        self.mail_server.mail_tracking_pixel = False
        message = self.ask(self.bob)
        row = self.row(message, self.bob)
        row.write({"open_mode": "off", "open_mode_reason": "company", "click_mode": "off"})
        self.come_back(THUNDERBIRD, message)
        self.check_receipt(row, is_proven=True, kind="person")

    def test_the_popover_says_that_a_receipt_was_asked_for(self):
        words = "A read receipt was asked for; none has come back so far."
        message, other = self.ask(self.bob), self.post(self.anna)
        row = self.row(message, self.bob)
        self.assertIn(words, row._get_details()["evidence"])
        self.assertNotIn(words, self.row(other, self.anna)._get_details()["evidence"])
        row.event_create("open", {"open_kind": "unknown"})
        self.assertIn(words, row._get_details()["evidence"], "an open is no receipt")
        self.come_back(THUNDERBIRD, message)
        details = row._get_details()
        self.assertNotIn(words, details["evidence"])
        self.assertIn("A read receipt came back", [line["title"] for line in details["events"]])

    def test_of_a_failed_mail_no_receipt_is_expected(self):
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 User unknown"
        message = self.ask(self.bob)
        self.assertNotIn("receipt", self.row(message, self.bob)._get_details()["evidence"])


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestReceiptsTour(ReceiptCommon, PatientBrowser, HttpCase):
    browser_size = "1500x1000"

    def test_a_person_asks_in_the_composer_and_sees_it_in_the_popover(self):
        with self.smtp():
            self.start_tour(
                f"/odoo/res.partner/{self.record.id}", "mail_tracking_receipts", login="admin"
            )
        self.assertEqual(self.asked_at(self.record.email), BOUNCES)


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestReceiptsTourPhone(TestReceiptsTour):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True


@tagged("post_install", "-at_install", "mail_tracking_browser")
@unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
class TestReceiptsAccessible(ReceiptCommon, PatientBrowser, HttpCase):
    def test_the_tick_in_composer_and_template(self):
        values = {"name": "axe.min.js", "raw": Path(AXE).read_bytes()}
        axe = self.env["ir.attachment"].create(values)
        composer = """
            await open(".o-mail-Chatter-sendMessage");
            await open("[name=open-full-composer]");
            """
        template = "await open('.nav-link[name=email_settings]');"
        for url, ready, steps in (
            (f"res.partner/{self.record.id}", ".o-mail-Chatter-sendMessage", composer),
            (f"mail.template/{self.template().id}", ".nav-link[name=email_settings]", template),
        ):
            with self.subTest(url):
                nodes = (
                    "'[name=mail_tracking_read_receipt]'",
                    "'label[for^=mail_tracking_read_receipt]'",
                )
                script = f"{LOAD % axe.id} {CHECK} {steps} await check({', '.join(nodes)});"
                self.browser_js(
                    f"/odoo/{url}",
                    f"(async () => {{ {script} console.log('test successful'); }})()"
                    ".catch((error) => console.error(error.message));",
                    ready=f"Boolean(document.querySelector({ready!r}))",
                    login="admin",
                )
