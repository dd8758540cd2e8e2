from collections import defaultdict
from datetime import datetime

from odoo import api, models
from odoo.tools import SQL, hmac

from ...tools import consent, modes


class MailTrackingConsent(models.Model):
    """Which answers hold, and how far back a No reaches."""

    _inherit = "mail.tracking.consent"

    # ------------------------------------------------------------
    # WHAT HOLDS
    # ------------------------------------------------------------

    def _get_recipient(self):
        """The pair of address and contact that ``_get_answers`` takes."""
        return self.address or "", self.contact_number

    @api.model
    def _get_address_key(self, address):
        """What stands for an address in the ledger, also after the address was erased.

        :param str address: normalised
        """
        # sudo: ir.config_parameter - the secret of the database, which nobody is shown
        return hmac(self.env(su=True), "mail_tracking.consent", address.lower())

    @api.model
    def _get_answers(self, recipients):
        """What people answered; one query for all.

        :param recipients: pairs of normalised address and id of a contact, both may be empty
        :return: pair -> purpose -> ``yes``, ``no``, or nothing where they never answered
        """
        return {
            recipient: {
                purpose: known.holds.answer for purpose, known in by_purpose.items() if known.holds
            }
            for recipient, by_purpose in self._get_known(recipients).items()
        }

    @api.model
    def _get_known(self, recipients):
        """What people answered and were asked; one query for all.

        :param recipients: see ``_get_answers``
        :return: pair -> purpose -> ``tools.consent.Known``, where the ledger says anything
        """
        keys = {address: self._get_address_key(address) for address, _id in recipients if address}
        partner_ids = [partner_id for _address, partner_id in recipients if partner_id]
        found = {recipient: {} for recipient in recipients}
        if not keys and not partner_ids:
            return found
        query = SQL(
            """
            SELECT DISTINCT ON (address_key, contact_number, purpose, answer = 'asked')
                   purpose, time, id, address_key, COALESCE(partner_id, 0),
                   COALESCE(contact_number, 0), answer, way
              FROM mail_tracking_consent
             WHERE address_key = ANY(%(keys)s) OR partner_id = ANY(%(partners)s)
          ORDER BY address_key, contact_number, purpose, answer = 'asked', time DESC, id DESC
            """,
            keys=list(keys.values()),
            partners=partner_ids,
        )
        self.flush_model()
        by_key, by_partner = defaultdict(set), defaultdict(set)
        for purpose, time, line_id, *values in self.env.execute_query(query):
            line = consent.Answer((time, line_id), *values)
            by_key[line.key, purpose].add(line)
            by_partner[line.partner_id, purpose].add(line)
        for address, partner_id in recipients if by_key else ():
            key = keys.get(address, "")
            for purpose in modes.PURPOSES:
                lines = by_key.get((key, purpose), set()) if key else set()
                if partner_id:
                    lines = lines | by_partner.get((partner_id, purpose), set())
                if lines:
                    found[address, partner_id][purpose] = consent.known(lines, key, partner_id or 0)
        return found

    @api.model
    def _get_known_query(self):
        """The contacts who answered, or were asked: about whatever.

        :return: a query of ``res_partner`` ids
        """
        return SQL(
            """
            (SELECT partner_id AS id FROM mail_tracking_consent WHERE partner_id IS NOT NULL
              UNION
             SELECT partner.id FROM mail_tracking_consent line
               JOIN res_partner partner ON partner.email_normalized = line.address)
            """
        )

    @api.model
    def _get_holders_query(self, purpose, answer):
        """The contacts for whom an answer holds: ``tools.consent`` for all of them at once.

        Answers of people who were erased are not found: of these, only a key is known.

        :param str purpose: ``opens`` or ``clicks``
        :param str answer: ``yes``, ``no``, or empty for either
        :return: a query of ``res_partner`` ids
        """
        # the latest line of one contact and address
        answered = """
            line.purpose = %s AND line.answer = %s AND NOT EXISTS (
                SELECT FROM mail_tracking_consent later
                 WHERE later.address_key = line.address_key
                   AND later.contact_number = line.contact_number
                   AND later.purpose = line.purpose AND later.answer IN ('yes', 'no')
                   AND (later.time, later.id) > (line.time, line.id))
        """
        refused = SQL(
            # contacts with the address of one who refused, and nobody who has it answered since;
            # contacts with an address that was refused, who did not answer themselves since;
            # contacts who refused at another address, and this one has not answered since
            """
            SELECT partner.id FROM mail_tracking_consent line
              JOIN res_partner partner ON partner.email_normalized = line.address
             WHERE line.contact_number <> 0 AND %(answered)s AND NOT EXISTS (
                   SELECT FROM mail_tracking_consent wide
                    WHERE wide.address_key = line.address_key AND wide.contact_number = 0
                      AND wide.purpose = line.purpose AND wide.answer IN ('yes', 'no')
                      AND (wide.time, wide.id) > (line.time, line.id))
             UNION
            SELECT partner.id FROM mail_tracking_consent line
              JOIN res_partner partner ON partner.email_normalized = line.address
             WHERE line.contact_number = 0 AND %(answered)s AND NOT EXISTS (
                   SELECT FROM mail_tracking_consent own
                    WHERE own.partner_id = partner.id AND own.address_key = line.address_key
                      AND own.contact_number <> 0
                      AND own.purpose = line.purpose AND own.answer IN ('yes', 'no')
                      AND (own.time, own.id) > (line.time, line.id))
             UNION
            SELECT partner.id FROM mail_tracking_consent line
              JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.contact_number <> 0 AND %(answered)s
               AND (line.address = partner.email_normalized) IS NOT TRUE
               AND NOT EXISTS (
                   SELECT FROM mail_tracking_consent later
                    WHERE later.partner_id = partner.id
                      AND later.contact_number = line.contact_number
                      AND later.purpose = line.purpose AND later.answer IN ('yes', 'no')
                      AND (later.time, later.id) > (line.time, line.id))
               AND NOT EXISTS (
                   SELECT FROM mail_tracking_consent wide
                    WHERE wide.address = partner.email_normalized AND wide.contact_number = 0
                      AND wide.purpose = line.purpose AND wide.answer IN ('yes', 'no')
                      AND (wide.time, wide.id) > (line.time, line.id))
            """,
            answered=SQL(answered, purpose, modes.NO),
        )
        if answer == modes.NO:
            return SQL("(%s)", refused)
        agreed = SQL(
            """
            SELECT partner.id FROM mail_tracking_consent line
              JOIN res_partner partner ON partner.email_normalized = line.address
             WHERE %s
            """,
            SQL(answered, purpose, modes.YES),
        )
        combine = SQL("EXCEPT") if answer == modes.YES else SQL("UNION")
        return SQL("((%s) %s (%s))", agreed, combine, refused)

    # ------------------------------------------------------------
    # A NO REACHES BACK
    # ------------------------------------------------------------

    def _refuse_earlier(self):
        """See to it that nothing more is noted of emails that were sent before these No.

        Also of those on the same envelope: who loads the image of one of them may be any. One
        statement for each purpose. Where a Yes came after the No, which happens in imports, the
        emails since then are left alone.
        """
        refusals = self.filtered(lambda line: line.answer == modes.NO)
        if not refusals:
            return
        known = self._get_known({line._get_recipient() for line in refusals})
        self.env["mail.tracking.email"].flush_model()
        for purpose, lines in refusals.grouped("purpose").items():
            moments = {"address": {}, "partner": {}}
            for line in lines:
                said = known[line._get_recipient()].get(purpose)
                is_over = said and said.holds and said.holds.answer == modes.YES
                until = line.time if is_over else datetime.max
                for kind, value in (("address", line.address), ("partner", line.partner_id.id)):
                    if value:
                        moments[kind][value] = max(moments[kind].get(value, until), until)
            self._refuse(f"{purpose}_refused", moments["address"], moments["partner"])

    @api.model
    def _refuse(self, name, addresses, partners):
        """Mark the trackings of these, and those on the same envelopes.

        :param str name: the field that says so
        :param dict addresses: address -> until when
        :param dict partners: id of a contact -> until when
        """
        query = SQL(
            """
            WITH own AS (
                 SELECT row.id, row.envelope_token
                   FROM unnest(%(addresses)s::varchar[], %(until_addresses)s::timestamp[])
                        AS asked (address, until)
                   JOIN mail_tracking_email row ON row.recipient_address = asked.address
                  WHERE row.time <= asked.until OR row.time IS NULL
                  UNION
                 SELECT row.id, row.envelope_token
                   FROM unnest(%(partners)s::int[], %(until_partners)s::timestamp[])
                        AS asked (partner_id, until)
                   JOIN mail_tracking_email row ON row.partner_id = asked.partner_id
                  WHERE row.time <= asked.until OR row.time IS NULL),
                 envelopes AS (
                 SELECT DISTINCT envelope_token FROM own WHERE envelope_token IS NOT NULL),
                 meant AS (
                 SELECT id FROM own
                  UNION
                 SELECT row.id FROM mail_tracking_email row
                   JOIN envelopes ON row.envelope_token = envelopes.envelope_token)
            UPDATE mail_tracking_email row SET %(field)s = TRUE, is_counted = FALSE
              FROM meant WHERE row.id = meant.id AND row.%(field)s IS NOT TRUE
            """,
            field=SQL.identifier(name),
            addresses=list(addresses),
            until_addresses=list(addresses.values()),
            partners=list(partners),
            until_partners=list(partners.values()),
        )
        self.env.cr.execute(query)
        self.env["mail.tracking.email"].invalidate_model([name, "is_counted"])

    @api.model
    def _refuse_unseen(self, trackings):
        """Mark those of these trackings that a No passed by: neither saw the other's transaction.

        :param trackings: ``mail.tracking.email``, committed
        """
        trackings = trackings.exists()
        found = self._get_answers(
            {(row.recipient_address or "", row.partner_id.id or 0) for row in trackings}
        )
        for purpose in modes.PURPOSES:
            refused = [pair for pair, said in found.items() if said.get(purpose) == modes.NO]
            addresses = {address: datetime.max for address, _id in refused if address}
            partners = {partner_id: datetime.max for _address, partner_id in refused if partner_id}
            if addresses or partners:
                self._refuse(f"{purpose}_refused", addresses, partners)
