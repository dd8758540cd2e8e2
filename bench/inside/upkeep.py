"""The clean-up of old rows, and of what a deletion elsewhere reads of our tables."""

import inspect

from odoo.addons.base.models.ir_autovacuum import is_autovacuum

from .. import fill
from .meter import Meter

OLD = """
INSERT INTO mail_tracking_email (name, timestamp, time, date, author_id, company_id, sender,
        partner_id, recipient, recipient_address, recipient_domain, is_cc, token, state, state_time,
        needs_action, create_date, write_date, is_counted, is_outside)
    SELECT name, timestamp, time - interval '3000 days', date - 3000, author_id, company_id, sender,
           partner_id, recipient, recipient_address, recipient_domain, false, md5('old ' || id),
           state, state_time, false, create_date, write_date, true, true
      FROM mail_tracking_email
     WHERE id >= %(first)s AND state <> 'bounced' ORDER BY id LIMIT %(count)s;
INSERT INTO mail_tracking_event (tracking_email_id, event_type, source, timestamp, time, date)
    SELECT row.id, kind, 'smtp', row.timestamp, row.time, row.date
      FROM mail_tracking_email row, (VALUES ('sent'), ('delivered')) AS event(kind)
     WHERE row.time < now() - interval '2000 days';
"""
DAYS = 2000
IS_OLD = f"time < now() - interval '{DAYS} days'"
TABLES = ("mail_tracking_email", "mail_tracking_event")


def make_old(env, count):
    """Add rows of many years ago, with two events each; return how many there are."""
    env.cr.execute(OLD, {"first": fill.ROWS, "count": count})
    env["ir.config_parameter"].set_param(
        "mail_tracking.mail_tracking_email_max_age_days", str(DAYS)
    )
    env.cr.commit()
    return count_old(env)


def count_old(env):
    env.cr.execute(f"SELECT count(*) FROM mail_tracking_email WHERE {IS_OLD}")
    return env.cr.fetchone()[0]


def clean_up(env):
    """Measure what one run of the cron does to our tables."""
    queue = [
        func.__get__(env[name])
        for name in env
        if name.startswith("mail.tracking.")
        for _attr, func in inspect.getmembers(type(env[name]), is_autovacuum)
    ]
    with Meter() as meter:
        # as _run_vacuum_cleaner of ir.autovacuum does
        while queue:
            func = queue.pop()
            result = func()
            env["ir.cron"]._commit_progress(1)
            if isinstance(result, tuple) and result[1]:
                queue.insert(0, func)
    return meter.result(**{"left after one run": count_old(env)})


def bare_delete(env):
    """Measure the same without the ORM: one statement, events by cascade."""
    with Meter() as meter:
        env.cr.execute(f"DELETE FROM mail_tracking_email WHERE {IS_OLD}")
        env.cr.commit()
    return meter.result(**{"left after one run": count_old(env)})


def unlink_scans(env, model):
    """Delete a record; return how often one of our tables was read as a whole."""
    record = deletable(env, model)
    env.cr.execute("SELECT 1")
    before = scans(env)
    record.unlink()
    env.flush_all()
    return scans(env) - before


def deletable(env, model):
    """Return a record that trackings refer to."""
    if model == "res.partner":
        return env[model].browse(fill.PARTNERS + 20)
    message = env["mail.message"].browse(fill.MESSAGES + 1)
    if model == "mail.message":
        return message
    return env["mail.mail"].create({"mail_message_id": message.id, "state": "sent"})


def scans(env):
    """Count, with those of the triggers of foreign keys, in this transaction."""
    env.cr.execute(
        "SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname IN %s", [TABLES]
    )
    return int(env.cr.fetchone()[0] or 0)
