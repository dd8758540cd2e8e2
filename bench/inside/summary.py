"""Counting emails by day, and reading the numbers."""

import time

from .. import fill
from .meter import Meter, environment

__all__ = [
    "forget_counts",
    "count_emails",
    "count_in_sql",
    "fill_year",
    "read_numbers",
    "make_index",
]

INDEX = "mail_tracking_email_not_counted_idx"
FORGET = """
UPDATE mail_tracking_email SET is_counted = NULL, day_id_int = NULL
 WHERE id IN (SELECT id FROM mail_tracking_email ORDER BY id DESC LIMIT %s);
DELETE FROM mail_tracking_day;
"""
#: The least that counting has to do: find out what belongs together, number it, note where.
BARE = """
WITH picked AS MATERIALIZED (
     SELECT id, md5(ROW(date, company_id, smtp_server, model, template_id, state, error_type,
                        open_mode, delivery_report, first_open IS NULL, first_reply IS NULL,
                        CASE WHEN state = 'bounced' THEN recipient_domain END)::text) AS key, date
       FROM mail_tracking_email WHERE is_counted IS NOT TRUE
        FOR NO KEY UPDATE),
     cell AS (
     INSERT INTO mail_tracking_day (key, day, emails)
     SELECT key, min(date), count(*) FROM picked GROUP BY key RETURNING id, key)
UPDATE mail_tracking_email email SET is_counted = TRUE, day_id_int = cell.id
  FROM picked JOIN cell USING (key) WHERE email.id = picked.id
"""
#: A year of 27,000 emails a day to 10,000 domains: twelve days by chance, each many times.
YEAR = """
SELECT setseed(0.5);
CREATE TEMP TABLE mail AS
SELECT sample, domain, template, domain %% 7 AS provider, template %% 3 AS server, opens, delay,
       CASE WHEN fate < 0.003 THEN 'soft-bounced' WHEN fate < 0.015 THEN 'bounced'
            WHEN fate < 0.017 THEN 'error' WHEN fate < 0.0175 THEN 'spam'
            WHEN fate < 0.3 THEN 'sent' WHEN fate < 0.7 THEN 'delivered'
            ELSE 'opened' END AS state, answer < 0.03 AS answered
  FROM (SELECT sample, (random() ^ 3 * 10000)::int AS domain, (random() ^ 2 * 12)::int AS template,
               random() AS fate, random() AS opens, (random() ^ 3 * 7)::int AS delay,
               random() AS answer
          FROM generate_series(0, 11) AS sample, generate_series(1, %(mails)s)) AS chance;
CREATE TEMP TABLE cell AS
SELECT sample, server, provider, template, state,
       CASE WHEN state IN ('soft-bounced', 'bounced', 'error', 'spam') THEN domain END AS domain,
       CASE WHEN state IN ('soft-bounced', 'bounced', 'error') THEN domain %% 6 END AS reason,
       opens < 0.6 AS is_known, answered,
       CASE WHEN state IN ('delivered', 'opened') AND server > 0 THEN delay END AS delay,
       count(*) AS emails
  FROM mail GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
INSERT INTO mail_tracking_day (key, day, company_id, server, provider, domain, model, state, reason,
       open_mode, delivery_report, is_opened, is_answered, delay, emails, sent, delivery_known,
       delivered, open_known, opened, answered, failed, complaints)
SELECT left(md5(ROW(cell, back)::text), 20), current_date - back, company.id,
       'smtp' || server || '.example:25',
       (ARRAY['Google', 'Microsoft', 'Yahoo', 'Apple', 'GMX', 'OVH'])[provider],
       'd' || domain || '.example',
       (ARRAY['sale.order', 'account.move', 'res.partner'])[template %% 4], state,
       (ARRAY['user_unknown', 'mailbox_full', 'spam', 'network', 'policy'])[reason],
       CASE WHEN is_known THEN 'identified' ELSE 'counted' END,
       CASE WHEN server > 0 THEN 'service' ELSE 'failure' END, state = 'opened', answered,
       (ARRAY['10s', '1m', '5m', '15m', '1h', '4h', '1d'])[delay], emails,
       CASE WHEN state <> 'error' THEN emails ELSE 0 END,
       CASE WHEN state <> 'error' AND server > 0 THEN emails ELSE 0 END,
       CASE WHEN state IN ('delivered', 'opened', 'spam') AND server > 0 THEN emails ELSE 0 END,
       CASE WHEN reason IS NULL AND is_known THEN emails ELSE 0 END,
       CASE WHEN state = 'opened' AND is_known THEN emails ELSE 0 END,
       CASE WHEN answered THEN emails ELSE 0 END, CASE WHEN reason IS NULL THEN 0 ELSE emails END,
       CASE WHEN state = 'spam' THEN emails ELSE 0 END
  FROM cell, generate_series(0, %(days)s - 1) AS back,
       (SELECT min(id) AS id FROM res_company) AS company
 WHERE back %% 12 = sample;
"""
#: What a dashboard of 30 days beside the 30 days before asks.
READS = (
    (60, ["day:day"]),
    (30, ["provider"]),
    (30, ["server"]),
    (30, ["reason"]),
    (30, ["template_id"]),
    (30, ["delay"]),
)


def forget_counts(registry, count):
    """Let the newest emails be counted by nobody."""
    with environment(registry, commit=True) as env:
        env.cr.execute(FORGET, [count])
        env.cr.execute("SELECT count(*) FROM mail_tracking_email WHERE is_counted IS NOT TRUE")
        return {"found": env.cr.fetchone()[0]}


def count_emails(registry):
    """Measure what the scheduled action does."""
    with environment(registry, commit=True) as env:
        Day = env["mail.tracking.day"]
        with Meter() as meter:
            Day._process_uncounted()
        return meter.result(left=Day._get_backlog(), records=Day.search_count([]))


def count_in_sql(registry):
    """Measure one statement that does the least."""
    with environment(registry, commit=True) as env:
        with Meter() as meter:
            env.cr.execute(BARE)
            env.cr.commit()
        return meter.result()


def fill_year(registry, mails, days):
    """Make the numbers of a year."""
    with environment(registry, commit=True) as env:
        env.cr.execute("DELETE FROM mail_tracking_day")
        env.cr.execute(YEAR, {"mails": mails, "days": days})
        env.cr.commit()
        env.cr.execute("ANALYZE mail_tracking_day")
        env.cr.execute(
            "SELECT count(*), sum(emails), pg_total_relation_size('mail_tracking_day')"
            " FROM mail_tracking_day"
        )
        records, emails, size = env.cr.fetchone()
        return {"records": records, "emails": int(emails), "bytes": size}


def read_numbers(registry):
    """Measure all numbers of a dashboard."""
    with environment(registry, fill.POSTMASTER) as env:
        Day = env["mail.tracking.day"]
        Day._get_numbers([("day", "=", "today")])  # what is remembered of users and rules
        with Meter() as meter:
            found = [
                Day._get_numbers([("day", ">", f"today -{days}d")], groupby)
                for days, groupby in READS
            ]
        return meter.result(found=sum(map(len, found)))


def make_index(registry):
    """Measure what an update waits for: the index of what is not counted, over all emails."""
    with environment(registry) as env:
        env.cr.execute(f"SELECT indexdef FROM pg_indexes WHERE indexname = '{INDEX}'")
        [definition] = env.cr.fetchone()
        env.cr.execute(f"DROP INDEX {INDEX}")
        start = time.perf_counter()
        env.cr.execute(definition)
        return {"seconds": time.perf_counter() - start}
