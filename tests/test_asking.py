"""Asking contacts about tracking, and recording what they said."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .support.consent_common import ConsentCommon


@tagged("post_install", "-at_install")
class TestAnswerDialog(ConsentCommon):
    def test_the_dialog_records_what_was_said(self):
        Answer = self.env["mail.tracking.answer"].with_user(self.postmaster)
        form = Form(Answer.with_context(default_partner_id=self.anna.id))
        form.answer = "no"
        form.is_clicks = False
        form.wording = "Do you mind?"
        form.save().action_record()
        [line] = self.Consent.search([("partner_id", "=", self.anna.id)])
        self.assertEqual((line.answer, line.purpose, line.way), ("no", "opens", "colleague"))
        self.assertEqual((line.wording, line.user_id), ("Do you mind?", self.postmaster))
        nothing = Answer.create(
            {"partner_id": self.anna.id, "answer": "no", "is_opens": False, "is_clicks": False}
        )
        for wrong in (nothing, Answer.create({"partner_id": self.nobody.id, "answer": "yes"})):
            with self.assertRaises(UserError):
                wrong.action_record()

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_the_dialog_needs_the_right_to_write_the_contact(self):
        reader = self.env["res.users"].create(
            {
                "name": "Reader",
                "login": "ledger_reader",
                "group_ids": [(6, 0, self.env.ref("base.group_user").ids)],
            }
        )
        Answer = self.env["mail.tracking.answer"].with_user(reader)
        with self.assertRaises(AccessError):
            Answer.create({"partner_id": self.anna.id, "answer": "no"})
        own = self.env["mail.tracking.answer"].with_user(self.postmaster)
        dialog = own.create({"partner_id": self.anna.id, "answer": "no"})
        with self.assertRaises(AccessError):
            dialog.with_user(reader).action_record()
        with self.assertRaises(AccessError):
            self.anna.with_user(reader).action_ask_about_tracking()
        self.assertFalse(self.Consent.search([("partner_id", "=", self.anna.id)]))

    def test_the_history_is_that_of_the_contact_and_its_address(self):
        lines = self.say("no", self.anna) | self.say("yes", address="anna@example.com")
        self.say("no", self.bob)
        action = self.anna.with_user(self.postmaster).action_tracking_answers()
        self.assertEqual(self.Consent.search(action["domain"]), lines.sorted())


@tagged("post_install", "-at_install")
class TestAsking(ConsentCommon):
    def ask(self, partners):
        with self.smtp():
            return partners.with_user(self.postmaster).action_ask_about_tracking()

    def test_the_question_is_sent_and_noted(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("mail_tracking.mail_template_ask")
        template.with_context(lang="fr_FR").subject = "Une question"
        self.bob.lang = "fr_FR"
        template.mail_tracking_open_mode = False
        self.assertFalse(self.anna.mail_tracking_obstacle)
        self.ask(self.anna | self.bob)
        self.assertIn("can be asked again from", self.anna.mail_tracking_obstacle)
        mail = self.received("anna@example.com")
        self.assertEqual(mail["Subject"], "May we note when you open our emails?")
        # each link is sealed anew
        self.assertIn("/mail_tracking/privacy/", self.html(mail))
        self.assertNotIn("<img", self.html(mail))
        self.assertEqual(template.mail_tracking_open_mode, "off")
        self.assertEqual(self.received("bob@example.com")["Subject"], "Une question")
        lines = self.Consent.search([("partner_id", "=", self.anna.id)])
        self.assertEqual(set(lines.mapped("purpose")), {"opens", "clicks"})
        self.assertEqual(set(lines.mapped("answer")), {"asked"})
        self.assertEqual(set(lines.mapped("way")), {"mail"})
        self.assertIn("Whatever you answer, you will get our emails", lines[0].wording)
        self.assertTrue(lines[0].wording.startswith("May we note"))
        self.assertEqual(self.answer(self.anna), "")

    def test_who_is_not_asked(self):
        self.say("no", self.bob, purposes=["clicks"])
        self.say("yes", self.carl, purposes=["opens", "clicks"])
        for partner, words in (
            (self.nobody, "no email address"),
            (self.bob, "The answer was No"),
            (self.carl, "already known"),
        ):
            with self.subTest(partner.name), self.assertRaisesRegex(UserError, words):
                self.ask(partner)
            self.assertIn(words, partner.mail_tracking_obstacle)
        self.assertFalse(self.handler.envelopes)
        twin = self.env["res.partner"].create({"name": "Twin", "email": "anna@example.com"})
        result = self.ask(self.anna | twin | self.bob | self.carl | self.nobody)
        self.received("anna@example.com")
        self.assertEqual(len(self.handler.envelopes), 1)
        self.assertEqual(result["params"]["title"], "Contacts asked: 1")
        self.assertEqual(result["params"]["message"].count("Not asked (1):"), 4)
        for partner in (self.anna, twin):
            with self.assertRaisesRegex(UserError, "can be asked again from"):
                self.ask(partner)

    def test_people_who_do_not_answer_are_asked_again_after_six_months(self):
        values = {"partner_id": self.anna.id, "answer": "asked", "way": "mail"}
        now = fields.Datetime.now()
        for purpose, days in (("opens", 190), ("clicks", 170)):
            self.Consent.create({**values, "purpose": purpose, "time": now - timedelta(days=days)})
        with self.assertRaises(UserError):
            self.ask(self.anna)
        self.say("yes", self.anna, purposes=["clicks"])
        self.assertFalse(self.anna.mail_tracking_obstacle)
        self.ask(self.anna)
        self.received("anna@example.com")
        asked = self.Consent.search([("partner_id", "=", self.anna.id)], limit=1)
        self.assertEqual((asked.answer, asked.purpose), ("asked", "opens"))

    def test_the_obstacles_cost_the_same_for_one_and_for_eighty(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(80)]
        )
        partners[:1]._get_obstacles_to_asking()  # as of any process that has done so before
        for group in (partners[:1], partners):
            self.env.flush_all()
            group.mapped("email_bounced")
            with self.assertQueryCount(1):
                group._get_obstacles_to_asking()
