from odoo import api, models

from . import statements

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
            self.env.cr.execute(statements.append_totals(GROUPS, rows))
            self.invalidate_model()

    @api.model
    def _merge(self):
        """Make one record of those that have their values in common."""
        self.env.cr.execute(statements.merge_totals(GROUPS), log_exceptions=False)
        self.invalidate_model()
