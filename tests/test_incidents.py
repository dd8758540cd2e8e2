from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.incidents import check
from .support.incident_common import IncidentCommon

CORE = "odoo.addons.mail.models.mail_mail"
GUARD = "odoo.addons.mail_tracking.models.guard"


@tagged("post_install", "-at_install")
class TestIncidents(IncidentCommon):
    """A mail server that takes no emails: opened, told, closed."""

    def triggers(self):
        cron = self.env.ref(check.CRON)
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    @mute_logger(CORE)
    def test_third_failure_in_a_row_opens_and_a_success_closes(self):
        before = self.triggers()
        self.send_in_vain(self.anna)
        self.send_in_vain(self.bob)
        self.check()
        self.assertFalse(self.incidents())
        self.assertGreater(self.triggers(), before, "each failure has the servers looked at")
        first = self.rows(self.env["mail.message"].search([], order="id desc", limit=2)).sorted()
        self.send_in_vain(self.carl)
        with self.no_email():
            self.check()
        incident = self.incidents()
        self.assertEqual((incident.kind, incident.key), ("server", "127.0.0.1"))
        self.assertEqual((incident.email_count, incident.recipient_count), (3, 3))
        self.assertEqual(incident.opened_on, min(first.mapped("state_time")))
        self.assertIn("127.0.0.1", incident.name)
        self.assertIn("cannot be reached", incident.cause)
        [message] = self.messages()
        self.assertIn("127.0.0.1", message.body)
        self.assertIn("What to do", message.body)
        self.assertIn(f"/odoo/email-incidents/{incident.id}", message.body)
        activities = self.activities(incident)
        self.assertIn(self.postmaster, activities.user_id)
        self.assertEqual(len(activities), len(activities.user_id), "one for each")
        self.check()
        self.assertEqual(self.messages(), message, "it is told once")
        self.post(self.anna)
        with self.no_email():
            self.check()
        self.assertTrue(incident.closed_on)
        self.assertFalse(self.activities(incident))
        [_first, end] = self.messages()
        self.assertEqual((end.parent_id, incident.end_message_id), (message, end))
        self.assertIn("Over since", end.body)

    @mute_logger(CORE)
    def test_other_failures_do_not_count(self):
        """Addresses that do not exist, and one message that several servers take for spam."""
        self.handler.refuse_rcpt = {
            partner.email: "550 5.1.1 User unknown" for partner in (self.anna, self.bob, self.carl)
        }
        for partner in (self.anna, self.bob, self.carl):
            self.post(partner)
        self.handler.refuse_rcpt = {}
        self.handler.refuse_data = {
            partner.email: "554 5.7.1 Rejected as spam"
            for partner in (self.anna, self.bob, self.carl)
        }
        self.post(self.anna | self.bob | self.carl)
        self.check()
        self.assertFalse(self.incidents())
        self.post(self.anna)
        self.post(self.bob)
        self.check()
        self.assertEqual(self.incidents().code, "spam", "the third message")
        self.assertIn("554 5.7.1 Rejected as spam", self.incidents().reason)

    @mute_logger(CORE)
    def test_server_that_refuses_is_explained_and_names_nobody(self):
        self.handler.refuse_rcpt = {
            "anna@example.com": "554 5.7.1 <anna@example.com>: Relay access denied"
        }
        for _number in range(3):
            self.post(self.anna)
        self.check()
        incident = self.incidents()
        self.assertEqual(incident.code, "relay")
        self.assertIn("Relay access denied", incident.reason)
        self.assertNotIn("anna", incident.reason + self.messages().body)

    @mute_logger(CORE)
    def test_a_storm_is_one_message(self):
        """Several servers, many failures, and a server that comes and goes."""
        other = self.mail_server.copy({"smtp_host": "127.0.0.2", "name": "Other"})
        third = self.mail_server.copy({"smtp_host": "127.0.0.3", "name": "Third"})
        for server in (self.mail_server, other):
            for _number in range(3):
                self.send_in_vain(self.anna | self.bob, server)
        self.check()
        first, second = self.incidents()
        [message] = self.messages()
        for name in ("127.0.0.1", "127.0.0.2"):
            self.assertIn(name, message.body)
        for _number in range(3):
            self.send_in_vain(self.anna, third)
        self.check()
        self.assertEqual(self.messages(), message, "it is added to what was told")
        self.assertIn("127.0.0.3", message.body)
        self.assertEqual(len(self.incidents()), 3)
        for _number in range(3):
            self.post(self.anna, mail_server_id=self.mail_server.id)
            self.check()
            self.assertTrue(first.closed_on)
            for _failure in range(3):
                self.send_in_vain()
            self.check()
            self.assertFalse(first.closed_on, "the old one goes on")
        self.assertEqual(len(self.messages()), 2, "it began, and one that changes")
        self.assertNotIn("Over since", self.messages()[1].body)
        self.assertEqual(len(self.incidents(is_open=False)), 3)
        self.assertIn(self.postmaster, self.activities(first).user_id)
        self.assertFalse(second.closed_on)

    @mute_logger(CORE)
    def test_what_comes_back_after_an_hour_is_told_anew(self):
        for _number in range(3):
            self.send_in_vain()
        self.check()
        first = self.incidents()
        self.post(self.anna)
        self.check()
        self.later(first, hours=2)
        for _number in range(3):
            self.send_in_vain()
        self.check()
        second = self.incidents()
        self.assertNotEqual(second, first)
        self.assertEqual(len(self.messages()), 3)

    @mute_logger(CORE)
    def test_server_that_is_not_used_any_more(self):
        for _number in range(3):
            self.send_in_vain()
        self.check()
        incident = self.incidents()
        self.mail_server.active = False
        self.check()
        self.assertTrue(incident.closed_on)

    @mute_logger(CORE)
    def test_old_failures_are_told_to_nobody(self):
        for _number in range(3):
            self.send_in_vain()
        self.env.cr.execute("UPDATE mail_tracking_event SET timestamp = timestamp - 2 * 86400")
        self.check()
        self.assertFalse(self.incidents())

    @mute_logger(CORE)
    def test_emails_are_listed_and_resent(self):
        messages = [self.send_in_vain(partner) for partner in (self.anna, self.bob, self.carl)]
        self.check()
        incident = self.incidents().with_user(self.postmaster).sudo(False)
        action = incident.action_open_emails()
        Tracking = self.env["mail.tracking.email"].with_user(self.postmaster)
        found = Tracking.search(action["domain"])
        self.assertEqual(
            found.ids,
            sorted((row.id for message in messages for row in self.rows(message)), reverse=True),
        )
        action = incident.action_resend()
        self.assertEqual(action["tag"], "mail_tracking.resend")
        self.assertEqual(set(action["params"]["tracking_ids"]), set(found.ids))
        found.sudo().needs_action = False
        self.assertEqual(incident.action_resend()["tag"], "display_notification")

    @mute_logger(CORE)
    def test_numbers_are_those_of_the_readers_companies(self):
        other = self.env["res.company"].create({"name": "Other company"})
        both = new_test_user(
            self.env,
            "both",
            groups="base.group_user,mail_tracking.group_postmaster",
            company_ids=[fields.Command.set([self.env.company.id, other.id])],
        )
        for partner in (self.anna, self.bob, self.carl):
            self.rows(self.send_in_vain(partner))[-1].company_id = (
                other if partner == self.carl else self.env.company
            )
        self.check()
        incident = self.incidents()
        own = incident.with_user(self.postmaster).sudo(False)
        self.assertEqual(own.email_count, 2)
        companies = (self.env.company | other).ids
        seen = incident.with_user(both).sudo(False).with_context(allowed_company_ids=companies)
        self.assertEqual(seen.email_count, 3)
        with self.assertRaises(AccessError):
            own.read(["counts"])
        self.assertNotIn("recipients:", self.messages().body, "people of all companies read it")
        notes = {activity.user_id: activity.note for activity in self.activities(incident)}
        self.assertIn("Emails: 2,", notes[self.postmaster])
        self.assertIn("Emails: 3,", notes[both])

    def test_employees_see_none_and_nobody_writes(self):
        incident = self.Incident.create(
            {"kind": "server", "key": "x", "opened_on": fields.Datetime.now()}
        )
        with self.assertRaises(AccessError):
            incident.with_user(self.user_employee).sudo(False).read(["kind"])
        own = incident.with_user(self.postmaster).sudo(False)
        with self.assertRaises(AccessError):
            own.closed_on = fields.Datetime.now()
        own.message_post(body="I am at it")

    @mute_logger(CORE)
    def test_activity_can_be_done_by_its_postmaster(self):
        for _number in range(3):
            self.send_in_vain()
        self.check()
        activities = self.activities(self.incidents())
        own = activities.filtered(lambda activity: activity.user_id == self.postmaster)
        own.with_user(self.postmaster).sudo(False).action_feedback(feedback="Restarted it")
        self.assertFalse(own.active)

    @mute_logger(CORE, GUARD)
    def test_an_addon_that_fails_costs_no_incident_and_no_email(self):
        Channel = type(self.env["discuss.channel"])
        with patch.object(Channel, "message_post", side_effect=ValueError):
            for _number in range(3):
                self.send_in_vain()
            self.check()
        self.assertTrue(self.incidents())
        self.assertTrue(self.activities(self.incidents()))
        with patch.object(type(self.Incident), "_find_servers", side_effect=ValueError):
            self.post(self.anna)
            self.check()
        self.assertFalse(self.incidents().closed_on, "it is not known to be over")
        with patch.object(type(self.Incident), "_wake", side_effect=ValueError):
            message = self.send_in_vain()
        self.assertEqual(self.row(message, self.anna).state, "error")

    @mute_logger(CORE)
    def test_what_is_undone_is_told_to_no_browser(self):
        """Another process is at the same incidents: it tells of them, and this one does not."""
        for _number in range(3):
            self.send_in_vain()
        self.env.cr.precommit.run()
        with (
            patch.object(type(self.Incident), "_tell_worse", side_effect=SerializationFailure),
            patch.object(self.env["bus.bus"].__class__, "create", autospec=True) as create,
        ):
            self.check()
            self.env.cr.precommit.run()
        self.assertFalse(self.incidents() or self.messages())
        self.assertFalse([vals for call in create.call_args_list for vals in call.args[1]])

    def test_words_are_those_of_the_reader(self):
        incident = self.Incident.create(
            {
                "kind": "complaints",
                "key": "1:",
                "code": "complaints",
                "opened_on": fields.Datetime.now(),
                "facts": {"failed": 4, "emails": 1000, "share": 0.004},
            }
        )
        self.assertIn("other providers", incident.name)
        self.assertIn("0.4%", incident.what)
        self.assertIn("0.3% on", incident.cause)

    @mute_logger(CORE)
    def test_queries_do_not_grow(self):
        counts = []
        for number in (1, 6):
            for server_number in range(number):
                host = f"127.0.1.{server_number + 10 * number}"
                server = self.mail_server.copy({"smtp_host": host, "name": host})
                for _failure in range(3):
                    self.send_in_vain(self.anna, server)
            self.check()
            self.assertTrue(self.incidents())
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Incident._check()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_old_incidents_are_deleted(self):
        long_ago = fields.Datetime.subtract(fields.Datetime.now(), days=401)
        vals = {"kind": "queue", "opened_on": long_ago}
        old = self.Incident.create({**vals, "key": "a", "closed_on": long_ago})
        lasting = self.Incident.create({**vals, "key": "b"})
        self.Incident._gc_incidents()
        self.assertEqual((old | lasting).exists(), lasting)
