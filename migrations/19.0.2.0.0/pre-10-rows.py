"""Take over the rows of another addon of the same name, or of an earlier version.

All is done by sets in SQL, before Odoo makes the indexes of the new columns: a million
rows take minutes that way, and would take hours record by record.
"""

import logging

from odoo.tools import SQL
from odoo.tools.sql import column_exists, table_exists

_logger = logging.getLogger(__name__)

#: rows that one statement fills
BATCH = 100_000
#: columns that are filled here; the rest stays empty, and Odoo adds it
COLUMNS = {
    "mail_id_int": "int4",
    "author_id": "int4",
    "company_id": "int4",
    "recipient_domain": "varchar",
    "is_cc": "bool",
    "state_time": "timestamp",
    "needs_action": "bool",
    "smtp_server": "varchar",
    "first_open": "timestamp",
    "last_open": "timestamp",
    "open_count": "int4",
    "machine_open_count": "int4",
    "click_count": "int4",
}
#: state that each type of event speaks for
EVENT_STATES = SQL(
    """CASE event_type WHEN 'deferral' THEN 'deferred' WHEN 'hard_bounce' THEN 'bounced'
       WHEN 'soft_bounce' THEN 'soft-bounced' WHEN 'open' THEN 'opened'
       WHEN 'click' THEN 'opened' WHEN 'reject' THEN 'rejected' ELSE event_type END"""
)
#: what the events of the rows of a batch amount to
LOG = SQL(
    """SELECT tracking_email_id, smtp_server, event_type, %s AS state,
              date_trunc('second', COALESCE(
                  to_timestamp(NULLIF(timestamp, 0)::float8) AT TIME ZONE 'UTC', time)) AS time
         FROM mail_tracking_event""",
    EVENT_STATES,
)


def migrate(cr, version):
    """Prepare rows and messages of the other addon for this one."""
    if not version or not table_exists(cr, "mail_tracking_email"):
        return
    prepare_tables(cr)
    prepare_tokens(cr)
    fill_rows(cr)
    settle_messages(cr)
    keep_addresses(cr)


# ------------------------------------------------------------
# ROWS
# ------------------------------------------------------------


def prepare_tables(cr):
    """Add the columns that are filled here, and the index that this needs."""
    for name, column_type in COLUMNS.items():
        cr.execute(
            SQL(
                "ALTER TABLE mail_tracking_email ADD COLUMN IF NOT EXISTS %s %s",
                SQL.identifier(name),
                SQL(column_type),
            )
        )
    # under the name that Odoo gives it
    cr.execute(
        "CREATE INDEX IF NOT EXISTS mail_tracking_event__tracking_email_id_index"
        " ON mail_tracking_event (tracking_email_id)"
    )


def prepare_tokens(cr):
    """Make the tokens fit for their unique index, and for mails that are still to leave."""
    cr.execute("ALTER TABLE mail_tracking_email ADD COLUMN IF NOT EXISTS token varchar")
    # a copied row shares the token of its original, which is the one that was sent
    cr.execute(
        """UPDATE mail_tracking_email SET token = NULL
            WHERE token = ''
               OR id IN (SELECT id FROM (SELECT id, row_number() OVER
                             (PARTITION BY token ORDER BY id) AS number
                           FROM mail_tracking_email WHERE token IS NOT NULL) AS tokens
                         WHERE number > 1)"""
    )
    if column_exists(cr, "mail_tracking_email", "mail_id"):
        cr.execute(
            """UPDATE mail_tracking_email row SET token = replace(gen_random_uuid()::text, '-', '')
                 FROM mail_mail mail
                WHERE mail.id = row.mail_id AND mail.state IN ('outgoing', 'exception')
                  AND row.token IS NULL"""
        )


def fill_rows(cr):
    """Give all rows the values of the new columns, a batch of them at a time."""
    low, done = 0, 0
    while high := next_bound(cr, low):
        cr.execute(fill_sql(cr, low, high))
        done += cr.rowcount
        low = high
        _logger.info("%s rows of tracking are filled", done)
    cr.execute("ANALYZE mail_tracking_email")


def next_bound(cr, low):
    """The highest id of the batch that follows an id, None at the end."""
    cr.execute(
        """SELECT max(id) FROM (SELECT id FROM mail_tracking_email
            WHERE id > %s ORDER BY id LIMIT %s) AS batch""",
        [low, BATCH],
    )
    return cr.fetchone()[0]


def fill_sql(cr, low, high):
    """The statement that fills the rows of a batch.

    What is not known of an old row stays empty: whether it was a copy, for example, or
    who wrote a message that was deleted.

    :param int low: ids above this one
    :param int high: ids up to this one
    :rtype: SQL
    """
    has_link = column_exists(cr, "mail_tracking_email", "mail_id")
    mail = SQL("COALESCE(row.mail_id, row.mail_id_int)" if has_link else "row.mail_id_int")
    flag = SQL(
        "COALESCE(message.mail_tracking_needs_action, FALSE)"
        if column_exists(cr, "mail_message", "mail_tracking_needs_action")
        else "FALSE"
    )
    return SQL(
        """
        UPDATE mail_tracking_email
           SET mail_id_int = filled.mail_id,
               author_id = filled.author_id,
               company_id = filled.company_id,
               recipient_domain = substring(lower(recipient_address) from '@([^@]+)$'),
               is_cc = FALSE,
               state = NULLIF(mail_tracking_email.state, ''),
               state_time = CASE WHEN NULLIF(mail_tracking_email.state, '') IS NOT NULL
                   THEN COALESCE(filled.decided, mail_tracking_email.time) END,
               needs_action = filled.flag AND mail_tracking_email.state IN
                   ('error', 'rejected', 'spam', 'bounced', 'soft-bounced') IS TRUE,
               smtp_server = COALESCE(filled.server, mail_tracking_email.error_smtp_server),
               first_open = filled.first_open,
               last_open = filled.last_open,
               open_count = COALESCE(filled.opens, 0),
               machine_open_count = 0,
               click_count = COALESCE(filled.clicks, 0)
          FROM (SELECT row.id,
                       %(mail)s AS mail_id,
                       %(flag)s AS flag,
                       author.id AS author_id,
                       message.record_company_id AS company_id,
                       log.*
                  FROM mail_tracking_email row
             LEFT JOIN mail_message message ON message.id = row.mail_message_id
             LEFT JOIN res_partner author ON author.id = message.author_id
             LEFT JOIN (SELECT event.tracking_email_id AS row_id,
                               max(event.time) FILTER (WHERE event.state = own.state) AS decided,
                               max(event.smtp_server)
                                   FILTER (WHERE event.event_type = 'sent') AS server,
                               min(event.time)
                                   FILTER (WHERE event.event_type = 'open') AS first_open,
                               max(event.time)
                                   FILTER (WHERE event.event_type = 'open') AS last_open,
                               count(*) FILTER (WHERE event.event_type = 'open') AS opens,
                               count(*) FILTER (WHERE event.event_type = 'click') AS clicks
                          FROM (%(log)s WHERE tracking_email_id > %(low)s
                                          AND tracking_email_id <= %(high)s) event
                          JOIN mail_tracking_email own ON own.id = event.tracking_email_id
                      GROUP BY event.tracking_email_id) log ON log.row_id = row.id
                 WHERE row.id > %(low)s AND row.id <= %(high)s) filled
         WHERE mail_tracking_email.id = filled.id
        """,
        mail=mail,
        flag=flag,
        log=LOG,
        low=low,
        high=high,
    )


# ------------------------------------------------------------
# MESSAGES
# ------------------------------------------------------------


def settle_messages(cr):
    """Leave the mark of an unreviewed failure only where there is a failure to review.

    The other addon looked at the states as well whenever it asked for the mark. Here the
    mark alone decides, and would bring back mails that were delivered long ago.
    """
    if not column_exists(cr, "mail_message", "mail_tracking_needs_action"):
        return
    cr.execute(
        """UPDATE mail_message message SET mail_tracking_needs_action = FALSE
            WHERE mail_tracking_needs_action
              AND NOT EXISTS (SELECT FROM mail_tracking_email row
                               WHERE row.mail_message_id = message.id AND row.needs_action)
              AND NOT EXISTS (SELECT FROM mail_notification notification
                               WHERE notification.mail_message_id = message.id
                                 AND notification_status IN ('exception', 'bounce'))"""
    )


def keep_addresses(cr):
    """Hand over to core the addresses of received mails, which it stores itself now."""
    for old, new in (("email_to", "incoming_email_to"), ("email_cc", "incoming_email_cc")):
        if column_exists(cr, "mail_message", old) and column_exists(cr, "mail_message", new):
            cr.execute(
                SQL(
                    "UPDATE mail_message SET %(new)s = %(old)s"
                    " WHERE %(old)s <> '' AND COALESCE(%(new)s, '') = ''",
                    old=SQL.identifier(old),
                    new=SQL.identifier(new),
                )
            )
