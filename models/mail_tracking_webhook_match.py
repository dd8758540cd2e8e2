from collections import defaultdict
from typing import NamedTuple

from odoo import api, models
from odoo.tools import email_normalize

from ..tools import events as ev
from .columns import column_of

HIT_COUNTS = ("open_count", "machine_open_count", "click_count")

HITS = (ev.OPEN, ev.CLICK)
ROW_FIELDS = [
    "token",
    "envelope_token",
    "partner_id",
    "recipient",
    "recipient_address",
    "state",
    "mail_id_int",
    "mail_message_id",
    *HIT_COUNTS,
]


class Match(NamedTuple):
    """An event and the rows it is about."""

    key: str
    event: object
    rows: object


class MailTrackingWebhook(models.Model):
    """Which mails events are about: the unguessable token first, then Message-ID and recipient."""

    _inherit = "mail.tracking.webhook"

    def _match(self, event_by_key):
        """The rows that events are about; three queries at most.

        :param dict event_by_key: event key -> event
        :return: matches, and the events of which no mail is known here
        :rtype: tuple
        """
        envelopes = self._find_by_token({e.token for e in event_by_key.values() if e.token})
        by_message = self._find_by_message_id(
            {e.message_id for e in event_by_key.values() if e.message_id and not e.token}
        )
        matches, unmatched = [], {}
        for key, event in event_by_key.items():
            if event.token:
                rows = self._choose_rows(envelopes.get(event.token), event)
            else:
                rows = by_message.get((event.message_id, event.recipient))
            if rows:
                matches.append(Match(key, event, rows))
            elif event.token in envelopes:
                # the mail is known, the recipient is none of its own: nothing to wait for
                unmatched[key] = event._replace(token="")
            else:
                unmatched[key] = event
        return matches, unmatched

    def _find_by_token(self, given):
        """Token -> all rows of that email; one query, two where several share an email."""
        if not given:
            return {}
        rows = self._search_rows([("token", "in", list(given))])
        shared = set(filter(None, column_of(rows, "envelope_token")))
        by_envelope = {}
        if shared:
            siblings = self._search_rows([("envelope_token", "in", list(shared))])
            by_envelope = siblings.grouped("envelope_token")
        found = zip(column_of(rows, "token"), column_of(rows, "envelope_token"), rows, strict=True)
        return {token: by_envelope[shared] if shared else row for token, shared, row in found}

    @api.model
    def _search_rows(self, domain):
        """Rows, with what is asked of them before they are locked."""
        return self.env["mail.tracking.email"].search_fetch(domain, ROW_FIELDS, order="id")

    def _choose_rows(self, rows, event):
        """Those of the rows of an email that an event is about.

        The recipient decides where it is told: a blind copy that the service made, say,
        has the token of the mail as well. Where it is not, opens and clicks count for
        everybody who shares the mail, and all else needs a mail to one recipient.
        """
        if not rows:
            return rows
        if event.recipient:
            address, known = event.recipient, column_of(rows, "recipient_address")
            if address not in known:
                address = (email_normalize(event.recipient) or "").lower()
            if known == [address]:
                return rows
            pairs = zip(rows._ids, known, strict=True)
            return rows.browse(row_id for row_id, other in pairs if other == address)
        return rows if len(rows) == 1 or event.type in HITS else None

    def _find_by_message_id(self, given):
        """(Message-ID, recipient) -> rows."""
        if not given:
            return {}
        rows = self._search_rows([("mail_message_id.message_id", "in", list(given))])
        result = defaultdict(rows.browse)
        for row in rows:
            if row.recipient_address:
                result[row.mail_message_id.message_id, row.recipient_address] |= row
        return result
