"""What is rendered for a contact goes to the contact's own address and to no other."""

import contextlib

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.tests.support.common import MailTrackingCommon, free_port

UNKNOWN_USER = "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown"
#: what a mail for a customer holds, and no other may
KEYS = ("access_token", "pid=", "hash=", "auth_signup_token", "auth_login", "/mail/view?")


@tagged("post_install", "-at_install")
class TestResendPortal(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        cls.offer = cls.env["portal.offer"].create({"name": "Offer 7", "partner_id": cls.bob.id})
        new_user = {"group_ids": [Command.link(cls.env.ref("base.group_user").id)]}
        cls.colleague, cls.stranger = cls.env["res.users"].create(
            [
                {"name": "Colleague", "login": "colleague", **new_user},
                {"name": "Stranger", "login": "stranger", **new_user},
            ]
        )
        postmaster = cls.env.ref("mail_tracking.group_postmaster")
        cls.postmaster = cls.env["res.users"].create(
            {
                "name": "Postmaster",
                "login": "postmaster",
                "group_ids": [Command.link(postmaster.id)],
            }
        )

    def forbid(self, *users):
        """Take away the right on all records of the model."""
        self.env["ir.rule"].create(
            {
                "name": "Not for them",
                "model_id": self.env.ref("test_mail_tracking_portal.model_portal_offer").id,
                "domain_force": f"[(0, '=', 1)] if user.id in {[user.id for user in users]}"
                " else [(1, '=', 1)]",
            }
        )

    def post_refused(self, partners=None, **values):
        """A message that the customer did not get; the first mail is gone."""
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        message = self.post(partners or self.bob, record=self.offer, **values)
        self.handler.refuse_rcpt.clear()
        self.handler.envelopes.clear()
        return message

    def post_during_outage(self):
        """A message whose mails are stored, as rendered for each recipient."""
        port, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            message = self.post(self.bob, record=self.offer)
        self.mail_server.smtp_port = port
        [mail] = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertIn("access_token", mail.body_html)
        return message

    def resend(self, message, address, user=None, save=False):
        own = message.with_user(user or self.user_employee)
        [line] = [
            line for line in own.get_resend_details()["recipients"] if line["status"] == "error"
        ]
        self.handler.envelopes.clear()
        with self.smtp():
            result = own.resend_to([{"key": line["key"], "email": address, "save": save}])
        self.assertEqual(result["errors"], [])
        return self.received(address.strip().lower())

    def keys(self, mail):
        """The keys in a mail, in whatever part or header."""
        text = "\n".join(
            [*(f"{name}: {value}" for name, value in mail.items())]
            + [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        )
        secrets = (*KEYS, self.offer.access_token or "access_token")
        return {key for key in secrets if key in text}

    # ------------------------------------------------------------
    # THE CONTACT
    # ------------------------------------------------------------

    def test_the_customer_gets_the_keys_again(self):
        for message in (self.post_refused(), self.post_during_outage()):
            for address in ("bob@example.com", " BOB@Example.com "):
                mail = self.resend(message, address)
                self.assertLessEqual({"access_token", "pid=", "hash="}, self.keys(mail))
                self.assertIn("auth_signup_token", self.keys(mail))
                self.rows(message)[-1].event_create("error", {"error_type": "network"})

    def test_who_may_write_the_contact_saves_the_address_and_sends_the_keys_there(self):
        message = self.post_refused()
        mail = self.resend(message, "rob@example.com", save=True)
        self.assertEqual(self.bob.email, "rob@example.com")
        self.assertIn("access_token", self.keys(mail))

    def test_each_of_several_addresses_of_the_contact_is_theirs(self):
        message = self.post_refused()
        self.bob.email = '"Bob" <bob@example.com>, "x@evil.example" <office@example.com>'
        self.assertIn("access_token", self.keys(self.resend(message, "office@example.com")))
        self.rows(message)[-1].event_create("error", {"error_type": "network"})
        self.assertFalse(self.keys(self.resend(message, "x@evil.example")))

    # ------------------------------------------------------------
    # ANY OTHER ADDRESS
    # ------------------------------------------------------------

    def assert_resends_without_keys(self, message, address, **options):
        mail = self.resend(message, address, **options)
        self.assertIn("Hello", self.html(mail))
        self.assertFalse(self.keys(mail))
        self.assertEqual(len(self.handler.envelopes), 1)

    def test_another_address_gets_the_message_without_keys(self):
        for address in ("x@evil.example", "bob+x@example.com", "bob@example.com.evil.example"):
            for message in (self.post_refused(), self.post_during_outage()):
                with self.subTest(address):
                    self.assert_resends_without_keys(message, address)
                    self.assert_resends_without_keys_twice(message, address)

    def assert_resends_without_keys_twice(self, message, address):
        """An address does not become the customer's by what was sent there."""
        self.rows(message)[-1].event_create("error", {"error_type": "network"})
        self.assert_resends_without_keys(message, address)

    def test_who_may_not_write_the_contact_saves_nothing_and_gets_no_keys(self):
        message = self.post_refused(self.bob | self.colleague.partner_id)
        self.assert_resends_without_keys(message, "x@evil.example", user=self.colleague, save=True)
        self.assertEqual(self.bob.email, "bob@example.com")

    def test_an_address_that_the_contact_no_longer_has_gets_no_keys(self):
        for change in ({"email": "robert@example.com"}, {"email": False}):
            for message in (self.post_refused(), self.post_during_outage()):
                with self.subTest(change):
                    self.bob.write(change)
                    self.assert_resends_without_keys(message, "bob@example.com")
                    self.bob.email = "bob@example.com"

    def test_the_queue_asks_for_the_address_when_it_sends(self):
        message = self.post_refused()
        row = self.row(message, self.bob)
        row.with_user(self.user_employee).action_confirm_resend()
        self.bob.email = "robert@example.com"
        with self.smtp():
            self.env["mail.mail"].search([("mail_message_id", "=", message.id)]).send()
        self.assertIn("access_token", self.keys(self.received("robert@example.com")))
        self.assertEqual(len(self.handler.envelopes), 1)
        new = row.successor_id
        self.assertEqual((new.recipient_address, new.state), ("robert@example.com", "sent"))
        self.assertEqual(new.resent_by_id, self.user_employee)
        self.assertFalse(row.needs_action or message.mail_tracking_needs_action)

    def test_a_contact_that_was_deleted_leaves_no_keys_to_its_address(self):
        message = self.post_during_outage()
        self.offer.partner_id = False
        self.env["mail.notification"].search([("res_partner_id", "=", self.bob.id)]).unlink()
        self.bob.unlink()
        self.env.invalidate_all()
        self.assert_resends_without_keys(message, "bob@example.com")

    def test_lists_and_outages_send_no_keys_to_old_addresses(self):
        message = self.post_during_outage()
        self.bob.email = "robert@example.com, office@example.com"
        self.row(message, self.bob).with_user(self.user_employee).action_confirm_resend()
        other = self.post_during_outage_to_old_address()
        mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
        with self.smtp():
            mails.filtered(lambda mail: mail.mail_message_id in message | other).send()
        self.assertEqual(len(self.handler.envelopes), 2)
        for _from, to, mail in self.handler.envelopes:
            self.assertEqual(to, ["bob@example.com"])
            self.assertFalse(self.keys(mail))

    def resend_mailbox(self, user):
        """Resend all that the dialog offers in the mailbox *Failed*; returns how many."""
        Tracking = self.env["mail.tracking.email"].with_user(user)
        groups = Tracking.action_resend_choices()["groups"]
        ids = [tracking_id for group in groups for tracking_id in group["tracking_ids"]]
        return len(Tracking.browse(ids).action_confirm_resend())

    def post_during_outage_to_old_address(self):
        self.bob.email = "bob@example.com"
        message = self.post_during_outage()
        self.bob.email = "robert@example.com, office@example.com"
        self.assertEqual(self.resend_mailbox(self.user_employee), 1)
        return message

    def test_a_stored_mail_is_not_copied_to_another_address(self):
        message = self.post_during_outage()
        [mail] = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mail.write(
            {"body_html": "<p>For Bob alone</p>", "headers": "{'List-Unsubscribe': '<u@bob>'}"}
        )
        again = self.resend(message, "x@evil.example")
        self.assertIn("Hello", self.html(again))
        self.assertNotIn("For Bob alone", self.html(again))
        self.assertFalse(again["List-Unsubscribe"])

    def test_a_mail_that_is_no_message_loses_the_keys_of_its_recipient(self):
        """Invitations and the like: the text itself is made for one person."""
        url = self.bob._get_signup_url_for_action()[self.bob.id]
        self.assertIn("token=", url)
        body = f'<p>Hello <a href="{url}">come in</a>, or go to {url}</p>'.replace("&", "&amp;")
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        mail = self.send_mail(
            body_html=body,
            body=body,
            recipient_ids=[Command.link(self.bob.id)],
            author_id=self.author.id,
            model="portal.offer",
            res_id=self.offer.id,
        )
        self.handler.refuse_rcpt.clear()
        again = self.resend(mail.mail_message_id, "x@evil.example")
        self.assertIn("come in", self.html(again))
        self.assertNotIn("token=", str(again))
        self.rows(mail.mail_message_id)[-1].event_create("error", {"error_type": "network"})
        again = self.resend(mail.mail_message_id, "bob@example.com")
        self.assertIn("token=", self.html(again))

    def test_an_address_does_not_become_theirs_by_cancelling_or_editing_the_mail(self):
        url = self.bob._get_signup_url_for_action()[self.bob.id]
        body = f'<p>Hello <a href="{url}">come in</a></p>'.replace("&", "&amp;")
        ways = {
            "cancelled": lambda mail: (mail.cancel(), mail.mark_outgoing()),
            "edited": lambda mail: mail.write({"email_to": "y@evil.example"}),
        }
        for way, change in ways.items():
            with self.subTest(way):
                for address in ("dora@example.com", "x@evil.example", "y@evil.example"):
                    self.handler.refuse_rcpt[address] = UNKNOWN_USER
                message = self.send_mail(
                    body_html=body,
                    body=body,
                    email_to="dora@example.com",
                    author_id=self.author.id,
                    model="portal.offer",
                    res_id=self.offer.id,
                ).mail_message_id
                mail = self.resend_later(message, "x@evil.example")
                change(mail)
                with self.smtp(), mute_logger("odoo.addons.mail.models.mail_mail"):
                    mail.send()
                self.handler.refuse_rcpt.clear()
                address = self.rows(message)[-1].recipient_address
                self.assertIn("evil", address)
                self.assertNotIn("token=", str(self.resend(message, address)))

    def test_the_first_recipient_stays_known_after_a_resend_was_cancelled(self):
        url = self.bob._get_signup_url_for_action()[self.bob.id]
        body = f'<p>Hello <a href="{url}">come in</a></p>'.replace("&", "&amp;")
        self.handler.refuse_rcpt["dora@example.com"] = UNKNOWN_USER
        message = self.send_mail(
            body_html=body,
            body=body,
            email_to="dora@example.com",
            author_id=self.author.id,
            model="portal.offer",
            res_id=self.offer.id,
        ).mail_message_id
        self.handler.refuse_rcpt.clear()
        self.resend_later(message, "x@evil.example").cancel()
        self.assertIn("token=", self.html(self.resend(message, "dora@example.com")))

    def test_a_text_that_is_in_the_stored_mail_alone_goes_to_its_recipient_only(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        mail = self.send_mail(
            body_html="<p>For Bob alone</p>",
            recipient_ids=[Command.link(self.bob.id)],
            author_id=self.author.id,
        )
        self.handler.refuse_rcpt.clear()
        message = mail.mail_message_id.with_user(self.user_employee)
        [line] = message.get_resend_details()["recipients"]
        with self.smtp():
            result = message.resend_to([{"key": line["key"], "email": "x@evil.example"}])
        self.assertIn("Correct the address", result["errors"][0]["message"])
        self.assertFalse(self.handler.envelopes)
        self.assertIn("For Bob", self.html(self.resend(message.sudo(), "bob@example.com")))

    def test_another_address_gets_no_button_for_users(self):
        self.colleague.write({"notification_type": "email", "email": "colleague@example.com"})
        self.handler.refuse_rcpt["colleague@example.com"] = UNKNOWN_USER
        message = self.post(self.colleague.partner_id, record=self.offer)
        self.assert_resends_without_keys(message, "x@evil.example")

    def test_another_address_gets_no_changes_that_the_sender_may_not_see(self):
        self.offer.margin = 4711
        with self.smtp():
            self.offer.with_user(self.user_admin).write({"margin": 815})
            self.flush_tracking()
        [message] = self.offer.message_ids.filtered("tracking_value_ids")[:1]
        message.author_id = self.user_admin.partner_id
        self.env["mail.mail"].create(
            {"mail_message_id": message.id, "recipient_ids": [Command.link(self.bob.id)]}
        )
        row = self.row(message, self.bob)
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.env["mail.mail"].search([("mail_message_id", "=", message.id)]).unlink()
        hidden = self.resend(message, "x@evil.example")
        self.assertNotIn("815", self.html(hidden))
        self.rows(message)[-1].event_create("error", {"error_type": "network"})
        shown = self.resend(message, "x@evil.example", user=self.user_admin)
        self.assertIn("815", self.html(shown))
        message.author_id = self.author
        self.rows(message)[-1].event_create("error", {"error_type": "network"})
        more = self.resend(message, "x@evil.example", user=self.user_admin)
        self.assertNotIn("815", self.html(more), "its author could not see that either")

    # ------------------------------------------------------------
    # ACCESS
    # ------------------------------------------------------------

    def assert_resends_nothing(self, message, user):
        own, key = message.with_user(user), f"row-{self.row(message, self.bob).id}"
        for call in (
            own.get_resend_details,
            lambda: own.resend_to([{"key": key, "email": "x@evil.example"}]),
            lambda: own.resend_to([{"key": key, "email": "bob@example.com"}]),
        ):
            with self.smtp(), self.assertRaises(AccessError):
                call()
        mails = self.env["mail.mail"].search_count([])
        self.assertEqual(self.resend_mailbox(user), 0)
        with contextlib.suppress(AccessError):  # of rows that they do not even see
            self.rows(message).with_user(user).action_confirm_resend()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertFalse(self.handler.envelopes)

    def test_who_was_notified_once_and_may_not_read_the_record_sends_nothing(self):
        message = self.post_during_outage()
        message.partner_ids |= self.stranger.partner_id
        self.env["mail.notification"].create(
            {"mail_message_id": message.id, "res_partner_id": self.stranger.partner_id.id}
        )
        Tracking = self.env["mail.tracking.email"].with_user(self.stranger)
        [group] = Tracking.action_resend_choices()["groups"]
        self.assertEqual(group["tracking_ids"], self.row(message, self.bob).ids)
        self.forbid(self.stranger)
        message.with_user(self.stranger).check_access("read")
        self.assert_resends_nothing(message, self.stranger)
        message.with_user(self.stranger).set_need_action_done()
        self.assertFalse(message.mail_tracking_needs_action, "review is no secret")

    def test_an_author_who_lost_the_record_sends_nothing(self):
        message = self.post_during_outage()
        self.forbid(self.user_employee)
        message.with_user(self.user_employee).check_access("read")
        self.assert_resends_nothing(message, self.user_employee)

    def test_a_postmaster_sends_nothing_that_they_may_not_read(self):
        message = self.post_during_outage()
        self.forbid(self.postmaster)
        self.assertTrue(self.row(message, self.bob).with_user(self.postmaster).name)
        self.assert_resends_nothing(message, self.postmaster)
        private = self.send_mail(
            body_html="<p>x</p>", body="<p>x</p>", recipient_ids=[Command.link(self.bob.id)]
        )
        row = self.row(private.mail_message_id, self.bob)
        self.handler.envelopes.clear()
        self.assert_resends_nothing(row.mail_message_id, self.postmaster)

    def test_what_may_be_sent_of_a_selection_is_sent(self):
        hidden, other = self.post_refused(), self.post_refused()
        other.res_id = (
            self.env["portal.offer"].create({"name": "Open", "partner_id": self.bob.id}).id
        )
        self.env["ir.rule"].create(
            {
                "name": "One is hidden",
                "model_id": self.env.ref("test_mail_tracking_portal.model_portal_offer").id,
                "domain_force": f"[('id', '!=', {self.offer.id})]"
                f" if user.id == {self.postmaster.id} else [(1, '=', 1)]",
            }
        )
        rows = self.rows(hidden) | self.rows(other)
        own = rows.with_user(self.postmaster)
        self.assertEqual(own.action_resend_choices(rows.ids)["left_out"], 1)
        self.assertEqual(own.action_confirm_resend(), self.rows(other)[0].ids)
        self.assertTrue(self.rows(other)[0].successor_id)
        self.assertFalse(self.rows(hidden).successor_id)

    def test_a_record_that_is_gone_is_nobodys(self):
        message = self.post_refused()
        self.env.cr.execute("DELETE FROM portal_offer WHERE id = %s", [self.offer.id])
        self.env.invalidate_all()
        self.assert_resends_nothing(message, self.user_employee)
