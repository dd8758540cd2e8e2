"""Email rules: which emails they run for."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.mail_tracking.tools import events as ev

from .support.report_common import FULL, UNKNOWN
from .support.rule_common import RuleCommon

GUARD = "odoo.addons.mail_tracking.models.guard"


@tagged("post_install", "-at_install")
class TestRules(RuleCommon):
    # ------------------------------------------------------------
    # EACH TRIGGER
    # ------------------------------------------------------------

    def test_failed_by_smtp(self):
        rule = self.rule()
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.7.1 Rejected by policy"
        message = self.post(self.anna | self.bob)
        self.assertFalse(self.ran(rule), "never while a mail is sent")
        self.process_pending()
        self.assertEqual(self.ran(rule), self.row(message, self.anna))
        activity = self.activities(rule)
        self.assertEqual(activity.user_id, self.user_employee)
        self.assertEqual((activity.res_model, activity.res_id), ("res.partner", self.record.id))
        self.assertEqual(activity.summary, "Email failed")
        for words in ("Offer", "Anna", "Rejected by policy"):
            self.assertIn(words, activity.note)

    def test_failed_by_a_report(self):
        rule = self.rule()
        row = self.sent()
        self.report((row.recipient_address, "failed", "5.2.2", FULL), headers=self.by_token(row))
        self.process_pending()
        self.assertEqual(self.ran(rule), row)

    def test_failed_by_a_webhook_and_complained(self):
        failed, complained = self.rule(), self.rule("complained")
        soft, spam = self.sent(), self.sent()
        for row, event_type in ((soft, "soft_bounce"), (spam, "spam")):
            found = self.first("sparkpost", event_type)
            self.send("sparkpost", self.events_for("sparkpost", row, found))
        self.process_pending()
        self.assertEqual((self.ran(failed), self.ran(complained)), (soft, spam))

    def test_dead_address(self):
        rule = self.rule("dead")
        full, unknown = self.sent(), self.sent()
        self.report((full.recipient_address, "failed", "5.2.2", FULL), headers=self.by_token(full))
        self.process_pending()
        self.assertFalse(self.ran(rule))
        self.learn("report", unknown)
        self.process_pending()
        self.assertEqual(self.ran(rule), unknown)
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN
        message = self.post(self.bob)
        self.process_pending()
        self.assertEqual(self.ran(rule), unknown | self.row(message, self.bob))

    def test_a_report_without_a_key_warns_of_a_failure_and_proves_no_address_dead(self):
        failed, dead = self.rule(), self.rule("dead")
        row = self.sent()
        self.report(
            (row.recipient_address, "failed", "5.1.1", UNKNOWN),
            headers=f"Message-ID: {row.message_id}",
        )
        self.assertTrue(row.is_unproven)
        self.process_pending()
        self.assertEqual(self.ran(failed), row)
        self.assertFalse(self.ran(dead))

    def test_delivered(self):
        rule = self.rule("delivered")
        row = self.sent()
        self.learn("webhook", row)
        self.process_pending()
        self.assertEqual(self.ran(rule), row)

    def test_opened(self):
        rule = self.rule("opened")
        row = self.sent()
        self.learn("open", row)
        self.process_pending()
        self.assertEqual(self.ran(rule), row)

    def test_clicked(self):
        rule = self.rule("clicked")
        row = self.sent()
        row.event_create("click", {"open_kind": "machine"})
        self.process_pending()
        self.assertFalse(self.ran(rule))
        row.event_create("click", {"open_kind": "person"})
        self.process_pending()
        self.assertEqual(self.ran(rule), row)

    def test_answered(self):
        rule = self.rule("answered")
        row = self.sent()
        self.deliver(
            "From: Anna <anna@example.com>\nTo: catchall.test@test.mycompany.com\n"
            f"Subject: Re: Offer\nIn-Reply-To: {row.message_id}\n"
            "Message-ID: <answer-to-rule@example.com>\n\nThank you.\n"
        )
        self.process_pending()
        self.assertEqual(self.ran(rule), row)

    # ------------------------------------------------------------
    # WHICH EMAILS
    # ------------------------------------------------------------

    def test_machines_and_ourselves_start_nothing_and_cost_nothing(self):
        rule = self.rule("opened")
        row = self.sent()
        Rule = self.env["mail.tracking.rule"]
        row.model, Rule._is_awaited(row, ev.OPEN, {})  # as of any process that has done so before
        for kind in (ev.MACHINE, ev.SELF):
            with self.assertQueryCount(0):
                self.assertFalse(Rule._is_awaited(row, ev.OPEN, {"open_kind": kind}))
        with self.assertQueryCount(0):
            self.assertTrue(Rule._is_awaited(row, ev.OPEN, {"open_kind": ev.PERSON}))
            self.assertFalse(Rule._is_awaited(row, ev.DELIVERED, {}))
        for kind in (ev.MACHINE, ev.SELF):
            for number in range(50):
                row.event_create("open", {"open_kind": kind, "event_key": f"{kind}{number}"})
        self.assertFalse(any(row.tracking_event_ids.mapped("is_awaited")))
        self.process_pending()
        self.assertFalse(self.ran(rule))

    def test_an_event_is_awaited_while_there_is_an_active_rule_for_its_model(self):
        Rule, row = self.env["mail.tracking.rule"], self.sent()
        self.assertFalse(Rule._is_awaited(row, ev.ERROR, {}))
        rule = self.rule(has_note=True)
        self.assertTrue(Rule._is_awaited(row, ev.ERROR, {}))
        rule.active = False
        self.assertFalse(Rule._is_awaited(row, ev.ERROR, {}))
        rule.write({"active": True, "trigger": "opened"})
        self.assertFalse(Rule._is_awaited(row, ev.ERROR, {}))
        self.assertTrue(Rule._is_awaited(row, ev.OPEN, {}))
        rule.model_id = self.env["ir.model"]._get("discuss.channel")
        self.assertFalse(Rule._is_awaited(row, ev.OPEN, {}))
        rule.model_id = self.partner_model
        rule.unlink()
        self.assertFalse(Rule._is_awaited(row, ev.OPEN, {}))

    def test_domain_and_template(self):
        template = self.env["mail.template"].create(
            {
                "name": "Quotation",
                "model_id": self.partner_model.id,
                "subject": "Offer",
                "body_html": "<p>Hello</p>",
                "partner_to": str(self.anna.id),
                "use_default_to": False,
            }
        )
        by_name = self.rule(domain="[('name', '=', 'Acme Tracked')]")
        by_template = self.rule(template_id=template.id)
        any_record = self.rule()
        self.handler.refuse_rcpt["anna@example.com"] = FULL
        other = self.env["res.partner"].create({"name": "Other", "email": "other@example.com"})
        acme, others = (
            self.row(self.post(self.anna, record=r), self.anna) for r in (self.record, other)
        )
        with self.smtp():
            mail = template.send_mail(self.record.id, force_send=True)
        made = self.env["mail.tracking.email"].search([("mail_id_int", "=", mail)])
        self.process_pending()
        self.assertEqual(self.ran(by_name), acme | made)
        self.assertEqual(self.ran(by_template), made)
        self.assertEqual(self.ran(any_record), acme | others | made)

    def test_emails_to_colleagues_and_of_mailings_are_left_out(self):
        rule = self.rule()
        colleague = self.user_admin.partner_id
        inside, mailing = self.trackings_of(colleague | self.bob)
        mailing.mailing_id_int = 7
        self.let_fail(inside | mailing)
        self.process_pending()
        self.assertFalse(self.ran(rule))
        self.let_fail(self.trackings_of(self.anna))
        self.process_pending()
        self.assertEqual(len(self.ran(rule)), 1)

    def test_an_email_without_a_record_or_whose_record_is_gone_starts_nothing(self):
        rule = self.rule()
        gone = self.env["res.partner"].create({"name": "Gone", "email": "gone@example.com"})
        rows = self.trackings_of(gone)
        rows |= rows.create({"recipient": "nowhere@example.com"})
        self.let_fail(rows)
        gone.unlink()
        self.process_pending()
        self.assertFalse(self.ran(rule))

    # ------------------------------------------------------------
    # ONCE
    # ------------------------------------------------------------

    def test_once_for_each_message(self):
        rule = self.rule()
        self.handler.refuse_rcpt.update({"anna@example.com": FULL, "bob@example.com": FULL})
        message = self.post(self.anna | self.bob)
        self.process_pending()
        self.assertEqual(self.ran(rule), self.row(message, self.anna))
        for _turn in range(2):
            self.rows(message).event_create("soft_bounce", {"error_type": "mailbox_full"})
            self.process_pending()
        self.assertEqual(len(self.activities(rule)), 1)
        self.post(self.anna)
        self.process_pending()
        self.assertEqual(len(self.activities(rule)), 2)

    def test_what_another_process_has_done_is_not_done_again(self):
        rule = self.rule()
        row = self.sent()
        self.let_fail(row)
        Run = self.env["mail.tracking.rule.run"]
        self.assertEqual(len(Run._claim(rule, {row: self.env.user})), 1)
        self.assertFalse(Run._claim(rule, {row: self.env.user}))
        self.process_pending()
        self.assertEqual(len(rule.run_ids), 1)
        self.assertFalse(self.activities(rule))

    def test_runs_go_with_their_email(self):
        rule = self.rule()
        row = self.sent()
        self.let_fail(row)
        self.process_pending()
        self.assertEqual(self.ran(rule), row)
        row.unlink()
        self.assertFalse(self.ran(rule))

    def test_an_event_is_served_once(self):
        rule = self.rule()
        row = self.sent()
        self.let_fail(row)
        event = row.tracking_event_ids.filtered("is_awaited")
        self.assertEqual(event.event_type, "error")
        self.process_pending()
        self.assertFalse(event.is_awaited)
        rule.run_ids.unlink()
        self.process_pending()
        self.assertFalse(self.ran(rule))

    # ------------------------------------------------------------
    # MANY
    # ------------------------------------------------------------

    def test_as_many_queries_for_one_email_as_for_eighty(self):
        self.rule(has_note=True, activity_type_id=self.todo.id, activity_for="responsible")
        counts = []
        for count in (1, 1, 80):
            rows = self.trackings_of(self.records(count))
            self.let_fail(rows, error_type=f"reason {count}")
            events = self.env["mail.tracking.event"].browse(rows.tracking_event_ids.ids)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["mail.tracking.rule"]._run_on_events(events)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        _first, one, eighty = counts
        # an activity of one's own, and one that is shared, differ by some
        self.assertLessEqual(eighty, one + 15, counts)

    def test_rules_of_no_interest_cost_no_query_more(self):
        row = self.sent()
        counts = []
        for _turn in range(2):
            self.let_fail(row)
            event = row.tracking_event_ids[:1]
            event.fetch(["event_type", "tracking_email_id"])
            before = self.cr.sql_log_count
            self.env["mail.tracking.rule"]._run_on_events(event)
            counts.append(self.cr.sql_log_count - before)
            for trigger in ("opened", "clicked", "answered"):
                self.rule(trigger)
        self.assertEqual(counts[0], counts[1])

    # ------------------------------------------------------------
    # NO CIRCLES
    # ------------------------------------------------------------

    def test_what_a_rule_sends_starts_no_rule_of_the_same_kind(self):
        self.handler.refuse_rcpt.update(
            {"anna@example.com": FULL, "bob@example.com": FULL, "carl@example.com": FULL}
        )
        action = self.code(
            f"record.message_post(body='Again', partner_ids=[{self.bob.id}], "
            "message_type='comment', subtype_xmlid='mail.mt_comment')"
        )
        rule = self.rule(server_action_id=action.id)
        other = self.rule()
        message = self.post(self.anna)
        for _turn in range(2):
            self.process_pending()
            with self.smtp():
                self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        self.process_pending()
        self.assertEqual(self.ran(rule), self.row(message, self.anna))
        self.assertEqual(self.ran(other), self.row(message, self.anna))
        [sent] = self.env["mail.tracking.email"].search([("rule_triggers", "!=", False)])
        self.assertEqual((sent.partner_id, sent.rule_triggers), (self.bob, "failed"))
        self.assertEqual(sent.state, "error")

    def test_what_a_rule_lets_send_later_is_known_by_it_as_well(self):
        action = self.code(
            f"record.message_post(body='Again', partner_ids=[{self.bob.id}], "
            "message_type='comment', subtype_xmlid='mail.mt_comment', "
            "scheduled_date=datetime.datetime.now() + datetime.timedelta(days=1))"
        )
        self.rule(server_action_id=action.id)
        self.handler.refuse_rcpt["anna@example.com"] = FULL
        self.post(self.anna)
        self.process_pending()
        schedule = self.env["mail.message.schedule"].search(
            [("mail_message_id.res_id", "=", self.record.id)]
        )
        self.assertEqual(schedule.mail_tracking_rule_triggers, "failed")
        with self.smtp():
            schedule._send_notifications()
        [sent] = self.env["mail.tracking.email"].search([("rule_triggers", "!=", False)])
        self.assertEqual((sent.partner_id, sent.rule_triggers), (self.bob, "failed"))

    def test_two_rules_of_two_kinds_end_as_well(self):
        """Each sends when the other one's email is answered by a machine, for ever."""
        code = (
            f"record.message_post(body='Again', partner_ids=[{self.bob.id}], "
            "message_type='comment', subtype_xmlid='mail.mt_comment')"
        )
        action = self.code(code)
        for trigger in ("failed", "opened"):
            self.rule(trigger, server_action_id=action.id)
        Tracking = self.env["mail.tracking.email"]
        row = self.sent()
        rows = row
        for _turn in range(6):
            for event in ("soft_bounce", "open"):
                row.event_create(event, {"open_kind": "person", "error_type": "mailbox_full"})
                self.process_pending()
            last = Tracking.search([("rule_triggers", "!=", False)], order="id desc", limit=1)
            row = last
            rows |= row
        self.assertEqual(len(rows), 3)
        self.assertEqual(row.rule_triggers, "failed opened")

    def test_a_client_cannot_write_anything_else_there(self):
        for value in (7, ["failed"], {"a": 1}, "x" * 10_000):
            Tracking = self.env["mail.tracking.email"].with_context(
                mail_tracking_rule_triggers=value
            )
            row = Tracking.create({"recipient": "x@example.com"})
            self.assertLessEqual(len(row.rule_triggers or ""), 200)

    # ------------------------------------------------------------
    # FAILURES OF A RULE
    # ------------------------------------------------------------

    def test_a_rule_that_fails_costs_no_other_and_is_told_to_its_owner(self):
        action = self.code(
            "if record.name == 'R1': raise UserError('Not this one')\n"
            "record.write({'comment': 'Done'})"
        )
        bad = self.rule(
            name="Bad rule", server_action_id=action.id, owner_id=self.user_admin.id, sequence=1
        )
        good = self.rule(sequence=2)
        records = self.records(4)
        rows = self.trackings_of(records)
        self.let_fail(rows)
        with self.assertLogs(GUARD, "ERROR"):
            self.process_pending()
        self.assertEqual(self.ran(bad), rows - rows[1])
        self.assertEqual(self.ran(good), rows)
        self.assertEqual([bool(record.comment) for record in records], [True, False, True, True])
        self.assertFalse(any(rows.tracking_event_ids.mapped("is_awaited")))
        self.assertIn("Not this one", bad.last_error)
        told = self.env["mail.activity"].search([("summary", "like", bad.name)])
        self.assertEqual((len(told), told.user_id), (1, self.user_admin))
        self.assertIn("Not this one", told.note)
        self.let_fail(self.trackings_of(records[1]))
        with mute_logger(GUARD):
            self.process_pending()
        again = self.env["mail.activity"].search([("summary", "like", bad.name)])
        self.assertEqual(again, told, "once a day")

    def test_an_error_of_the_database_costs_no_other(self):
        action = self.code("env.cr.execute('SELECT nothing FROM nowhere')")
        bad = self.rule(server_action_id=action.id, sequence=1)
        good = self.rule(sequence=2)
        self.let_fail(self.sent())
        with mute_logger(GUARD, "odoo.sql_db"):
            self.process_pending()
        self.assertFalse(self.ran(bad))
        self.assertEqual(len(self.ran(good)), 1)
        self.assertIn("nowhere", bad.last_error)

    def test_a_rule_whose_field_is_gone_costs_no_other(self):
        bad, good = self.rule(sequence=1), self.rule(sequence=2)
        self.env.cr.execute(
            "UPDATE mail_tracking_rule SET domain = %s WHERE id = %s",
            ["[('x_gone', '=', 1)]", bad.id],
        )
        bad.invalidate_recordset()
        self.let_fail(self.sent())
        with mute_logger(GUARD):
            self.process_pending()
        self.assertFalse(self.ran(bad))
        self.assertIn("x_gone", bad.last_error)
        self.assertEqual(len(self.ran(good)), 1)

    # ------------------------------------------------------------
    # WHO MAY, AND WHAT
    # ------------------------------------------------------------

    def test_administrators_alone(self):
        rule = self.rule()
        for operation in ("read", "write", "create", "unlink"):
            self.assertFalse(rule.with_user(self.user_employee).has_access(operation))
            self.assertTrue(rule.with_user(self.user_admin).has_access(operation))
        with self.assertRaises(AccessError):
            rule.with_user(self.user_employee).action_try()
        runs = self.env["mail.tracking.rule.run"]
        self.assertFalse(runs.with_user(self.user_employee).has_access("read"))
        self.assertFalse(runs.with_user(self.user_admin).has_access("create"))

    def test_rules_that_make_no_sense_are_refused(self):
        channel = self.env["ir.model"]._get("discuss.channel")
        of_channels = self.code("pass", channel)
        for values in (
            {"domain": "[('nothing', '=', 1)]"},
            {"domain": "__import__('os')"},
            {"model_id": self.env["ir.model"]._get("res.country").id},
            {"activity_type_id": False},
            {"activity_for": "field", "activity_field": "name"},
            {"activity_for": "field", "activity_field": "parent_id.country_id"},
            {"activity_for": "field", "activity_field": False},
            {"activity_for": "user"},
            {"server_action_id": of_channels.id},
            {"trigger": "not_opened", "days": 0},
            {"trigger": "not_opened", "days": 10_000},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.rule(**{"activity_type_id": self.todo.id, **values})

    # ------------------------------------------------------------
    # TRY IT
    # ------------------------------------------------------------

    def test_try_it_shows_emails_and_changes_nothing(self):
        rows = self.trackings_of(self.records(3))
        self.let_fail(rows[:2])
        old = self.trackings_of(self.anna)
        self.let_fail(old)
        old.time = old.time.replace(year=2020)
        rule = self.rule()
        self.env.flush_all()
        tables = "mail_tracking_rule_run", "mail_activity", "mail_message", "mail_mail"

        def count():
            return [
                self.env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))
                for table in tables
            ]

        before = count()
        action = rule.with_user(self.user_admin).action_try()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), rows[:2])
        self.assertIn("2", action["name"])
        self.env.flush_all()
        self.assertEqual(count(), before)
        self.assertFalse(rule.run_ids)

    def test_try_it_is_bounded(self):
        self.let_fail(self.trackings_of(self.records(4)))
        module = "odoo.addons.mail_tracking.models.rules.mail_tracking_rule.MAX_TRIED"
        rule = self.rule()
        with patch(module, 3):
            action = rule.action_try()
        self.assertEqual(len(action["domain"][0][2]), 3)
        self.assertIn("last 3 emails", action["name"])

    def test_try_it_agrees_with_what_happens(self):
        """Each trigger: what Try it lists is what the rule then runs for."""
        rows = {
            name: self.sent()
            for name in (
                "failed",
                "dead",
                "delivered",
                "opened",
                "clicked",
                "answered",
                "complained",
            )
        }
        rules = {name: self.rule(name) for name in rows}
        data = {"error_type": "user_unknown", "error_description": UNKNOWN}
        rows["failed"].event_create("soft_bounce", {"error_type": "mailbox_full"})
        rows["dead"].event_create("hard_bounce", data)
        rows["delivered"].event_create("delivered", {})
        rows["opened"].event_create("open", {"open_kind": "person"})
        rows["clicked"].event_create("click", {"open_kind": "person"})
        rows["answered"].event_create("reply", {})
        rows["complained"].event_create("spam", {})
        self.process_pending()
        for name, rule in rules.items():
            with self.subTest(name):
                action = rule.action_try()
                tried = self.env["mail.tracking.email"].search(action["domain"], order="id")
                self.assertIn(rows[name], tried)
                self.assertEqual(tried, self.ran(rule))

    def test_the_list_of_emails_it_ran_for(self):
        rule = self.rule(notify_user_ids=[Command.set(self.user_admin.ids)])
        row = self.sent()
        self.let_fail(row)
        self.process_pending()
        action = rule.action_open_emails()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), row)
