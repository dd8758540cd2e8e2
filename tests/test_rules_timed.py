"""Email rules that wait for days."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.mail_tracking.models.rules import mail_tracking_rule as rules

from .support.rule_common import RuleCommon


@tagged("post_install", "-at_install")
class TestRulesTimed(RuleCommon):
    def test_not_answered(self):
        rule = self.rule("not_answered", days=3)
        silent, answered, failed, opened = (self.sent() for _n in range(4))
        for row, record in zip(silent | answered | failed | opened, self.records(4), strict=True):
            row.res_id = record.id
        answered.event_create("reply", {})
        failed.event_create("soft_bounce", {"error_type": "mailbox_full"})
        opened.event_create("open", {"open_kind": "person"})
        rows = silent | answered | failed | opened
        self.days_pass(rule, *rows, days=2)
        self.assertFalse(self.ran(rule))
        self.days_pass(rule, *rows, days=2)
        self.assertEqual(self.ran(rule), silent | opened)
        self.assertEqual(set(self.activities(rule).mapped("summary")), {"Email not answered"})

    def test_an_answer_to_a_later_email_about_the_record_is_one(self):
        rule = self.rule("not_answered", days=3)
        first, second = self.sent(), self.sent()
        second.event_create("reply", {})
        self.days_pass(rule, first, second)
        self.assertFalse(self.ran(rule))

    def test_an_answer_of_one_recipient_is_one_for_the_message(self):
        rule = self.rule("not_answered", days=3)
        rows = self.rows(self.post(self.anna | self.bob))
        rows[0].event_create("reply", {})
        self.days_pass(rule, *rows)
        self.assertFalse(self.ran(rule))

    def test_an_email_of_an_outsider_who_got_none_is_an_answer(self):
        rule = self.rule("not_answered", days=3)
        silent, answered = self.rows(self.post(self.anna)), self.rows(self.post(self.bob))
        silent.mail_message_id.res_id = silent.res_id = self.records(1).id
        answered.time -= timedelta(minutes=1)
        self.record.message_post(
            body="Yes", message_type="email", email_from="boss@elsewhere.com", author_id=False
        )
        self.days_pass(rule, silent, answered)
        self.assertEqual(self.ran(rule), silent)

    def test_not_opened(self):
        rule = self.rule("not_opened", days=3)
        unopened, opened, unknown = (self.sent() for _n in range(3))
        opened.event_create("open", {"open_kind": "person"})
        unopened.event_create("open", {"open_kind": "machine"})
        unknown.tracking_event_ids.open_mode = "off"
        unknown.open_mode = "off"
        self.days_pass(rule, unopened, opened, unknown)
        self.assertEqual(self.ran(rule), unopened, "what cannot be known is not said")

    def test_a_refusal_of_tracking_cannot_be_told_from_silence(self):
        rule = self.rule("not_opened", days=3)
        row = self.sent()
        row.opens_refused = True
        self.days_pass(rule, row)
        self.assertFalse(self.ran(rule))

    def test_each_once(self):
        rule = self.rule("not_answered", days=3)
        row = self.sent()
        for _turn in range(3):
            self.days_pass(rule, row)
        self.assertEqual(self.ran(rule), row)
        self.assertEqual(len(self.activities(rule)), 1)

    def test_nothing_of_what_was_sent_before_the_rule_was_on(self):
        row = self.sent()
        row.tracking_event_ids.timestamp -= 10 * 86400
        rule = self.rule("not_answered", days=3)
        self.run_timed()
        self.assertFalse(self.ran(rule))
        rule.active = False
        rule.checked_until = 0
        rule.active = True
        self.run_timed()
        self.assertFalse(self.ran(rule))
        rule.checked_until = 0
        rule.write({"trigger": "not_opened"})
        self.run_timed()
        self.assertFalse(self.ran(rule))
        rule.checked_until = 0
        self.run_timed()
        self.assertEqual(self.ran(rule), row, "else this test says nothing")

    def test_it_never_looks_twice_at_the_same_time(self):
        rule = self.rule("not_answered", days=3)
        self.days_pass(rule, self.sent())
        self.assertAlmostEqual(rule.checked_until, time.time() - 3 * 86400, delta=60)

    def test_many_are_looked_at_in_batches_and_none_is_left_out(self):
        rule = self.rule("not_answered", days=3)
        rows = self.trackings_of(self.records(9))
        for row in rows:
            row.event_create("sent", {})
        rows.tracking_event_ids.timestamp = time.time()  # at the same instant
        rows[0].tracking_event_ids.timestamp -= 60
        with patch.object(rules, "BATCH", 4):
            self.days_pass(rule, *rows)
        self.assertEqual(self.ran(rule), rows)

    def test_what_a_rule_sent_is_waited_for_by_no_rule_of_its_kind(self):
        action = self.code(
            f"record.message_post(body='Hello?', partner_ids=[{self.bob.id}], "
            "message_type='comment', subtype_xmlid='mail.mt_comment')"
        )
        rule = self.rule("not_answered", days=3, server_action_id=action.id)
        row = self.sent()
        self.days_pass(rule, row)
        with self.smtp():
            self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        [sent] = self.env["mail.tracking.email"].search([("rule_triggers", "!=", False)])
        self.assertEqual((sent.state, sent.rule_triggers), ("sent", "not_answered"))
        self.days_pass(rule, sent)
        self.assertEqual(self.ran(rule), row)

    def test_as_many_queries_for_one_email_as_for_sixty(self):
        rule = self.rule("not_answered", days=3)
        counts = []
        for count in (1, 1, 60):
            rows = self.trackings_of(self.records(count), author_id=self.author.id)
            rows._log_events([(row, "sent", {}) for row in rows])
            rows.tracking_event_ids.timestamp = time.time() - 4 * 86400
            rule.checked_until -= 5 * 86400
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.run_timed()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(len(self.ran(rule)), 62)
        # an activity of one's own, and one that is shared, differ by some
        self.assertLessEqual(counts[2], counts[1] + 15, counts)

    def test_try_it(self):
        rule = self.rule("not_answered", days=3)
        row, answered, young = (self.sent() for _n in range(3))
        for each, record in zip(row | answered | young, self.records(3), strict=True):
            each.res_id = record.id
        answered.event_create("reply", {})
        for each in row | answered:
            each.time = each.time.fromtimestamp(time.time() - 5 * 86400)
        action = rule.action_try()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), row)
        self.assertFalse(rule.run_ids)
