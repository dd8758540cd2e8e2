from collections import Counter, defaultdict
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.tools import SQL, format_datetime
from odoo.tools.translate import LazyTranslate

from ...tools import events as ev
from ...tools import smtp_setup, state

_lt = LazyTranslate(__name__)

STATUS_LABELS = {
    "waiting": _lt("Waiting"),
    "cancelled": _lt("Not sent: cancelled"),
    "error": _lt("Error"),
    "sent": _lt("Sent"),
    "delivered": _lt("Delivered"),
    "opened": _lt("Opened"),
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
#: States that say nothing of what became of a mail at its recipient.
VAGUE = (False, ev.SENT)
#: States of an attempt of which nobody knows whether it arrived.
UNCERTAIN = (*VAGUE, ev.DEFERRED)
#: States of a mail that the recipient got, weakest first.
ARRIVED = (ev.DELIVERED, ev.OPENED)
#: The reason that says that nothing answered where our own mail server should be; core's word.
SERVER_DOWN = "mail_smtp"
#: Of more events than these, the first and the last are shown.
MAX_SHOWN = 100
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
    "error_label": False,
    "error_description": False,
    "evidence": "",
    "isCc": False,
    "state": "",
    "shared": 1,
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
    envelope_token: str | None
    successor_id: int | None
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
        """What became of messages for each of their recipients; one query for any number.

        :param messages: ``mail.message``, with sudo
        :return: message id -> list of dicts, see ``mail.message.tracking_status``
        :rtype: dict
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
        """Those who have a tracking; the newest one counts.

        :return: message id -> list of dicts
        :rtype: defaultdict
        """
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
                shared = same_mail[attempt.envelope_token] if attempt.envelope_token else 1
                key = shown.values, not shown.partner_id, not shown.recipient, shared
                status = status_by_values.get(key)
                if not status:
                    status = self._browse_attempt(shown)._prepare_status(shared)
                    status_by_values[key] = status
                name = names.get(attempt.partner_id)
                if name is not None and attempt.address and same_partner[attempt.partner_id] > 1:
                    name = f"{name} ({attempt.address})"
                result[message_id].append(self._prepare_tracked(attempt, status, name, shown.time))
        return result

    @api.model
    def _prepare_tracked(self, attempt, status, name, time):
        return {
            **status,
            "tracking_id": attempt.id,
            "partner_id": attempt.partner_id or False,
            "recipient": name or attempt.address or attempt.recipient or "",
            "email": attempt.address or False,
            "time": time or False,
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
            "envelope_token",
            "successor_id",
        ]
        self.env["mail.tracking.event"].flush_model(["tracking_email_id", "is_pending"])
        query = self._search([("mail_message_id", "in", messages.ids)], order="id")
        columns = [self._field_to_sql(self._table, name, query) for name in names]
        columns.append(IS_PENDING)
        own = len(columns)
        for name in self._get_status_fields():
            columns.append(self._field_to_sql(self._table, name, query))
        found = self.env.execute_query(query.select(*columns)) if messages else ()
        return [Attempt(*values[:own], values[own:]) for values in found]

    @api.model
    def _browse_attempt(self, attempt):
        """A tracking that holds these values, and reads others where it is asked for them."""
        vals = dict(zip(self._get_status_fields(), attempt.values, strict=True))
        vals.update(partner_id=attempt.partner_id, recipient=attempt.recipient)
        return self.new(vals, origin=self.browse(attempt.id))

    @api.model
    def _prepare_notified(self, notification):
        """What is known of a notified partner who has no tracking.

        :return: one dict, or none
        :rtype: list[dict]
        """
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
        reason = {}
        if failure and status in ("error", "cancelled"):
            description = notification.format_failure_reason()
            reason = {"error_type": failure, "error_description": description}
        return [self._prepare_untracked(partner, partner.email_normalized, status, **reason)]

    @api.model
    def _get_named_recipients(self, messages):
        """People whom a received mail names in its headers.

        :return: message id -> list of dicts
        :rtype: defaultdict
        """
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
        """Whom the headers of a message name; of endless headers the beginning.

        :return: message id, bare address, and whether it got a copy
        :rtype: list[tuple]
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
            "partner_id": partner.id,
            "recipient": partner.name or partner.email or address or "",
            "email": address or False,
            **values,
        }

    # ------------------------------------------------------------
    # STATUS
    # ------------------------------------------------------------

    def _prepare_status(self, shared=1):
        """What is said of this recipient, and of all others of whom the same is known.

        :param int shared: how many people share the pixel of the mail
        """
        self.ensure_one()
        status = self._get_status()
        is_troubled = state.is_failed(self.state or "") or self.state == ev.DEFERRED
        return {
            "status": status,
            "status_human": self._get_status_label(status),
            "error_type": is_troubled and self.error_type,
            "error_label": is_troubled and self._get_failure_label(),
            "error_description": is_troubled and self._get_reason(),
            "evidence": "" if is_troubled else self._get_evidence_words(),
            "isCc": self.is_cc,
            "state": self.state or "",
            "shared": shared,
        }

    def _prepare_recipient(self):
        """One entry of ``mail.message.tracking_status``, of an email without a message."""
        shown = self._get_shown_attempt()
        return {
            **shown._prepare_status(),
            "tracking_id": self.id,
            "partner_id": self.partner_id.id,
            "recipient": self._get_recipient_name(),
            "email": self.recipient_address,
            "time": shown.state_time,
        }

    def _get_shown_attempt(self):
        """The attempt that the chatter tells of: this one, or an earlier one.

        While nobody knows what became of a mail that was sent again, it is the truth that
        the recipient had it before. A failure is no less one for that.
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

    def _get_evidence_words(self):
        """On what a state that is no failure rests, in plain words."""
        self.ensure_one()
        words = ""
        if self.state == ev.DELIVERED:
            words = self._get_delivered_words(self.answering_server)
        elif self.state == ev.SENT and self.reporting_server:
            words = self._get_relayed_words(self.answering_server)
        elif self.state == ev.SENT:
            words = self._get_sent_words()
        return self._with_notes(words)

    def _get_reason(self):
        """Why it went wrong: a plain word, and what the server said."""
        self.ensure_one()
        reason, server = self._get_reason_label(self.error_type), self.error_smtp_server
        if server and self.error_type == SERVER_DOWN:
            reason = self.env._("Mail server %(server)s not reachable", server=server)
        elif server and self.error_type in smtp_setup.REASONS:
            reason = self.env._("%(reason)s (%(server)s)", reason=reason, server=server)
        if self.error_type != "no_recipient":  # without an address nobody could answer
            reason = self._join_reason(reason, self._get_answer())
        if self.state == ev.DEFERRED and self.retry_until:
            reason = self.env._(
                "%(reason)s, retried until %(time)s",
                reason=reason or self.env._("Delayed"),
                time=format_datetime(self.env, self.retry_until, dt_format="short"),
            )
        return self._with_notes(reason)

    def _get_answer(self):
        """What the server said, with its code: people search the web for both."""
        code, text = self.error_code, self.error_description
        if code and text and code not in text[:10]:
            return f"{code} {text}"
        return text or ""

    def _with_notes(self, words):
        """Words on a state, with what they are not sure of."""
        notes = [self._get_behind_words()] if self.final_recipient else []
        if self.is_unproven:
            notes.append(self.env._("without key"))
        if not words or not notes:
            return words or ", ".join(notes)
        return self.env._("%(words)s (%(notes)s)", words=words, notes=", ".join(notes))

    # ------------------------------------------------------------
    # POPOVER
    # ------------------------------------------------------------

    def _get_details(self):
        """The events of this recipient in time order, in plain words."""
        self.ensure_one()
        chain = self._get_chain()
        sharing = chain._get_sharing()
        shared = sharing.get(self.envelope_token, 1)
        status = self._get_shown_attempt()._prepare_status(shared)
        events, left_out = chain._get_shown_events()
        moved = len(set(chain.mapped("recipient_address"))) > 1
        lines = [
            {
                "id": event.id,
                "time": fields.Datetime.to_string(event.time),
                "type": event.event_type,
                "title": event._get_title(sharing.get(event.tracking_email_id.envelope_token, 1)),
                "detail": event._get_detail(with_address=moved),
            }
            for event in events
        ]
        if left_out:
            title = self.env._("%(count)s more events are not shown here", count=left_out)
            gap = {"id": 0, "time": False, "type": "", "title": title, "detail": ""}
            lines.insert(len(lines) // 2, gap)
        return {
            **{key: status[key] for key in ("status", "status_human", "isCc")},
            "recipient": self._get_recipient_name(),
            "email": self.recipient_address,
            "shared": shared,
            "action_url": self._get_action_url(),
            "resends": chain._prepare_resend_lines(),
            "events": lines,
        }

    def _get_recipient_name(self):
        partner = self.partner_id
        return partner.name or partner.email or self.recipient_address or self.recipient or ""

    def _get_shown_events(self):
        """The events of these trackings in time order: of very many the first and the last.

        :return: ``mail.tracking.event``, and how many were left out between them
        :rtype: tuple
        """
        Event, domain = self.env["mail.tracking.event"], [("tracking_email_id", "in", self.ids)]
        events = Event.search(domain, order="timestamp, id", limit=MAX_SHOWN + 1)
        left_out = 0
        if len(events) > MAX_SHOWN:
            half = MAX_SHOWN // 2
            left_out = Event.search_count(domain) - 2 * half
            events = events[:half] | Event.search(
                domain, order="timestamp DESC, id DESC", limit=half
            )
        # reports know whole seconds only: within one, what was noted first came first
        return events.sorted(lambda event: (int(event.timestamp), event.id)), left_out

    def _get_sharing(self):
        """How many people share each of the mails of these trackings.

        :return: envelope token -> number of recipients
        :rtype: dict
        """
        tokens = [token for token in self.mapped("envelope_token") if token]
        domain = [("envelope_token", "in", tokens)]
        return dict(self._read_group(domain, ["envelope_token"], ["__count"])) if tokens else {}

    def _get_action_url(self):
        """Where a postmaster finds the technical record, False for anybody else."""
        if not self.env.user.has_group("mail_tracking.group_postmaster"):
            return False
        action = self.env.ref("mail_tracking.action_view_mail_tracking_email")
        return f"/odoo/action-{action.id}/{self.id}"
