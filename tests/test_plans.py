from unittest.mock import patch

from odoo.api import Environment
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.failures.mail_message import MAX_COUNTED_EMAILS
from ..tools.erasure import Person
from .test_failed import FailedCommon


@tagged("post_install", "-at_install")
class TestPlans(FailedCommon):
    """What PostgreSQL makes of the searches that run all the time, among many mails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.flush_all()
        execute = cls.env.cr.execute
        execute(
            SQL(
                "INSERT INTO mail_message (model, res_id, author_id, message_type, date,"
                " create_date, mail_tracking_needs_action)"
                " SELECT 'res.partner', i %% 500, %s, 'comment', now(), now(), i %% 100 = 0"
                " FROM generate_series(1, 20000) AS i",
                cls.anna.id,
            )
        )
        execute(
            SQL(
                "INSERT INTO mail_notification (mail_message_id, res_partner_id,"
                " notification_type, notification_status, is_read, mail_tracking_needs_action)"
                " SELECT id, %s, 'email', 'sent', true, mail_tracking_needs_action"
                " FROM mail_message WHERE author_id = %s",
                cls.author.id,
                cls.anna.id,
            )
        )
        execute(
            "INSERT INTO mail_tracking_email (mail_message_id, recipient_address, state,"
            " needs_action) SELECT id, id || '@example.com', CASE WHEN mail_tracking_needs_action"
            " THEN 'error' ELSE 'sent' END,"
            " mail_tracking_needs_action FROM mail_message"
        )
        execute("ANALYZE mail_message, mail_notification, mail_tracking_email")

    def plan(self, query):
        return "\n".join(row for [row] in self.env.execute_query(SQL("EXPLAIN %s", query)))

    def assertPlan(self, query, index, *tables):  # noqa: N802
        """Check that an index is used and none of the tables is read as a whole."""
        plan = self.plan(query)
        self.assertIn(index, plan)
        for table in tables:
            self.assertNotIn(f"Seq Scan on {table}", plan)

    def test_counter_and_page_of_the_mailbox_read_the_failures_of_the_user_alone(self):
        own = self.Message.with_user(self.user_employee)
        for query in (
            own._get_failed_query(),
            self.Message._search(
                own._search_is_failed_message("in", [True]), limit=30, order="id desc"
            ).select(),
        ):
            plan = self.plan(query)
            self.assertIn("mail_notification_mail_tracking_failed_idx", plan)
            self.assertNotIn("Seq Scan on mail_", plan)

    def test_an_address_and_the_beginning_of_one(self):
        Tracking = self.env["mail.tracking.email"]
        for text in ("anna@example.com", "Anna <anna@example.com>", "anna_b@exa"):
            query = Tracking._search([("recipient_text", "ilike", text)], limit=80)
            self.assertPlan(
                query.select(), "mail_tracking_email_address_idx", "mail_tracking_email"
            )

    def test_domains_without_mail_server(self):
        self.env.cr.execute(
            "UPDATE mail_tracking_email SET is_address_dead = id % 4 = 0,"
            " recipient_domain = id || '.example.com'"
        )
        self.env.cr.execute("ANALYZE mail_tracking_email")
        domain = [
            ("recipient_domain", "in", ["exmaple.com"]),
            ("is_address_dead", "=", True),
            ("error_type", "=", "host_unknown"),
        ]
        query = self.env["mail.tracking.email"].sudo()._search(domain)
        self.assertPlan(
            query.select(), "mail_tracking_email_dead_domain_idx", "mail_tracking_email"
        )

    def test_failures_that_nobody_reviewed(self):
        self.env.cr.execute(
            SQL(
                "UPDATE mail_tracking_email SET company_id = %s,"
                " state_time = now() - id * interval '1 minute'",
                self.env.company.id,
            )
        )
        self.env.cr.execute("ANALYZE mail_tracking_email")
        due = [
            ("needs_action", "=", True),
            ("company_id", "in", self.env.company.ids),
            ("state_time", "<=", "2000-01-01 00:00:00"),
        ]
        Tracking = self.env["mail.tracking.email"].sudo()
        query = Tracking._search(due, order="state_time, id", limit=10)
        self.assertPlan(query.select(), "mail_tracking_email_unreviewed_idx", "mail_tracking_email")

    def test_filter_and_chatter(self):
        Partner = self.env["res.partner"]
        index = "mail_message_mail_tracking_"  # which of the two is up to the numbers
        for operator in ("!=", "="):
            query = Partner._search([("failed_message_ids", operator, False)], limit=80)
            self.assertPlan(query.select(), index, "mail_message")
        domain = [
            ("mail_tracking_needs_action", "=", True),
            ("model", "=", "res.partner"),
            ("res_id", "in", [7]),
        ]
        query = self.Message._search(domain, order="id desc")
        self.assertPlan(query.select(), index, "mail_message")

    def test_rows_that_need_action(self):
        Tracking = self.env["mail.tracking.email"].sudo()
        own = self.Message.with_user(self.user_employee)
        message = self.Message.search([("mail_tracking_needs_action", "=", True)], limit=3)
        for domain in (
            [("mail_message_id", "in", message.ids), ("needs_action", "=", True)],
            [("needs_action", "=", True), ("mail_message_id", "any", own._get_failed_query())],
        ):
            self.assertPlan(
                Tracking._search(domain).select(),
                "mail_tracking_email_needs_action_idx",
                "mail_tracking_email",
            )

    def test_failures_without_a_message(self):
        self.env.cr.execute(
            SQL(
                "UPDATE mail_tracking_email SET mail_message_id = NULL, model = 'res.partner',"
                " res_id = id %% 50, author_id = (ARRAY[%s, %s])[1 + id %% 2]"
                " WHERE needs_action IS TRUE",
                self.anna.id,
                self.bob.id,
            )
        )
        self.env.cr.execute("ANALYZE mail_tracking_email")
        Tracking = self.env["mail.tracking.email"].sudo()
        domain = Tracking._get_without_message_domain()
        record = [("model", "=", "res.partner"), ("res_id", "in", [7])]
        for more, index in (
            ([], "mail_tracking_email_"),  # any of those that hold nothing else
            ([("author_id", "=", self.anna.id)], "mail_tracking_email_failed_author_idx"),
            (record, "mail_tracking_email_failed_record_idx"),
        ):
            for limit in (None, MAX_COUNTED_EMAILS):
                query = Tracking._search(domain & Domain(more or [(1, "=", 1)]), limit=limit)
                self.assertPlan(query.select(), index, "mail_tracking_email")

    def test_timeline_of_a_contact(self):
        """It reads the emails of the contact alone, also where all of them are old ones."""
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET message_type = 'email' WHERE id %% 100 = 0;"
                "UPDATE mail_tracking_email SET partner_id = CASE WHEN id IN"
                " (SELECT id FROM mail_tracking_email ORDER BY id LIMIT 400) THEN %s END;"
                "ANALYZE mail_message, mail_tracking_email",
                self.anna.id,
            )
        )
        domain = self.Message._search_mail_tracking_correspondent_id("in", [self.anna.id])
        plan = self.plan(domain.value)
        self.assertIn("mail_message_mail_tracking_received_idx", plan)
        self.assertIn("mail_message_mail_tracking_sender_idx", plan)
        self.assertIn("mail_tracking_email__partner_id_index", plan)
        self.assertNotIn("Seq Scan on mail_", plan)

    def test_check_of_the_set_up(self):
        """It looks at the newest mails and events only, whatever their number."""
        self.env.cr.execute(
            "UPDATE mail_tracking_email SET smtp_server = 'mx', timestamp = id,"
            " time = (now() AT TIME ZONE 'UTC') - id * interval '1 second';"
            "INSERT INTO mail_tracking_event (tracking_email_id, source, time, timestamp)"
            " SELECT id, 'smtp', time, timestamp FROM mail_tracking_email;"
            "ANALYZE mail_tracking_email, mail_tracking_event"
        )
        queries = []
        execute = Environment.execute_query

        def watch(env, query):
            queries.append(query)
            return execute(env, query)

        with patch.object(Environment, "execute_query", watch):
            for name in ("bounces", "delivery_coverage", "retention"):
                self.env["mail.tracking.setup"].run_check(name)
        # what tests before this one left behind in the files of the table costs nothing here
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plans = [self.plan(query) for query in queries]
        text = "\n".join(plans)
        self.assertIn("mail_tracking_email_time_id_idx", text)
        self.assertIn("mail_tracking_event_time_idx", text)
        self.assertNotIn("Seq Scan on mail_tracking_", text)

    def test_a_person_is_found_without_reading_the_table(self):
        person = Person(["77@example.com"])
        Tracking, Event = self.env["mail.tracking.email"], self.env["mail.tracking.event"]
        of_person = Tracking._get_person_domain(person, self.bob)
        query = Tracking._search(of_person, limit=500, order="id")
        self.assertPlan(query.select(), "mail_tracking_email_address_idx", "mail_tracking_email")
        for model, domain, index in (
            (Tracking, [("final_recipient", "in", person.addresses)], "final_recipient_idx"),
            (Event, [("final_recipient", "in", person.addresses)], "final_recipient_idx"),
            (Event, Event._get_answers_domain(person), "reply_idx"),
        ):
            self.env.cr.execute("SET LOCAL enable_seqscan = off")  # the log is nearly empty
            self.assertIn(index, self.plan(model._search(domain).select()))

    def test_figures_of_a_contact(self):
        Tracking, queries = self.env["mail.tracking.email"], []
        execute = Environment.execute_query

        def watch(env, query):
            queries.append(query)
            return execute(env, query)

        with patch.object(Environment, "execute_query", watch):
            Tracking._get_figures(["77@example.com"], [self.bob.id])
        [query] = queries
        self.assertPlan(query, "mail_tracking_email_address_idx", "mail_tracking_email")
        self.assertPlan(query, "mail_tracking_email__partner_id_index", "mail_tracking_email")

    def test_answers_about_tracking(self):
        """What holds for those who are written to, and what a No changes of earlier mails."""
        Consent = self.env["mail.tracking.consent"]
        queries, execute = [], self.env.cr.execute

        def watch(query, *args, **kwargs):
            if isinstance(query, SQL) and "mail_tracking_" in query.code:
                queries.append(query)
            return execute(query, *args, **kwargs)

        with patch.object(self.env.cr, "execute", watch):
            Consent._get_answers([("77@example.com", self.bob.id)])
            Consent.record_answer(
                "77@example.com", ["opens", "clicks"], "no", "api", partner=self.bob
            )
        self.env.cr.execute("SET LOCAL enable_seqscan = off")  # the ledger is nearly empty
        plans = [self.plan(query) for query in queries if not query.code.startswith("INSERT")]
        text = "\n".join(plans)
        self.assertEqual(text.count("Update on mail_tracking_email"), 2)
        for index in (
            "mail_tracking_consent_key_time_idx",
            "mail_tracking_consent__partner_id_index",
            "mail_tracking_email_address_idx",
            "mail_tracking_email__partner_id_index",
            "mail_tracking_email__envelope_token_index",
        ):
            self.assertIn(index, text)
        self.assertNotIn("Seq Scan on mail_tracking_", text)

    def test_hits_on_images(self):
        Tracking = self.env["mail.tracking.email"]
        tracking, queries = Tracking.search([], limit=1), []
        execute = Environment.execute_query

        def watch(env, query):
            queries.append(query)
            return execute(env, query)

        with patch.object(Environment, "execute_query", watch):
            tracking.envelope_token = "t" * 32
            Tracking._get_hit(tracking.id)._get_envelope()
            tracking._count_pending()
            tracking._get_latest_opens(0)
            Tracking._get_of_mailing({"mail_id": 7})
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.assertTrue(queries)
        for query in queries:
            self.assertNotIn("Seq Scan on mail_tracking_", self.plan(query))
