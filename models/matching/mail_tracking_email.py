from typing import NamedTuple

from odoo import api, models

#: Domain of the trackings of the other addon. What we send has a token in its headers, and a
#: server that took it gave it a number, or said what it reports.
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
    "model",
    "is_watched",
    "open_count",
    "machine_open_count",
    "click_count",
]


class Reference(NamedTuple):
    """The keys by which a report or a service names a mail."""

    tokens: tuple = ()  #: the first that is known counts
    number: int = 0  #: id of a tracking, as the other addon put it into its headers
    message_ids: tuple = ()  #: asked where nothing else is known
    recipients: tuple = ()  #: of mails without token: one of these, or the only one where empty


class Match(NamedTuple):
    """Which mail was found."""

    trackings: object  #: of all who share the mail; none where it is not known
    is_proven: bool = False  #: by a key that nobody can guess


class MailTrackingEmail(models.Model):
    """Which mails reports and the events of services are about."""

    _inherit = "mail.tracking.email"

    @api.model
    def _match(self, references):
        """Find mails by their keys, the unguessable ones first.

        One query for each kind of key, and one for those who share the mails; none where no key
        of a kind is given.

        :param references: of ``Reference``
        :return: reference -> ``Match``
        :rtype: dict
        """
        matches = dict.fromkeys(references, Match(self.browse()))
        for find, is_proven in (
            (self._find_by_token, True),
            (self._find_by_number, False),
            (self._find_by_message_id, False),
        ):
            unknown = [reference for reference in matches if not matches[reference].trackings]
            if not unknown:
                break
            for reference, trackings in find(unknown).items():
                matches[reference] = Match(trackings, is_proven)
        return matches

    @api.model
    def _find_by_token(self, references):
        tokens = {token for reference in references for token in reference.tokens}
        found = self.search_fetch([("token", "in", list(tokens))], MATCHED_FIELDS)
        domain = [("envelope_token", "in", list(filter(None, found.mapped("envelope_token"))))]
        shared = self.search_fetch(domain, MATCHED_FIELDS, order="id").grouped("envelope_token")
        by_token = {each.token: shared.get(each.envelope_token, each) for each in found}
        return {
            reference: by_token[token]
            for reference in references
            if (token := next(filter(by_token.get, reference.tokens), None))
        }

    @api.model
    def _find_by_number(self, references):
        numbers = [reference.number for reference in references if reference.number]
        found = self.search_fetch([("id", "in", numbers), *OTHER_ADDON], MATCHED_FIELDS)
        by_number = found.grouped("id")
        return {
            reference: tracking
            for reference in references
            if (tracking := by_number.get(reference.number))
            and tracking.recipient_address in reference.recipients
        }

    @api.model
    def _find_by_message_id(self, references):
        message_ids = {name for reference in references for name in reference.message_ids}
        domain = [("mail_message_id.message_id", "in", list(message_ids))]
        limit = 2  # one is all, or there are several
        if addresses := {address for ref in references for address in ref.recipients}:
            domain.append(("recipient_address", "in", list(addresses)))
            limit = None
        found = self.search_fetch(domain, MATCHED_FIELDS, order="id", limit=limit)
        found.mail_message_id.fetch(["message_id"])
        by_message = found.grouped(lambda tracking: tracking.mail_message_id.message_id)
        result = {}
        for reference in references:
            trackings = self.union(*(by_message.get(name, self) for name in reference.message_ids))
            if reference.recipients:
                fitting = set(reference.recipients)
                trackings = trackings.filtered(lambda t, fit=fitting: t.recipient_address in fit)
            if trackings:
                result[reference] = trackings
        return result
