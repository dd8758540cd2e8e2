"""What fails after Odoo deleted the message: invitations, refusals of applicants, mailings."""

import importlib.util
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import new_test_user
from odoo.tools import file_path, mute_logger

from odoo.addons.mail.tools.discuss import Store
from odoo.addons.mail_tracking.models.failures import mail_message as failures

from .support.report_common import UNKNOWN, ReportCommon


@tagged("post_install", "-at_install")
class TestFailedEmails(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "colleague", "base.group_user")
        cls.postmaster = new_test_user(cls.env, "postmaster", "mail_tracking.group_postmaster")
        cls._create_portal_user()
        cls.Tracking = cls.env["mail.tracking.email"]

    def send_deleted(self, record=None, **values):
        """Send a mail that core deletes with its message; return its tracking."""
        record = self.record if record is None else record
        mail = self.send_mail(
            author_id=self.author.id,
            model=record._name if record else False,
            res_id=record.id,
            email_to="dora@example.com",
            auto_delete=True,
            **values,
        )
        self.assertFalse(mail.exists())
        self.env.invalidate_all()
        row = self.Tracking.sudo().search([], limit=1, order="id desc")
        self.assertFalse(row.mail_message_id)
        return row

    def bounce(self, row):
        self.report(("dora@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.env.invalidate_all()
        self.assertEqual(row.state, "bounced")
        return row

    def bounced(self, **values):
        return self.bounce(self.send_deleted(**values))

    def set_writable(self, value):
        """Let employees write contacts, or not."""
        access = self.env["ir.model.access"].search([("model_id.model", "=", "res.partner")])
        access.perm_write = value

    def count(self, user):
        return self.env["mail.message"].with_user(user).get_failed_count()

    def box(self, user, record=None):
        """What the chatter of the record shows of failures without a message."""
        store = Store(bus_channel=user)
        thread = (record or self.record).with_user(user)
        data = store.add(thread, request_list=["failed_messages"], as_thread=True).get_result()
        [ids] = [t["failed_emails"] for t in data["mail.thread"] if "failed_emails" in t]
        emails = {email["id"]: email for email in data.get("mail.tracking.email", [])}
        return [emails[row_id] for row_id in ids]

    def details(self, user, row):
        return self.env["mail.message"].with_user(user).get_failed_email_details(row.id)

    # ------------------------------------------------------------
    # RECORD AND AUTHOR
    # ------------------------------------------------------------

    def test_record_and_author_stay_when_the_message_goes(self):
        row = self.send_deleted()
        self.assertEqual((row.model, row.res_id), ("res.partner", self.record.id))
        self.assertEqual(row.author_id, self.author)
        row = self.send_deleted(record=self.env["res.partner"])
        self.assertEqual((row.model, row.res_id), (False, 0))

    def test_the_record_is_written_with_the_tracking_of_a_posted_message(self):
        row = self.row(self.post(self.anna), self.anna)
        self.assertEqual((row.model, row.res_id), ("res.partner", self.record.id))

    def test_a_tracking_that_another_addon_makes_gets_the_record_of_its_message(self):
        message = self.record.message_post(body="Hello", author_id=self.author.id)
        row, other = self.Tracking.sudo().create(
            [{"mail_message_id": message.id, "recipient": "dora@example.com"}, {"name": "x"}]
        )
        self.assertEqual((row.model, row.res_id), ("res.partner", self.record.id))
        self.assertEqual(row.author_id, self.author)
        self.assertFalse(other.model or other.res_id)

    # ------------------------------------------------------------
    # WHO HEARS OF IT
    # ------------------------------------------------------------

    def test_a_bounce_counts_for_author_and_postmaster(self):
        row = self.send_deleted()
        for user in (self.user_employee, self.postmaster, self.colleague):
            self.assertEqual(self.count(user), 0)
        self.bounce(row)
        self.assertEqual(self.count(self.user_employee), 1)
        self.assertEqual(self.count(self.postmaster), 1)
        for user in (self.colleague, self.user_portal):
            self.assertEqual(self.count(user), 0)
        values = self.env["mail.message"].with_user(self.user_employee)._get_failed_values()
        self.assertEqual(values["mail_tracking_failed_emails"], 1)
        self.assertEqual(values["failed"]["counter"], 1)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_what_is_refused_at_once_counts_as_well(self):
        self.handler.refuse_rcpt["dora@example.com"] = "550 5.1.1 User unknown"
        mail = self.send_mail(
            author_id=self.author.id,
            model="res.partner",
            res_id=self.record.id,
            email_to="dora@example.com",
            auto_delete=True,
        )
        self.assertFalse(mail.exists())
        self.assertEqual(self.count(self.user_employee), 1)
        [email] = self.box(self.user_employee)
        self.assertEqual(email["tracking"]["status"], "error")

    def test_the_record_shows_it_to_who_may_read_the_record(self):
        row = self.bounced()
        for user in (self.user_employee, self.postmaster, self.colleague):
            with self.subTest(user.name):
                [email] = self.box(user)
                self.assertEqual((email["id"], email["subject"]), (row.id, "Offer"))
                self.assertEqual(email["author"], self.author.name)
                self.assertEqual(email["is_own"], user == self.user_employee)
                self.assertEqual(email["tracking"]["email"], "dora@example.com")
                self.assertIn("Address does not exist", email["tracking"]["error_description"])
                details = self.details(user, row)
                types = {event["type"] for event in details["events"]}
                self.assertEqual(types, {"sent", "hard_bounce"})
        self.assertEqual(self.box(self.user_employee, self.anna), [])

    def test_nobody_else_sees_or_reviews_it(self):
        row = self.bounced()
        rule = {
            "name": "Nobody reads it",
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "domain_force": [("id", "!=", self.record.id)],
        }
        self.env["ir.rule"].create(rule)
        self.assertEqual(self.box(self.colleague), [])
        for user in (self.colleague, self.user_portal, self.env.ref("base.public_user")):
            own = row.with_user(user)
            with self.subTest(user.name):
                for call in (
                    lambda user=user: self.details(user, row),
                    own.action_review,
                    own.action_open_document,
                    own.read,
                ):
                    with self.assertRaises(AccessError):
                        call()
        self.assertTrue(row.needs_action)

    def test_who_reads_the_record_learns_nothing_of_its_other_mails(self):
        """Those have a message, with an access of its own."""
        message = self.record.with_user(self.user_employee).message_notify(
            body="Secret", subject="Secret", partner_ids=self.anna.ids
        )
        row = self.row(message.sudo(), self.anna)
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        with self.assertRaises(AccessError):
            self.details(self.colleague, row)
        with self.assertRaises(AccessError):  # also who may write the record
            row.with_user(self.colleague).action_review()
        self.assertTrue(row.needs_action)

    def test_other_companies_do_not_hear_of_it(self):
        row = self.bounced()
        row.company_id = self.env["res.company"].create({"name": "Other company"})
        self.env.flush_all()
        self.assertEqual(self.count(self.postmaster), 0)

    # ------------------------------------------------------------
    # REVIEW
    # ------------------------------------------------------------

    def test_who_may_review(self):
        row = self.bounced()
        self.set_writable(False)
        with self.assertRaisesRegex(AccessError, "may review a failed email"):
            row.with_user(self.colleague).action_review()
        self.set_writable(True)
        row.with_user(self.colleague).action_review()
        self.assertFalse(row.needs_action)
        for user in (self.user_employee, self.postmaster):
            row = self.bounced()
            row.with_user(user).action_review()
            self.assertFalse(row.needs_action)
            self.assertEqual(self.count(user), 0)
            self.assertEqual(self.box(user), [])
        self.assertEqual(row.state, "bounced")

    def test_a_second_report_brings_back_nothing_that_was_reviewed(self):
        row = self.bounced()
        row.with_user(self.user_employee).action_review()
        self.bounce(row)
        self.assertFalse(row.needs_action)

    def test_review_in_the_list_settles_messages_as_well(self):
        message = self.post(self.anna | self.bob)
        rows = self.rows(message)
        rows.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.env.invalidate_all()
        action = self.env.ref("mail_tracking.action_review").with_user(self.user_employee)
        action.with_context(
            active_model="mail.tracking.email", active_ids=rows[0].ids, active_id=rows[0].id
        ).run()
        self.assertEqual(rows.mapped("needs_action"), [False, True])
        self.assertTrue(message.mail_tracking_needs_action)
        rows.with_user(self.user_employee).action_review()
        self.assertFalse(message.mail_tracking_needs_action)

    def test_review_of_all_is_of_the_own_mailbox(self):
        mine, other = self.bounced(), self.bounced()
        other.author_id = self.anna
        self.env["mail.message"].with_user(self.user_employee).set_all_need_action_done()
        self.assertEqual((mine | other).mapped("needs_action"), [False, True])

    def test_review_of_all_by_a_postmaster_leaves_the_emails_of_others(self):
        others = self.bounced() | self.bounced()
        others[1].author_id = False
        own = self.bounced()
        own.author_id = self.postmaster.partner_id
        self.env["mail.message"].with_user(self.postmaster).set_all_need_action_done()
        self.assertEqual((others | own).mapped("needs_action"), [True, True, False])
        self.assertEqual(self.count(self.postmaster), 2)
        self.assertEqual(self.count(self.user_employee), 1)
        others.with_user(self.postmaster).action_review()
        self.assertEqual(self.count(self.postmaster), 0)

    def test_a_mail_that_arrives_after_all_needs_nobody(self):
        row = self.bounced()
        row.event_create("open", {"open_kind": "person"})
        self.assertEqual((row.state, self.count(self.user_employee)), ("opened", 0))

    # ------------------------------------------------------------
    # WHAT IS DELETED
    # ------------------------------------------------------------

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_failed_mail_that_is_deleted_by_hand_still_needs_somebody(self):
        self.handler.refuse_data["dora@example.com"] = "451 4.3.0 try again"
        mail = self.send_mail(
            author_id=self.author.id,
            model="res.partner",
            res_id=self.record.id,
            email_to="dora@example.com",
            auto_delete=True,
        )
        self.assertEqual(self.count(self.user_employee), 1)
        self.assertEqual(self.box(self.user_employee), [])  # its message is there
        mail.unlink()
        self.assertEqual(self.count(self.user_employee), 1)
        self.assertEqual(len(self.box(self.user_employee)), 1)

    def test_who_deletes_a_message_has_seen_to_its_failures(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.env.invalidate_all()
        message.unlink()
        self.assertFalse(row.mail_message_id or row.needs_action)
        self.assertEqual(self.count(self.user_employee), 0)

    def test_the_record_opens_as_long_as_it_is_there(self):
        record = self.env["res.partner"].create({"name": "Soon gone"})
        row = self.bounced(record=record)
        action = row.with_user(self.user_employee).action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("res.partner", record.id))
        with self.assertRaises(AccessError):
            row.with_user(self.colleague).action_open_document()
        record.unlink()
        for model in ("res.partner", "no.such.model", "mail.thread", False):
            row.model = model
            with self.assertRaises(UserError):
                row.with_user(self.user_employee).action_open_document()

    def test_who_deletes_a_record_has_seen_to_its_failures(self):
        record = self.env["res.partner"].create({"name": "Soon gone"})
        other = self.bounced()
        row = self.bounced(record=record)
        self.assertEqual(self.count(self.user_employee), 2)
        pings = self.pings(record.with_user(self.env.ref("base.user_admin")).unlink)
        self.env.invalidate_all()
        self.assertEqual((row | other).mapped("needs_action"), [False, True])
        self.assertEqual(row.state, "bounced")
        self.assertEqual(self.count(self.user_employee), 1)
        self.assertTrue(
            any(
                f'"res.partner",{self.author.id}]' in channel and "mail_tracking/failed" in message
                for channel, message in pings
            )
        )

    def test_a_model_without_a_table_has_no_record(self):
        row = self.bounced()
        row.write({"author_id": False, "model": "mail.thread"})
        message = self.post(self.anna)
        message.write({"model": "mail.thread", "author_id": self.colleague.partner_id.id})
        self.env.flush_all()
        with self.assertRaises(AccessError):
            self.details(self.colleague, row)
        with self.assertRaises(AccessError):
            row.with_user(self.colleague).action_review()
        self.assertFalse(message.with_user(self.colleague)._filter_readable_with_record())

    def test_what_failed_about_a_contact_survives_its_merger(self):
        merged = self.env["res.partner"].create({"name": "Twice here"})
        row = self.bounced(record=merged)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([merged.id, self.record.id], self.record)
        self.assertFalse(merged.exists())
        [email] = self.box(self.colleague)
        self.assertEqual(email["id"], row.id)

    # ------------------------------------------------------------
    # LIVE
    # ------------------------------------------------------------

    def pings(self, call):
        self.env["bus.bus"].sudo().search([]).unlink()
        call()
        self.env.cr.precommit.run()
        return {
            (entry.channel, entry.message)
            for entry in self.env["bus.bus"].sudo().search([])
            if "mail_tracking/" in entry.message
        }

    def test_author_postmasters_and_readers_of_the_record_hear_of_it_live(self):
        row = self.send_deleted()
        for call in (
            lambda: self.bounce(row),
            lambda: row.with_user(self.user_employee).action_review(),
        ):
            pings = self.pings(call)
            text = "\n".join(f"{channel} {message}" for channel, message in pings)
            self.assertIn(f'"res.partner",{self.record.id},"mail_tracking"', text)
            self.assertIn('"thread"', text)
            told = [channel for channel, message in pings if "mail_tracking/failed" in message]
            self.assertEqual(len(told), 2, told)
            group = self.env.ref("mail_tracking.group_postmaster")
            self.assertTrue(any(f'"res.groups",{group.id}]' in channel for channel in told))
            self.assertTrue(any(f'"res.partner",{self.author.id}]' in channel for channel in told))

    # ------------------------------------------------------------
    # CLEAN-UP
    # ------------------------------------------------------------

    def test_clean_up_keeps_failed_messages_alone_also_where_unlink_is_extended(self):
        Tracking = self.Tracking.sudo()
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("mail_tracking.mail_tracking_email_max_age_days", "30")
        message = self.env["mail.message"].create({"body": "x"})
        old = {
            "name": "old",
            "time": fields.Datetime.now() - timedelta(days=100),
            "recipient": "a@example.com",
        }
        failed = {**old, "state": "bounced", "needs_action": True}

        def unlink(self):
            return original(self)

        original = type(Tracking).unlink
        for is_extended in (False, True):
            if is_extended:
                self.patch(type(Tracking), "unlink", unlink)
            kept = Tracking.create({**failed, "mail_message_id": message.id})
            # strangers cause many of those: they type addresses into forms
            gone = Tracking.create(
                [
                    failed,
                    old,
                    {**failed, "needs_action": False},
                    {**failed, "author_id": self.author.id},
                    {**failed, "model": "res.partner", "res_id": self.record.id},
                ]
            )
            with self.subTest(is_extended=is_extended):
                Tracking._gc_trackings()
                self.assertEqual((kept | gone).exists(), kept)

    # ------------------------------------------------------------
    # COSTS
    # ------------------------------------------------------------

    def test_no_more_are_counted_than_up_to_a_limit(self):
        failed = {"author_id": self.author.id, "state": "bounced", "needs_action": True}
        self.Tracking.sudo().create([failed] * 3)
        for limit, count in ((2, 2), (1000, 3)):
            with patch.object(failures, "MAX_COUNTED_EMAILS", limit):
                for user in (self.user_employee, self.postmaster):
                    self.assertEqual(self.count(user), count)

    def test_what_a_chatter_asks_does_not_grow(self):
        counts = []
        for more in (1, 0, 20):
            rows = self.Tracking.sudo().create(
                [
                    {
                        "model": "res.partner",
                        "res_id": self.record.id,
                        "author_id": self.author.id,
                        "recipient": f"dora{number}@example.com",
                    }
                    for number in range(more)
                ]
            )
            rows.event_create("hard_bounce", {"error_type": "user_unknown"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.box(self.colleague)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    # ------------------------------------------------------------
    # MIGRATION
    # ------------------------------------------------------------

    def migrate(self, batch):
        path = file_path("mail_tracking/migrations/19.0.2.1.0/post-20-records.py")
        spec = importlib.util.spec_from_file_location("post_20_records", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.BATCH = batch
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.2.0.0")
        self.env.invalidate_all()

    def test_existing_rows_get_record_and_author_while_their_message_can_tell(self):
        message = self.post(self.anna | self.bob)
        rows = self.rows(message)
        old, new = self.bounced(), self.bounced()
        for row in (old, new):
            row.author_id = self.anna
        old.time = fields.Datetime.now() - timedelta(days=31)
        rows.write({"model": False, "res_id": False, "author_id": False})
        (old | new).write({"model": False, "res_id": False})
        self.migrate(batch=2)
        self.assertEqual(set(rows.mapped("res_id")), {self.record.id})
        self.assertEqual(set(rows.mapped("model")), {"res.partner"})
        self.assertEqual(rows.author_id, self.author)
        # nobody was told of old ones, and all at once they would hide what is new
        self.assertEqual((old | new).mapped("needs_action"), [False, True])
        self.assertEqual((old | new).mapped("state"), ["bounced", "bounced"])
