"""Which mail and which address a report is about, and when it was."""

import time
from pathlib import Path

from odoo.tests import tagged

from .support.report_common import FULL, RECIPIENT, UNKNOWN, ReportCommon

SAMPLES = Path(__file__).parent / "pure/samples"


@tagged("post_install", "-at_install")
class TestReportsMatching(ReportCommon):
    def report_of_member(self, row, member="left@example.net", action="failed", **values):
        """A report about an address that stands behind the one of a row."""
        block = RECIPIENT.format(
            address=row.recipient_address,
            action=action,
            status=values.pop("status", "5.1.1"),
            text=values.pop("text", UNKNOWN),
            domain="example.net",
        )
        own = f"Final-Recipient: rfc822; {row.recipient_address}"
        block = block.replace(own, f"Final-Recipient: rfc822; {member}")
        self.deliver(self.member_report(block, row))

    def member_report(self, block, row):
        type(self).number += 1
        return (
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: Report\n"
            f"To: bounce.test@test.mycompany.com\nMessage-ID: <member-{self.number}@mx.test>\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=xx\n"
            "MIME-Version: 1.0\n\n--xx\nContent-Type: text/plain\n\nfailed\n\n"
            "--xx\nContent-Type: message/delivery-status\n\n"
            f"Reporting-MTA: dns; mx.example.net\n{block}\n"
            f"--xx\nContent-Type: text/rfc822-headers\n\n{self.by_token(row)}\n\n--xx--\n"
        )

    # ------------------------------------------------------------
    # ALIASES
    # ------------------------------------------------------------

    def test_an_alias_is_not_dead_because_a_member_is(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        self.report_of_member(row)
        self.assertEqual((row.state, row.needs_action), ("soft-bounced", True))
        self.assertFalse(row.is_unproven)
        self.assertFalse(self.bob.email_bounced)
        self.assertEqual(self.bob.message_bounce, 0)
        behind = "behind this address: left@example.net"
        [line] = message.tracking_status()
        self.assertIn(behind, line["error_description"])
        self.assertIn("User unknown", line["error_description"])
        self.assertIn(behind, row._get_details()["events"][-1]["detail"])

    def test_members_that_fail_again_and_again_do_not_mark_the_alias(self):
        self.env["ir.config_parameter"].set_param("mail_tracking.soft_bounces_to_flag", 2)
        for text in (UNKNOWN, FULL, UNKNOWN, FULL):
            self.report_of_member(self.row(self.post(self.bob), self.bob), text=text)
        self.assertFalse(self.bob.email_bounced)
        rows = [self.row(self.post(self.bob), self.bob) for _i in range(2)]
        self.report(("bob@example.com", "failed", "5.2.2", FULL), headers=self.by_token(rows[0]))
        self.assertFalse(self.bob.email_bounced, "one of its own")
        self.report(("bob@example.com", "failed", "5.2.2", FULL), headers=self.by_token(rows[1]))
        self.assertTrue(self.bob.email_bounced)

    def test_the_address_itself_in_other_clothes_is_dead(self):
        tagged_partner = self.env["res.partner"].create(
            {"name": "Tag", "email": "Bob+offers@Example.com"}
        )
        for partner, final in ((self.bob, "BOB@example.com"), (tagged_partner, "bob@example.com")):
            with self.subTest(final):
                row = self.row(self.post(partner), partner)
                self.report_of_member(row, final)
                self.assertEqual((row.state, row.final_recipient), ("bounced", False))
                self.assertTrue(partner.email_bounced)

    def test_what_came_after_makes_the_words_go(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        self.report_of_member(row, action="delayed", status="4.4.1", text="timeout")
        self.assertEqual((row.state, row.final_recipient), ("deferred", "left@example.net"))
        self.report(("bob@example.com", "delivered", "2.0.0", "ok"), headers=self.by_token(row))
        [line] = message.tracking_status()
        self.assertNotIn("behind", line["evidence"])

    # ------------------------------------------------------------
    # BOUNCE ADDRESSES
    # ------------------------------------------------------------

    def test_bounce_addresses_that_servers_signed_are_found(self):
        for before in ("prvs=0123456789=", "prvs=1cafe=", "msprvs1=18cafe1234=", "btv1==0cafe=="):
            for upper in (False, True):
                with self.subTest(before, upper=upper):
                    self.bob.email_bounced = False
                    row = self.row(self.post(self.bob), self.bob)
                    to = f"{before}bounce.test+{row.token}@test.mycompany.com"
                    to = to.upper() if upper else to
                    self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), to=to)
                    self.assertEqual((row.state, row.is_unproven), ("bounced", False))
                    self.assertTrue(self.bob.email_bounced)

    def test_addresses_that_only_look_like_ours_are_not(self):
        row = self.row(self.post(self.bob), self.bob)
        for local in (
            f"prvs=1=other+{row.token}",
            f"x=prvs=1=bounce.test+{row.token}",
            f"prvs=bounce.test+{row.token[:-1]}",
        ):
            to = f"{local}@test.mycompany.com"
            self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), to=to)
            self.assertEqual(row.state, "sent", to)

    # ------------------------------------------------------------
    # CLOCKS
    # ------------------------------------------------------------

    def test_a_wrong_clock_moves_nothing_before_the_mail_was_made(self):
        dates = ("Thu, 01 Jan 1970 00:00:10 +0000", "Mon, 05 Oct 2015 08:00:00 +0000")
        for number, date in enumerate(dates):
            row = self.row(self.post(self.bob), self.bob)
            made = time.time() - 3600
            row.timestamp = made
            row.tracking_event_ids.timestamp = made + 60
            block = RECIPIENT.format(
                address="bob@example.com", action="delayed", status="4.4.1", text="", domain="x"
            )
            block += f"Last-Attempt-Date: {date}\n" if number else ""
            text = self.member_report(block, row).replace("Subject", f"Date: {date}\nSubject")
            self.deliver(text)
            self.assertEqual(row.state, "deferred")
            event = row.tracking_event_ids.sorted("id")[-1]
            self.assertAlmostEqual(event.timestamp, made + 60, delta=1)
            self.assertAlmostEqual(row.state_time.timestamp(), event.time.timestamp(), delta=1)

    def test_a_clock_that_runs_ahead_moves_nothing_into_the_future(self):
        row = self.row(self.post(self.bob), self.bob)
        block = RECIPIENT.format(
            address="bob@example.com", action="delayed", status="4.4.1", text="", domain="x"
        )
        block += "Last-Attempt-Date: Mon, 05 Oct 2099 08:00:00 +0000\n"
        self.deliver(self.member_report(block, row))
        self.assertLessEqual(row.tracking_event_ids.sorted("id")[-1].timestamp, time.time() + 1)

    # ------------------------------------------------------------
    # SEVERAL ON ONE MAIL
    # ------------------------------------------------------------

    def test_a_report_about_a_third_address_is_about_none_of_several(self):
        mail = self.send_mail(email_to="dora@example.com, emil@example.com")
        rows = self.rows(mail.mail_message_id)
        for address in ("third@example.com", ""):
            self.report((address, "failed", "5.1.1", UNKNOWN), headers=self.by_token(rows[0]))
            self.assertEqual(rows.mapped("state"), ["sent", "sent"])
        self.report(("emil@example.com", "failed", "5.1.1", UNKNOWN), envid=rows[0].token)
        self.assertEqual(rows.mapped("state"), ["sent", "bounced"])

    def test_what_a_report_says_of_others_is_not_about_the_one_it_names(self):
        row = self.row(self.post(self.bob), self.bob)
        self.report(
            ("third@example.com", "failed", "5.1.1", UNKNOWN),
            ("bob@example.com", "delivered", "2.0.0", "ok"),
            headers=self.by_token(row),
        )
        self.assertEqual((row.state, self.events(row)), ("delivered", ["sent", "delivered"]))

    def test_a_key_of_another_database_beside_our_number_is_not_ours(self):
        row = self.row(self.post(self.bob), self.bob)
        row.write({"token": False, "queue_id": False, "delivery_report": False})
        number = f"X-Odoo-MailTracking-ID: {row.id}\nX-Odoo-Database: {self.env.cr.dbname}"
        foreign = "X-Odoo-MailTracking-Token: " + "0" * 32
        failed = ("bob@example.com", "failed", "5.1.1", UNKNOWN)
        self.report(failed, headers=f"{number}\n{foreign}")
        self.assertEqual(row.state, "sent")
        self.report(failed, headers=number)
        self.assertEqual(row.state, "soft-bounced")


@tagged("post_install", "-at_install")
class TestCertifiedMail(ReportCommon):
    """Receipts of PEC, the certified mail of Italy."""

    def receipt(self, name, row, to="ditta@pec.gestore.example"):
        text = (SAMPLES / f"{name}.eml").read_text()
        text = text.replace(f"<orig-{name}@odoo.example.com>", row.message_id)
        text = text.replace("mario.rossi@pec.example", row.recipient_address)
        type(self).number += 1
        text = text.replace("Message-ID: <opec", f"Message-ID: <r{self.number}.opec", 1)
        self.deliver(text.replace("To: ditta@pec.gestore.example", f"To: {to}", 1))

    def test_each_receipt_leads_to_its_state_without_a_key(self):
        for name, state, event_type, needs_action in (
            ("pec_accettazione", "sent", "sent", False),
            ("pec_presa_in_carico", "sent", None, False),
            ("pec_errore", "soft-bounced", "soft_bounce", True),
            ("pec_preavviso", "soft-bounced", "soft_bounce", True),
            ("pec_non_accettazione", "rejected", "reject", True),
            ("pec_virus", "rejected", "reject", True),
        ):
            with self.subTest(name):
                row = self.row(self.post(self.bob), self.bob)
                server = row.smtp_server
                self.receipt(name, row)
                self.assertEqual((row.state, row.needs_action), (state, needs_action))
                told = row.tracking_event_ids.filtered(lambda event: event.source == "report")
                self.assertEqual(told.mapped("event_type"), [event_type] if event_type else [])
                self.assertEqual(told.mapped("is_unproven"), [True] * len(told))
                self.assertFalse(self.bob.email_bounced)
                self.assertEqual(self.bob.message_bounce, 0)
                self.assertEqual(row.smtp_server, server, "who took the mail from Odoo")
                for event in told:
                    self.assertIn("Gestore PEC S.p.A.", event._get_detail())
                    self.assertIn("unverified", event._get_detail())

    def test_the_story_of_a_certified_mail(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        states = []
        for name in ("pec_accettazione", "pec_preavviso", "pec_errore"):
            self.receipt(name, row)
            states.append(row.state)
        self.assertEqual(states, ["sent", "soft-bounced", "soft-bounced"])
        self.assertEqual(row.reporting_server, "Gestore PEC S.p.A.")
        self.assertEqual(row.error_type, "user_unknown")

    def test_a_delivery_names_one_recipient(self):
        message = self.post(self.bob | self.anna)
        row = self.row(message, self.bob)
        text = (SAMPLES / "pec_consegna.eml").read_text()
        text = text.replace("<orig-pec_consegna@odoo.example.com>", message.message_id)
        # the data of this one are in Base64
        head, _boundary, rest = text.partition("Content-Transfer-Encoding: base64\n\n")
        facts = (
            "<postacert><dati><gestore-emittente>Gestore PEC S.p.A.</gestore-emittente>"
            "<consegna>bob@example.com</consegna></dati></postacert>\n\n"
        )
        rest = rest[rest.index("--mix") :]
        self.deliver(f"{head}Content-Transfer-Encoding: 7bit\n\n{facts}{rest}")
        self.assertEqual((row.state, row.is_unproven), ("delivered", True))
        self.assertEqual(self.row(message, self.anna).state, "sent")
        self.assertIn("Gestore PEC", self.status_line(message, "Bob")["evidence"])

    def status_line(self, message, name):
        return next(line for line in message.tracking_status() if line["recipient"] == name)

    def test_no_receipt_is_answered_or_makes_a_document(self):
        self.env["mail.alias"].create(
            {
                "alias_name": "new.contacts",
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
                "alias_contact": "everyone",
            }
        )
        row = self.row(self.post(self.bob), self.bob)
        names = [path.stem for path in sorted(SAMPLES.glob("pec_*.eml"))]
        self.assertGreaterEqual(len(names), 7)
        partners = self.env["res.partner"].search_count([])
        mails = self.env["mail.mail"].search_count([])
        messages = self.env["mail.message"].search_count([])
        for name in names:
            for to in ("new.contacts@test.mycompany.com", "catchall.test@test.mycompany.com"):
                self.receipt(name, row, to)
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self.env["mail.message"].search_count([]), messages)
