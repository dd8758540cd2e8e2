from odoo import fields, models
from odoo.tools import SQL

from .mail_tracking_email import WRITTEN


class MailMessage(models.Model):
    _inherit = "mail.message"

    mail_tracking_is_automatic = fields.Boolean(
        "Automatic reply",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="An absence note or another reply that a machine wrote: it is no answer.",
    )

    def _get_written_since(self):
        """What somebody outside wrote first on the records of these messages since; one query.

        Since they were sent the last time. It is an answer, whatever it refers to: the filter
        *Emails not answered* says the same.

        :return: message -> the ``mail.message`` that answers it, for those that have one
        """
        self.env["mail.tracking.email"]._flush_emails()
        query = f"""
            SELECT last.mail_message_id, written.id
              FROM (SELECT id AS mail_message_id, model, res_id,
                           COALESCE((SELECT max(time) FROM mail_tracking_email
                                      WHERE mail_message_id = message.id
                                        AND successor_id IS NULL), create_date) AS time
                      FROM mail_message message
                     WHERE id = ANY(%(ids)s) AND model IS NOT NULL AND res_id > 0) last
        CROSS JOIN LATERAL ({WRITTEN}) written
        """
        record = {"model": SQL("last.model"), "record": SQL("last.res_id")}
        self.env.cr.execute(SQL(query, ids=self.ids, **record))
        return {self.browse(own): self.browse(found) for own, found in self.env.cr.fetchall()}
