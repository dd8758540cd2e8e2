from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import tokens

#: the greatest number that the column holds
MAX_COUNT = 2**31 - 1


class MailTrackingCount(models.Model):
    """Opens that are counted, and tied to nobody: of a message, or of a day's single mails.

    A number of times that the image was loaded: to know who loads it again, something would have
    to be kept of them.
    """

    _name = "mail.tracking.count"
    _description = "Number of opens"
    _order = "id"
    # not when the last one was, nor in a column that nobody looks at
    _log_access = False

    mail_message_id = fields.Many2one(
        "mail.message",
        "Message",
        readonly=True,
        ondelete="cascade",
        help="The message whose opens are counted.",
    )
    date = fields.Date(readonly=True, help="The day on which the emails were sent, in UTC.")
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        ondelete="cascade",
        help="The company that sent the emails on that day.",
    )
    open_count = fields.Integer("Opens", readonly=True, help="How often the image was loaded.")

    _message_unique = models.UniqueIndex("(mail_message_id) WHERE mail_message_id IS NOT NULL")
    _day_unique = models.UniqueIndex("(date, company_id) WHERE mail_message_id IS NULL")

    @api.model
    def _count_open(self, kind, number):
        """Count that the image of a message, or of a day, was loaded; one statement.

        :param int kind: ``tokens.MESSAGE`` or ``tokens.DAY``
        :param int number: id of the message, or ``tokens.day_number``; whose message or company
            is gone is not counted
        """
        if kind == tokens.MESSAGE:
            query = SQL(
                """
                INSERT INTO mail_tracking_count AS counted (mail_message_id, open_count)
                     SELECT id, 1 FROM mail_message WHERE id = %s
                ON CONFLICT (mail_message_id) WHERE mail_message_id IS NOT NULL
                  DO UPDATE SET open_count = counted.open_count + 1
                      WHERE counted.open_count < %s
                """,
                number,
                MAX_COUNT,
            )
        else:
            day, company_id = tokens.split_day_number(number)
            query = SQL(
                """
                INSERT INTO mail_tracking_count AS counted (date, company_id, open_count)
                     SELECT %s, id, 1 FROM res_company WHERE id = %s
                ON CONFLICT (date, company_id) WHERE mail_message_id IS NULL
                  DO UPDATE SET open_count = counted.open_count + 1
                      WHERE counted.open_count < %s
                """,
                day,
                company_id,
                MAX_COUNT,
            )
        self.env.cr.execute(query, log_exceptions=False)  # nor does a log say when
        self.invalidate_model(flush=False)
