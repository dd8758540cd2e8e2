from odoo import api, models
from odoo.fields import Domain
from odoo.tools import split_every

from ...tools import tokens
from ...tools.erasure import GAP
from ..guard import lock

#: Events that are deleted at a time; an email may have thousands.
EVENTS = 5_000


class MailTrackingEmail(models.Model):
    """What is known of a person, and how it goes."""

    _inherit = "mail.tracking.email"

    _final_recipient_idx = models.Index("(final_recipient) WHERE final_recipient IS NOT NULL")

    @api.model
    def _get_person_domain(self, person, partner):
        """Domain of the emails to a person: to their addresses, and to their contact.

        :param Person person: the addresses
        :param partner: ``res.partner``, may be empty
        """
        domain = Domain("recipient_address", "in", person.addresses)
        return domain | Domain("partner_id", "in", partner.ids) if partner else domain

    def _erase_person(self, person, partner):
        """Delete these emails of a person with their events; failures stay, without the person.

        :param Person person: their addresses and names
        :param partner: their contact, may be empty
        :return: how many emails and how many events were deleted, and how many emails stay
        :raise LockError, psycopg2.errors.SerializationFailure: where somebody is writing them
        """
        lock(self)
        failed_states = self._get_failed_states()
        Event = self.env["mail.tracking.event"]
        # failures that nothing came after
        kept = self.filtered(
            lambda tracking: tracking.state in failed_states and not tracking.successor_id
        )
        gone = self - kept
        if kept:
            kept._review()  # nobody can resend it to a person who is not known any more
            Event.search([("tracking_email_id", "in", kept.ids)])._erase_from_kept(person)
            # nor do they say that they were about this contact
            about = Domain("model", "=", partner._name) & Domain("res_id", "in", partner.ids)
            kept.filtered_domain(about).write({"model": False, "res_id": False})
            kept._erase_from_kept(person)
            self.env["mail.tracking.day"]._count(kept.ids)
        # what is counted of them stays, without a domain that may be theirs alone
        gone.filtered(lambda tracking: tracking.state in failed_states).recipient_domain = False
        events = Event.search([("tracking_email_id", "in", gone.ids)])
        for ids in split_every(EVENTS, events.ids):
            Event.browse(ids).unlink()
        gone.unlink()
        return len(gone), len(events), len(kept)

    @api.model
    def _prepare_erased_vals(self):
        return {
            **super()._prepare_erased_vals(),
            "recipient": GAP,
            "recipient_address": False,
            "recipient_domain": False,
            "partner_id": False,
            "is_address_dead": False,
            "envelope_token": False,
            # no image and no report finds it any more
            "opens_refused": True,
            "clicks_refused": True,
        }

    def _erase_from_kept(self, person):
        names = [*person.names, *self.mapped("partner_id.name"), *self.mapped("recipient")]
        res = super()._erase_from_kept(type(person)(person.addresses, names))
        for tracking in self:
            tracking.token = tokens.new_token()
        return res

    @api.model
    def _erase_behind(self, person):
        """Take a person out of what is known of emails to others, such as an alias of theirs."""
        behind = [("final_recipient", "in", person.addresses)]
        # sudo: mail.tracking.email - an administrator erases a person everywhere
        self.sudo().search(behind).write({"final_recipient": False})
        events = self.env["mail.tracking.event"].sudo()
        events.search(behind).write({"final_recipient": False})
        answers = events.search(self.env["mail.tracking.event"]._get_answers_domain(person))
        answers.write({"recipient": False, "recipient_address": False})
