from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import events as ev
from ...tools import modes, sentences
from ..mail_tracking_email import to_utc_datetime
from .mail_tracking_event import HITS

#: Of more events than these, the last ones are shown.
MAX_SHOWN = 100
#: So many programs that opened an email are named.
MAX_CLIENTS = 5
#: What opens and clicks have in common that are counted as one.
HIT_FIELDS = (
    "tracking_email_id",
    "event_type",
    "open_kind",
    "open_reason",
    "ua_family",
    "os_family",
    "url",
    "is_unproven",
)


class MailTrackingEmail(models.Model):
    """What the popover of a recipient shows. Access is the message's: callers check that one."""

    _inherit = "mail.tracking.email"

    def _get_details(self):
        """What happened to the email to this recipient, in plain words and in time order."""
        self.ensure_one()
        chain, shown = self._get_chain(), self._get_shown_attempt()
        sharing = chain._get_sharing()
        others, hits = chain._get_shown_events()
        proofs = {
            sentences.proof_of(event.event_type, event.open_kind, event.open_reason or "")
            for event in hits
            if event.tracking_email_id == shown
            and (event.open_kind or ev.UNKNOWN) in ev.COUNTED_OPEN_KINDS
        }
        if shown.first_reply:
            proofs.add("answer")
        proof = next(filter(proofs.__contains__, sentences.PROOFS), "")
        shared = sharing.get(self.envelope_token, 1)
        if proof and proof not in sentences.SHARED_PROOFS:
            shared = 1  # it says who it was
        status = shown._prepare_status(shared, proof)
        if words := shown._get_receipt_words(proofs) or shown._get_waiting_words():
            status = {**status, "evidence": f"{status['evidence']} {words}".strip()}
        return {
            **{
                key: status[key]
                for key in ("status", "status_human", "is_answered", "isCc", "evidence")
            },
            "privacy": shown._get_open_mode_words(),
            "recipient": self._get_recipient_name(),
            "email": self._get_whole_address(),
            "shared": shared,
            "action_url": self._get_action_url(),
            "resends": chain._prepare_resend_lines(),
            "reviews": chain._prepare_review_lines(),
            "events": chain._prepare_event_lines(others, hits, sharing),
            "is_cut": len(others) > MAX_SHOWN or len(hits) > MAX_SHOWN,
        }

    def _get_open_mode_words(self):
        """What may be known of opens and who decided that, as a sentence.

        Nothing where all is noted and nobody was asked, as it always was.
        """
        self.ensure_one()
        mode, reason, name = self.open_mode, self.open_mode_reason, self._get_recipient_name()
        if self.opens_refused and mode not in (modes.COUNTED, modes.OFF):
            text = self.env._(sentences.REFUSED_LATER, name=name)
        elif not mode or (mode == modes.IDENTIFIED and reason != "agreed"):
            return ""
        else:
            text = self.env._(sentences.OPEN_MODES[mode])
            why = sentences.OPEN_REASONS.get(reason)  # an addon may have reasons of its own
            if why:
                why = self.env._(why, name=name)
                text = self.env._("%(what)s: %(why)s", what=text, why=why)
            else:
                text = self.env._("%(what)s.", what=text)
        is_knowable = mode in modes.PERSONAL and not self.opens_refused
        if is_knowable or self.state not in (ev.SENT, ev.DEFERRED, ev.DELIVERED):
            return text
        return f"{text} {self.env._(sentences.OPEN_UNKNOWABLE, name=name)}"

    def _prepare_event_lines(self, others, hits, sharing):
        """What happened, in time order; what happened again is one line, at the last time.

        :param others: ``mail.tracking.event``
        :param dict hits: see ``_get_shown_events``
        :param dict sharing: see ``_get_sharing``
        """
        moved = len(set(self.mapped("recipient_address"))) > 1
        events = others[:MAX_SHOWN].union(*list(hits)[:MAX_SHOWN])
        lines, run = {}, None

        def get_span(event):
            return hits.get(event) or (1, event.timestamp, event.timestamp)

        # reports know whole seconds only: within one, what was noted first came first
        for event in events.sorted(lambda event: (int(get_span(event)[-1]), event.id)):
            tracking, is_hit = event.tracking_email_id, event in hits
            title = event._get_title(sharing.get(tracking.envelope_token, 1))
            key = title, event.url, tracking if moved or not is_hit else self[0]
            if not is_hit and (run is None or run[0] != key):
                run = key, event
            key = key if is_hit else run
            count, first, last = get_span(event)
            details = [event._get_detail(with_address=moved)]
            if earlier := lines.pop(key, None):
                count, first = count + earlier["count"], min(first, earlier["first"])
                details += earlier["details"] if is_hit else ()
            lines[key] = {
                "event": event,
                "title": title,
                "count": count,
                "first": first,
                "last": last,
                "details": list(dict.fromkeys(filter(None, details)))[:MAX_CLIENTS],
            }
        return [self._prepare_event_line(**line) for line in lines.values()]

    @api.model
    def _prepare_event_line(self, event, title, count, first, last, details):
        if count > 1:
            title = self.env._("%(title)s (%(count)s×)", title=title, count=count)
        return {
            "id": event.id,
            "time": fields.Datetime.to_string(to_utc_datetime(last)),
            "first_time": count > 1 and fields.Datetime.to_string(to_utc_datetime(first)),
            "type": event.event_type,
            "title": title,
            "detail": "\n".join(details),
            "technical": event._get_technical_lines(),
        }

    def _prepare_review_lines(self):
        """Who reviewed the failures of these trackings, and when."""
        return [
            {
                "id": tracking.id,
                "time": fields.Datetime.to_string(tracking.reviewed_date),
                "text": self.env._("Reviewed by %(user)s", user=tracking.reviewed_by_id.name),
            }
            for tracking in self.filtered("reviewed_by_id").sorted("id")
        ]

    def _get_shown_events(self):
        """The events of these trackings, the last ones first; opens and clicks alike as one.

        :return: ``mail.tracking.event``; and of opens and clicks, the last event of each kind
            with how many there are and when the first and the last of them were
        """
        Event = self.env["mail.tracking.event"]
        domain = Domain("tracking_email_id", "in", self.ids)
        is_hit = Domain("event_type", "in", HITS)
        others = Event.search(
            domain & ~is_hit, order="timestamp DESC, id DESC", limit=MAX_SHOWN + 1
        )
        groups = Event._read_group(
            domain & is_hit,
            HIT_FIELDS,
            ["id:max", "__count", "timestamp:min", "timestamp:max"],
            order="timestamp:max DESC, id:max DESC",
            limit=MAX_SHOWN + 1,
        )
        hits = Event.browse([group[-4] for group in groups])
        return others, dict(zip(hits, (group[-3:] for group in groups), strict=True))

    def _get_sharing(self):
        """How many recipients share each of the emails of these trackings, by envelope token."""
        tokens = [token for token in self.mapped("envelope_token") if token]
        domain = [("envelope_token", "in", tokens)]
        return dict(self._read_group(domain, ["envelope_token"], ["__count"])) if tokens else {}

    def _get_action_url(self):
        """Where a postmaster finds the technical record, False for anybody else."""
        if not self.env.user.has_group("mail_tracking.group_postmaster"):
            return False
        action = self.env.ref("mail_tracking.action_view_mail_tracking_email")
        return f"/odoo/action-{action.id}/{self.id}"
