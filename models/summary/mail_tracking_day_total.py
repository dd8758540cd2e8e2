from odoo import api, models
from odoo.tools import SQL

from ...tools.summary import COUNTS
from .statements import comma

#: What the emails of one total have in common, besides the number of records of a day.
GROUPS = ("day", "company_id", "provider")


class MailTrackingDayTotal(models.Model):
    """The sums of ``mail.tracking.day`` by day, company and provider.

    The records of a day may be thousands, these are a few: what is read all the time reads them.
    Each batch of emails that is counted appends by how much the sums have changed, so that nobody
    waits for anybody. The scheduled action makes one record of these.
    """

    _name = "mail.tracking.day.total"
    _inherit = "mail.tracking.counts"
    _description = "Emails of a day in total"

    _day_idx = models.Index("(day)")

    @api.model
    def _append(self, changes):
        """Note by how much numbers have changed.

        :param dict changes: values of ``GROUPS`` -> what is added to each number, in their order
        """
        rows = [(*group, *numbers) for group, numbers in changes.items() if any(numbers)]
        if rows:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO mail_tracking_day_total (%s) VALUES %s",
                    comma(map(SQL.identifier, (*GROUPS, *COUNTS))),
                    comma(SQL("%s", row) for row in rows),
                )
            )
            self.invalidate_model()

    @api.model
    def _merge(self):
        """Merge records that have ``GROUPS`` in common, and drop those without emails."""
        query = SQL(
            """
            WITH parts AS (
                 DELETE FROM mail_tracking_day_total
                  WHERE day IN (SELECT day FROM mail_tracking_day_total
                              GROUP BY %(groups)s HAVING count(*) > 1)
              RETURNING *)
            INSERT INTO mail_tracking_day_total (%(groups)s, %(names)s)
                 SELECT %(groups)s, %(sums)s FROM parts GROUP BY %(groups)s HAVING sum(emails) <> 0
            """,
            groups=comma(map(SQL.identifier, GROUPS)),
            names=comma(map(SQL.identifier, COUNTS)),
            sums=comma(SQL("sum(%s)", SQL.identifier(name)) for name in COUNTS),
        )
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_model()
