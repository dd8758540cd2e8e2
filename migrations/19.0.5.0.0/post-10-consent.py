"""Move what contacts answered from a column to the ledger, where answers have a date."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.sql import column_exists

_logger = logging.getLogger(__name__)

#: contacts that one statement looks at
BATCH = 10_000


def migrate(cr, version):
    """Write a line for each answer, and drop the column.

    A No was meant for clicks as well: a service's clicks were ignored. When it was given is not
    known; at the latest now. It holds for emails that were sent before, as every No does.
    """
    if not version or not column_exists(cr, "res_partner", "mail_tracking_consent"):
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    last = done = 0
    while rows := get_rows(cr, last):
        last = rows[-1][0]
        done += len(rows)
        add_lines(env, rows)
        _logger.info("Answers about tracking: %s contacts done", done)
    cr.execute("ALTER TABLE res_partner DROP COLUMN mail_tracking_consent")
    env.invalidate_all()


def get_rows(cr, last):
    """The next contacts who answered: id, address, answer."""
    cr.execute(
        SQL(
            """
            SELECT id, lower(COALESCE(email_normalized, '')), mail_tracking_consent
              FROM res_partner
             WHERE id > %s AND mail_tracking_consent IN ('yes', 'no')
          ORDER BY id LIMIT %s
            """,
            last,
            BATCH,
        )
    )
    return cr.fetchall()


def add_lines(env, rows):
    """Write the lines of some contacts; a Yes holds for one address, so there is none without."""
    Consent = env["mail.tracking.consent"]
    lines = [
        (purpose, partner_id, address, Consent._get_address_key(address) if address else "", answer)
        for partner_id, address, answer in rows
        for purpose in ("opens", "clicks")
        if answer == "no" or (purpose == "opens" and address)
    ]
    columns = [list(column) for column in zip(*lines, strict=True)] or [[]] * 5
    env.cr.execute(
        SQL(
            """
            INSERT INTO mail_tracking_consent (
                   purpose, partner_id, contact_number, address, address_key, answer, way, time,
                   create_uid, create_date, write_uid, write_date)
            SELECT purpose, partner_id, partner_id, NULLIF(address, ''), key, answer, 'import', now,
                   1, now, 1, now
              FROM unnest(%s::varchar[], %s::int[], %s::varchar[], %s::varchar[], %s::varchar[])
                   AS line (purpose, partner_id, address, key, answer),
                   date_trunc('second', now() AT TIME ZONE 'UTC') AS now
            """,
            *columns,
        )
    )
    refusals = [(partner_id, address) for partner_id, address, answer in rows if answer == "no"]
    addresses = dict.fromkeys((address for _id, address in refusals if address), "infinity")
    partners = dict.fromkeys((partner_id for partner_id, _address in refusals), "infinity")
    for name in ("opens_refused", "clicks_refused"):
        Consent._refuse(name, addresses, partners)
