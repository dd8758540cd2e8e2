import secrets
from collections import defaultdict
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.http import request
from odoo.tools import SQL, email_normalize, hmac

from ...tools import consent, modes
from ..mail_tracking_email import MAX_INDEXED

#: Nobody was asked about tracking before.
FIRST_TIME = datetime(1990, 1, 1)
#: The clocks of two servers are never the same.
CLOCK_SKEW = timedelta(minutes=5)
#: The greatest that a column of numbers holds.
MAX_NUMBER = 2**31 - 1
#: What whoever creates a line cannot choose.
DERIVED = ("address_key", "contact_number")


class MailTrackingConsent(models.Model):
    """The ledger of what people answered about being tracked; the latest answer decides.

    A line is never changed and never deleted, not even by an administrator. Erasing a person
    takes address and contact out of it; the key stays, so that a No goes on being respected.
    """

    _name = "mail.tracking.consent"
    _description = "Tracking consent"
    _order = "time desc, id desc"
    _rec_name = "address"

    # those that an import gives are not read-only; ``write`` refuses all the same
    address = fields.Char(help="The address, in lower case.")
    address_key = fields.Char(
        readonly=True, required=True, help="A hash of the address that only this database can make."
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        index="btree_not_null",
        ondelete="set null",
        help="The contact that answered. Empty if only the address is known.",
    )
    contact_number = fields.Integer(
        readonly=True,
        help=(
            "The number of the contact at that time. The answers of two contacts that were "
            "merged later remain separate."
        ),
    )
    purpose = fields.Selection(
        [("opens", "Opens"), ("clicks", "Clicks")],
        required=True,
        help="What the answer is about.",
    )
    answer = fields.Selection(
        [("yes", "Yes"), ("no", "No"), ("asked", "Asked")],
        required=True,
        help=(
            "Whether opens or clicks may be noted. “Asked” means that the question was sent "
            "and there is no answer yet."
        ),
    )
    time = fields.Datetime(
        "On",
        required=True,
        default=fields.Datetime.now,
        help="When the person answered or was asked.",
    )
    way = fields.Selection(
        [
            ("mail", "By email"),
            ("page", "Page linked in an email"),
            ("form", "Form"),
            ("import", "Import"),
            ("colleague", "Told a colleague"),
            ("api", "Another program"),
        ],
        "How",
        readonly=True,
        required=True,
        default=lambda self: self._get_way(),
        help="How the answer was given.",
    )
    wording_id = fields.Many2one(
        "mail.tracking.wording",
        readonly=True,
        ondelete="restrict",
        help="The text that the person was shown.",
    )
    wording = fields.Text(
        "Text that was shown",
        related="wording_id.text",
        readonly=False,
        help="Exactly what the person was shown.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Recorded by",
        readonly=True,
        ondelete="set null",
        help="Who recorded the answer. Empty if the person answered directly.",
    )

    _address_idx = models.Index("(address) WHERE address IS NOT NULL")
    _key_time_idx = models.Index("(address_key, time DESC, id DESC)")

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partners = self.env["res.partner"].browse(
            {vals["partner_id"] for vals in vals_list if vals.get("partner_id")}
        )
        texts = {vals["wording"] for vals in vals_list if vals.get("wording")}
        # sudo: mail.tracking.wording - kept with the answer
        Wording = self.env["mail.tracking.wording"].sudo()
        wordings = {text: Wording._get(text).id for text in texts}
        vals_list = [self._prepare_create_vals(vals, partners, wordings) for vals in vals_list]
        lines = super().create(vals_list + self._prepare_merged_vals(vals_list))
        lines._refuse_earlier()
        self.env["res.partner"].invalidate_model(self.env["res.partner"]._get_consent_fields())
        return lines[: len(vals_list)]

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "A tracking consent is proof and cannot be changed. Record a new answer: the "
                "latest one decides."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "A tracking consent is proof and cannot be deleted. Record a new answer: the "
                "latest one decides."
            )
        )

    def _erase_persons(self):
        """Take address, contact and user out of these lines; key and answers stay.

        Numbers below zero that mean nothing take the place of those of contacts: answers of
        different contacts remain different ones. In plain SQL, as ``write`` refuses whatever it is;
        the caller checks who may do this.
        """
        self.flush_recordset()
        numbers = {number for number in self.mapped("contact_number") if number > 0}
        query = """
            UPDATE mail_tracking_consent line
               SET address = NULL, partner_id = NULL, user_id = NULL,
                   contact_number = COALESCE(given.meaningless, line.contact_number)
              FROM mail_tracking_consent own
         LEFT JOIN unnest(%s::int[], %s::int[]) AS given (number, meaningless)
                ON given.number = own.contact_number
             WHERE line.id = own.id AND own.id = ANY(%s)
        """
        meaningless = [-1 - secrets.randbelow(MAX_NUMBER) for _number in numbers]
        self.env.cr.execute(SQL(query, list(numbers), meaningless, list(self._ids)))
        self.invalidate_recordset()
        self.env["res.partner"].invalidate_model(self.env["res.partner"]._get_consent_fields())

    @api.model
    def _get_way(self):
        """How an answer reaches the ledger that comes with no other word about it."""
        if self.env.context.get("import_file"):
            return "import"
        # what a colleague does in the web client, and other programs do not
        is_screen = request and request.httprequest.path.startswith("/web/")
        return "colleague" if is_screen else "api"

    @api.model
    def _prepare_create_vals(self, vals, partners, wordings):
        """Complete and check the values of a new line.

        :param dict vals: as they were given
        :param partners: the contacts of all lines that are created together
        :param dict wordings: text -> id of the wording
        :raise ValidationError: where they are impossible
        """
        vals = {name: value for name, value in vals.items() if name not in DERIVED}
        wording = vals.pop("wording", "")
        if not self.env.su:
            vals.update(way=self._get_way(), user_id=self.env.uid)
        else:
            is_known = self.env.uid and not self.env.user._is_public()
            vals.setdefault("user_id", self.env.uid if is_known else False)
        partner = partners.browse(vals.get("partner_id") or []).with_prefetch(partners.ids)
        # sudo: res.partner - the address of the contact that answered
        given = vals.get("address") or (partner and partner.sudo().email_normalized) or ""
        address = email_normalize(given) or ""
        if given and (not address or len(given) > MAX_INDEXED or "\x00" in given):
            raise ValidationError(
                self.env._("“%(address)s” is not an email address.", address=given[:MAX_INDEXED])
            )
        if not address and (not partner or vals.get("answer") == modes.YES):
            raise ValidationError(
                self.env._("The email address of the person who answered is missing.")
            )
        if wording:
            vals["wording_id"] = wordings[wording]
        vals["time"] = self._check_time(vals.get("time") or fields.Datetime.now())
        vals["address"] = address.lower() or False
        vals["address_key"] = self._get_address_key(address) if address else ""
        vals["contact_number"] = partner.id or 0
        return vals

    @api.model
    def _check_time(self, time):
        """The time of an answer, if people can have answered then."""
        time = fields.Datetime.to_datetime(time)
        if time > fields.Datetime.now() + CLOCK_SKEW:
            raise ValidationError(
                self.env._(
                    "Nobody can have answered on %(time)s: that is in the future.", time=time
                )
            )
        if time < FIRST_TIME:
            raise ValidationError(
                self.env._("Nobody can have answered on %(time)s: that is too early.", time=time)
            )
        return time

    @api.model
    def _prepare_merged_vals(self, vals_list):
        """Lines of the contacts that were merged into those who answer: it is their answer too.

        :param list vals_list: values of complete lines
        """
        partner_ids = {vals["partner_id"] for vals in vals_list if vals.get("partner_id")}
        if not partner_ids:
            return []
        numbers = defaultdict(list)
        # sudo: mail.tracking.consent - which contacts were merged
        for partner, number in self.sudo()._read_group(
            [("partner_id", "in", list(partner_ids)), ("contact_number", "!=", 0)],
            ["partner_id", "contact_number"],
        ):
            if number != partner.id:
                numbers[partner.id].append(number)
        return [
            {**vals, "contact_number": number}
            for vals in vals_list
            if vals["answer"] != modes.ASKED
            for number in numbers.get(vals.get("partner_id"), ())
        ]

    # ------------------------------------------------------------
    # RECORDING
    # ------------------------------------------------------------

    @api.model
    @api.private
    def record_answer(self, address, purposes, answer, way, wording="", lang="", partner=None):
        """Record what somebody answered; for web forms and programs of other addons.

        The caller makes sure that whoever answers is who they say. The answer holds at once: a
        No also for emails that were sent before. The same answer again is one more line.

        :param str address: of whoever answers, with or without a name
        :param purposes: ``opens``, ``clicks``, or several of them
        :param str answer: ``yes``, ``no``, or ``asked`` where the question was sent
        :param str way: how: ``mail``, ``page``, ``form``, ``import``, ``colleague``, ``api``
        :param str wording: the text that they were shown, to the letter
        :param str lang: code of its language
        :param partner: the ``res.partner``, where the answer is this contact's and not that of
            everybody with the address
        :return: the new lines, one for each purpose, with sudo
        :raise ValidationError: where a value is impossible
        """
        purposes = [purposes] if isinstance(purposes, str) else list(purposes)
        if not purposes or not set(purposes) <= set(modes.PURPOSES):
            raise ValidationError(self.env._("An answer is about opens, about clicks, or both."))
        for name, value in (("answer", answer), ("way", way)):
            field = self._fields[name]
            if value not in field.get_values(self.env):
                raise ValidationError(
                    self.env._(
                        "“%(value)s” is not a valid value of %(field)s.",
                        value=str(value)[:MAX_INDEXED],
                        field=field._description_string(self.env),
                    )
                )
        # sudo: mail.tracking.wording, mail.tracking.consent - the one way to record an answer
        wording = self.env["mail.tracking.wording"].sudo()._get(wording, lang)
        return self.sudo().create(
            [
                {
                    "address": address,
                    "partner_id": partner.id if partner else False,
                    "purpose": purpose,
                    "answer": answer,
                    "way": way,
                    "wording_id": wording.id,
                }
                for purpose in dict.fromkeys(purposes)
            ]
        )

    def _refuse_earlier(self):
        """See to it that nothing more is noted of emails that were sent before these No.

        Also of those on the same envelope: who loads the image of one of them may be any. One
        statement for each purpose. Where a Yes came after the No, which happens in imports, the
        emails since then are left alone.
        """
        refusals = self.filtered(lambda line: line.answer == modes.NO)
        if not refusals:
            return
        deciding = self._get_deciding({line._get_recipient() for line in refusals})
        self.env["mail.tracking.email"].flush_model()
        for purpose, lines in refusals.grouped("purpose").items():
            moments = {"address": {}, "partner": {}}
            for line in lines:
                last = deciding[line._get_recipient()].get(purpose)
                is_over = last and last.answer == modes.YES
                until = line.time if is_over else datetime.max
                for kind, value in (("address", line.address), ("partner", line.partner_id.id)):
                    if value:
                        known = moments[kind].get(value, until)
                        moments[kind][value] = max(known, until)
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
            UPDATE mail_tracking_email row SET %(field)s = TRUE
              FROM meant WHERE row.id = meant.id AND row.%(field)s IS NOT TRUE
            """,
            field=SQL.identifier(name),
            addresses=list(addresses),
            until_addresses=list(addresses.values()),
            partners=list(partners),
            until_partners=list(partners.values()),
        )
        self.env.cr.execute(query)
        self.env["mail.tracking.email"].invalidate_model([name])

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
        :rtype: dict
        """
        return {
            recipient: {purpose: decided.answer for purpose, decided in by_purpose.items()}
            for recipient, by_purpose in self._get_deciding(recipients).items()
        }

    @api.model
    def _get_deciding(self, recipients):
        """The answers that hold; one query for all.

        :param recipients: see ``_get_answers``
        :return: pair -> purpose -> ``tools.consent.Answer``, where there is one
        :rtype: dict
        """
        keys = {address: self._get_address_key(address) for address, _id in recipients if address}
        partner_ids = [partner_id for _address, partner_id in recipients if partner_id]
        found = {recipient: {} for recipient in recipients}
        if not keys and not partner_ids:
            return found
        query = SQL(
            """
            SELECT DISTINCT ON (address_key, contact_number, purpose)
                   purpose, time, id, address_key, COALESCE(partner_id, 0),
                   COALESCE(contact_number, 0), answer
              FROM mail_tracking_consent
             WHERE (address_key = ANY(%(keys)s) OR partner_id = ANY(%(partners)s))
               AND answer IN ('yes', 'no')
          ORDER BY address_key, contact_number, purpose, time DESC, id DESC
            """,
            keys=list(keys.values()),
            partners=partner_ids,
        )
        self.flush_model()
        by_key, by_partner = defaultdict(set), defaultdict(set)
        for purpose, time, line_id, *values in self.env.execute_query(query):
            answer = consent.Answer((time, line_id), *values)
            by_key[answer.key, purpose].add(answer)
            by_partner[answer.partner_id, purpose].add(answer)
        for address, partner_id in recipients if by_key else ():
            key = keys.get(address, "")
            for purpose in modes.PURPOSES:
                answers = by_key.get((key, purpose), set()) if key else set()
                if partner_id:
                    answers = answers | by_partner.get((partner_id, purpose), set())
                if decided := consent.deciding(answers, key, partner_id or 0):
                    found[address, partner_id][purpose] = decided
        return found

    @api.model
    def _get_asked(self, recipients):
        """Of what people have answers or questions in the ledger; one query for all.

        :param recipients: see ``_get_answers``
        :return: pair -> purpose -> when they were last asked, None where they never were
        :rtype: dict
        """
        keys = {address: self._get_address_key(address) for address, _id in recipients if address}
        query = SQL(
            """
            SELECT address_key, partner_id, purpose, max(time) FILTER (WHERE answer = 'asked')
              FROM mail_tracking_consent
             WHERE address_key = ANY(%s) OR partner_id = ANY(%s)
          GROUP BY address_key, partner_id, purpose
            """,
            list(keys.values()),
            [partner_id for _address, partner_id in recipients if partner_id],
        )
        self.flush_model()
        times = defaultdict(dict)
        for key, partner_id, purpose, time in self.env.execute_query(query):
            for who in {key, partner_id or 0} - {"", 0}:
                known = times[who].get(purpose)
                times[who][purpose] = max(filter(None, (known, time)), default=None)
        found = {}
        for address, partner_id in recipients:
            one, other = times.get(keys.get(address), {}), times.get(partner_id, {})
            found[address, partner_id] = {
                purpose: max(filter(None, (one.get(purpose), other.get(purpose))), default=None)
                for purpose in one.keys() | other.keys()
            }
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
            # contacts with the address of one who refused, and whoever has it did not answer since;
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
