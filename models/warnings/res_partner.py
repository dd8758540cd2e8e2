from odoo import api, models
from odoo.tools import email_normalize

from ...tools import typos
from ..guard import tracking_guard

#: More recipients than these are not looked at, nor more followers.
MAX_RECIPIENTS = 200


class ResPartner(models.Model):
    """What a user should know of addresses before sending."""

    _inherit = "res.partner"

    @api.model
    @api.readonly
    def get_mail_tracking_warnings(self, recipients, thread_model=None, thread_id=None):
        """What speaks against writing to these addresses, from what became of earlier emails.

        No name server is asked, and nothing is forbidden: the user decides.

        :param list recipients: pairs of the id of a contact, or False, and an address
        :param str thread_model: model of the record whose followers get the message as well
        :param int thread_id: id of that record
        :return: one entry for each address that has a problem: ``partner_id``, ``email``,
            ``text``, ``suggestion`` (an address, or False) and ``can_write``
        :rtype: list[dict]
        """
        self.env["mail.message"]._check_is_internal()
        holders = {
            address: partner_id if type(partner_id) is int else False
            for partner_id, email in filter(is_recipient, recipients[:MAX_RECIPIENTS])
            if (address := email_normalize(email, strict=False))
        }
        if thread_model and thread_id:
            for partner in self._get_followers_outside(thread_model, thread_id):
                if partner.email_normalized:
                    holders.setdefault(partner.email_normalized, partner.id)
        problems = {}
        with tracking_guard("checking addresses", "the message can be sent"):
            problems = self._get_address_problems(set(holders))
        partners = self.browse({holders[address] for address in problems} - {False})
        writable = partners.exists()._filtered_access("write")
        return [
            {
                "partner_id": holders[address] or False,
                "email": address,
                "text": text,
                "suggestion": suggestion,
                "can_write": holders[address] in writable._ids,
            }
            for address, (text, suggestion) in problems.items()
        ]

    @api.model
    def _get_followers_outside(self, model, res_id):
        """The followers of a record that are no internal users, as far as the user sees them."""
        record = self.env[model].browse(res_id) if model in self.env else self
        if not hasattr(record, "message_partner_ids") or not record.has_access("read"):
            return self
        followers = record.message_partner_ids[:MAX_RECIPIENTS]._filtered_access("read")
        return followers.filtered("partner_share")

    @api.model
    def _get_address_problems(self, addresses):
        """What is wrong with these addresses; addons may add to it.

        :param set addresses: bare addresses, lower case
        :return: address -> sentence for the user, and a better address or False
        """
        Tracking = self.env["mail.tracking.email"]
        suggestions = {
            address: better
            for address in sorted(addresses)
            if (better := typos.get_suggestion(address))
        }
        dead = {proof.recipient_address: proof for proof in Tracking._search_dead(addresses)}
        domains = {address.rpartition("@")[2] for address in addresses - set(dead)}
        unknown = {
            proof.recipient_domain: proof for proof in Tracking._search_unknown_domains(domains)
        }
        suspects = [
            address
            for address in sorted(addresses - set(dead))
            if address in suggestions or address.rpartition("@")[2] in unknown
        ]
        working = Tracking._get_working_addresses(suspects)
        problems = {}
        for address in sorted(addresses - working):
            domain = address.rpartition("@")[2]
            suggestion = suggestions.get(address, False)
            if address in dead:
                text = dead[address]._get_dead_words()
            elif domain in unknown:
                text = unknown[domain]._get_unknown_domain_words()
            elif suggestion:
                text = self.env._(
                    "%(domain)s looks like a typo. Did you mean %(suggestion)s?",
                    domain=domain,
                    suggestion=suggestion.rpartition("@")[2],
                )
            else:
                continue
            problems[address] = (text, suggestion)
        return problems


def is_recipient(value):
    """Whether what a client sent is a pair of anything and a text."""
    return isinstance(value, (list, tuple)) and len(value) == 2 and isinstance(value[1], str)
