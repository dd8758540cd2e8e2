"""Find the addresses that are known to be dead, for contacts that get them from now on."""

from odoo.tools import SQL

#: A contact that holds an address; what it says of it was found, or decided by hand.
HOLDER = SQL("SELECT FROM res_partner WHERE email_normalized = row.recipient_address")


def migrate(cr, version):
    """Note which mail proves an address dead: the last one, where nothing arrived since.

    Where contacts hold the address and none is marked, somebody has taken the mark away.
    What our own server refused, and soft bounces in a row, count where a contact is marked.
    """
    if not version:
        return
    cr.execute(
        SQL(
            """
            UPDATE mail_tracking_email dead SET is_address_dead = TRUE
              FROM (SELECT DISTINCT ON (recipient_address)
                           id, recipient_address, COALESCE(state_time, time) AS moment
                      FROM mail_tracking_email row
                     WHERE recipient_address <> '' AND is_unproven IS NOT TRUE
                       AND (state = 'bounced' OR state IN ('error', 'soft-bounced')
                            AND EXISTS (%(holder)s AND email_bounced IS TRUE))
                  ORDER BY recipient_address, COALESCE(state_time, time) DESC NULLS LAST, id DESC
                   ) row
             WHERE dead.id = row.id
               AND NOT EXISTS (SELECT FROM mail_tracking_email later
                                WHERE later.recipient_address = row.recipient_address
                                  AND later.state IN ('delivered', 'opened')
                                  AND later.is_unproven IS NOT TRUE
                                  AND COALESCE(later.state_time, later.time) > row.moment)
               AND (EXISTS (%(holder)s AND email_bounced IS TRUE)
                    OR NOT EXISTS (%(holder)s))
            """,
            holder=HOLDER,
        )
    )
