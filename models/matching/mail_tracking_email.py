from typing import NamedTuple

from odoo import api, models

#: Domain of the trackings of the other addon. What we send has a token in its headers, and a
#: server that took it gave it a number, or told what it reports.
OTHER_ADDON = [
    ("state", "not in", (False, "error")),
    "|",
    ("token", "=", False),
    "&",
    ("queue_id", "=", False),
    ("delivery_report", "=", False),
]
#: What is read of trackings before they are locked.
MATCHED_FIELDS = [
    "token",
    "envelope_token",
    "mail_message_id",
    "partner_id",
    "recipient",
    "recipient_address",
    "open_count",
    "machine_open_count",
    "click_count",
]


class Reference(NamedTuple):
    """What the outside world says of the mail that it speaks of.

    :param tuple tokens: the first that is known counts
    :param int number: id of a tracking, as the other addon put it into its headers
    :param tuple message_ids: asked where nothing else is known
    :param tuple recipients: addresses of which one has to fit what can be guessed; none to have
        anybody, where that is one recipient
    """

    tokens: tuple = ()
    number: int = 0
    message_ids: tuple = ()
    recipients: tuple = ()


class Match(NamedTuple):
    """Which mail was found.

    :param trackings: of all who share the mail; none where it is not known
    :param bool is_proven: by a key that nobody can guess
    """

    trackings: object
    is_proven: bool = False


class MailTrackingEmail(models.Model):
    """Which mails reports and the events of services are about."""

    _inherit = "mail.tracking.email"

    @api.model
    def _match(self, references):
        """Find the mails that are spoken of; the unguessable keys first.

        One query for each kind of key, and one for those who share the mails; of a kind of which
        nothing is asked, none.

        :param references: of ``Reference``
        :return: reference -> ``Match``
        """
        matches = dict.fromkeys(references, Match(self.browse()))
        for find, is_proven in (
            (self._find_by_token, True),
            (self._find_by_number, False),
            (self._find_by_message_id, False),
        ):
            unknown = [reference for reference in matches if not matches[reference].trackings]
            for reference, trackings in find(unknown).items():
                matches[reference] = Match(trackings, is_proven)
        return matches

    @api.model
    def _find_by_token(self, references):
        tokens = {token for reference in references for token in reference.tokens}
        if not tokens:
            return {}
        found = self.search_fetch([("token", "in", list(tokens))], MATCHED_FIELDS)
        envelopes = set(found.mapped("envelope_token")) - {False}
        shared = {}
        if envelopes:
            sharing = [("envelope_token", "in", list(envelopes))]
            shared = self.search_fetch(sharing, MATCHED_FIELDS, order="id")
            shared = shared.grouped("envelope_token")
        by_token = {row.token: shared.get(row.envelope_token, row) for row in found}
        return {
            reference: by_token[token]
            for reference in references
            if (token := next(filter(by_token.get, reference.tokens), None))
        }

    @api.model
    def _find_by_number(self, references):
        numbers = [reference.number for reference in references if reference.number]
        if not numbers:
            return {}
        found = self.search_fetch([("id", "in", numbers), *OTHER_ADDON], MATCHED_FIELDS)
        by_number = {row.id: row for row in found}
        return {
            reference: row
            for reference in references
            if (row := by_number.get(reference.number))
            and row.recipient_address in reference.recipients
        }

    @api.model
    def _find_by_message_id(self, references):
        message_ids = {name for reference in references for name in reference.message_ids}
        if not message_ids:
            return {}
        domain = [("mail_message_id.message_id", "in", list(message_ids))]
        limit = 2  # one is all, or there are several
        if addresses := {address for ref in references for address in ref.recipients}:
            domain.append(("recipient_address", "in", list(addresses)))
            limit = None
        found = self.search_fetch(domain, MATCHED_FIELDS, order="id", limit=limit)
        found.mail_message_id.fetch(["message_id"])
        by_message = found.grouped(lambda row: row.mail_message_id.message_id)
        result = {}
        for reference in references:
            rows = self.union(*(by_message.get(name, self) for name in reference.message_ids))
            if reference.recipients:
                rows = rows.filtered(lambda row, r=reference: row.recipient_address in r.recipients)
            if rows:
                result[reference] = rows
        return result
