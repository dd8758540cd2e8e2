"""Counting emails by day, and reading the numbers."""

from odoo import fields

from odoo.addons.mail_tracking.tools.summary import COUNTS, WITHIN

from .meter import Meter

INDEX = "mail_tracking_email_not_counted_idx"
FORGET = """
UPDATE mail_tracking_email SET is_counted = NULL, day_id_int = NULL
 WHERE id IN (SELECT id FROM mail_tracking_email ORDER BY id DESC LIMIT %s);
DELETE FROM mail_tracking_day;
DELETE FROM mail_tracking_day_total;
"""
#: The least that counting has to do: find out what belongs together, number it, note where.
BARE = """
WITH picked AS MATERIALIZED (
     SELECT id, md5(ROW(date, company_id, smtp_server, model, template_id, open_mode,
                        delivery_report, CASE WHEN state = 'bounced' THEN recipient_domain END,
                        CASE WHEN state = 'bounced' THEN error_type END)::text) AS key, date
       FROM mail_tracking_email WHERE is_counted IS NOT TRUE
        FOR NO KEY UPDATE),
     cell AS (
     INSERT INTO mail_tracking_day (key, day, emails)
     SELECT key, min(date), count(*) FROM picked GROUP BY key RETURNING id, key)
UPDATE mail_tracking_email email SET is_counted = TRUE, day_id_int = cell.id
  FROM picked JOIN cell USING (key) WHERE email.id = picked.id
"""
#: A year of emails: twelve days by chance, each many times. Two companies with two servers each,
#: ten providers, twelve models, twenty templates of some of them, three modes, 10,000 domains.
YEAR = """
SELECT setseed(0.5);
CREATE TEMP TABLE mail AS
SELECT sample, company, 2 * company + server AS server, server = 1 AS is_reported, provider, model,
       CASE WHEN template < 20 THEN template END AS template, mode, domain, delay,
       answer < 0.03 AS answered,
       CASE WHEN outcome < 0.003 THEN 'soft-bounced' WHEN outcome < 0.015 THEN 'bounced'
                   WHEN outcome < 0.017 THEN 'error' WHEN outcome < 0.0175 THEN 'spam'
                   WHEN outcome < 0.3 THEN 'sent' WHEN outcome < 0.7 THEN 'delivered'
                   ELSE 'opened' END AS state
  FROM (SELECT sample, (random() < 0.3)::int AS company, (random() < 0.5)::int AS server,
               (random() ^ 2 * 10)::int AS provider, (random() ^ 2 * 11)::int AS model,
               (random() * 3)::int AS template_of_model, (random() ^ 3 * 10000)::int AS domain,
               floor(random() * 3)::int AS mode, random() AS outcome, random() AS answer,
               (random() ^ 3 * 7)::int AS delay
          FROM generate_series(0, 11) AS sample, generate_series(1, %(mails)s)) AS chance,
       LATERAL (SELECT 4 * model + template_of_model AS template) AS made;
CREATE TEMP TABLE cell AS
SELECT sample, company, server, is_reported, provider, model, template, mode,
       CASE WHEN lost OR state = 'spam' THEN domain END AS domain,
       CASE WHEN lost THEN domain %% 5 END AS reason, count(*) AS emails, count(*) AS tried,
       count(*) FILTER (WHERE state <> 'error') AS sent,
       count(*) FILTER (WHERE arrived) AS arrived,
       count(*) FILTER (WHERE NOT arrived AND NOT lost AND NOT is_reported) AS unknown,
       count(*) FILTER (WHERE state <> 'error' AND is_reported) AS delivery_known,
       count(*) FILTER (WHERE arrived AND is_reported) AS delivered,
       count(*) FILTER (WHERE NOT lost AND mode = 0) AS open_known,
       count(*) FILTER (WHERE state = 'opened' AND mode = 0) AS opened,
       count(*) FILTER (WHERE answered AND state <> 'error') AS answered,
       count(*) FILTER (WHERE lost) AS failed,
       count(*) FILTER (WHERE lost AND state <> 'error') AS refused,
       count(*) FILTER (WHERE state = 'spam') AS complaints,
       count(*) FILTER (WHERE arrived AND is_reported) AS delay_known,
       {within}
  FROM mail, LATERAL (SELECT state IN ('soft-bounced', 'bounced', 'error') AS lost,
                             state IN ('delivered', 'opened', 'spam') AS arrived) AS told
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
INSERT INTO mail_tracking_day (key, day, company_id, server, provider, domain, model, template_id,
       reason, open_mode, delivery_report, {names})
SELECT left(md5(ROW(cell, back)::text), 20), current_date - back, (%(companies)s)[company + 1],
       'smtp' || server || '.example:25',
       (ARRAY['Google', 'Microsoft', 'Yahoo', 'Apple', 'GMX', 'OVH', 'IONOS', 'Proofpoint',
              'Mimecast', 'Zoho'])[provider],
       'd' || domain || '.example', 'model.' || model, (%(templates)s)[template + 1],
       (ARRAY['user_unknown', 'mailbox_full', 'spam', 'network', 'policy'])[reason + 1],
       (ARRAY['identified', 'counted', 'off'])[mode + 1],
       CASE WHEN is_reported THEN 'service' ELSE 'failure' END, {names}
  FROM cell, generate_series(0, %(days)s - 1) AS back
 WHERE back %% 12 = sample ORDER BY back DESC, random();
INSERT INTO mail_tracking_day_total (day, company_id, provider, {names})
SELECT day, company_id, provider, {sums} FROM mail_tracking_day GROUP BY 1, 2, 3;
DROP TABLE mail, cell;
"""


def forget_counts(env, count):
    """Let the newest emails be counted by nobody; return how many are not."""
    env.cr.execute(FORGET, [count])
    env.cr.commit()
    env.cr.execute("SELECT count(*) FROM mail_tracking_email WHERE is_counted IS NOT TRUE")
    return env.cr.fetchone()[0]


def count_emails(env):
    """Measure what the scheduled action does."""
    Day = env["mail.tracking.day"]
    with Meter() as meter:
        Day._process_uncounted()
    env.cr.commit()
    return meter.result(left=Day._get_backlog(), records=Day.search_count([]))


def count_in_sql(env):
    """Measure one statement that does the least."""
    with Meter() as meter:
        env.cr.execute(BARE)
        env.cr.commit()
    return meter.result()


def make_index(env):
    """Measure what an update waits for: the index of what is not counted, over all emails."""
    env.cr.execute(f"SELECT indexdef FROM pg_indexes WHERE indexname = '{INDEX}'")
    [definition] = env.cr.fetchone()
    env.cr.execute(f"DROP INDEX {INDEX}")
    with Meter() as meter:
        env.cr.execute(definition)
    return meter.result()


def fill_year(env, mails, days):
    """Make the numbers of a year, of a user with two companies."""
    user, env = env.user, env(su=True)
    user.sudo().company_ids |= env["res.company"].create({"name": "Bench"})
    templates = env["mail.template"].create([{"name": f"T{number}"} for number in range(20)])
    within = (
        f"count(*) FILTER (WHERE arrived AND is_reported AND delay <= {number}) AS {name}"
        for number, name in enumerate(WITHIN)
    )
    sums = (f"sum({name})" for name in COUNTS)
    lists = {"names": COUNTS, "sums": sums, "within": within}
    values = {"companies": user.company_ids.ids, "templates": templates.ids}
    env.cr.execute("DELETE FROM mail_tracking_day; DELETE FROM mail_tracking_day_total")
    env.cr.execute(
        YEAR.format(**{name: ", ".join(parts) for name, parts in lists.items()}),
        {"mails": mails, "days": days, **values},
    )
    env.cr.commit()
    env.cr.execute("ANALYZE mail_tracking_day, mail_tracking_day_total")
    env.cr.execute(
        "SELECT count(*) AS records, sum(emails)::bigint AS emails,"
        " pg_total_relation_size('mail_tracking_day') AS bytes FROM mail_tracking_day"
    )
    return env.cr.dictfetchone()


def open_dashboard(env):
    """Measure all that the dashboard asks for when it is opened."""
    # what the scheduled action has checked is not checked by who looks
    cron = env.ref("mail_tracking.ir_cron_incidents").sudo()
    cron.nextcall = fields.Datetime.add(fields.Datetime.now(), hours=1)
    Dashboard = env["mail.tracking.dashboard"]
    Dashboard.get_data(7)  # what is remembered of users and rules
    env.invalidate_all()
    with Meter() as meter:
        data = Dashboard.get_data(30)
    return meter.result(found=data["totals"]["now"]["tried"])
