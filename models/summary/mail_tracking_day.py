import logging
import time
from collections import Counter, defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import summary
from ..gc import GC_BATCH
from ..guard import TRANSIENT_ERRORS
from . import statements
from .mail_tracking_day_total import GROUPS
from .mail_tracking_email import COUNTED_FIELDS

_logger = logging.getLogger(__name__)

#: Emails that are counted between two commits: nobody waits for them, but who changes one
#: meanwhile has to come again.
BATCH = 1_000
#: So often a batch is tried where somebody else changes the same emails or numbers.
TRIES = 3
#: Seconds that looking up domains may take: for a batch, and for a run of the scheduled action.
LOOK_UP_SECONDS = 5
LOOK_UP_SECONDS_OF_RUN = 60
#: More than these are not counted when somebody asks how many wait.
MAX_BACKLOG = 100_000
#: What the emails of one record have in common.
DIMENSIONS = (
    "day",
    "company_id",
    "server",
    "provider",
    "domain",
    "model",
    "template_id",
    "reason",
    "open_mode",
    "delivery_report",
)


class Place(NamedTuple):
    """Where an email is counted: a record that may be there or not.

    :param tuple values: of ``DIMENSIONS``
    :param int counts: the numbers of the record that it is part of, as bits
    """

    values: tuple
    counts: int


class MailTrackingDay(models.Model):
    """How many emails of a day have all these things in common.

    Each email is counted in one record. It holds the number of that record, and as what it is
    counted there; both change with its status. Whatever comes late, twice or in another order,
    the numbers are those of a recount. They stay when emails are deleted.
    """

    _name = "mail.tracking.day"
    _inherit = "mail.tracking.counts"
    _description = "Emails of a day"

    key = fields.Char(
        readonly=True, help="A hash of what the emails have in common, to find the record by."
    )
    server = fields.Char("Mail server", readonly=True, help="The server that Odoo handed them to.")
    domain = fields.Char(
        "Recipient domain", readonly=True, help="Kept of emails that failed, for all others empty."
    )
    model = fields.Char("Record type", readonly=True, help="The model of their records.")
    template_id = fields.Many2one(
        "mail.template",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The template that they were made from.",
    )
    reason = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_error_type(),
        readonly=True,
        help="Why they failed.",
    )
    open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_open_mode(),
        string="Open tracking",
        readonly=True,
        help="What may be known of opens. Off also where the recipient said No later.",
    )
    delivery_report = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._fields["delivery_report"].selection,
        string="Reports",
        readonly=True,
        help="What the server that accepted them was asked to report.",
    )

    _key_unique = models.UniqueIndex("(key)")
    _day_idx = models.Index("(day)")
    _domain_idx = models.Index("(day) WHERE domain IS NOT NULL")
    _failed_idx = models.Index("(day) WHERE failed > 0")

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    @api.model
    def _get_backlog(self):
        """How many emails are not counted yet, up to ``MAX_BACKLOG``."""
        # sudo: mail.tracking.email - a number, of all companies
        Tracking = self.env["mail.tracking.email"].sudo()
        return Tracking.search_count(Tracking._get_uncounted_domain(), limit=MAX_BACKLOG)

    # ------------------------------------------------------------
    # SCHEDULED ACTION
    # ------------------------------------------------------------

    @api.model
    def _wake_cron(self):
        """Have emails counted soon, as somebody looks at the numbers."""
        # sudo: ir.cron - what would be done in some minutes anyway
        if cron := self.env.ref("mail_tracking.ir_cron_summary", raise_if_not_found=False):
            cron.sudo()._trigger()

    @api.model
    def _process_uncounted(self):
        """Count the emails that are new or have changed, the newest first."""
        seconds, trackings = LOOK_UP_SECONDS_OF_RUN, self._search_uncounted()
        while trackings:
            seconds -= self._look_up_domains(trackings, min(seconds, LOOK_UP_SECONDS))
            done = self._count_safely(trackings.ids)
            trackings = self._search_uncounted(before=trackings[-1].id)
            if not self.env["ir.cron"]._commit_progress(done, remaining=len(trackings)):
                break
        try:
            self.env["mail.tracking.day.total"]._merge()
        except TRANSIENT_ERRORS:
            self.env.cr.rollback()  # another process has just done so

    @api.model
    def _search_uncounted(self, before=None):
        Tracking = self.env["mail.tracking.email"]
        domain = Tracking._get_uncounted_domain()
        return Tracking.search_fetch(
            domain & Domain("id", "<", before) if before else domain,
            ["recipient_domain"],
            order="id DESC",
            limit=BATCH,
        )

    @api.model
    def _look_up_domains(self, trackings, seconds):
        """Find out who runs the mail servers of domains that nobody asked about lately.

        :param float seconds: no more than these; where there are none, what is known decides
        :return: how long it took
        """
        Recipients, start = self.env["mail.tracking.domain"], time.monotonic()
        names = Recipients._filter_unknown(set(trackings.mapped("recipient_domain")) - {False})
        if not names or seconds <= 0:
            return 0
        Recipients._look_up(names, seconds)
        # counting begins in a transaction that has seen what happened meanwhile
        self.env["ir.cron"]._commit_progress(remaining=len(trackings))
        return time.monotonic() - start

    @api.model
    def _count_safely(self, ids):
        """Count emails; those that somebody else is changing are left to the next run.

        :return: how many were counted
        """
        for _attempt in range(TRIES):
            try:
                return self._count(ids)
            except TRANSIENT_ERRORS:
                self.env.cr.rollback()  # only another transaction sees what others did
        _logger.info("%s emails or their numbers are busy", len(ids))
        return 0

    # ------------------------------------------------------------
    # COUNTING
    # ------------------------------------------------------------

    @api.model
    def _count(self, ids):
        """Move emails from the record that counted them to the one that they belong to.

        The same few queries, however many they are.

        :param list ids: of ``mail.tracking.email``; those that are counted, and those that
            somebody else is changing, are left out
        :return: how many were counted
        :raise psycopg2.errors.SerializationFailure: where another transaction has changed the
            same emails or numbers since this one began
        """
        Tracking, cr = self.env["mail.tracking.email"], self.env.cr
        Tracking.flush_model()
        cr.execute(statements.lock_uncounted(ids, COUNTED_FIELDS), log_exceptions=False)
        rows = cr.dictfetchall()
        if not rows:
            return 0
        places = self._get_places(rows)
        keys = {place.values: summary.key_of(place.values) for place in places if place}
        cr.execute(
            SQL("SELECT key, id FROM mail_tracking_day WHERE key = ANY(%s)", list(keys.values()))
        )
        day_ids = dict(cr.fetchall())
        changes, new = defaultdict(Counter), defaultdict(Counter)
        for row, place in zip(rows, places, strict=True):
            if row["day_id_int"]:
                changes[row["day_id_int"]][row["counted_as"]] -= 1
            if place and (day_id := day_ids.get(keys[place.values])):
                changes[day_id][place.counts] += 1
            elif place:
                new[place.values][place.counts] += 1
        totals = defaultdict(Counter)
        for day_id, group in self._change_days(changes).items():
            totals[group].update(changes[day_id])
        for values, emails in new.items():
            vals = dict(zip(DIMENSIONS, values, strict=True))
            totals[tuple(vals[name] for name in GROUPS)].update(emails)
        self.env["mail.tracking.day.total"]._append(
            {group: summary.totals_of(emails) for group, emails in totals.items()}
        )
        day_ids |= self._create_days(new, keys)
        cr.execute(
            statements.note_counted(
                [row["id"] for row in rows],
                [place and day_ids[keys[place.values]] for place in places],
                [place and place.counts for place in places],
            )
        )
        Tracking.invalidate_model(["is_counted", "day_id_int", "counted_as"])
        self.invalidate_model()
        return len(rows)

    @api.model
    def _get_places(self, rows):
        """Where each of these emails belongs; None for one that was cancelled.

        :param list rows: dicts, of ``statements.lock_uncounted``
        """
        # sudo: mail.tracking.domain - whoever deletes emails, they are counted
        Recipients = self.env["mail.tracking.domain"].sudo()
        providers = Recipients._get_providers({row["recipient_domain"] for row in rows} - {None})
        failed_states = self.env["mail.tracking.email"]._get_failed_states()
        bits, result = {}, []
        for row in rows:
            if row["is_cancelled"] and not row["state"]:
                result.append(None)
                continue
            status = self._get_email_status(row)
            if status not in bits:
                bits[status] = summary.to_bits(summary.counts_of(status, failed_states))
            provider = providers.get(row["recipient_domain"])
            vals = self._prepare_day_vals(row, provider, failed_states)
            result.append(Place(tuple(vals[name] for name in DIMENSIONS), bits[status]))
        return result

    @api.model
    def _get_email_status(self, row):
        """What decides as what an email counts.

        :param dict row: see ``_get_places``
        """
        return summary.EmailStatus(
            state=row["state"] or "",
            delivery_report=row["delivery_report"] or "",
            open_mode="off" if row["opens_refused"] else row["open_mode"] or "",
            is_opened=bool(row["first_open"] or row["click_count"]),
            is_answered=bool(row["first_reply"]),
            delay=row["delay"] or "",
        )

    @api.model
    def _prepare_day_vals(self, row, provider, failed_states):
        """Values of ``DIMENSIONS`` of an email.

        :param dict row: see ``_get_places``
        """
        has_failed = row["state"] in failed_states
        is_personal = row["delivery_report"] == summary.PERSONAL
        return {
            "day": row["date"],
            "company_id": row["company_id"],
            # nobody is ranked by their own account
            "server": summary.PERSONAL if is_personal else row["smtp_server"],
            "provider": provider or None,
            "domain": row["recipient_domain"] if has_failed else None,
            "model": row["model"],
            "template_id": row["template_id"],
            "reason": row["error_type"] if has_failed else None,
            "open_mode": "off" if row["opens_refused"] else row["open_mode"],
            "delivery_report": row["delivery_report"],
        }

    @api.model
    def _change_days(self, changes):
        """Add to the numbers of records, and delete those that count nothing any more.

        :param dict changes: id -> bits of what emails count as -> how many more, or fewer
        :return: id -> values of ``GROUPS`` of the records that have changed
        """
        totals = {day_id: summary.totals_of(emails) for day_id, emails in sorted(changes.items())}
        totals = {day_id: numbers for day_id, numbers in totals.items() if any(numbers)}
        if not totals:
            return {}
        self.env.cr.execute(statements.add_to_days(totals, GROUPS), log_exceptions=False)
        rows = self.env.cr.fetchall()
        empty = [day_id for day_id, emails, *_group in rows if not emails]
        if empty:
            self.env.cr.execute(SQL("DELETE FROM mail_tracking_day WHERE id = ANY(%s)", empty))
        return {day_id: tuple(group) for day_id, _emails, *group in rows}

    @api.model
    def _create_days(self, emails, keys):
        """Create records for emails that no record counts yet.

        :param dict emails: values of ``DIMENSIONS`` -> bits of what emails count as -> how many
        :param dict keys: values of ``DIMENSIONS`` -> key
        :return: key -> id
        """
        if not emails:
            return {}
        names = ("key", *DIMENSIONS, *summary.COUNTS, "create_date", "write_date")
        now = fields.Datetime.now()
        rows = sorted(
            (keys[values], *values, *summary.totals_of(bits), now, now)
            for values, bits in emails.items()
        )
        self.env.cr.execute(statements.create_days(names, rows), log_exceptions=False)
        return dict(self.env.cr.fetchall())

    # ------------------------------------------------------------
    # UPKEEP
    # ------------------------------------------------------------

    @api.autovacuum
    def _gc_domains(self):
        """Forget the domains of old failures: one may belong to a single person.

        They are kept as long as the emails. The numbers stay.

        :return: how many records were cleaned, and whether there are more
        """
        days = self.env["mail.tracking.email"]._get_max_age(
            "mail_tracking.mail_tracking_email_max_age_days"
        )
        if not days:
            return 0, False
        before = fields.Date.today() - timedelta(days=days)
        # sudo: mail.tracking.day - upkeep
        old = self.sudo().search(
            [("domain", "!=", False), ("day", "<", before)], limit=GC_BATCH, order="day, id"
        )
        for day in old:
            day.write(
                {"domain": False, "key": str(day.id)}
            )  # the key is made of the domain as well
        return len(old), len(old) == GC_BATCH
