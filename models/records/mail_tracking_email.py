from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ...tools import last_email, modes

_lt = LazyTranslate(__name__)

#: Recipients that a list gets of the last email of a record; it says how many more there are.
MAX_RECIPIENTS = 8
OUTCOME_LABELS = {
    last_email.FAILED: _lt("Failed"),
    last_email.COMPLAINED: _lt("Marked as spam"),
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

#: An outsider wrote on the record after the email: an answer, whatever it refers to.
ANSWERED_LATER = """
    SELECT later.create_date FROM mail_message later
 LEFT JOIN res_partner writer ON writer.id = later.author_id
     WHERE later.model = tracking.model AND later.res_id = tracking.res_id
       AND later.id > COALESCE(tracking.mail_message_id, 0)
       AND later.create_date >= tracking.time
       AND (later.message_type = 'email' AND writer.partner_share IS NOT FALSE
            OR later.message_type = 'comment' AND writer.partner_share IS TRUE)
"""
#: Of an email that stands for its record: no other was sent to somebody outside later.
IS_LAST = """
    tracking.model = %(model)s AND tracking.is_outside IS TRUE AND tracking.successor_id IS NULL
    AND NOT EXISTS (
        SELECT FROM mail_tracking_email newer
         WHERE newer.model = tracking.model AND newer.res_id = tracking.res_id
           AND newer.is_outside IS TRUE AND newer.successor_id IS NULL
           AND (newer.time, newer.id) > (tracking.time, tracking.id)
           AND (newer.mail_message_id IS NULL
                OR newer.mail_message_id IS DISTINCT FROM tracking.mail_message_id)
           AND newer.mail_id_int IS DISTINCT FROM tracking.mail_id_int)
"""
#: States of an email that has left, and of which no more is known than that.
SILENT_STATES = ("sent", "delivered")
#: States of an email that arrived, or may have arrived.
ANSWERABLE_STATES = (*SILENT_STATES, "deferred", "opened")


class MailTrackingEmail(models.Model):
    """What records say of their emails. Access is the record's: callers check that one."""

    _inherit = "mail.tracking.email"

    is_outside = fields.Boolean(
        "To somebody outside",
        readonly=True,
        help="The recipient is no internal user.",
    )

    _outside_record_idx = models.Index(
        "(model, res_id, time DESC, id DESC) WHERE is_outside IS TRUE"
    )

    # ------------------------------------------------------------
    # LAST EMAIL
    # ------------------------------------------------------------

    @api.model
    def _get_last_emails(self, records):
        """The last email of each of these records to somebody outside.

        What is pending of them is not processed: lists are read all the time, and write nothing.

        :param records: of one model, whose messages the user may read
        :return: record id -> see ``mail.thread.mail_tracking_last_email``
        :rtype: dict
        """
        found = self._search_last_emails(records)
        # sudo: mail.tracking.email - who may read the messages of a record may see of it
        self.sudo().browse(row[0] for row in found).fetch()
        by_record = defaultdict(list)
        for tracking_id, res_id, answered in found:
            by_record[res_id].append((self.sudo().browse(tracking_id), answered))
        return {res_id: self._prepare_last_email(rows) for res_id, rows in by_record.items()}

    @api.model
    def _search_last_emails(self, records):
        """Rows of tracking id, record id, and when somebody outside wrote after it; one query."""
        if not records.ids:
            return []
        self.flush_model()
        query = f"""
            SELECT tracking.id, tracking.res_id, ({ANSWERED_LATER} ORDER BY later.id LIMIT 1)
              FROM unnest(%(ids)s) AS asked (res_id)
        CROSS JOIN LATERAL (
                   SELECT id, mail_message_id, mail_id_int FROM mail_tracking_email
                    WHERE model = %(model)s AND res_id = asked.res_id AND is_outside IS TRUE
                      AND successor_id IS NULL
                 ORDER BY time DESC, id DESC LIMIT 1) last
              JOIN mail_tracking_email tracking
                ON tracking.id = last.id
                OR tracking.mail_message_id = last.mail_message_id
                OR last.mail_message_id IS NULL AND tracking.mail_id_int = last.mail_id_int
             WHERE tracking.model = %(model)s AND tracking.res_id = asked.res_id
               AND tracking.is_outside IS TRUE AND tracking.successor_id IS NULL
          ORDER BY tracking.id
        """
        return self.env.execute_query(SQL(query, ids=records.ids, model=records._name))

    @api.model
    def _prepare_last_email(self, rows):
        """The value of a record.

        :param list rows: of tracking, and when somebody outside wrote after it
        """
        replies = [tracking.first_reply for tracking, _later in rows if tracking.first_reply]
        replies += [later for _tracking, later in rows if later]
        answered = min(replies, default=None)
        trackings = [tracking for tracking, _later in rows]
        outcomes = {tracking: tracking._get_outcome(answered) for tracking in trackings}
        trackings.sort(
            key=lambda t: (last_email.OUTCOMES.index(outcomes[t]), bool(t.first_reply), t.id)
        )
        worst = trackings[0]
        sent = min(tracking.time for tracking in trackings)
        if outcomes[worst] == last_email.ANSWERED:
            since = answered
        elif outcomes[worst] in SINCE_SENT:
            since = sent
        else:
            since = worst.state_time or worst.time
        return {
            "message_id": worst.mail_message_id.id,
            "time": fields.Datetime.to_string(sent),
            "outcome": outcomes[worst],
            "label": worst._get_outcome_label(outcomes[worst]),
            "since": fields.Datetime.to_string(since),
            "recipients": [
                {
                    **recipient,
                    "time": recipient["time"] and fields.Datetime.to_string(recipient["time"]),
                }
                for recipient in (each._prepare_recipient() for each in trackings[:MAX_RECIPIENTS])
            ],
            "more": len(trackings[MAX_RECIPIENTS:]),
        }

    def _get_outcome(self, answered):
        """What this email came to, see ``tools.last_email``.

        :param answered: when anybody answered it, if so
        """
        self.ensure_one()
        overdue = fields.Datetime.now() - timedelta(days=last_email.PATIENCE_DAYS)
        return last_email.outcome(
            self.state or "",
            is_failed=self.state in self._get_failed_states(),
            is_cancelled=self.is_cancelled,
            is_answered=bool(answered),
            is_answerable=not self.mailing_id_int,
            is_open_knowable=self.open_mode in modes.PERSONAL and not self.opens_refused,
            is_overdue=bool(self.time and self.time < overdue),
        )

    def _get_outcome_label(self, outcome):
        """An outcome in the user's language, with the reason where something went wrong."""
        label = self.env._(OUTCOME_LABELS[outcome])
        reason = self._get_plain_reason() if self._is_troubled() else ""
        if reason and outcome in (last_email.FAILED, last_email.DELAYED):
            return self.env._("%(outcome)s: %(reason)s", outcome=label, reason=reason)
        return label

    # ------------------------------------------------------------
    # FILTERS
    # ------------------------------------------------------------

    @api.model
    def _select_records(self, model, condition):
        """Numbers of the records of a model whose last email to somebody outside is of a kind.

        :param str model: name of the model
        :param SQL condition: on ``tracking``
        :return: a subquery
        :rtype: SQL
        """
        self.flush_model()
        query = SQL(IS_LAST, model=model)
        return SQL(
            "(SELECT tracking.res_id FROM mail_tracking_email tracking WHERE %s AND %s)",
            query,
            condition,
        )

    @api.model
    def _select_not_opened(self, model):
        """Records whose last email was not opened by somebody whose open could be seen."""
        condition = SQL(
            """
            tracking.open_mode IN %(modes)s AND tracking.opens_refused IS NOT TRUE
            AND tracking.state IN %(states)s AND tracking.first_open IS NULL
            AND tracking.first_reply IS NULL
            """,
            modes=modes.PERSONAL,
            states=SILENT_STATES,
        )
        return self._select_records(model, condition)

    @api.model
    def _select_not_answered(self, model):
        """Records whose last email arrived, or may have arrived, and that nobody answered."""
        condition = SQL(
            f"""
            tracking.state IN %(states)s AND COALESCE(tracking.mailing_id_int, 0) = 0
            AND NOT EXISTS ({ANSWERED_LATER})
            AND NOT EXISTS (
                SELECT FROM mail_tracking_email sibling
                 WHERE sibling.mail_message_id = tracking.mail_message_id
                   AND sibling.first_reply IS NOT NULL)
            AND tracking.first_reply IS NULL
            """,
            states=ANSWERABLE_STATES,
        )
        return self._select_records(model, condition)

    @api.model
    def _select_address_bounced(self, model):
        """Records of which somebody did not get an email, as the address is dead."""
        self.flush_model()
        return SQL(
            """(
            SELECT tracking.res_id FROM mail_tracking_email dead
              JOIN mail_tracking_email tracking
                ON tracking.recipient_address = dead.recipient_address
             WHERE dead.is_address_dead IS TRUE AND tracking.model = %(model)s
               AND tracking.is_outside IS TRUE AND tracking.successor_id IS NULL
               AND tracking.state IN %(states)s)
            """,
            model=model,
            states=tuple(self._get_failed_states()),
        )

    @api.model
    def _select_sent(self, model, condition):
        """Records with an email to somebody outside that was sent at such a time.

        :param SQL condition: on ``time``, or nothing
        """
        self.flush_model()
        query = "(SELECT res_id FROM mail_tracking_email"
        query += " WHERE model = %(model)s AND is_outside IS TRUE AND successor_id IS NULL%(more)s)"
        return SQL(query, model=model, more=SQL(" AND %s", condition) if condition else SQL())
