import runpy

from odoo.exceptions import AccessError
from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.body import strip_pixels
from .support.common import MailTrackingCommon, free_port

UNKNOWN_USER = "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown"


@tagged("post_install", "-at_install")
class TestResend(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.env["res.users"].create(
            {
                "name": "Colleague",
                "login": "colleague",
                "notification_type": "inbox",
                "group_ids": [(6, 0, cls.env.ref("base.group_user").ids)],
            }
        )

    def post_refused(self, partners=None, **values):
        """A message that Bob did not get."""
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        message = self.post(self.bob if partners is None else partners, **values)
        del self.handler.refuse_rcpt["bob@example.com"]
        self.handler.envelopes.clear()
        return message

    def details(self, message, user=None):
        return message.with_user(user or self.user_employee).get_resend_details()["recipients"]

    def resend(self, message, *choices, user=None):
        """Resend to (partner, address, save) triples; returns the errors."""
        keys = {line["partner_id"]: line["key"] for line in self.details(message, user)}
        recipients = [
            {"key": keys.get(partner.id), "email": email, "save": save}
            for partner, email, save in choices
        ]
        with self.smtp():
            result = message.with_user(user or self.user_employee).resend_to(recipients)
        return result["errors"]

    def attempts(self, message, partner):
        return self.rows(message).filtered(lambda row: row.partner_id == partner)

    def shown(self, mail):
        """What a mail shows, without the pixel."""
        return strip_pixels(self.html(mail))

    # ------------------------------------------------------------
    # THE DIALOG
    # ------------------------------------------------------------

    def test_failed_recipients_come_first_and_are_chosen(self):
        message = self.post_refused(self.anna | self.bob | self.nobody)
        anna, bob, nobody = (self.row(message, p) for p in (self.anna, self.bob, self.nobody))
        details = message.with_user(self.user_employee).get_resend_details()
        self.assertEqual(details["subject"], "Offer")
        self.assertEqual(details["record_name"], "Acme Tracked")
        self.assertEqual(
            [
                (line["tracking_id"], line["email"], line["status"], line["selected"])
                for line in details["recipients"]
            ],
            [
                (bob.id, "bob@example.com", "error", True),
                (nobody.id, "", "no_email", True),
                (anna.id, "anna@example.com", "sent", False),
            ],
        )
        self.assertIn("User unknown", details["recipients"][0]["reason"])
        self.assertTrue(details["recipients"][1]["can_save"])

    def test_who_waits_or_got_it_is_not_offered_and_who_complained_is_not_chosen(self):
        message = self.post(self.anna | self.bob | self.carl)
        self.row(message, self.anna).event_create("open", {"open_kind": "person"})
        self.row(message, self.bob).event_create("spam", {})
        self.assertEqual(
            [(line["name"], line["selected"]) for line in self.details(message)],
            [("Bob", False), ("Carl", False)],
        )
        self.env["mail.mail"].create(
            {"mail_message_id": message.id, "recipient_ids": [(4, self.nobody.id)]}
        )
        self.assertNotIn(self.nobody.id, [line["partner_id"] for line in self.details(message)])

    def test_an_address_that_was_corrected_meanwhile_is_proposed(self):
        message = self.post_refused()
        self.bob.email = "robert@example.com"
        self.assertEqual(self.details(message)[0]["email"], "robert@example.com")

    # ------------------------------------------------------------
    # RESENDING
    # ------------------------------------------------------------

    def test_only_the_chosen_gets_the_same_message_again_and_that_settles_it(self):
        Attachment = self.env["ir.attachment"].with_user(self.user_employee)
        attachment = Attachment.create({"name": "offer.txt", "raw": b"offer"})
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        message = self.post(self.anna | self.bob, attachment_ids=attachment.ids)
        first = self.received("anna@example.com")
        del self.handler.refuse_rcpt["bob@example.com"]
        self.handler.envelopes.clear()
        old = self.row(message, self.bob)
        self.assertTrue(message.mail_tracking_needs_action)

        self.assertEqual(self.resend(message, (self.bob, "bob@example.com", True)), [])

        self.assertEqual([to for _from, to, _mail in self.handler.envelopes], [["bob@example.com"]])
        again = self.received("bob@example.com")
        for header in ("From", "Subject", "Reply-To", "Message-Id", "References"):
            self.assertEqual(again[header], first[header], header)
        self.assertEqual(self.shown(again), self.shown(first))
        self.assertEqual([part.get_filename() for part in again.iter_attachments()], ["offer.txt"])
        self.assertEqual(self.status(message), {"Anna": "sent", "Bob": "sent"})
        new = old.successor_id
        self.assertEqual((old.state, new.state), ("error", "sent"))
        self.assertFalse(old.needs_action or new.needs_action or message.mail_tracking_needs_action)
        self.assertEqual(self.notification(message, self.bob).notification_status, "sent")
        self.assertFalse(self.notification(message, self.bob).failure_reason)
        self.assertEqual(len(message.notification_ids), 2)
        self.assertEqual(len(self.attempts(message, self.anna)), 1)

    def test_recipients_keep_their_places_when_one_gets_it_again(self):
        message = self.post_refused(self.anna | self.bob | self.record)
        before = [line["partner_id"] for line in message.tracking_status()]
        self.resend(message, (self.bob, "bob@example.net", False))
        lines = message.tracking_status()
        self.assertEqual([line["partner_id"] for line in lines], before)
        self.assertEqual(
            self.attempts(message, self.bob)[-1].id, lines[before.index(self.bob.id)]["tracking_id"]
        )

    def test_users_get_their_own_layout_again_from_any_sender(self):
        """The button that leads to the record is for users only."""
        self.colleague.write({"notification_type": "email", "email": "colleague@example.com"})
        self.record.message_subscribe(self.colleague.partner_id.ids)
        message = self.post(self.anna, subject="Offer")
        first = {
            a: self.shown(self.received(a)) for a in ("anna@example.com", self.colleague.email)
        }
        self.assertIn("View Contact", first[self.colleague.email])
        self.assertNotIn("View Contact", first["anna@example.com"])
        for user in (self.user_employee, self.user_admin):
            for is_own in (True, False):
                with self.subTest(user.name, is_own=is_own):
                    self.handler.envelopes.clear()
                    used = {
                        partner: partner.email if is_own else f"{partner.id}@x.example"
                        for partner in self.anna | self.colleague.partner_id
                    }
                    choices = [(partner, email, False) for partner, email in used.items()]
                    self.assertEqual(self.resend(message, *choices, user=user), [])
                    self.assertEqual(len(self.handler.envelopes), 2)
                    for partner, email in used.items():
                        expected = first[partner.email if is_own else "anna@example.com"]
                        self.assertEqual(self.shown(self.received(email)), expected)

    def test_a_corrected_address_is_saved_on_request(self):
        message = self.post_refused()
        self.bob.email_bounced = True
        self.assertEqual(self.resend(message, (self.bob, "Robert@Example.com", True)), [])
        self.assertEqual(self.bob.email, "robert@example.com")
        self.assertFalse(self.bob.email_bounced)
        self.received("robert@example.com")
        self.assertEqual(self.status(message), {"Bob": "sent"})

    def test_a_corrected_address_is_used_once_without_the_tick_or_the_right(self):
        for user, save in ((self.user_employee, False), (self.colleague, True)):
            with self.subTest(user.name):
                self.handler.envelopes.clear()
                message = self.post_refused(self.bob | self.colleague.partner_id)
                self.assertEqual(
                    [line["can_save"] for line in self.details(message, user)],
                    [user == self.user_employee],
                )
                errors = self.resend(message, (self.bob, "rob@example.com", save), user=user)
                self.assertEqual(errors, [])
                self.assertEqual(self.bob.email, "bob@example.com")
                mail = self.received("rob@example.com")
                self.assertNotIn("bob@example.com", str(mail["To"]))
                old, new = self.attempts(message, self.bob)
                self.assertEqual(old.successor_id, new)
                self.assertEqual(new.recipient_address, "rob@example.com")
                self.assertEqual(new.state, "sent")
                self.assertEqual(self.status(message)["Bob"], "sent")
                self.assertEqual(self.notification(message, self.bob).notification_status, "sent")

    def test_one_of_several_addresses_of_a_contact(self):
        self.bob.email = "bob@example.com, office@example.com"
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        message = self.post(self.bob)
        row = self.rows(message).filtered(lambda r: r.recipient_address == "bob@example.com")
        self.handler.envelopes.clear()
        [line] = [line for line in self.details(message) if line["tracking_id"] == row.id]
        with self.smtp():
            message.with_user(self.user_employee).resend_to(
                [{"key": line["key"], "email": "rob@example.com", "save": True}]
            )
        self.assertEqual([to for _from, to, _mail in self.handler.envelopes], [["rob@example.com"]])
        self.assertEqual(self.bob.email, "rob@example.com, office@example.com")
        self.assertEqual(
            self.status(message),
            {"Bob (office@example.com)": "sent", "Bob (rob@example.com)": "sent"},
        )

    def test_an_invalid_address_sends_and_writes_nothing(self):
        message = self.post_refused(self.bob | self.nobody)
        rows = self.rows(message)
        for address in ("", "nonsense", "a@b@c", "x@", "a@example..com", "two@x.com, b@x.com", 7):
            with self.subTest(address):
                errors = self.resend(
                    message,
                    (self.bob, "robert@example.com", True),
                    (self.nobody, address, True),
                )
                self.assertEqual(len(errors), 1)
                self.assertTrue(errors[0]["message"])
                self.assertEqual(errors[0]["key"], f"row-{self.row(message, self.nobody).id}")
        self.assertEqual(self.bob.email, "bob@example.com")
        self.assertFalse(self.nobody.email)
        self.assertEqual(self.rows(message), rows)
        self.assertFalse(self.handler.envelopes)
        self.assertTrue(message.mail_tracking_needs_action)

    def test_nobody_chosen_or_chosen_twice(self):
        message = self.post_refused()
        self.assertTrue(self.resend(message))
        key = self.details(message)[0]["key"]
        choice = {"key": key, "email": "bob@example.com", "save": False}
        with self.smtp():
            both = message.with_user(self.user_employee).resend_to([choice, choice])
            self.assertEqual([error["key"] for error in both["errors"]], [key])
            once = message.with_user(self.user_employee).resend_to([choice])
            self.assertFalse(once["errors"])
            late = message.with_user(self.user_employee).resend_to([choice])
        self.assertTrue(late["errors"], "a second tab or a colleague was quicker")
        self.received("bob@example.com")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_an_unreachable_server_leaves_the_failure_and_says_so(self):
        message = self.post_refused()
        old = self.row(message, self.bob)
        good_port, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        self.assertEqual(self.resend(message, (self.bob, "bob@example.com", False)), [])
        new = old.successor_id
        self.assertEqual((new.state, new.error_type), ("error", "mail_smtp"))
        self.assertEqual(new.error_smtp_server, "127.0.0.1")
        self.assertTrue(new.needs_action and message.mail_tracking_needs_action)
        self.assertEqual(self.notification(message, self.bob).notification_status, "exception")
        [line] = message.tracking_status()
        self.assertIn("Mail server 127.0.0.1 not reachable", line["error_description"])
        self.mail_server.smtp_port = good_port
        self.assertEqual(self.resend(message, (self.bob, "bob@example.com", False)), [])
        self.assertEqual(self.status(message), {"Bob": "sent"})
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertEqual(len(self.attempts(message, self.bob)), 3)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_the_content_of_a_mail_that_still_exists_is_kept(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        mail = self.send_mail(
            body_html="<p>Only in the mail</p>",
            email_to='"Bob B" <bob@example.com>, dora@example.com',
            email_cc="cc@example.com",
            reply_to="answers@example.com",
            headers="{'X-Kind': 'offer', 'X-Msg-To-Add': 'Bob <bob@example.com>,e@example.com'}",
            references="<first@example.com>",
        )
        message = mail.mail_message_id
        message.write({"author_id": self.author.id, "body": "<p>In the message</p>"})
        self.handler.envelopes.clear()
        rows = self.rows(message)
        self.assertEqual(rows.mapped("state"), ["error", "sent", "sent"])
        self.handler.refuse_rcpt.clear()
        for row, address in ((rows[0], "bob@example.com"), (rows[2], "cc@example.com")):
            with self.smtp():
                result = message.with_user(self.user_employee).resend_to(
                    [{"key": f"row-{row.id}", "email": address, "save": True}]
                )
            self.assertEqual(result["errors"], [])
            again = self.received(address)
            self.assertIn("Only in the mail", self.html(again))
            self.assertEqual(again["Reply-To"], "answers@example.com")
            self.assertEqual(again["References"], "<first@example.com>")
            self.assertEqual(again["X-Kind"], "offer")
            self.assertIn("e@example.com", str(again["To"]))
        self.assertEqual(len(self.handler.envelopes), 2)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_retry_of_the_old_mail_serves_nobody_twice(self):
        good_port, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        mail = self.send_mail(
            recipient_ids=[(6, 0, (self.anna | self.bob).ids)], author_id=self.author.id
        )
        self.mail_server.smtp_port = good_port
        message = mail.mail_message_id
        self.assertEqual(mail.state, "exception")
        self.assertEqual(self.resend(message, (self.bob, "bob@example.com", False)), [])
        mail.action_retry()
        with self.smtp():
            mail.send()
        self.received("bob@example.com")
        self.received("anna@example.com")
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertEqual(self.status(message), {"Anna": "sent", "Bob": "sent"})

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_the_old_mail_is_given_up_once_all_got_a_new_one(self):
        good_port, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        message = self.post(self.anna | self.bob)
        self.mail_server.smtp_port = good_port
        rows = self.rows(message)
        old = self.env["mail.mail"].browse(rows.mapped("mail_id_int")[0])
        self.assertEqual(old.state, "exception")
        self.resend(message, (self.anna, "anna@example.com", False))
        self.assertEqual(old.recipient_ids, self.bob)
        self.resend(message, (self.bob, "bob@example.com", False))
        self.assertEqual(old.state, "cancel")
        self.assertTrue(rows.exists() == rows, "evidence stays")
        self.assertEqual(len(self.handler.envelopes), 2)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_retry_to_the_new_address_of_a_contact_settles_the_old_one(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        mail = self.send_mail(recipient_ids=[(4, self.bob.id)])
        self.bob.email = "robert@example.com"
        mail.action_retry()
        with self.smtp():
            mail.send()
        message = mail.mail_message_id
        self.assertEqual(self.status(message), {"Bob": "sent"})
        self.assertFalse(message.mail_tracking_needs_action)

    def test_a_mail_that_is_given_up_leaves_the_failure_as_it_was(self):
        message = self.post_refused()
        old = self.row(message, self.bob)
        old.action_confirm_resend()
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertEqual(self.status(message), {"Bob": "waiting"})
        self.env["mail.mail"].browse(old.successor_id.mail_id_int).cancel()
        self.assertFalse(old.successor_id)
        self.assertTrue(old.needs_action and message.mail_tracking_needs_action)
        self.assertEqual(self.status(message), {"Bob": "error"})

    def test_a_failure_stands_when_its_contact_is_deleted_before_the_queue_runs(self):
        message = self.post_refused()
        old = self.row(message, self.bob)
        old.action_confirm_resend()
        mail = self.env["mail.mail"].browse(old.successor_id.mail_id_int)
        self.notification(message, self.bob).unlink()
        self.bob.unlink()
        self.env.invalidate_all()
        with self.smtp(), mute_logger("odoo.addons.mail.models.mail_mail"):
            mail.send()
        self.assertFalse(self.handler.envelopes or old.successor_id)
        self.assertTrue(old.needs_action and message.mail_tracking_needs_action)

    def test_a_recipient_that_is_edited_before_the_queue_runs_gets_it_in_the_place_of_the_other(
        self,
    ):
        message = self.post_refused()
        mail = self.resend_later(message, "rob@example.com")
        mail.email_to = "robin@example.com"
        with self.smtp():
            mail.send()
        old, new = self.rows(message)
        self.received("robin@example.com")
        self.assertEqual(self.status(message), {"Bob": "sent"})
        self.assertEqual(old.successor_id, new)
        self.assertEqual((new.partner_id, new.resent_by_id), (self.bob, self.user_employee))
        self.assertFalse(message.mail_tracking_needs_action)

    def test_a_resend_that_is_edited_to_go_to_somebody_else_leaves_the_failure(self):
        message = self.post_refused()
        old = self.row(message, self.bob)
        mail = self.resend_later(message, "rob@example.com")
        mail.write({"email_to": False, "recipient_ids": [(4, self.carl.id)]})
        with self.smtp():
            mail.send()
        self.assertEqual(self.status(message), {"Bob": "error", "Carl": "sent"})
        self.assertTrue(old.needs_action and message.mail_tracking_needs_action)

    def test_a_message_that_is_older_than_the_tracking(self):
        message = self.post_refused()
        self.rows(message).unlink()
        [line] = self.details(message)
        self.assertEqual((line["tracking_id"], line["partner_id"]), (False, self.bob.id))
        self.assertEqual(self.resend(message, (self.bob, "bob@example.com", False)), [])
        self.received("bob@example.com")
        self.assertEqual(self.status(message), {"Bob": "sent"})
        self.assertEqual(self.notification(message, self.bob).notification_status, "sent")

    def test_an_address_that_is_no_contact(self):
        self.handler.refuse_rcpt["dora@example.com"] = UNKNOWN_USER
        message = self.post(self.anna, outgoing_email_to="dora@example.com")
        self.assertEqual(self.status(message)["dora@example.com"], "error")
        self.handler.envelopes.clear()
        [line] = [line for line in self.details(message) if line["selected"]]
        self.assertEqual((line["partner_id"], line["can_save"]), (False, False))
        with self.smtp():
            result = message.with_user(self.user_employee).resend_to(
                [{"key": line["key"], "email": "theodora@example.com", "save": True}]
            )
        self.assertFalse(result["errors"])
        self.received("theodora@example.com")
        self.assertEqual(len(self.handler.envelopes), 1)
        self.assertEqual(
            self.status(message), {"Anna": "sent", "theodora@example.com": "no_partner"}
        )
        notification = message.notification_ids.filtered("mail_email_address")
        self.assertEqual(notification.mail_email_address, "theodora@example.com")
        self.assertEqual(notification.notification_status, "sent")
        self.assertFalse(message.mail_tracking_needs_action)

    def test_changes_of_hidden_fields_stay_hidden_from_any_sender(self):
        """Without anybody whose rights can tell, the mail shows no change of fields."""
        message = self.post_refused()
        message.author_id = self.anna
        private = message.with_user(self.colleague)._get_resend_thread()
        self.assertEqual(private.env.user, self.colleague)
        self.assertFalse(private.env.su or private._prepare_resend_msg_vals())
        self.record.company_id = self.env["res.company"].create({"name": "Other company"})
        hidden = message.with_user(self.colleague)._get_resend_thread()
        self.assertTrue(hidden.env.su)
        self.assertEqual(hidden._prepare_resend_msg_vals(), {"tracking_value_ids": []})

    # ------------------------------------------------------------
    # WHAT IS HEARD LATER
    # ------------------------------------------------------------

    def test_news_of_a_superseded_attempt_are_evidence_and_no_more(self):
        message = self.post_refused()
        old = self.row(message, self.bob)
        self.resend(message, (self.bob, "rob@example.com", False))
        old.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertEqual(old.state, "bounced")
        self.assertFalse(old.needs_action or message.mail_tracking_needs_action)
        self.assertEqual(self.status(message), {"Bob": "sent"})
        self.assertEqual(self.notification(message, self.bob).notification_status, "sent")

    def test_a_newer_failure_counts_and_an_older_arrival_is_told_while_nothing_is_known(self):
        message = self.post(self.bob)
        old = self.row(message, self.bob)
        self.resend(message, (self.bob, "bob@example.com", False))
        old.event_create("open", {"open_kind": "person"})
        self.assertEqual(self.status(message), {"Bob": "opened"})
        old.successor_id.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertEqual(self.status(message), {"Bob": "error"})
        self.assertTrue(message.mail_tracking_needs_action)
        self.assertEqual(self.notification(message, self.bob).notification_status, "bounce")
        old.successor_id.event_create("open", {"open_kind": "person"})
        self.assertEqual(self.status(message), {"Bob": "opened"})
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertEqual(self.notification(message, self.bob).notification_status, "sent")

    def test_the_popover_tells_who_sent_it_again_when_and_where(self):
        message = self.post_refused()
        details = message.with_user(self.user_employee).get_tracking_details(self.rows(message).id)
        self.assertEqual(details["resends"], [])
        for user, address in ((self.user_employee, "rob@x.com"), (self.user_admin, self.bob.email)):
            self.handler.refuse_rcpt[address] = UNKNOWN_USER
            self.resend(message, (self.bob, address, False), user=user)
        newest = self.rows(message)[-1]
        details = message.with_user(self.colleague).get_tracking_details(newest.id)
        self.assertEqual(
            [line["text"] for line in details["resends"]],
            [
                f"Resent by {self.user_employee.name} to rob@x.com",
                f"Resent by {self.user_admin.name} to bob@example.com",
            ],
        )
        self.assertEqual(
            [line["time"] for line in details["resends"]],
            [str(row.time)[:19] for row in self.rows(message)[1:]],
        )

    def test_the_popover_tells_who_sent_a_message_again_that_is_older_than_the_tracking(self):
        message = self.post_refused()
        self.rows(message).unlink()
        self.resend(message, (self.bob, "rob@x.com", False), user=self.user_admin)
        details = message.with_user(self.user_employee).get_tracking_details(self.rows(message).id)
        [line] = details["resends"]
        self.assertEqual(line["text"], f"Resent by {self.user_admin.name} to rob@x.com")

    def test_an_update_finds_out_who_sent_earlier_messages_again(self):
        message = self.post_refused()
        self.resend(message, (self.bob, "rob@x.com", False), user=self.user_admin)
        old, new = self.rows(message)
        new.resent_by_id = False
        self.env.flush_all()
        script = get_module_path("mail_tracking") + "/migrations/19.0.2.1.0/post-20-resends.py"
        runpy.run_path(script)["migrate"](self.env.cr, "19.0.2.0.0")
        self.env.invalidate_all()
        self.assertEqual(new.resent_by_id, self.user_admin)
        self.assertFalse(old.resent_by_id)

    def test_the_popover_tells_the_whole_story(self):
        message = self.post_refused()
        self.resend(message, (self.bob, "rob@example.com", False))
        newest = self.rows(message)[-1]
        details = message.with_user(self.user_employee).get_tracking_details(newest.id)
        self.assertEqual([event["type"] for event in details["events"]], ["error", "sent"])
        self.assertIn("bob@example.com", details["events"][0]["detail"])
        self.assertIn("rob@example.com", details["events"][1]["detail"])

    def test_the_popover_names_an_invalid_address_whole_after_its_correction(self):
        self.bob.email = "bob@@example"
        message = self.post(self.bob)
        self.resend(message, (self.bob, "bob@example.com", True))
        newest = self.rows(message)[-1]
        details = message.with_user(self.user_employee).get_tracking_details(newest.id)
        self.assertEqual(details["events"][0]["detail"], "bob@@example")

    # ------------------------------------------------------------
    # MANY
    # ------------------------------------------------------------

    def test_the_list_asks_and_resends_through_the_queue(self):
        messages = self.post_refused() | self.post_refused()
        opened = self.post(self.anna)
        self.row(opened, self.anna).event_create("open", {"open_kind": "person"})
        self.handler.envelopes.clear()
        rows = self.rows(messages[0]) | self.rows(messages[1]) | self.rows(opened)
        action = self.env.ref("mail_tracking.action_resend").with_user(self.user_employee)
        result = action.with_context(active_model=rows._name, active_ids=rows.ids).run()
        self.assertEqual(result["params"], {"tracking_ids": rows.ids})
        own = rows.with_user(self.user_employee)
        self.assertEqual(own.action_resend_choices(rows.ids)["left_out"], 1)
        failed = self.rows(messages)
        self.assertEqual(set(own.action_confirm_resend()), set(failed.ids))
        self.assertFalse(self.handler.envelopes)
        self.assertEqual(self.status(messages[0]), {"Bob": "waiting"})
        self.assertFalse(any(messages.mapped("mail_tracking_needs_action")))
        progress = failed.with_user(self.user_employee).action_resend_progress()
        self.assertEqual(progress, {"waiting": 2, "sent": 0, "failed": []})
        mails = self.env["mail.mail"].browse(failed.mapped("successor_id.mail_id_int"))
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 2)
        with self.smtp():
            mails.send()
        self.assertEqual(len(self.handler.envelopes), 2)
        self.assertEqual(self.status(messages[1]), {"Bob": "sent"})
        progress = failed.with_user(self.user_employee).action_resend_progress()
        self.assertEqual(progress, {"waiting": 0, "sent": 2, "failed": []})

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_all_failures_of_a_server_are_resent_after_an_outage(self):
        good_port, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        messages = self.post(self.anna | self.bob) | self.post(self.anna)
        own = self.rows(messages).with_user(self.user_employee)
        with self.smtp():
            problem = own.action_test_resend()
        self.assertEqual(problem["server"], "Loopback")
        self.assertIn("refused", problem["reason"])
        self.mail_server.smtp_port = good_port
        with self.smtp():
            self.assertEqual(own.action_test_resend(), {})
        self.assertFalse(self.handler.envelopes)
        choices = own.action_resend_choices()
        [group] = choices["groups"]
        self.assertEqual(group["reason"], "Mail server 127.0.0.1 not reachable")
        self.assertEqual(set(group["tracking_ids"]), set(self.rows(messages).ids))
        self.assertEqual((choices["doubtful"], choices["left_out"]), ([], 0))
        self.assertEqual(own.with_user(self.colleague).action_resend_choices()["groups"], [])
        self.handler.refuse_rcpt = {"bob@example.com": "550 5.1.1 User unknown"}
        failed = own.browse(group["tracking_ids"])
        self.assertEqual(len(failed.action_confirm_resend()), 3)
        self.assertFalse(any(messages.mapped("mail_tracking_needs_action")))
        with self.smtp():
            self.env["mail.mail"].browse(
                self.env["mail.mail"].search([("state", "=", "outgoing")]).ids
            ).send()
        self.assertEqual(len(self.handler.envelopes), 2)
        again = [{"reason": "Address does not exist", "count": 1}]
        self.assertEqual(
            failed.action_resend_progress(), {"waiting": 0, "sent": 2, "failed": again}
        )
        # each mail counts once, however often it failed
        needed = self.rows(messages).filtered("needs_action")
        self.assertEqual((len(needed), needed.predecessor_ids.partner_id), (1, self.bob))
        self.assertEqual(
            self.env["mail.message"].with_user(self.user_employee).get_failed_count(), 1
        )

    def test_complaints_and_dead_addresses_are_chosen_one_by_one(self):
        dead, complaint, full, moved = (self.post(self.bob) for _i in range(4))
        for message, event_type, error_type in (
            (dead, "hard_bounce", "user_unknown"),
            (complaint, "spam", False),
            (full, "soft_bounce", "mailbox_full"),
        ):
            self.row(message, self.bob).event_create(event_type, {"error_type": error_type})
        own = self.rows(dead | complaint).with_user(self.user_employee)
        choices = own.action_resend_choices()
        self.assertEqual(
            {line["id"] for line in choices["doubtful"]},
            set(self.rows(dead | complaint | full).ids),
        )
        # to a new address of the contact a bounce may be resent, a complaint may not
        self.bob.email = "robert@example.com"
        choices = own.action_resend_choices()
        self.assertEqual([line["id"] for line in choices["doubtful"]], self.rows(complaint).ids)
        self.assertEqual(
            {group["reason"] for group in choices["groups"]},
            {"Address does not exist", "Mailbox full"},
        )

    def test_what_did_not_fail_is_offered_in_the_list_and_not_chosen(self):
        message = self.post(self.bob)
        own = self.rows(message).with_user(self.user_employee)
        self.assertEqual(
            own.action_resend_choices(own.ids)["groups"],
            [{"reason": "Sent", "selected": False, "tracking_ids": own.ids}],
        )
        self.assertEqual(own.action_resend_choices()["groups"], [])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_queries_for_choices_and_progress_do_not_grow(self):
        good_port, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        messages = [self.post(self.bob) for _i in range(12)]
        self.mail_server.smtp_port = good_port
        counts = []
        for group in (messages[:1], messages[1:2], messages[2:]):
            ids = self.rows(self.env["mail.message"].union(*group)).ids
            own = self.env["mail.tracking.email"].with_user(self.user_employee).browse(ids)
            for call in (
                lambda own=own: own.action_resend_choices(own.ids),
                own.action_test_resend,
                own.action_resend_progress,
            ):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                call()
                counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[3:6], counts[6:])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_queries_do_not_grow_with_recipients(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(20)]
        )
        good_port, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        messages = [self.post(group) for group in (partners[:1], partners[:1], partners)]
        self.mail_server.smtp_port = good_port
        counts = []
        for message in messages:
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            message.with_user(self.user_employee).get_resend_details()
            between = self.env.cr.sql_log_count
            rows = self.rows(message)
            rows._resend(rows._get_resends(), at_once=False)
            self.env.flush_all()
            counts.append((between - before, self.env.cr.sql_log_count - between))
        self.assertEqual(counts[1][0], counts[2][0])
        self.assertLess((counts[2][1] - counts[1][1]) / 19, 0.5, counts)

    def test_queries_for_messages_made_anew(self):
        """Core's own notification of a message is the measure."""
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        core = self.post(self.bob)
        self.env.flush_all()
        posted = self.env.cr.sql_log_count - before
        messages = [self.post_refused() for _i in range(6)]
        counts = []
        for group in (messages[:1], messages[1:2], messages[2:]):
            rows = self.rows(core).browse().union(*(self.rows(message) for message in group))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(rows._resend(rows._get_resends(), at_once=False)), len(group))
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess((counts[2] - counts[1]) / 3, 6, (counts, posted))

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_queries_for_many_messages(self):
        good_port, self.mail_server.smtp_port = self.mail_server.smtp_port, free_port()
        messages = [self.post(self.bob) for _i in range(12)]
        self.mail_server.smtp_port = good_port
        counts = []
        for group in (messages[:1], messages[1:2], messages[2:]):
            rows = self.env["mail.tracking.email"].sudo()
            for message in group:
                rows |= self.rows(message)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(rows._resend(rows._get_resends(), at_once=False)), len(group))
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        per_message = (counts[2] - counts[1]) / 9
        self.assertLess(per_message, 1, counts)

    # ------------------------------------------------------------
    # ACCESS
    # ------------------------------------------------------------

    def test_strangers_may_not_send_again(self):
        self._create_portal_user()
        message = self.post_refused()
        private = self.env["mail.message"].create(
            {"author_id": self.author.id, "message_type": "email_outgoing", "body": "x"}
        )
        for user, target in (
            (self.user_portal, message),
            (self.env.ref("base.public_user"), message),
            (self.colleague, private),
        ):
            for call in (
                lambda message: message.get_resend_details(),
                lambda message: message.resend_to([{"key": "row-1", "email": "x@example.com"}]),
                lambda message: message.set_need_action_done(),
            ):
                with self.subTest(user.name), self.assertRaises(AccessError):
                    call(target.with_user(user))
        with self.assertRaises(AccessError):
            self.rows(message).with_user(self.colleague).action_confirm_resend()
        self.assertTrue(message.mail_tracking_needs_action)
