"""The scheduled action that checks for incidents: nothing is wrong, or a server fails."""

from odoo import fields

from .. import fill
from .meter import Meter

FAIL = """
WITH failed AS (
     UPDATE mail_tracking_event
        SET event_type = 'error', error_type = 'network', timestamp = extract(epoch FROM now())
      WHERE id IN (SELECT id FROM mail_tracking_event
                    WHERE smtp_server = %s AND source IS NULL AND event_type = 'sent'
                    ORDER BY id::bigint DESC LIMIT %s)
  RETURNING tracking_email_id)
UPDATE mail_tracking_email
   SET state = 'error', error_type = 'network', state_time = now() AT TIME ZONE 'UTC'
  FROM failed WHERE id = failed.tracking_email_id
"""


def prepare(env):
    """Have the check look at the server of all emails; no scheduled action is late."""
    env["ir.mail_server"].create({"name": "Bench", "smtp_host": fill.SERVER})
    env["ir.cron"].search([]).nextcall = fields.Datetime.add(fields.Datetime.now(), days=1)
    env.cr.commit()


def fail(env, count):
    """Let the newest emails fail at their server."""
    env.cr.execute(FAIL, [fill.SERVER, count])
    env.cr.commit()


def check(env):
    """Measure a check; return how many incidents last."""
    Incident = env["mail.tracking.incident"]
    with Meter() as meter:
        Incident._check()
        env.flush_all()
    env.cr.commit()
    return meter.result(incidents=Incident.search_count([("closed_on", "=", False)]))
