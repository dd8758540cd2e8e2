from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, hmac

from ...tools import consent, modes


class MailTrackingConsent(models.Model):
    """The ledger of what people answered about being tracked; the latest answer decides.

    A line is never changed and never deleted, not even by an administrator. Erasing a person
    takes address and contact out of it; the key stays, so that a No goes on being respected.
    """

    _name = "mail.tracking.consent"
    _description = "Answer about tracking"
    _order = "id desc"
    _rec_name = "address"

    address = fields.Char(readonly=True, help="The address, in lower case.")
    address_key = fields.Char(
        readonly=True, required=True, help="A hash of the address that only this database can make."
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The contact that answered; empty where the owner of the address did.",
    )
    contact_number = fields.Integer(
        readonly=True,
        help="Number of the contact at that time; two that were merged since remain two answers.",
    )
    purpose = fields.Selection(
        [("opens", "Opens"), ("clicks", "Clicks")], readonly=True, required=True
    )
    answer = fields.Selection(
        [("yes", "Yes"), ("no", "No"), ("asked", "Asked")], readonly=True, required=True
    )
    time = fields.Datetime(
        "On", readonly=True, required=True, default=fields.Datetime.now, help="When they answered."
    )
    way = fields.Selection(
        [
            ("mail", "Asked by email"),
            ("page", "Page behind the link in an email"),
            ("form", "Web form"),
            ("import", "Import"),
            ("colleague", "Told a colleague"),
            ("api", "Another program"),
        ],
        "How",
        readonly=True,
        required=True,
    )
    wording_id = fields.Many2one(
        "mail.tracking.wording",
        readonly=True,
        ondelete="restrict",
        help="The text that they were shown.",
    )
    user_id = fields.Many2one(
        "res.users", "Recorded by", readonly=True, ondelete="set null", help="Who recorded it."
    )

    _key_idx = models.Index("(address_key, id DESC)")

    @api.model
    def _get_address_key(self, address):
        """What stands for an address in the ledger, also after the address was erased.

        :param str address: normalised
        """
        # sudo: ir.config_parameter - the secret of the database, which nobody is shown
        return hmac(self.env(su=True), "mail_tracking.consent", address.lower())

    def _erase_persons(self):
        """Take address, contact and user out of these lines; key and answers stay."""
        return self.write({"address": False, "partner_id": False, "user_id": False})

    @api.model
    @api.private
    def record_answer(self, address, purposes, answer, way, wording="", lang="", partner=None):
        """Record what somebody answered; for web forms and programs of other addons.

        :param str address: of whoever answers
        :param purposes: ``opens``, ``clicks``, or several of them
        :param str answer: ``yes``, ``no``, or ``asked`` where the question was sent
        :param str way: how
        :return: the new lines, with sudo
        """
        # sudo: mail.tracking.consent - the one way to record an answer
        return self.sudo().create(
            [
                {
                    "address": address,
                    "address_key": self._get_address_key(address),
                    "partner_id": partner.id if partner else False,
                    "contact_number": partner.id if partner else 0,
                    "purpose": purpose,
                    "answer": answer,
                    "way": way,
                }
                for purpose in purposes
            ]
        )

    @api.model
    def _get_answers(self, recipients):
        """What people answered; one query for all.

        :param recipients: pairs of normalised address and id of a contact, both may be empty
        :return: pair -> purpose -> ``yes``, ``no``, or nothing where they never answered
        :rtype: dict
        """
        keys = {address: self._get_address_key(address) for address, _id in recipients if address}
        query = SQL(
            """
            SELECT DISTINCT ON (address_key, contact_number, purpose)
                   purpose, id, address_key, COALESCE(partner_id, 0),
                   COALESCE(contact_number, 0), answer
              FROM mail_tracking_consent
             WHERE (address_key = ANY(%(keys)s) OR partner_id = ANY(%(partners)s))
               AND answer IN ('yes', 'no')
          ORDER BY address_key, contact_number, purpose, id DESC
            """,
            keys=list(keys.values()),
            partners=[partner_id for _address, partner_id in recipients if partner_id],
        )
        self.flush_model()
        answers = defaultdict(list)
        for purpose, *values in self.env.execute_query(query):
            answers[purpose].append(consent.Answer(*values))
        if not answers:
            return dict.fromkeys(recipients, {})
        return {
            (address, partner_id): {
                purpose: consent.answer_of(answers[purpose], keys.get(address, ""), partner_id or 0)
                for purpose in modes.PURPOSES
            }
            for address, partner_id in recipients
        }
