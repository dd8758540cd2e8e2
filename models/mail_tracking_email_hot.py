from odoo import models
from odoo.tools import SQL

from ..tools import events as ev
from .columns import column_of

#: With more hits than these, a row is folded from some that stand for the others.
HOT_HITS = 100
#: More hits on one mail are not noted: who has the mail can load its image without end.
MAX_HITS = 2_000
#: The same of a mail of an earlier version, whose address holds no key: anybody can guess it.
MAX_GUESSED_HITS = 100
#: Of a mail to several, hits are noted for each of them up to this number in sum.
MAX_SHARED_HITS = 300
#: A row that has so many events gets no more, but for the first one of each type.
MAX_EVENTS = 3_000
HITS = (ev.OPEN, ev.CLICK)
#: How many were folded into a row.
HIT_COUNTS = ("open_count", "machine_open_count", "click_count")


class MailTrackingEmail(models.Model):
    """Mails that are opened thousands of times: what an event costs does not grow with them."""

    _inherit = "mail.tracking.email"

    def _filter_hot(self):
        """Those of these rows that got very many hits."""
        counts = zip(*(column_of(self, name) for name in HIT_COUNTS), strict=True)
        return self.browse(
            row_id
            for row_id, hits in zip(self._ids, counts, strict=True)
            if sum(filter(None, hits)) > HOT_HITS
        )

    def _get_hit_count(self):
        """How many hits were folded into this row.

        :rtype: int
        """
        return sum(self[name] for name in HIT_COUNTS)

    def _has_enough_hits(self):
        """Whether more hits on the image of this mail are not noted any more.

        :rtype: bool
        """
        return self._get_hit_count() >= (MAX_HITS if self.token else MAX_GUESSED_HITS)

    def _filter_for_hit(self, lead, open_kind, before=0):
        """Those of these rows, of one mail to several people, for which a hit is noted.

        The first hits are noted for everybody. Later ones are noted once, for the row whose
        image it is, and for those of whom no opening is known yet: it may be any of them.

        :param lead: the row whose image was loaded
        :param str open_kind: who loaded it
        :param int before: hits on it that are not folded yet
        """
        if len(self) * (lead._get_hit_count() + before + 1) <= MAX_SHARED_HITS:
            return self
        if open_kind and open_kind not in ev.COUNTED_OPEN_KINDS:
            return lead
        return lead | self.filtered(lambda row: not (row.open_count or row.click_count))

    def _count_alike(self):
        """The events that stand for all of these rows, and for how many each stands.

        Of each kind the first and the last: nothing else of them decides anything.

        :return: event id -> how many
        :rtype: dict
        """
        if not self:
            return {}
        # one pass without sorting; a number as a float is exact up to 2**53
        query = """
            SELECT count(*), (min(place))[2]::bigint, (max(place))[2]::bigint
              FROM (SELECT tracking_email_id, event_type, open_kind, is_unproven,
                           ARRAY[COALESCE(timestamp, 0), id] AS place
                      FROM mail_tracking_event
                     WHERE tracking_email_id = ANY(%s)) AS event
          GROUP BY tracking_email_id, event_type, open_kind, is_unproven
        """
        counts = {}
        for number, first, last in self.env.execute_query(SQL(query, self.ids)):
            counts[first] = 1
            counts[last] = number if first == last else number - 1
        return counts
