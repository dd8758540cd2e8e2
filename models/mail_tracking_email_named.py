from collections import defaultdict

from odoo import api, models, tools

#: A received mail may name anybody, as often as it likes: people read no more than so many of
#: each kind, in no more than so many characters.
MAX_NAMED = 200
MAX_TEXT = 20_000


class MailTrackingEmail(models.Model):
    """Recipients that a received mail named in its headers."""

    _inherit = "mail.tracking.email"

    @api.model
    def _get_header_recipients(self, messages):
        """Lines for the people whom a received mail names, and who have no row.

        :return: message id -> list of ``Line``
        :rtype: dict
        """
        result = defaultdict(dict)
        named = [entry for message in messages for entry in self._get_named(message)]
        if not named:
            return {}
        addresses = {address for _message_id, address, _is_cc in named}
        hidden = self._get_hidden_addresses(addresses)
        # sudo: res.partner - names of the people on a mail that the user may read
        partners = (
            self.env["res.partner"].sudo().search([("email_normalized", "in", list(addresses))])
        )
        by_address = {partner.email_normalized: partner for partner in reversed(partners)}
        for message_id, address, is_cc in named:
            partner = by_address.get(address)
            if address in hidden or address in result[message_id]:
                continue
            status = "cc" if is_cc else ("unknown" if partner else "no_partner")
            result[message_id][address] = self._get_partner_line(
                self._outcome(status, isCc=is_cc), partner or self.env["res.partner"], address
            )
        return {message_id: list(lines.values()) for message_id, lines in result.items()}

    @api.model
    def _get_named(self, message):
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
    def _get_hidden_addresses(self, addresses):
        """Those of the addresses that are our own aliases, unless they shall be shown."""
        if self.env.company.mail_tracking_show_aliases:
            return set()
        # sudo: mail.alias.domain - which addresses are ours
        return set(self.env["mail.alias.domain"].sudo()._find_aliases(list(addresses)))
