import importlib.util

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import new_test_user
from odoo.tools import file_path, mute_logger

from odoo.addons.mail.tools.discuss import Store

from ..controllers.mailbox import FailedMailboxController
from .support.common import MailTrackingCommon


class FailedCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "colleague", "base.group_user")
        cls.postmaster = new_test_user(cls.env, "postmaster", "mail_tracking.group_postmaster")
        cls._create_portal_user()
        cls.Message = cls.env["mail.message"]

    def make_failed(self, count=1, record=None, **values):
        """Failed messages of the employee, without sending."""
        record = record or self.record
        messages = self.Message.create(
            [
                {
                    "author_id": self.author.id,
                    "model": record._name,
                    "res_id": record.id,
                    "message_type": "comment",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "subject": f"Offer {number}",
                    "body": f"<p>Body {number}</p>",
                    **values,
                }
                for number in range(count)
            ]
        )
        rows = (
            self.env["mail.tracking.email"]
            .sudo()
            .create(
                [
                    {
                        "mail_message_id": message.id,
                        "author_id": self.author.id,
                        "partner_id": self.bob.id,
                        "recipient": self.bob.email,
                    }
                    for message in messages
                ]
            )
        )
        rows.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertTrue(all(messages.mapped("mail_tracking_needs_action")))
        return messages

    def notify(self, messages, user):
        self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": message.id,
                    "res_partner_id": user.partner_id.id,
                    "notification_type": "inbox",
                }
                for message in messages
            ]
        )

    def count(self, user):
        return self.Message.with_user(user).get_failed_count()


@tagged("post_install", "-at_install")
class TestFailed(FailedCommon):
    def test_the_mailbox_holds_what_the_user_wrote_or_was_notified_of(self):
        messages = self.make_failed(3)
        self.notify(messages[:1], self.colleague)
        self.assertEqual((self.count(self.user_employee), self.count(self.colleague)), (3, 1))
        for user, expected in ((self.user_employee, messages), (self.colleague, messages[:1])):
            own = messages.with_user(user)
            self.assertEqual(own.filtered("is_failed_message"), expected)
            self.assertEqual(
                own.search([("is_failed_message", "=", True)]), expected.sorted("id", reverse=True)
            )
            self.assertFalse(own.search([("is_failed_message", "=", False)]) & expected)
        self.assertEqual(self.count(self.user_portal), 0)

    def test_who_becomes_a_user_finds_what_they_were_notified_of_before(self):
        contact, other = self.env["res.partner"].create([{"name": "Contact"}, {"name": "Other"}])
        message = self.make_failed()
        tracking_ids = message.with_user(self.postmaster).set_need_action_done()
        notifications = self.env["mail.notification"].create(
            [{"mail_message_id": message.id, "res_partner_id": p.id} for p in contact + other]
        )
        trackings = self.env["mail.tracking.email"].browse(tracking_ids)
        trackings.with_user(self.postmaster).action_undo_review()
        self.assertTrue(message.mail_tracking_needs_action)
        self.assertFalse(any(notifications.mapped("mail_tracking_needs_action")))
        values = {"login": "contact", "partner_id": contact.id}
        user = new_test_user(self.env, groups="base.group_user", **values)
        self.assertEqual(self.count(user), 1)
        user.partner_id = other
        self.assertEqual(self.count(user), 1)
        user.partner_id = contact
        self.env["base.partner.merge.automatic.wizard"]._merge((contact + other).ids, contact)
        self.assertEqual(self.count(user), 1)
        message.with_user(user).set_need_action_done()
        self.assertEqual(self.count(user), 0)

    def test_who_may_review(self):
        def settled(user, **values):
            message = self.make_failed(**values)
            message.with_user(user).set_need_action_done()
            self.assertFalse(message.mail_tracking_needs_action)

        settled(self.user_employee)  # wrote it, and more
        settled(self.postmaster)
        settled(self.user_admin, author_id=self.anna.id)  # may write the record
        message = self.make_failed()
        with self.assertRaisesRegex(AccessError, "may resolve a failed message"):
            message.with_user(self.colleague).set_need_action_done()
        self.notify(message, self.colleague)
        message.with_user(self.colleague).set_need_action_done()
        self.assertFalse(message.mail_tracking_needs_action)

    def test_review_of_all_is_of_the_own_mailbox(self):
        mine, theirs = self.make_failed(3), self.make_failed(1, author_id=self.anna.id)
        self.Message.with_user(self.user_employee).set_all_need_action_done()
        self.assertFalse(any(mine.mapped("mail_tracking_needs_action")))
        self.assertTrue(theirs.mail_tracking_needs_action)
        self.assertEqual(self.count(self.user_employee), 0)
        self.Message.with_user(self.user_employee).set_all_need_action_done()

    def test_review_costs_the_same_for_one_and_for_thirty(self):
        counts = []
        for size in (1, 1, 30):
            messages = self.make_failed(size).with_user(self.user_employee)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            messages.set_need_action_done()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_the_client_knows_who_may_mend_everything(self):
        """What ``_check_can_resolve`` lets postmasters do, their client offers them."""
        message = self.make_failed()
        for user, expected in ((self.postmaster, True), (self.colleague, False)):
            store = Store()
            user.with_user(user)._init_messaging(store)
            result = store.get_result()["Store"]
            self.assertIs(result["mail_tracking_is_postmaster"], expected)
            own = message.with_user(user)
            if expected:
                own._check_can_resolve()
            else:
                self.record.invalidate_recordset()
                self.env["ir.model.access"].search(
                    [("model_id.model", "=", "res.partner")]
                ).perm_write = False
                with self.assertRaises(AccessError):
                    own._check_can_resolve()

    def test_the_web_client_starts_with_the_counter_for_one_query(self):
        messages = self.make_failed(2)
        self.notify(messages, self.user_employee)
        self.notify(self.make_failed(author_id=self.anna.id), self.user_employee)
        store = Store()
        self.user_employee._init_messaging(store)
        mailbox = store.get_result()["Store"]["failed"]
        self.assertEqual(mailbox, {"counter": 3, "id": "failed", "model": "mail.box"})
        self.env.flush_all()
        self.user_employee.with_user(self.user_employee)._is_internal()
        for _warm in range(2):
            with self.assertQueryCount(1):
                self.Message.with_user(self.user_employee)._get_failed_values()
        store = Store()
        self.user_portal._init_messaging(store)
        self.assertNotIn("failed", store.get_result()["Store"])

    def test_messages_say_whether_they_need_somebody_to_internal_users(self):
        message = self.make_failed()
        for user, expected in (
            (self.user_employee, [True]),
            (self.user_portal, []),
        ):
            data = Store(bus_channel=user).add(message.with_user(user).sudo()).get_result()
            [values] = [m for m in data["mail.message"] if m["id"] == message.id]
            shown = [values[key] for key in values if key == "mail_tracking_needs_action"]
            self.assertEqual(shown, expected)

    def test_the_flag_of_messages_costs_no_query(self):
        message = self.make_failed()
        self.env.flush_all()
        self.env.invalidate_all()
        own = message.with_user(self.user_employee)
        own.mapped("subject")
        with self.assertQueryCount(0):
            own.mapped("mail_tracking_needs_action")

    def test_the_chatter_gets_all_failed_messages_of_the_record(self):
        other = self.env["res.partner"].create({"name": "Other"})
        messages = self.make_failed(35)
        self.make_failed(record=other)
        messages[3].set_need_action_done()
        secret = self.make_failed(message_type="user_notification", author_id=self.anna.id)

        def ask(user, *request_list):
            store = Store(bus_channel=user)
            thread = self.record.with_user(user)
            data = store.add(thread, request_list=list(request_list), as_thread=True).get_result()
            threads = [t for t in data.get("mail.thread", []) if t["id"] == self.record.id]
            return data, [t["failed_messages"] for t in threads if "failed_messages" in t]

        data, [failed_ids] = ask(self.user_employee, "failed_messages")
        expected = (messages - messages[3]).sorted("id", reverse=True)
        self.assertEqual(failed_ids, expected.ids)
        self.assertNotIn(secret.id, failed_ids)
        lines = self.trackings(data, expected[0])
        self.assertEqual([line["status"] for line in lines], ["error"])
        self.assertEqual(ask(self.user_employee, "followers")[1], [])
        messages.set_need_action_done()
        self.assertEqual(ask(self.user_employee, "failed_messages")[1], [[]])

    def test_the_chatter_of_portal_users_gets_no_failures(self):
        self.make_failed()
        store = Store(bus_channel=self.user_portal)
        thread = self.record.with_user(self.user_portal).sudo()
        data = store.add(thread, request_list=["failed_messages"], as_thread=True).get_result()
        self.assertNotIn("failed_messages", str(data))

    def test_other_companies_learn_nothing(self):
        company = self.env["res.company"].create({"name": "Other company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "mail_tracking.group_postmaster",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.record.company_id = self.env.company
        self.record.partner_share = True
        message = self.make_failed()
        self.assertEqual(self.count(stranger), 0)
        for call in (
            lambda own: own.set_need_action_done(),
            lambda own: own.get_resend_details(),
            lambda own: own.resend_to([]),
        ):
            with self.assertRaises(AccessError):
                call(message.with_user(stranger))


@tagged("post_install", "-at_install")
class TestFailedMailbox(FailedCommon, HttpCase):
    def fetch(self, user="employee", **fetch_params):
        self.authenticate(user, user)
        return self.make_jsonrpc_request(
            FailedMailboxController._messages_url, {"fetch_params": fetch_params}
        )

    def test_all_95_failures_are_reached_in_order_and_none_twice(self):
        messages = self.make_failed(95).ids
        expected = messages[::-1]
        seen, page = [], self.fetch(limit=30)
        while page["messages"]:
            self.assertEqual({m["id"] for m in page["data"]["mail.message"]}, set(page["messages"]))
            seen += page["messages"]
            page = self.fetch(limit=30, before=seen[-1])
        self.assertEqual(seen, expected)
        up = expected[-10:]
        while page := self.fetch(limit=30, after=up[0])["messages"]:
            up = page + up
        self.assertEqual(up, expected)
        around = self.fetch(limit=30, around=messages[40])["messages"]
        self.assertEqual(around, messages[26:56][::-1])

    def test_search(self):
        messages = self.make_failed(12)
        found = self.fetch(limit=30, search_term="Body 11")
        self.assertEqual((found["messages"], found["count"]), ([messages[11].id], 1))
        self.assertEqual(self.fetch(limit=30, search_term="nothing like it")["messages"], [])

    def test_messages_bring_recipients_reason_and_record(self):
        message = self.make_failed()
        data = self.fetch(limit=30)["data"]
        [values] = data["mail.message"]
        self.assertTrue(values["mail_tracking_needs_action"])
        [line] = self.trackings(data, message)
        self.assertEqual((line["recipient"], line["status"]), ("Bob", "error"))
        self.assertIn("Address does not exist", line["error_description"])
        self.assertEqual(values["thread"], {"id": self.record.id, "model": "res.partner"})
        self.assertEqual(
            [t["display_name"] for t in data["mail.thread"] if t["id"] == message.res_id],
            ["Acme Tracked"],
        )

    def test_others_get_nothing(self):
        message = self.make_failed()
        for user in ("colleague", "postmaster", "portal_test"):
            with self.subTest(user):
                self.assertEqual(self.fetch(user, limit=30)["messages"], [])
        self.notify(message, self.user_portal)
        self.assertEqual(self.fetch("portal_test", limit=30)["messages"], [])

    @mute_logger("odoo.http")
    def test_the_public_may_not_ask(self):
        self.authenticate(None, None)
        response = self.url_open(
            FailedMailboxController._messages_url,
            data='{"params": {}}',
            headers={"Content-Type": "application/json"},
        )
        self.assertIn("SessionExpired", response.text)

    def test_queries_do_not_grow_with_the_page(self):
        self.make_failed(30)
        counts = []
        for limit in (30, 1, 30):  # what was pending is processed at the first look
            self.env.flush_all()
            self.env.invalidate_all()
            own = self.Message.with_user(self.user_employee)
            before = self.env.cr.sql_log_count
            page = own._message_fetch([("is_failed_message", "=", True)], limit=limit)["messages"]
            Store(bus_channel=self.user_employee).add(page).get_result()
            self.assertEqual(len(page), limit)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestOneInbox(FailedCommon):
    """What fails here and what core counts as a failure are settled together."""

    def setUp(self):
        super().setUp()
        self.handler.refuse_rcpt = {
            "anna@example.com": "550 5.1.1 User unknown",
            "bob@example.com": "550 5.1.1 User unknown",
        }
        self.message = self.post(self.anna | self.bob | self.carl)

    def core_failures(self):
        """The recipients whom core's messaging menu counts for the author."""
        domain = [
            ("author_id", "=", self.author.id),
            ("notification_status", "in", ("bounce", "exception")),
        ]
        return self.env["mail.notification"].search(domain).res_partner_id

    def statuses(self):
        notifications = self.message.notification_ids
        return {n.res_partner_id: n.notification_status for n in notifications}

    def test_reviewed_failures_are_settled_in_core_too_and_come_back_when_that_is_undone(self):
        before = self.statuses()
        self.assertEqual((self.count(self.user_employee), len(self.core_failures())), (1, 2))
        own = self.Message.with_user(self.user_employee)
        self.assertEqual(own.get_review_count(), 1)
        tracking_ids = own.set_all_need_action_done()
        self.assertEqual(self.statuses(), {**before, self.anna: "canceled", self.bob: "canceled"})
        self.assertEqual((self.count(self.user_employee), len(self.core_failures())), (0, 0))
        rows = self.rows(self.message)
        failed = rows.filtered(lambda row: row.partner_id in self.anna | self.bob)
        self.assertEqual(set(tracking_ids), set(failed.ids))
        self.assertEqual(failed.reviewed_by_id, self.user_employee)
        self.assertTrue(all(failed.mapped("reviewed_date")))
        self.assertFalse((rows - failed).reviewed_by_id)
        self.assertEqual(self.status(self.message)["Bob"], "error")
        failed.with_user(self.user_employee).action_undo_review()
        self.assertEqual(self.statuses(), before)
        self.assertEqual((self.count(self.user_employee), len(self.core_failures())), (1, 2))
        self.assertFalse(failed.reviewed_by_id or any(failed.mapped("reviewed_date")))

    def test_one_recipient_reviewed_in_the_list_is_settled_alone(self):
        row = self.row(self.message, self.bob)
        action = row.with_user(self.user_employee).action_review()
        self.assertEqual(action["params"]["tracking_ids"], row.ids)
        self.assertEqual(self.core_failures(), self.anna)
        self.assertTrue(self.message.mail_tracking_needs_action)

    def test_who_dismisses_failures_in_core_has_reviewed_them(self):
        other = self.make_failed(record=self.env["res.company"].create({"name": "X"}).partner_id)
        theirs = self.make_failed(author_id=self.anna.id)
        self.env["res.partner"].with_user(self.user_employee).notify_cancel_by_type("email")
        self.assertFalse(self.core_failures())
        self.assertFalse((self.message | other).filtered("mail_tracking_needs_action"))
        self.assertTrue(theirs.mail_tracking_needs_action)
        self.assertEqual(self.row(self.message, self.bob).reviewed_by_id, self.user_employee)

    def test_what_is_heard_after_the_review_does_not_bring_a_failure_back(self):
        self.message.with_user(self.user_employee).set_need_action_done()
        row = self.row(self.message, self.bob)
        row.event_create("error", {"error_type": "user_unknown", "error_description": "again"})
        self.assertFalse(self.core_failures())
        row.event_create("delivered", {})
        self.assertEqual(self.statuses()[self.bob], "sent")

    def test_only_the_own_review_is_undone_and_only_where_it_still_failed(self):
        rows = self.rows(self.message)
        self.message.with_user(self.user_employee).set_need_action_done()
        rows.with_user(self.postmaster).action_undo_review()
        self.assertFalse(any(rows.mapped("needs_action")))
        anna, bob = self.row(self.message, self.anna), self.row(self.message, self.bob)
        anna.event_create("delivered", {})
        rows.with_user(self.user_employee).action_undo_review()
        self.assertEqual(rows.filtered("needs_action"), bob)
        with self.assertRaises(AccessError):
            rows.with_user(self.colleague).action_undo_review()

    def test_the_messaging_menu_learns_which_failures_are_in_the_mailbox(self):
        for user, expected in ((self.user_employee, True), (self.user_portal, None)):
            store = Store(bus_channel=user)
            self.message.with_user(user).sudo()._message_notifications_to_store(store)
            [values] = store.get_result()["mail.message"]
            self.assertEqual(values.get("mail_tracking_needs_action"), expected)

    def test_an_update_settles_in_core_what_was_reviewed_before(self):
        other = self.post(self.bob)
        self.rows(self.message).needs_action = False
        self.message._tracking_update_needs_action()
        self.env.flush_all()
        path = file_path("mail_tracking/migrations/19.0.4.0.0/post-10-reviewed.py")
        spec = importlib.util.spec_from_file_location("post_10_reviewed", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.3.0.0")
        self.env.invalidate_all()
        self.assertEqual(self.core_failures(), self.bob)
        self.assertEqual(self.statuses()[self.carl], "sent")
        self.assertEqual(other.notification_ids.notification_status, "exception")

    def test_an_attempt_that_was_followed_by_another_is_no_failure(self):
        message = self.post(self.bob)
        again = self.resend_later(message, "bob@example.com")
        with self.smtp(), mute_logger("odoo.addons.mail.models.mail_mail"):
            again.send()
        first, second = self.rows(message)
        self.assertEqual((first.state, second.state), ("error", "error"))
        first.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertEqual((first.needs_action, second.needs_action), (False, True))
        self.assertEqual(self.count(self.user_employee), 2)
        self.assertEqual(self.core_failures(), self.anna | self.bob)
        message.with_user(self.user_employee).set_need_action_done()
        records = self.env["res.partner"].search([("failed_message_ids", "in", message.ids)])
        self.assertFalse(records)
        self.assertFalse(first.reviewed_by_id)
