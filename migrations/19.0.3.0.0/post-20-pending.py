"""Move what waited in a table of its own to the events that it follows from."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.sql import table_exists

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Leave what others have yet to be told to pending events, and to their cron."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    if table_exists(cr, "mail_tracking_later"):
        make_pending(cr)
        write_notes(env)
    replace_crons(env)


def make_pending(cr):
    """What Odoo tells authors, and what our own mail server refused, follow from the last event."""
    cr.execute(
        SQL(
            """
            WITH refused AS (
                 SELECT max(event.id) AS id
                   FROM mail_tracking_later later
                   JOIN mail_tracking_event event ON event.tracking_email_id = later.res_id
                  WHERE later.kind = 'refused' AND event.event_type = 'error'
               GROUP BY event.tracking_email_id),
                 told AS (
                 SELECT max(event.id) AS id
                   FROM mail_tracking_later later
                   JOIN mail_tracking_email row ON row.mail_message_id = later.res_id
                   JOIN mail_tracking_event event ON event.tracking_email_id = row.id
                  WHERE later.kind = 'notification' AND event.source IS DISTINCT FROM 'pixel'
               GROUP BY event.tracking_email_id)
            UPDATE mail_tracking_event event
               SET is_pending = TRUE,
                   is_address_refused = is_address_refused IS TRUE OR id IN (SELECT id FROM refused)
             WHERE id IN (SELECT id FROM refused UNION SELECT id FROM told)
            """
        )
    )


def write_notes(env):
    """Write the notes of contacts that are marked already."""
    env.cr.execute("SELECT res_model, res_id, body FROM mail_tracking_later WHERE kind = 'note'")
    for model, res_id, body in env.cr.fetchall():
        record = env[model].browse(res_id).exists() if model in env else None
        if record and hasattr(record, "_message_log_batch"):
            record._message_log_batch(bodies={res_id: body})


def replace_crons(env):
    """One cron processes all that is pending."""
    if cron := env.ref("mail_tracking.ir_cron_later", raise_if_not_found=False):
        cron.unlink()
    if cron := env.ref("mail_tracking.ir_cron_fold", raise_if_not_found=False):
        cron.write(
            {
                "name": "Email tracking: process pending events",
                "code": "model._process_pending_events()",
            }
        )
        cron._trigger()
