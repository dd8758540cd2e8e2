import logging
from datetime import timedelta

from odoo import api, fields, models

from ...tools import modes
from ...tools.erasure import Person
from ..guard import TRANSIENT_ERRORS, tracking_guard, tracking_savepoint

_logger = logging.getLogger(__name__)

#: Emails that are erased between two commits.
BATCH = 500
RETRY = timedelta(minutes=5)
#: Characters of the hash of an address: enough to find a line again, too few to prove an address.
SHOWN = 12


class MailTrackingErasure(models.Model):
    """That a person was erased: who did it, when and how much; not whom.

    While there is more to erase it knows whom: it survives a server that is killed, and the
    scheduled action goes on with it. Each batch is a transaction, so no email is half erased.
    """

    _name = "mail.tracking.erasure"
    _description = "Erasure of a person's data"
    _order = "id desc"
    _rec_name = "address_hash"

    address_hash = fields.Char(
        "Hash of the address",
        readonly=True,
        help="The beginning of a hash that only this database can make of the address.",
    )
    state = fields.Selection(
        [("running", "Under way"), ("done", "Done")],
        "Status",
        readonly=True,
        default="running",
        required=True,
        help="If there are many emails, they are erased in the background, in batches.",
    )
    done_date = fields.Datetime("Done on", readonly=True, help="When everything was erased.")
    deleted_count = fields.Integer(
        "Emails deleted", readonly=True, help="Tracking emails that were deleted."
    )
    event_count = fields.Integer(
        "Events deleted", readonly=True, help="Events of these emails that were deleted."
    )
    kept_count = fields.Integer(
        "Failures kept", readonly=True, help="Failed emails that stay, without name and address."
    )
    remaining_count = fields.Integer(
        "Emails left", readonly=True, help="Tracking emails that are still to be erased."
    )
    # whom, as long as it takes
    addresses = fields.Text(
        readonly=True, groups=fields.NO_ACCESS, help="The addresses, until it is done."
    )
    names = fields.Text(
        readonly=True, groups=fields.NO_ACCESS, help="Names of the contact, until it is done."
    )
    partner_id = fields.Many2one(
        "res.partner",
        readonly=True,
        groups=fields.NO_ACCESS,
        index="btree_not_null",
        ondelete="set null",
        help="The contact, until it is done.",
    )

    _running_idx = models.Index("(id) WHERE state = 'running'")

    @api.model
    def _start(self, addresses, partner):
        """Erase a person: a batch at once, more in the background.

        :param addresses: normalised
        :param partner: their contact, may be empty
        :return: the record of it
        """
        Consent = self.env["mail.tracking.consent"]
        hashes = [Consent._get_address_key(address)[:SHOWN] for address in addresses]
        person = Person(addresses)
        domain = self.env["mail.tracking.email"]._get_person_domain(person, partner)
        erasure = self.create(
            {
                "address_hash": ", ".join(hashes),
                "addresses": "\n".join(addresses),
                "names": partner.name,
                "partner_id": partner.id,
                # sudo: mail.tracking.email - of all companies
                "remaining_count": self.env["mail.tracking.email"].sudo().search_count(domain),
            }
        )
        erasure._erase_batch()
        if erasure.state == "running":
            erasure._wake_cron()
        return erasure

    def _erase_batch(self):
        """Erase a batch of emails, and all else when no email is left.

        :return: how many emails
        """
        self.ensure_one()
        person = Person((self.addresses or "").split("\n"), [self.names])
        # sudo: mail.tracking.email - of all companies
        trackings = self.env["mail.tracking.email"].sudo()
        domain = trackings._get_person_domain(person, self.partner_id)
        trackings = trackings.search(domain, limit=BATCH, order="id")
        deleted, events, kept = trackings._erase_person(person, self.partner_id)
        self.deleted_count += deleted
        self.event_count += events
        self.kept_count += kept
        self.remaining_count = max(0, self.remaining_count - len(trackings))
        if len(trackings) < BATCH:
            self._erase_rest(person)
            self._finish()
        return len(trackings)

    def _erase_rest(self, person):
        """Erase what is known of a person besides their own emails."""
        addresses, partner = person.addresses, self.partner_id
        Tracking = self.env["mail.tracking.email"]
        Tracking._erase_behind(person)
        self.env["mail.tracking.event"]._search_waiting_of(person).unlink()
        self._get_last_opens(person).unlink()
        self._get_domains(person).unlink()
        self._erase_answers(addresses, partner)
        # all who have the address: what proved it dead is gone
        Tracking._revive_addresses(addresses)

    @api.model
    def _get_last_opens(self, person):
        """The last opens that are kept of the addresses alone."""
        # sudo: mail.tracking.address - an administrator erases a person everywhere
        last_opens = self.env["mail.tracking.address"].sudo()
        return last_opens.search([("address", "in", person.addresses)])

    @api.model
    def _get_domains(self, person):
        """What is remembered of the domains of a person; others who share one bring it back."""
        # sudo: mail.tracking.domain - an administrator erases a person everywhere
        domains = self.env["mail.tracking.domain"].sudo()
        names = {address.rpartition("@")[2] for address in person.addresses}
        return domains.search([("name", "in", sorted(names))])

    @api.model
    def _search_answers(self, addresses, partner):
        """The lines of the ledger of a person."""
        # sudo: mail.tracking.consent - the lines of all companies
        Consent = self.env["mail.tracking.consent"].sudo()
        keys = [Consent._get_address_key(address) for address in addresses]
        domain = fields.Domain("address_key", "in", keys)
        if partner:
            domain |= fields.Domain("partner_id", "in", partner.ids)
        return Consent.search(domain, order="id")

    @api.model
    def _erase_answers(self, addresses, partner):
        """Take the person out of the ledger, and let what they refused stay refused.

        A No of the contact for another address would be forgotten with the contact, and a Yes
        cannot outlive what it was given for: the key of each address says No in both cases.
        """
        Consent = self.env["mail.tracking.consent"]
        pairs = [(address, number) for address in addresses for number in {partner.id, False}]
        answers = Consent._get_answers(pairs)
        for address in addresses:
            own, shared = answers[address, partner.id], answers[address, False]
            purposes = [
                purpose
                for purpose in modes.PURPOSES
                if (own.get(purpose) or shared.get(purpose))
                and (own.get(purpose), shared.get(purpose)) != (modes.NO, modes.NO)
            ]
            if purposes:
                Consent.record_answer(address, purposes, modes.NO, "colleague")
        self._search_answers(addresses, partner)._erase_persons()

    def _finish(self):
        """Forget whom it was."""
        self.write(
            {
                "state": "done",
                "done_date": fields.Datetime.now(),
                "remaining_count": 0,
                "addresses": False,
                "names": False,
                "partner_id": False,
            }
        )
        _logger.info(
            "Email tracking: user %s erased the person behind the hash %s: %s emails and %s events"
            " deleted, %s failures kept without the person",
            self.create_uid.id,
            self.address_hash,
            self.deleted_count,
            self.event_count,
            self.kept_count,
        )

    # ------------------------------------------------------------
    # IN THE BACKGROUND
    # ------------------------------------------------------------

    @api.model
    def _wake_cron(self, at=None):
        # sudo: ir.cron - finishing what an administrator began
        self.env.ref("mail_tracking.ir_cron_erasure").sudo()._trigger(at)

    @api.model
    def _process_erasures(self):
        """Go on with what was begun; a commit after each batch."""
        for erasure in self.search([("state", "=", "running")], order="id"):
            while erasure.state == "running":
                done = erasure._erase_batch_safely()
                remaining = erasure.remaining_count
                if not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                    return
                if done is None:
                    self._wake_cron(fields.Datetime.now() + RETRY)
                    break

    def _erase_batch_safely(self):
        """Erase a batch, all of it or nothing; one person that cannot be erased stops no other.

        :return: how many emails; None where it has to be tried again
        """
        with tracking_guard(f"erasing {self.address_hash}", "it is tried again"):
            try:
                with tracking_savepoint(self.env):
                    return self._erase_batch()
            except TRANSIENT_ERRORS:
                _logger.info("Emails of %s are busy", self.address_hash)
        return None
