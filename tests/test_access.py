from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestAccess(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_portal_user()
        cls.colleague = cls.env["res.users"].create(
            {
                "name": "Colleague",
                "login": "colleague",
                "group_ids": [(6, 0, cls.env.ref("base.group_user").ids)],
            }
        )
        cls.postmaster = cls.env["res.users"].create(
            {
                "name": "Postmaster",
                "login": "postmaster",
                "group_ids": [
                    (
                        6,
                        0,
                        [
                            cls.env.ref("base.group_user").id,
                            cls.env.ref("mail_tracking.group_postmaster").id,
                        ],
                    )
                ],
            }
        )

    def visible(self, user, model="mail.tracking.email"):
        return self.env[model].with_user(user).search([])

    def test_lists_show_own_mails_to_a_user_and_all_to_a_postmaster(self):
        row = self.row(self.post(self.anna), self.anna)
        self.assertIn(row, self.visible(self.user_employee))
        self.assertNotIn(row, self.visible(self.colleague))
        self.assertIn(row, self.visible(self.postmaster))
        self.assertIn(row, self.visible(self.user_admin))
        event = row.tracking_event_ids
        self.assertIn(event, self.visible(self.user_employee, "mail.tracking.event"))
        self.assertNotIn(event, self.visible(self.colleague, "mail.tracking.event"))
        self.assertIn(event, self.visible(self.postmaster, "mail.tracking.event"))

    def test_the_chatter_follows_the_message(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        details = message.with_user(self.colleague).get_tracking_details(row.id)
        self.assertEqual(details["recipient"], "Anna")

    def test_portal_and_public_see_nothing(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        for user in (self.user_portal, self.env.ref("base.public_user")):
            with self.subTest(user.name):
                for model in ("mail.tracking.email", "mail.tracking.event"):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])
                with self.assertRaises(AccessError):
                    message.with_user(user).get_tracking_details(row.id)

    def test_portal_users_mend_nothing_not_even_what_they_wrote(self):
        message = self.post(self.anna)
        message.author_id = self.user_portal.partner_id
        row = self.row(message, self.anna)
        row.event_create("error", {"error_type": "network", "smtp_server": "mx.secret.test"})
        row.write({"state": "error", "needs_action": True, "error_type": "network"})
        row.error_smtp_server = "mx.secret.test"
        message._tracking_update_needs_action()
        mails = self.env["mail.mail"].search_count([])
        for user in (self.user_portal, self.env.ref("base.public_user")):
            own = self.env["mail.message"].with_user(user)
            tracking = row.with_user(user)
            with self.subTest(user.name):
                for call in (
                    lambda tracking=tracking: tracking.action_resend_choices(),
                    lambda tracking=tracking: tracking.action_resend_choices(row.ids),
                    lambda tracking=tracking: tracking.action_test_resend(),
                    lambda tracking=tracking: tracking.action_confirm_resend(),
                    lambda tracking=tracking: tracking.action_resend_progress(),
                    lambda tracking=tracking: tracking.action_undo_review(),
                    lambda own=own: own.set_all_need_action_done(),
                ):
                    with self.assertRaises(AccessError):
                        call()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertTrue(row.needs_action)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_writes_not_even_an_administrator(self):
        row = self.row(self.post(self.anna), self.anna)
        for user in (self.user_employee, self.postmaster, self.user_admin):
            own, event = row.with_user(user), row.tracking_event_ids.with_user(user)
            for action in (
                lambda own=own: own.write({"state": "opened"}),
                lambda own=own: own.unlink(),
                lambda own=own: own.create({"name": "forged"}),
                lambda own=own: own.event_create("open", {}),
                lambda event=event: event.write({"event_type": "open"}),
                lambda event=event: event.unlink(),
                lambda event=event, own=own: event.create({"tracking_email_id": own.id}),
            ):
                with self.subTest(user.name), self.assertRaises(AccessError):
                    action()

    def test_tokens_are_for_administrators(self):
        row = self.row(self.post(self.anna), self.anna)
        with self.assertRaises(AccessError):
            row.with_user(self.user_employee).read(["token"])

    def test_companies_are_kept_apart(self):
        company = self.env["res.company"].create({"name": "Other company"})
        row = self.row(self.post(self.anna), self.anna)
        row.company_id = company
        self.env.flush_all()
        self.assertNotIn(row, self.visible(self.postmaster))
        self.assertNotIn(row, self.visible(self.user_employee))
        self.postmaster.company_ids |= company
        self.assertIn(
            row,
            self.visible(self.postmaster).with_context(allowed_company_ids=company.ids)
            or self.env["mail.tracking.email"]
            .with_user(self.postmaster)
            .with_context(allowed_company_ids=[self.env.company.id, company.id])
            .search([]),
        )
