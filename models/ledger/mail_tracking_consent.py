import secrets
from collections import defaultdict
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.http import request
from odoo.tools import SQL, email_normalize, format_datetime

from ...tools import modes
from ..mail_tracking_email import MAX_INDEXED

#: Nobody was asked about tracking before.
FIRST_TIME = datetime(1990, 1, 1)
#: The clocks of two servers are never the same.
CLOCK_SKEW = timedelta(minutes=5)
#: The greatest that a column of numbers holds.
MAX_NUMBER = 2**31 - 1
#: What nobody can choose when a line is created.
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
        self.env["res.partner"]._invalidate_consents()
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
        self.env["res.partner"]._invalidate_consents()

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
                    "Nobody can have answered on %(time)s: that is in the future.",
                    time=format_datetime(self.env, time),
                )
            )
        if time < FIRST_TIME:
            raise ValidationError(
                self.env._(
                    "Nobody can have answered on %(time)s: that is too early.",
                    time=format_datetime(self.env, time),
                )
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

        The caller makes sure that people who answer are who they say they are. The answer holds at
        once: a No also for emails that were sent before. The same answer again is one more line.

        :param str address: of the person who answers, with or without a name
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
