import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_modes import ModesCommon


@tagged("post_install", "-at_install")
class TestModesTemplates(ModesCommon):
    """The trackings remember the template, however mails are made from it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Notice",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "subject": "Notice",
                "body_html": "<p>Notice</p>",
                "partner_to": str(cls.anna.id),
                "use_default_to": False,
                "auto_delete": False,
                "mail_tracking_open_mode": "counted",
            }
        )

    def assert_used(self, row, state="sent"):
        self.assertEqual(row.template_id, self.template)
        self.assertEqual(row.state, state)
        self.assertEqual(self.decided(row), ("counted", "template", "off"))

    def test_mails_of_a_template(self):
        with self.smtp():
            mails = self.template.send_mail_batch(self.record.ids, force_send=True)
            mails |= mails.browse(self.template.send_mail(self.record.id, force_send=True))
        for row in self.rows(mails.mail_message_id):
            self.assert_used(row)
        self.assertNotIn("mail_tracking_template_id", mails.env.context)

    def test_mails_of_a_template_that_the_queue_sends(self):
        mail = self.env["mail.mail"].browse(self.template.send_mail(self.record.id))
        row = self.rows(mail.mail_message_id)
        self.assertEqual(row.template_id, self.template)
        with self.smtp():
            mail.with_context(mail_tracking_template_id=False).send()
        self.assert_used(row)

    def test_marks_of_templates_are_remembered_until_they_change(self):
        def get_mark():
            return self.template._get_marked_open_modes().get(self.template.id)

        self.assertEqual(get_mark(), "counted")
        with self.assertQueryCount(0):
            get_mark()
        self.template.mail_tracking_open_mode = "off"
        self.assertEqual(get_mark(), "off")
        copied = self.template.copy()
        self.assertEqual(copied._get_marked_open_modes()[copied.id], "off")
        self.template.mail_tracking_open_mode = False
        self.assertIsNone(get_mark())

    def test_any_user_may_copy_a_template_and_its_mode_goes_along(self):
        own = self.template.with_user(self.user_employee)
        copied = own.copy({"name": "Mine"})
        self.assertEqual((copied.name, copied.sudo().mail_tracking_open_mode), ("Mine", "counted"))
        chosen = self.template.copy({"mail_tracking_open_mode": "off"})
        self.assertEqual(chosen.mail_tracking_open_mode, "off")

    def test_a_copy_is_a_legal_notice_only_where_a_postmaster_makes_it(self):
        self.template.mail_tracking_open_mode = "legal"
        own = self.template.with_user(self.user_employee).copy()
        self.assertFalse(own.sudo().mail_tracking_open_mode)
        self.user_employee.group_ids += self.env.ref("mail_tracking.group_postmaster")
        own = self.template.with_user(self.user_employee).copy()
        self.assertEqual(own.mail_tracking_open_mode, "legal")

    def test_messages_with_a_source(self):
        with self.smtp():
            message = self.record.message_post_with_source(self.template)
            mails = self.record.message_mail_with_source(self.template)
            mails.send()
        self.assert_used(self.rows(message))
        self.assert_used(self.rows(mails.mail_message_id))
        self.assertNotIn("mail_tracking_template_id", message.env.context)
        plain = self.post(self.anna)
        self.assertFalse(self.rows(plain).template_id)

    def compose(self, template, **values):
        return (
            self.env["mail.compose.message"]
            .with_context(
                default_composition_mode="comment",
                default_model=self.record._name,
                default_res_ids=self.record.ids,
                default_template_id=template.id,
            )
            .create(values)
        )

    def test_a_composer_says_which_template_and_that_there_is_none(self):
        with self.smtp():
            _mails, message = self.compose(self.template)._action_send_mail()
            composer = self.compose(self.template.browse(), body="Hi", partner_ids=self.anna.ids)
            composer = composer.with_context(mail_tracking_template_id=self.template.id)
            _mails, plain = composer._action_send_mail()
        self.assert_used(self.rows(message))
        self.assertFalse(self.rows(plain).template_id)

    def scheduled(self):
        at = fields.Datetime.to_string(fields.Datetime.now() + timedelta(hours=1))
        self.compose(self.template, scheduled_date=at).action_schedule_message()
        scheduled = self.env["mail.scheduled.message"].search([("res_id", "=", self.record.id)])
        return scheduled.with_context(mail_notify_force_send=True)

    def last_message(self):
        return self.record.message_ids.sorted("id")[-1:]

    def test_a_message_that_is_posted_later(self):
        scheduled = self.scheduled()
        with self.smtp():
            scheduled.post_message()
        self.assert_used(self.rows(self.last_message()))

    def test_a_message_that_is_posted_later_without_a_template_says_nothing_of_one(self):
        at = fields.Datetime.to_string(fields.Datetime.now() + timedelta(hours=1))
        composer = self.compose(self.env["mail.template"], scheduled_date=at)
        for context in ({}, {"mail_tracking_template_id": self.template.id}):
            composer.with_context(**context).action_schedule_message()
            scheduled = self.env["mail.scheduled.message"].search(
                [("res_id", "=", self.record.id)], order="id DESC", limit=1
            )
            self.assertNotIn("mail_tracking", json.dumps(scheduled.send_context))

    def test_a_message_that_outlives_its_template_is_tracked(self):
        scheduled = self.scheduled()
        self.template.unlink()
        with self.smtp():
            scheduled.post_message()
        row = self.rows(self.last_message())
        self.assertEqual((row.state, row.open_mode), ("sent", "identified"))

    def test_a_message_whose_mails_are_made_later(self):
        at = fields.Datetime.now() + timedelta(hours=1)
        message = self.record.with_context(mail_tracking_template_id=self.template.id).message_post(
            body="Hi",
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            scheduled_date=at,
        )
        self.assertFalse(self.rows(message))
        schedule = self.env["mail.message.schedule"].search([("mail_message_id", "=", message.id)])
        with self.smtp():
            schedule.with_context(mail_tracking_template_id=False).force_send()
        self.assert_used(self.rows(message))

    def test_what_no_client_may_claim_is_no_template(self):
        for claimed in (self.template.id + 1_000_000, 2**31, -1, "7", [7], True):
            with self.subTest(claimed):
                record = self.record.with_context(mail_tracking_template_id=claimed)
                self.assertFalse(self.rows(self.post(self.anna, record=record)).template_id)

    def test_a_message_that_is_sent_again_keeps_its_template(self):
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        with self.smtp():
            message = self.record.with_user(self.user_employee).message_post_with_source(
                self.template, subtype_xmlid="mail.mt_comment"
            )
        mail = self.resend_later(message.sudo(), "anna.new@example.com")
        with self.smtp():
            mail.send()
        self.assert_used(self.rows(message)[-1])
