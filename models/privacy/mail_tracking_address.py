from odoo import api, fields, models
from odoo.tools import SQL


class MailTrackingAddress(models.Model):
    """List hygiene: the day on which mail to an address was last opened, and nothing else."""

    _name = "mail.tracking.address"
    _description = "Last open of an address"
    _rec_name = "address"
    _order = "id"
    # not the time either, nor in a column that nobody looks at
    _log_access = False

    address = fields.Char(readonly=True, required=True, help="The address, in lower case.")
    last_open = fields.Date(
        "Last open",
        readonly=True,
        help="The day of the last open. Each open replaces the one before.",
    )

    _address_unique = models.UniqueIndex("(address)")

    @api.model
    def _note_open(self, addresses):
        """Note that mail to these addresses was opened today; one statement, which keeps one day.

        :param addresses: in lower case
        """
        addresses = sorted(set(filter(None, addresses)))  # two hits never wait for each other
        query = SQL(
            """
            INSERT INTO mail_tracking_address (address, last_open)
                 SELECT address, %s FROM unnest(%s::varchar[]) AS given (address)
            ON CONFLICT (address) DO UPDATE SET last_open = EXCLUDED.last_open
                  WHERE mail_tracking_address.last_open IS DISTINCT FROM EXCLUDED.last_open
            """,
            fields.Date.today(),
            addresses,
        )
        # nor does a log hold what this writes, and when
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_model(flush=False)
