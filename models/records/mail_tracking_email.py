from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ...tools import last_email, modes
from ..chatter.mail_tracking_email import UNCERTAIN

_lt = LazyTranslate(__name__)

#: Recipients that a list gets of the last email of a record; it says how many more there are.
MAX_RECIPIENTS = 8
#: trackings that are filled between two commits
FILL_BATCH = 10_000
OUTCOME_LABELS = {
    last_email.FAILED: _lt("Failed"),
    last_email.COMPLAINED: _lt("Reported as spam"),
    last_email.UNSUBSCRIBED: _lt("Unsubscribed"),
    last_email.CANCELLED: _lt("Not sent: cancelled"),
    last_email.DELAYED: _lt("Delayed"),
    last_email.WAITING: _lt("Waiting"),
    last_email.UNKNOWN: _lt("Cannot be known: not tracked"),
    last_email.UNOPENED: _lt("Not opened"),
    last_email.UNANSWERED: _lt("Not answered"),
    last_email.SENT: _lt("Sent"),
    last_email.DELIVERED: _lt("Delivered"),
    last_email.OPENED: _lt("Opened"),
    last_email.ANSWERED: _lt("Answered"),
}
#: Outcomes that are counted from when the email was sent, as nothing happened since.
SINCE_SENT = (last_email.WAITING, last_email.UNKNOWN, last_email.UNOPENED, last_email.UNANSWERED)
#: Fields that are read of the trackings of a list, besides those that decide what is said of them.
ROW_FIELDS = (
    "res_id",
    "mail_message_id",
    "partner_id",
    "recipient_address",
    "recipient",
    "time",
    "state_time",
    "first_reply",
    "mailing_id_int",
    "open_mode",
    "opens_refused",
    "open_count",
    "click_count",
)

# Emails of a record to somebody outside; of several attempts the last one counts.
OF_RECORD = """
    tracking.model = %(model)s AND tracking.res_id = %(record)s
    AND tracking.is_outside IS TRUE AND tracking.successor_id IS NULL
"""
# The last one, and the others of its message, or of the same email where that was deleted.
LAST = f"""
    SELECT mail_message_id, mail_id_int, time FROM mail_tracking_email tracking
     WHERE {OF_RECORD} AND tracking.time IS NOT NULL
  ORDER BY time DESC, id DESC LIMIT 1
"""
IS_OF_LAST = """
    (tracking.mail_message_id = last.mail_message_id
     OR tracking.mail_id_int = last.mail_id_int AND last.mail_id_int > 0)
    AND tracking.is_outside IS TRUE AND tracking.successor_id IS NULL AND tracking.time IS NOT NULL
"""
# Somebody outside wrote on the record since: an answer, whatever it refers to. Who was a colleague
# and has left is none.
WRITTEN = """
    SELECT written.id, written.create_date FROM mail_message written
     WHERE written.model = %(model)s AND written.res_id = %(record)s
       AND written.id > COALESCE(last.mail_message_id, 0) AND written.create_date >= last.time
       AND written.mail_tracking_is_automatic IS NOT TRUE
       AND (written.message_type = 'email'
            OR written.message_type = 'comment' AND written.author_id IS NOT NULL)
       AND NOT EXISTS (SELECT FROM res_users
                        WHERE partner_id = written.author_id AND share IS FALSE)
  ORDER BY written.id LIMIT 1
"""
#: States of an email that has left, and of which no more is known than that.
SILENT_STATES = ("sent", "delivered")
#: States of an email that arrived, or may have arrived.
ARRIVED_STATES = (*SILENT_STATES, "deferred", "opened")
EXISTS = f"EXISTS (SELECT FROM mail_tracking_email tracking WHERE {OF_RECORD}{{0}})"
SENT = EXISTS.format("")
# With "IS TRUE", PostgreSQL makes no join of it, and checks it before the dearer ones below.
SENT_SINCE = f"({EXISTS.format('AND tracking.time >= %(time)s')}) IS TRUE"
SENT_BEFORE = f"((SELECT time FROM ({LAST}) last) < %(time)s) IS TRUE"
# By an aggregate, as one look at the emails of each record: what PostgreSQL can turn into joins,
# it does by reading the whole table.
UNANSWERED = f"""
    (SELECT bool_or({{0}}) AND bool_and(tracking.first_reply IS NULL)
       FROM ({LAST}) last JOIN mail_tracking_email tracking ON {IS_OF_LAST}
      WHERE NOT EXISTS ({WRITTEN})) IS TRUE
"""
NOT_OPENED = UNANSWERED.format(
    "tracking.state IN %(silent)s AND tracking.open_mode IN %(personal)s"
    " AND tracking.opens_refused IS NOT TRUE"
)
NOT_ANSWERED = UNANSWERED.format(
    "tracking.state IN %(arrived)s AND (tracking.mailing_id_int = 0) IS NOT FALSE"
)
ADDRESS_BOUNCED = EXISTS.format(
    """AND tracking.state IN %(failed)s AND tracking.recipient_address IN (
        SELECT recipient_address FROM mail_tracking_email WHERE is_address_dead IS TRUE)"""
)


class MailTrackingEmail(models.Model):
    """What records say of their emails. Access is the record's: callers check that one."""

    _inherit = "mail.tracking.email"

    is_outside = fields.Boolean(
        "External recipient",
        readonly=True,
        help="The recipient is not an internal user.",
    )

    _outside_record_idx = models.Index(
        "(model, res_id, time DESC, id DESC) WHERE is_outside IS TRUE"
    )
    # of emails of earlier versions; it holds nothing once they are filled
    _outside_unknown_idx = models.Index("(id) WHERE is_outside IS NULL")

    @api.model
    def _add_outside(self, vals_list):
        """Add to values of new trackings whether their recipients are outside; one query."""
        # sudo: res.partner - one bit of those who get an email
        Partner = self.env["res.partner"].sudo()
        partners = Partner.browse({vals.get("partner_id") for vals in vals_list} - {None, False})
        internal = set(partners.filtered(lambda partner: not partner.partner_share)._ids)
        for vals in vals_list:
            vals.setdefault("is_outside", vals.get("partner_id") not in internal)

    @api.autovacuum
    def _fill_outside(self):
        """Note of a batch of emails of earlier versions whether they went to somebody outside.

        The newest first. The cron commits after each batch, and calls again while there is more.

        :return: how many were filled, and whether there are more
        """
        query = """
              WITH unknown AS MATERIALIZED (
                   SELECT id FROM mail_tracking_email WHERE is_outside IS NULL
                 ORDER BY id DESC LIMIT %s
                      FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE mail_tracking_email SET is_outside = NOT EXISTS (
                   SELECT FROM res_partner
                    WHERE id = mail_tracking_email.partner_id AND partner_share IS FALSE)
             WHERE id = ANY(ARRAY(SELECT id FROM unknown))
        """
        self.env.flush_all()
        self.env.cr.execute(SQL(query, FILL_BATCH))
        done = self.env.cr.rowcount
        self.invalidate_model(["is_outside"])
        return done, done == FILL_BATCH

    # ------------------------------------------------------------
    # LAST EMAIL
    # ------------------------------------------------------------

    @api.model
    def _get_last_emails(self, records):
        """The last email of each of these records to somebody outside; one query.

        What is pending of them is not processed: lists are read all the time, and write nothing.

        :param records: of one model, whose messages the user may read
        :return: record id -> see ``mail.thread.mail_tracking_last_email``
        """
        by_record, known = defaultdict(list), {}
        for row in self._read_last_emails(records):
            by_record[row["res_id"]].append(row)
        return {
            record_id: self._prepare_last_email(rows, known)
            for record_id, rows in by_record.items()
        }

    @api.model
    def _read_last_emails(self, records):
        """Values of the trackings of the last email of each of these records, the oldest first."""
        if not records.ids:
            return []
        self._flush_emails()
        names = dict.fromkeys((*ROW_FIELDS, *self._get_status_fields()))
        query = f"""
            SELECT tracking.id, %(columns)s, COALESCE(partner.name, partner.email) AS partner_name,
                   (SELECT TRUE FROM mail_tracking_email
                     WHERE successor_id = tracking.id LIMIT 1) AS is_resend,
                   written.create_date AS written_on
              FROM unnest(%(ids)s) AS asked (id)
        CROSS JOIN LATERAL ({LAST}) last
         LEFT JOIN LATERAL ({WRITTEN}) written ON TRUE
              JOIN mail_tracking_email tracking ON {IS_OF_LAST}
         LEFT JOIN res_partner partner ON partner.id = tracking.partner_id
             WHERE tracking.model = %(model)s AND tracking.res_id = asked.id
          ORDER BY tracking.id
        """
        columns = SQL(", ").join(SQL.identifier("tracking", name) for name in names)
        values = {"model": records._name, "record": SQL("asked.id"), "ids": records.ids}
        return self.env.execute_query_dict(SQL(query, columns=columns, **values))

    @api.model
    def _prepare_last_email(self, rows, known):
        """The value of a record.

        :param list rows: of the trackings of its last email
        :param dict known: what is said of others already
        """
        written = (row["first_reply"] or row["written_on"] for row in rows)
        answered = min(filter(None, written), default=None)
        ranked = []
        for row in rows:
            outcome = self._get_outcome(row, bool(answered))
            rank = last_email.OUTCOMES.index(outcome)
            ranked.append((rank, bool(row["first_reply"]), row["id"], outcome, row))
        ranked.sort(key=lambda each: each[:3])
        *_rank, outcome, worst = ranked[0]
        key = outcome, worst["error_type"], worst["error_smtp_server"]
        if key not in known:
            known[key] = self._browse_row(worst)._get_outcome_label(outcome)
        sent = min(row["time"] for row in rows)
        since = sent if outcome in SINCE_SENT else worst["state_time"] or sent
        return {
            "message_id": worst["mail_message_id"] or False,
            "time": sent,
            "outcome": outcome,
            "label": known[key],
            "since": answered if outcome == last_email.ANSWERED else since,
            "recipients": [self._prepare_row(each[-1], known) for each in ranked[:MAX_RECIPIENTS]],
            "more": len(ranked[MAX_RECIPIENTS:]),
        }

    @api.model
    def _get_outcome(self, row, is_answered):
        """What an email came to for one recipient, see ``tools.last_email``."""
        overdue = fields.Datetime.now() - timedelta(days=last_email.PATIENCE_DAYS)
        return last_email.outcome(
            row["state"] or "",
            is_failed=row["state"] in self._get_failed_states(),
            is_cancelled=bool(row["is_cancelled"]),
            is_answered=is_answered,
            is_answerable=not row["mailing_id_int"],
            is_open_knowable=row["open_mode"] in modes.PERSONAL and not row["opens_refused"],
            is_overdue=row["time"] < overdue,
        )

    def _get_outcome_label(self, outcome):
        """An outcome in the user's language, with the reason where something went wrong."""
        label = self.env._(OUTCOME_LABELS[outcome])
        if self.error_type == "address_dead" and outcome == last_email.FAILED:
            label = self.env._("Not sent")
        if outcome in (last_email.FAILED, last_email.DELAYED):
            if reason := self._get_plain_reason():
                return self.env._("%(outcome)s: %(reason)s", outcome=label, reason=reason)
        return label

    @api.model
    def _browse_row(self, row):
        """A tracking that holds these values, and reads others where it is asked for them."""
        own = ("first_reply", "partner_id", "recipient", "recipient_address")
        names = (*own, *self._get_status_fields())
        return self.new({name: row[name] for name in names}, origin=self.browse(row["id"]))

    @api.model
    def _prepare_row(self, row, known):
        """The same as ``_prepare_recipient``, without a query for each.

        :param dict known: what is said of others already: who agrees in all that decides shares it
        """
        if row["is_resend"] and row["state"] in UNCERTAIN:
            return self.browse(row["id"])._prepare_recipient()
        proof = "answer" if row["first_reply"] else ""
        key = tuple(row[name] for name in self._get_status_fields())
        key += (proof, not row["partner_id"], not row["recipient"])
        if key not in known:
            known[key] = self._browse_row(row)._prepare_status(proof=proof)
        address = row["recipient_address"] or False
        if address and address.startswith("@"):
            address = self.browse(row["id"])._get_whole_address()
        return {
            **known[key],
            "open_count": row["open_count"] or 0,
            "click_count": row["click_count"] or 0,
            "tracking_id": row["id"],
            "partner_id": row["partner_id"] or False,
            "recipient": row["partner_name"] or address or row["recipient"] or "",
            "email": address,
            "time": row["state_time"] or False,
        }

    # ------------------------------------------------------------
    # FILTERS
    # ------------------------------------------------------------

    @api.model
    def _get_emails_domain(self, condition, **values):
        """Domain of the records of whose emails to somebody outside something holds.

        :param str condition: SQL with ``%(model)s``, ``%(record)s`` and others
        :param values: what else is in the condition
        """
        self._flush_emails()
        # for thousands of quick look-ups, to compile the query takes longer than to run it
        self.env.cr.execute("SET LOCAL jit = off")
        values |= {
            "arrived": ARRIVED_STATES,
            "failed": tuple(self._get_failed_states()),
            "personal": modes.PERSONAL,
            "silent": SILENT_STATES,
        }

        def to_sql(model, alias, _query):
            record = SQL.identifier(alias, "id")
            return SQL(condition, model=model._name, record=record, **values)

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _flush_emails(self):
        self.flush_model()
        self.env["mail.message"].flush_model()
        self.env["res.partner"].flush_model(["name", "email"])
        self.env["res.users"].flush_model(["partner_id", "share"])
