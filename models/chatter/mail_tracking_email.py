from collections import Counter, defaultdict
from typing import NamedTuple

from odoo import api, models, tools
from odoo.tools import SQL, format_date, format_datetime
from odoo.tools.translate import LazyTranslate

from ...tools import events as ev
from ...tools import sentences, smtp_setup, state

_lt = LazyTranslate(__name__)

STATUS_LABELS = {
    "waiting": _lt("Waiting"),
    "cancelled": _lt("Not sent: cancelled"),
    "error": _lt("Error"),
    "sent": _lt("Sent"),
    "delivered": _lt("Delivered"),
    "opened": _lt("Opened"),
    "answered": _lt("Answered"),
    "cc": _lt("Cc"),
    "no_email": _lt("No email"),
    "no_partner": _lt("No partner"),
    "unknown": _lt("Unknown"),
}
STATE_TO_STATUS = {
    False: "waiting",
    "error": "error",
    "rejected": "error",
    "spam": "error",
    "bounced": "error",
    "soft-bounced": "error",
    "sent": "sent",
    "deferred": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "unsub": "opened",
}
NOTIFICATION_TO_STATUS = {
    "ready": "waiting",
    "process": "waiting",
    "exception": "error",
    "bounce": "error",
}
#: States that say nothing about the recipient's side.
VAGUE = (False, ev.SENT)
#: States of an attempt of which nobody knows whether it arrived.
UNCERTAIN = (*VAGUE, ev.DEFERRED)
#: States of a mail that the recipient got, weakest first.
ARRIVED = (ev.DELIVERED, ev.OPENED)
#: The reason that says that nothing answered where our own mail server should be; core's word.
SERVER_DOWN = "mail_smtp"
#: A received mail may name anybody, as often as it likes: people read no more than so many of
#: each kind, in no more than so many characters.
MAX_NAMED = 200
MAX_TEXT = 20_000
IS_PENDING = SQL(
    "EXISTS (SELECT FROM mail_tracking_event WHERE is_pending IS TRUE"
    " AND tracking_email_id = mail_tracking_email.id)"
)
#: What is said of a recipient of whom nothing is known.
UNTRACKED = {
    "status": "unknown",
    "status_human": "",
    "error_type": False,
    "error_description": False,
    "reason": None,  # not known apart from the description
    "evidence": "",
    "isCc": False,
    "state": "",
    "shared": 1,
    "is_answered": False,
    "open_count": 0,
    "click_count": 0,
    "message_opens": 0,
    "tracking_id": False,
    "partner_id": False,
    "recipient": "",
    "email": False,
    "time": False,
}


class Attempt(NamedTuple):
    """What the chatter needs of a tracking: a page of it shows hundreds."""

    id: int
    message_id: int
    partner_id: int | None
    address: str | None
    recipient: str | None
    time: object
    open_count: int | None
    click_count: int | None
    first_reply: object
    envelope_token: str | None
    successor_id: int | None
    #: opens that are counted for the whole message, and tied to nobody
    message_opens: int | None
    #: whether something is known of it that does not count yet
    is_pending: bool
    #: of the fields that decide what is said, see ``_get_status_fields``
    values: tuple


class MailTrackingEmail(models.Model):
    """What the chatter shows. Access is the message's: callers check that one."""

    _inherit = "mail.tracking.email"

    # ------------------------------------------------------------
    # RECIPIENTS OF MESSAGES
    # ------------------------------------------------------------

    @api.model
    def _get_status_by_message(self, messages):
        """The status of messages for each recipient; one query for any number of messages.

        :param messages: ``mail.message``, with sudo
        :return: message id -> list of dicts, see ``mail.message.tracking_status``
        """
        result = self._get_tracked_recipients(messages)
        named = self._get_named_recipients(messages)
        for message in messages:
            found = result[message.id]
            notifications = message.notification_ids
            known = {recipient["partner_id"] for recipient in found}
            if not known.issuperset(notifications.res_partner_id._ids):
                for notification in notifications:
                    if notification.res_partner_id.id not in known:
                        found += self._prepare_notified(notification)
            if message.id in named:
                known = {recipient["email"] for recipient in found}
                found += [person for person in named[message.id] if person["email"] not in known]
        return result

    @api.model
    def _get_tracked_recipients(self, messages):
        """Recipients with a tracking, by message id; the newest tracking counts."""
        attempts = self._read_attempts(messages)
        if any(attempt.is_pending for attempt in attempts):
            self._process_pending_of(messages)
            attempts = self._read_attempts(messages)
        by_id = {attempt.id: attempt for attempt in attempts}
        by_message = defaultdict(list)
        for attempt in attempts:
            by_message[attempt.message_id].append(attempt)
        partners = self.env["res.partner"].browse({a.partner_id for a in attempts} - {None})
        names = {partner.id: partner.name or partner.email or "" for partner in partners}
        status_by_values, result = {}, defaultdict(list)
        for message_id, found in by_message.items():
            # a mail that was sent again stays in the place of its first attempt
            places = {}
            for attempt in found:
                place = places.setdefault(attempt.id, attempt.id)
                places.setdefault(attempt.successor_id, place)
            newest = {
                (attempt.partner_id, attempt.address or attempt.recipient): attempt
                for attempt in found
                if not attempt.successor_id
            }.values()
            newest = sorted(newest, key=lambda attempt: places[attempt.id])
            same_partner = Counter(attempt.partner_id for attempt in newest)
            same_mail = Counter(attempt.envelope_token for attempt in newest)
            for attempt in newest:
                shown = attempt
                if len(newest) < len(found):
                    record = self.browse(attempt.id).with_prefetch(by_id)
                    shown = by_id[record._get_shown_attempt().id]
                is_answered = bool(shown.first_reply)  # which says who it was
                is_shared = attempt.envelope_token and not is_answered
                shared = same_mail[attempt.envelope_token] if is_shared else 1
                key = shown.values, not shown.partner_id, not shown.recipient, shared, is_answered
                status = status_by_values.get(key)
                if not status:
                    status = self._browse_attempt(shown)._prepare_status(shared)
                    status_by_values[key] = status
                if attempt.address and attempt.address.startswith("@"):
                    whole = self.browse(attempt.id).with_prefetch(by_id)._get_whole_address()
                    attempt = attempt._replace(address=whole)
                name = names.get(attempt.partner_id)
                if name is not None and attempt.address and same_partner[attempt.partner_id] > 1:
                    name = f"{name} ({attempt.address})"
                result[message_id].append(self._prepare_tracked(attempt, shown, status, name))
        return result

    @api.model
    def _prepare_tracked(self, attempt, shown, status, name):
        return {
            **status,
            "open_count": shown.open_count or 0,
            "click_count": shown.click_count or 0,
            "message_opens": attempt.message_opens or 0,
            "tracking_id": attempt.id,
            "partner_id": attempt.partner_id or False,
            "recipient": name or attempt.address or attempt.recipient or "",
            "email": attempt.address or False,
            "time": shown.time or False,
        }

    @api.model
    def _get_status_fields(self):
        """Fields that decide what is said of a recipient: those who agree in them share it.

        An addon whose ``_get_status`` looks at another field adds it here.
        """
        return [
            "state",
            "is_cancelled",
            "is_cc",
            "error_type",
            "error_code",
            "error_description",
            "error_smtp_server",
            "delivery_report",
            "answering_server",
            "reporting_server",
            "final_recipient",
            "is_unproven",
            "retry_until",
            "dead_since",
        ]

    @api.model
    def _read_attempts(self, messages):
        """Values of all trackings of these messages, the oldest first."""
        names = [
            "id",
            "mail_message_id",
            "partner_id",
            "recipient_address",
            "recipient",
            "state_time",
            "open_count",
            "click_count",
            "first_reply",
            "envelope_token",
            "successor_id",
        ]
        self.env["mail.tracking.event"].flush_model(["tracking_email_id", "is_pending"])
        self.env["mail.tracking.count"].flush_model(["mail_message_id", "open_count"])
        query = self._search([("mail_message_id", "in", messages.ids)], order="id")
        counts = query.left_join(
            self._table, "mail_message_id", "mail_tracking_count", "mail_message_id", "counts"
        )
        columns = [self._field_to_sql(self._table, name, query) for name in names]
        columns += [SQL.identifier(counts, "open_count"), IS_PENDING]
        own = len(columns)
        for name in self._get_status_fields():
            columns.append(self._field_to_sql(self._table, name, query))
        found = self.env.execute_query(query.select(*columns)) if messages else ()
        return [Attempt(*values[:own], values[own:]) for values in found]

    @api.model
    def _browse_attempt(self, attempt):
        """A tracking that holds these values, and reads others where it is asked for them."""
        vals = dict(zip(self._get_status_fields(), attempt.values, strict=True))
        names = ("partner_id", "recipient", "first_reply")
        vals.update({name: getattr(attempt, name) for name in names})
        return self.new(vals, origin=self.browse(attempt.id))

    @api.model
    def _prepare_notified(self, notification):
        """What is known of a notified partner without a tracking: a list of one dict, or none."""
        partner, failure = notification.res_partner_id, notification.failure_type
        status = "unknown"
        if notification.notification_type == "email":
            status = NOTIFICATION_TO_STATUS.get(notification.notification_status, "unknown")
            if notification._is_mail_cancelled():
                status = "cancelled"
            if status == "error" and failure == "mail_email_missing":
                status = "no_email"
        elif notification.notification_type != "inbox":
            return []  # text messages and letters are not ours to tell of
        values = {}
        if status == "cancelled" and failure:
            values["evidence"] = self.env._(sentences.find(status, failure))
        if notification.notification_type == "inbox":
            values["evidence"] = self.env._(sentences.find(status, "inbox"))
        if failure and status in ("error", "cancelled"):
            description = smtp_setup.without_number(notification.format_failure_reason())
            values.update(error_type=failure, error_description=description)
        return [self._prepare_untracked(partner, partner.email_normalized, status, **values)]

    @api.model
    def _get_named_recipients(self, messages):
        """People whom a received email names in its headers, by message id."""
        result = defaultdict(list)
        received = messages.filtered(lambda m: m.incoming_email_to or m.incoming_email_cc)
        named = [person for message in received for person in self._read_headers(message)]
        addresses = {address for _message_id, address, _is_cc in named}
        if not addresses:
            return result
        if not self.env.company.mail_tracking_show_aliases:
            # sudo: mail.alias.domain - which addresses are ours
            addresses.difference_update(
                self.env["mail.alias.domain"].sudo()._find_aliases(list(addresses))
            )
        # sudo: res.partner - names of the people on a mail that the user may read
        Partner = self.env["res.partner"].sudo()
        partners = Partner.search([("email_normalized", "in", list(addresses))])
        by_address = {partner.email_normalized: partner for partner in reversed(partners)}
        seen = set()
        for message_id, address, is_cc in named:
            if address not in addresses or (message_id, address) in seen:
                continue
            seen.add((message_id, address))
            partner = by_address.get(address, Partner)
            status = "cc" if is_cc else ("unknown" if partner else "no_partner")
            person = self._prepare_untracked(partner, address, status, isCc=is_cc)
            result[message_id].append(person)
        return result

    @api.model
    def _read_headers(self, message):
        """Message id, address and whether it is in Cc, of all whom the headers name.

        Of endless headers the beginning is read.
        """
        named = []
        for text, is_cc in (
            (message.incoming_email_cc, True),
            (message.incoming_email_to, False),
        ):
            if text and len(text) > MAX_TEXT:
                text = text[:MAX_TEXT].rpartition(",")[0]  # the last one may be cut
            addresses = tools.mail.email_normalize_all(text) if text else ()
            named += [(message.id, address, is_cc) for address in addresses[:MAX_NAMED]]
        return named

    @api.model
    def _prepare_untracked(self, partner, address, status, **values):
        """What is known of a recipient without a tracking."""
        return {
            **UNTRACKED,
            "status": status,
            "status_human": self._get_status_label(status),
            "evidence": self.env._(sentences.find(status)),
            "partner_id": partner.id,
            "recipient": partner.name or partner.email or address or "",
            "email": address or False,
            **values,
        }

    # ------------------------------------------------------------
    # STATUS
    # ------------------------------------------------------------

    def _prepare_status(self, shared=1, proof=""):
        """What is said of this recipient, and of all others of whom the same is known.

        :param int shared: how many people share the pixel of the mail
        :param str proof: one of ``tools.sentences.PROOFS``, where it is known; an answer is
        """
        self.ensure_one()
        status = self._get_status()
        is_troubled = self._is_troubled()
        is_told = self.error_type in sentences.NO_SERVER_ASKED  # by the sentence
        proof = "answer" if self.first_reply else proof
        is_answered = self.state == ev.OPENED and proof == "answer"
        return {
            "status": status,
            "status_human": self._get_status_label("answered" if is_answered else status),
            "is_answered": is_answered,
            "error_type": is_troubled and self.error_type,
            "error_description": is_troubled and self._get_reason(),
            "reason": self._get_reason(with_answer=False) if is_troubled and not is_told else "",
            "evidence": self._get_evidence_words(shared, proof),
            "isCc": self.is_cc,
            "state": self.state or "",
            "shared": shared,
        }

    def _is_troubled(self):
        return state.is_failed(self.state or "") or self.state == ev.DEFERRED

    def _prepare_recipient(self):
        """One entry of ``mail.message.tracking_status``, of an email without a message."""
        shown = self._get_shown_attempt()
        return {
            **shown._prepare_status(),
            "open_count": shown.open_count,
            "click_count": shown.click_count,
            "tracking_id": self.id,
            "partner_id": self.partner_id.id,
            "recipient": self._get_recipient_name(),
            "email": self._get_whole_address(),
            "time": shown.state_time,
        }

    def _get_whole_address(self):
        """The address, with what core cuts off an invalid one: mary@@example becomes @example."""
        address = self.recipient_address
        is_cut = address and address.startswith("@")
        return (is_cut and self.partner_id.email) or address

    def _get_recipient_name(self):
        partner = self.partner_id
        return partner.name or partner.email or self.recipient_address or self.recipient or ""

    def _get_shown_attempt(self):
        """The attempt that the chatter shows: this one, or an earlier one that arrived.

        While the outcome of a resend is not known, it is true that the recipient had the email
        before. A failed resend is shown as a failure.
        """
        self.ensure_one()
        if self.state not in UNCERTAIN:
            return self
        arrived = (self._get_chain() - self).filtered(lambda tracking: tracking.state in ARRIVED)
        return max(arrived, key=lambda tracking: ARRIVED.index(tracking.state), default=self)

    def _get_status(self):
        """The status word of this recipient."""
        self.ensure_one()
        if self.error_type == "no_recipient" or (self.partner_id and not self.recipient):
            return "no_email"
        if self.is_cancelled and not self.state:
            return "cancelled"
        if self.state in VAGUE:
            if self.is_cc:
                return "cc"
            if not self.partner_id:
                return "no_partner"
        return STATE_TO_STATUS.get(self.state, "unknown")

    @api.model
    def _get_status_label(self, status):
        """A status in the user's language."""
        label = STATUS_LABELS.get(status, STATUS_LABELS["unknown"])
        return self.env._(label)

    def _get_evidence_words(self, shared=1, proof=""):
        """What is known of the email, as a sentence: see ``tools.sentences``."""
        self.ensure_one()
        status, server, reporter = self._get_status(), self.answering_server, self.reporting_server
        if shared > 1 and (not proof or proof in sentences.SHARED_PROOFS):
            proof = "shared"
        evidence = sentences.evidence_of(
            self.state or "",
            error_type=self.error_type,
            delivery_report=self.delivery_report,
            server=server,
            reporter=reporter,
            proof=proof,
        )
        # an addon may show another status than that of the state
        is_own = status in (STATE_TO_STATUS.get(self.state), "cc", "no_partner")
        text = sentences.find(status, evidence, (self.state or "waiting") if is_own else "")
        since = format_date(self.env, self.dead_since) if self.dead_since else ""
        text = self.env._(text, server=server, reporter=reporter, count=shared, since=since)
        if self.is_unproven and not self._is_troubled():
            text = f"{text} {self.env._('This is unverified: anybody could have reported it.')}"
        return text

    def _get_plain_reason(self):
        """Why it went wrong, in few words: a reason, and the mail server where it is at fault."""
        reason, server = self._get_reason_label(self.error_type), self.error_smtp_server
        if server and self.error_type == SERVER_DOWN:
            return self.env._("Mail server %(server)s not reachable", server=server)
        if server and self.error_type in smtp_setup.REASONS:
            if self.delivery_report == sentences.PERSONAL:
                server = self.env._("account of the sender at %(server)s", server=server)
            return self.env._("%(reason)s (%(server)s)", reason=reason, server=server)
        return reason

    def _get_reason(self, with_answer=True):
        """Why it went wrong: a plain word, and what the server said.

        :param bool with_answer: whether the words of the server are wanted, too
        """
        self.ensure_one()
        reason = self._add_dead_since(self._get_plain_reason())
        if with_answer and self.error_type not in sentences.WORDLESS:
            reason = self._join_reason(reason, self._get_answer())
        if self.state == ev.DEFERRED and self.retry_until:
            reason = self.env._(
                "%(reason)s, retried until %(time)s",
                reason=reason or self.env._("Delayed"),
                time=format_datetime(self.env, self.retry_until, dt_format="short"),
            )
        doubts = (self._get_behind_words(), self.is_unproven and self.env._("unverified"))
        notes = ", ".join(filter(None, doubts))
        if reason and notes:
            return self.env._("%(words)s (%(notes)s)", words=reason, notes=notes)
        return reason or notes

    def _get_answer(self):
        """What the server said, with its code: people search the web for both."""
        code, text = self.error_code, smtp_setup.without_number(self.error_description or "")
        # others are codes of an operating system, which say nothing to people
        if code and code[0] in "245" and text and code not in text[:10]:
            return f"{code} {text}"
        return text
