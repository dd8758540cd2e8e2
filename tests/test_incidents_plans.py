from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .support.incident_common import IncidentCommon

#: tables that grow with the emails
LARGE = ("mail_tracking_email", "mail_tracking_event", "mail_tracking_day", "mail_mail")


@tagged("post_install", "-at_install")
class TestIncidentsPlans(IncidentCommon):
    """A check reads what is new, however many emails there are."""

    def fill(self, emails):
        """Emails of a year through one server, one of a hundred failed; and daily numbers."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO mail_tracking_email (recipient_address, recipient_domain, company_id,
                       state, state_time, time, timestamp, smtp_server, error_smtp_server,
                       error_type, needs_action, is_counted)
                SELECT 'p' || i || '@d' || i %% 10000 || '.example.com',
                       'd' || i %% 10000 || '.example.com', %(company)s,
                       (ARRAY['sent', 'delivered', 'opened', 'opened'])[1 + i %% 4],
                       moment, moment, extract(epoch FROM moment), 'old.example.com', NULL,
                       NULL, false, true
                  FROM generate_series(1, %(emails)s) AS i,
                       LATERAL (SELECT (now() AT TIME ZONE 'UTC')
                                       - (%(emails)s - i) * interval '1 year' / %(emails)s
                                       AS moment) AS t;
                UPDATE mail_tracking_email
                   SET state = (ARRAY['error', 'bounced', 'soft-bounced', 'spam'])[1 + id %% 4],
                       error_smtp_server = 'old.example.com', error_type = 'policy'
                 WHERE smtp_server = 'old.example.com' AND id %% 100 < 2;
                INSERT INTO mail_tracking_event (tracking_email_id, event_type, smtp_server,
                       timestamp, time, error_type)
                SELECT id, CASE WHEN state = 'error' THEN 'error' ELSE 'sent' END, smtp_server,
                       timestamp, time, error_type
                  FROM mail_tracking_email WHERE smtp_server = 'old.example.com';
                INSERT INTO mail_tracking_domain (name, provider)
                SELECT 'd' || i || '.example.com', (ARRAY['Google', 'Microsoft', 'Yahoo', NULL])
                       [1 + i %% 4]
                  FROM generate_series(0, 9999) AS i;
                """,
                emails=emails,
                company=self.env.company.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO mail_tracking_day (key, day, company_id, server, provider, domain,
                       emails, tried, sent, failed, refused)
                SELECT 'fill ' || day || ' ' || i, day, %(company)s, 'old.example.com',
                       (ARRAY['Google', 'Microsoft', 'Yahoo', NULL])[1 + i %% 4],
                       CASE WHEN i %% 3 = 0 THEN 'd' || i || '.example.com' END,
                       emails, emails, emails, failed, failed
                  FROM generate_series(1, %(cells)s) AS i,
                       (SELECT current_date - n AS day FROM generate_series(0, 364) AS n) AS days,
                       LATERAL (SELECT CASE WHEN i %% 3 = 0 THEN 1 ELSE 30 END AS emails,
                                       CASE WHEN i %% 3 = 0 THEN 1 ELSE 0 END AS failed) AS n;
                INSERT INTO mail_tracking_day_total (day, company_id, provider, emails, tried, sent,
                       failed, refused)
                SELECT day, company_id, provider, sum(emails), sum(tried), sum(sent), sum(failed),
                       sum(refused)
                  FROM mail_tracking_day GROUP BY day, company_id, provider;
                ANALYZE mail_tracking_email, mail_tracking_event, mail_tracking_domain,
                        mail_tracking_day, mail_tracking_day_total, mail_mail
                """,
                company=self.env.company.id,
                cells=max(emails // 1000, 30),
            )
        )
        self.env.invalidate_all()

    def open_all(self):
        """One incident of each kind, since a day."""
        yesterday = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        vals = {"opened_on": yesterday, "company_id": self.env.company.id}
        return self.Incident.create(
            [
                {"kind": "server", "key": "old.example.com", "opened_on": yesterday},
                {"kind": "provider", "key": "1:Google", "subject": "Google", **vals},
                {"kind": "complaints", "key": "1:Yahoo", "subject": "Yahoo", **vals},
                {"kind": "provider", "key": "1:", **vals},
            ]
        )

    def test_indexes_are_used(self):
        self.fill(20_000)
        self.mail_server.smtp_host = "old.example.com"
        self.open_all()
        self.env.flush_all()
        self.env.invalidate_all()
        queries, execute = [], self.env.cr.execute

        def watch(query, *args, **kwargs):
            if isinstance(query, SQL) and query.code.lstrip().startswith(("SELECT", "(")):
                queries.append(query)
            return execute(query, *args, **kwargs)

        with patch.object(self.env.cr, "execute", watch):
            self.Incident._check()
        incident = self.incidents("server") or self.incidents(is_open=False)[:1]
        Tracking = self.env["mail.tracking.email"]
        for each in self.incidents(is_open=False):
            queries.append(Tracking._search([("incident_id", "=", each.id)], limit=80).select())
        self.assertTrue(incident)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plans = []
        for query in queries:
            rows = self.env.execute_query(SQL("EXPLAIN %s", query))
            plans.append("\n".join(row for [row] in rows))
        text = "\n".join(plans)
        for table in LARGE:
            self.assertNotIn(f"Seq Scan on {table}", text)
        for index in (
            "mail_tracking_event_attempt_idx",
            "mail_tracking_event_report_idx",
            "mail_tracking_email_failed_time_idx",
            "mail_tracking_day_total_day_idx",
            "mail_mail_mail_tracking_outgoing_idx",
        ):
            self.assertIn(index, text)
