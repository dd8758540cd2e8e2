from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import events as ev
from .columns import column_of

#: With more hits than these, a row is folded from some that stand for the others.
HOT_HITS = 100
#: More hits on the image of one mail are not noted: who has the mail can load it without end.
MAX_HITS = 10_000
HITS = (ev.OPEN, ev.CLICK)
#: How many were folded into a row.
HIT_COUNTS = ("open_count", "machine_open_count", "click_count")


class MailTrackingEmail(models.Model):
    """Mails that are opened thousands of times: what a hit costs does not grow with them."""

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
        return self._get_hit_count() >= MAX_HITS

    def _count_hits(self):
        """The hits that stand for all hits of these rows, and for how many each stands.

        Of each kind the first and the last: nothing else of them decides anything.

        :return: event id -> how many
        :rtype: dict
        """
        if not self:
            return {}
        self.env["mail.tracking.event"].flush_model(
            ["tracking_email_id", "event_type", "open_kind", "timestamp", "is_unproven"]
        )
        query = """
            SELECT count(*),
                   (array_agg(id ORDER BY time, id))[1],
                   (array_agg(id ORDER BY time DESC, kind COLLATE "C" DESC, id DESC))[1]
              FROM (SELECT id, tracking_email_id, event_type, COALESCE(timestamp, 0) AS time,
                           COALESCE(open_kind, '') AS kind, is_unproven IS TRUE AS is_unproven
                      FROM mail_tracking_event
                     WHERE tracking_email_id = ANY(%(ids)s)
                       AND event_type IN %(hits)s) AS hit
          GROUP BY tracking_email_id, event_type, is_unproven, kind IN %(counted)s
        """
        counted = ("", *sorted(ev.COUNTED_OPEN_KINDS))
        found = self.env.execute_query(SQL(query, ids=self.ids, hits=HITS, counted=counted))
        counts = {}
        for number, first, last in found:
            counts[first] = 1
            counts[last] = number if first == last else number - 1
        return counts

    def _get_essential_domain(self, counts):
        """Domain of the events of hot rows that have to be read, and of all those of others.

        :param dict counts: see ``_count_hits``, of these rows
        """
        return list(
            Domain("tracking_email_id", "not in", self.ids)
            | Domain("event_type", "not in", HITS)
            | Domain("id", "in", list(counts))
        )
