from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import modes

#: field -> the purpose that its answer is about
PURPOSE_BY_FIELD = {
    "mail_tracking_consent": modes.OPENS,
    "mail_tracking_click_consent": modes.CLICKS,
}


class ResPartner(models.Model):
    """What contacts answered about being tracked, as the ledger tells: to read and to search."""

    _inherit = "res.partner"

    mail_tracking_consent = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        "Opens may be noted",
        compute="_compute_mail_tracking_consents",
        inverse="_inverse_mail_tracking_consent",
        search="_search_mail_tracking_consent",
        groups="base.group_user",
        help=(
            "Whether opens of emails to this contact may be noted: the latest answer of the "
            "contact or its address. Without an answer, the settings decide. A new value is "
            "recorded as a new answer; emptying it changes nothing. Failures are always "
            "reported."
        ),
    )
    mail_tracking_click_consent = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        "Clicks may be noted",
        compute="_compute_mail_tracking_consents",
        inverse="_inverse_mail_tracking_click_consent",
        search="_search_mail_tracking_click_consent",
        groups="base.group_user",
        help=(
            "Whether clicks in emails to this contact may be noted: the latest answer of the "
            "contact or its address. Without an answer, the settings decide. A new value is "
            "recorded as a new answer; emptying it changes nothing."
        ),
    )
    mail_tracking_is_asked = fields.Boolean(
        "Asked about tracking",
        compute="_compute_mail_tracking_consents",
        search="_search_mail_tracking_is_asked",
        groups="base.group_user",
        help=(
            "The contact or its address was asked about tracking, or answered without being asked: "
            "about opens, about clicks, or both."
        ),
    )
    # list hygiene is the only use of it; those who write to people need none
    mail_tracking_last_open = fields.Date(
        "Last open",
        compute="_compute_mail_tracking_last_open",
        groups="mail_tracking.group_postmaster",
        help="The day on which an email to this address was last opened, for list hygiene.",
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.model
    def _invalidate_consents(self):
        """Forget what was read of the ledger, where it has more lines now."""
        self.invalidate_model(
            [
                *PURPOSE_BY_FIELD,
                "mail_tracking_is_asked",
                "mail_tracking_answers",
                "mail_tracking_obstacle",
            ]
        )

    def _get_consent_recipients(self):
        """The pairs that ``mail.tracking.consent`` knows these contacts by: id -> pair."""
        return {
            partner.id: ((partner.email_normalized or "").lower(), partner._origin.id or 0)
            for partner in self
        }

    def _get_known_consents(self):
        """What the ledger knows of these contacts: id -> purpose -> ``tools.consent.Known``."""
        recipients = self._get_consent_recipients()
        known = self.env["mail.tracking.consent"]._get_known(set(recipients.values()))
        return {number: known[pair] for number, pair in recipients.items()}

    @api.depends("email_normalized")
    def _compute_mail_tracking_consents(self):
        found = self._get_known_consents()
        for partner in self:
            known = found[partner.id]
            partner.mail_tracking_is_asked = bool(known)
            for name, purpose in PURPOSE_BY_FIELD.items():
                holds = purpose in known and known[purpose].holds
                partner[name] = holds.answer if holds else False

    def _inverse_mail_tracking_consent(self):
        self._record_consent("mail_tracking_consent")

    def _inverse_mail_tracking_click_consent(self):
        self._record_consent("mail_tracking_click_consent")

    def _record_consent(self, name):
        """Record as answers what was written, where it is not what the contact said last.

        :param str name: of the field
        """
        written = {partner.id: partner[name] for partner in self}
        purpose = PURPOSE_BY_FIELD[name]
        Consent, known = self.env["mail.tracking.consent"], self._get_known_consents()
        vals_list = []
        for number, (address, partner_id) in self._get_consent_recipients().items():
            answer, said = written[number], known[number].get(purpose)
            last = said and said.holds
            is_said = last and last.answer == answer and last.partner_id == partner_id
            # a Yes holds for one address, so there is none without
            if answer and not is_said and (address or answer == modes.NO):
                vals_list.append(
                    {
                        "address": address,
                        "partner_id": partner_id,
                        "purpose": purpose,
                        "answer": answer,
                        "way": Consent._get_way(),
                    }
                )
        if vals_list:
            # sudo: mail.tracking.consent - users who may edit a contact may record its answer
            Consent.sudo().create(vals_list)
        self.invalidate_recordset([name])  # what holds may be something else than what was written

    def _search_mail_tracking_consent(self, operator, value):
        return self._search_consent(modes.OPENS, operator, value)

    def _search_mail_tracking_click_consent(self, operator, value):
        return self._search_consent(modes.CLICKS, operator, value)

    @api.model
    def _search_consent(self, purpose, operator, values):
        """Contacts for whom one of these answers holds, False meaning that there is none."""
        if operator not in ("in", "not in"):
            return NotImplemented
        values = {value or False for value in values}
        if operator == "not in":
            values = {modes.YES, modes.NO, False} - values
        Consent = self.env["mail.tracking.consent"]
        Consent.flush_model()
        domains = [
            self._get_id_domain(Consent._get_holders_query(purpose, answer))
            for answer in values & {modes.YES, modes.NO}
        ]
        if False in values:
            domains.append(
                self._get_id_domain(Consent._get_holders_query(purpose, ""), is_among=False)
            )
        return Domain.OR(domains)

    @api.model
    def _get_id_domain(self, query, *, is_among=True):
        """Contacts whose id is in the result of a query, or is not.

        ``NOT IN`` is slow with many ids, this is not.
        """
        condition = SQL("EXISTS") if is_among else SQL("NOT EXISTS")

        def to_sql(_model, alias, _query):
            return SQL(
                "%s (SELECT FROM %s AS holder WHERE holder.id = %s)",
                condition,
                query,
                SQL.identifier(alias, "id"),
            )

        return Domain.custom(to_sql=to_sql)

    def _search_mail_tracking_is_asked(self, operator, value):
        if operator != "in":
            return NotImplemented
        Consent = self.env["mail.tracking.consent"]
        Consent.flush_model()
        return Domain.OR(
            self._get_id_domain(Consent._get_known_query(), is_among=is_asked)
            for is_asked in {bool(each) for each in value}
        )

    @api.depends("email_normalized")
    def _compute_mail_tracking_last_open(self):
        addresses = {number: pair[0] for number, pair in self._get_consent_recipients().items()}
        rows = self.env["mail.tracking.address"].search_fetch(
            [("address", "in", list(addresses.values()))], ["address", "last_open"]
        )
        days = {row.address: row.last_open for row in rows}
        for partner in self:
            partner.mail_tracking_last_open = days.get(addresses[partner.id], False)
