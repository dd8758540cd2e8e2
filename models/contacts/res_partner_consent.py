from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, html2plaintext

from ...tools import modes

#: People who do not answer are not asked again for this long.
PAUSE = relativedelta(months=6)
#: field -> the purpose that its answer is about
PURPOSE_BY_FIELD = {
    "mail_tracking_consent": modes.OPENS,
    "mail_tracking_click_consent": modes.CLICKS,
}
#: what follows from the ledger
LEDGER_FIELDS = (*PURPOSE_BY_FIELD, "mail_tracking_is_asked", "mail_tracking_answers")


class ResPartner(models.Model):
    """What contacts answered about being tracked, as the ledger tells."""

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
        compute="_compute_mail_tracking_is_asked",
        search="_search_mail_tracking_is_asked",
        groups="base.group_user",
        help=(
            "The contact or its address was asked about tracking, or answered without being asked."
        ),
    )
    mail_tracking_answers = fields.Text(
        "Tracking consent",
        compute="_compute_mail_tracking_answers",
        groups="base.group_user",
        help="Whether opens and clicks may be noted: what the contact answered, when and how.",
    )
    mail_tracking_last_open = fields.Date(
        "Last open",
        compute="_compute_mail_tracking_last_open",
        groups="base.group_user",
        help="The day on which an email to this address was last opened, for list hygiene.",
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.model
    def _get_consent_fields(self):
        """Names of the fields that another line in the ledger may change."""
        return LEDGER_FIELDS

    def _get_consent_recipients(self):
        """The pairs that ``mail.tracking.consent`` knows these contacts by: id -> pair."""
        return {
            partner.id: ((partner.email_normalized or "").lower(), partner._origin.id or 0)
            for partner in self
        }

    @api.depends("email_normalized")
    def _compute_mail_tracking_consents(self):
        recipients = self._get_consent_recipients()
        answers = self.env["mail.tracking.consent"]._get_answers(set(recipients.values()))
        for partner in self:
            known = answers[recipients[partner.id]]
            for name, purpose in PURPOSE_BY_FIELD.items():
                partner[name] = known.get(purpose, False)

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
        Consent = self.env["mail.tracking.consent"]
        recipients = self._get_consent_recipients()
        deciding = Consent._get_deciding(set(recipients.values()))
        vals_list = []
        for number, (address, partner_id) in recipients.items():
            answer, last = written[number], deciding[address, partner_id].get(purpose)
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

    @api.depends("email_normalized")
    def _compute_mail_tracking_is_asked(self):
        recipients = self._get_consent_recipients()
        asked = self.env["mail.tracking.consent"]._get_asked(set(recipients.values()))
        for partner in self:
            partner.mail_tracking_is_asked = bool(asked[recipients[partner.id]])

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
        # sudo: mail.tracking.address - a date, of contacts that the user may read
        known = self.env["mail.tracking.address"].sudo()
        addresses = {address for address, _id in self._get_consent_recipients().values() if address}
        rows = known.search_fetch([("address", "in", list(addresses))], ["address", "last_open"])
        days = {row.address: row.last_open for row in rows}
        for partner in self:
            address = (partner.email_normalized or "").lower()
            partner.mail_tracking_last_open = days.get(address, False)

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    @api.depends("email_normalized")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_mail_tracking_answers(self):
        recipients = self._get_consent_recipients()
        Consent = self.env["mail.tracking.consent"].sudo()  # sudo: said of contacts that are read
        deciding = Consent._get_deciding(set(recipients.values()))
        asked = Consent._get_asked(set(recipients.values()))
        lines = Consent.browse(
            answer.ref[1] for answers in deciding.values() for answer in answers.values()
        )
        lines.fetch(["partner_id", "answer", "time", "way"])
        others = self.browse(lines.partner_id.ids)._filtered_access("read")
        names = {other.id: other.display_name for other in others}
        for partner in self:
            pair = recipients[partner.id]
            sentences = []
            for purpose in modes.PURPOSES:
                answer = deciding[pair].get(purpose)
                sentences.append(
                    self._get_answer_words(
                        purpose, answer and Consent.browse(answer.ref[1]), asked[pair].get(purpose)
                    )
                )
                if answer and answer.number and answer.partner_id != pair[1]:
                    name = names.get(answer.partner_id) or self.env._("another contact")
                    sentences[-1] += " " + self.env._(
                        "This is the answer of %(name)s, who has the same address.", name=name
                    )
            partner.mail_tracking_answers = "\n".join(sentences)

    @api.model
    def _get_answer_words(self, purpose, line, asked):
        """A sentence about one purpose.

        :param str purpose: ``opens`` or ``clicks``
        :param line: the ``mail.tracking.consent`` that holds, if there is one
        :param datetime asked: when they were last asked, if they were
        """
        fields_by_name = self.env["mail.tracking.consent"]._fields
        label = dict(fields_by_name["purpose"]._description_selection(self.env))[purpose]
        if not line and not asked:
            return self.env._("%(purpose)s: never asked.", purpose=label)
        if not line:
            return self.env._(
                "%(purpose)s: asked on %(date)s, no answer yet.",
                purpose=label,
                date=self._get_day(asked),
            )
        ways = {
            "mail": self.env._("by email"),
            "page": self.env._("on the page linked in an email"),
            "form": self.env._("in a form"),
            "import": self.env._("imported"),
            "colleague": self.env._("told a colleague"),
            "api": self.env._("through another program"),
        }
        return self.env._(
            "%(purpose)s: %(answer)s, on %(date)s (%(way)s).",
            purpose=label,
            answer=self.env._("Yes") if line.answer == modes.YES else self.env._("No"),
            date=self._get_day(line.time),
            way=ways.get(line.way, line.way),
        )

    @api.model
    def _get_day(self, time):
        """A day in words, where the user is."""
        return format_date(
            self.env, fields.Datetime.context_timestamp(self, time), False, "d MMMM y"
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_record_tracking_answer(self):
        """Open the dialog that takes an answer of this contact."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record an answer"),
            "res_model": "mail.tracking.answer",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_partner_id": self[:1].id},
        }

    def action_tracking_answers(self):
        """Open what the ledger knows of this contact and its address."""
        Consent = self.env["mail.tracking.consent"]
        [(address, partner_id)] = self[:1]._get_consent_recipients().values()
        domain = Domain("partner_id", "=", partner_id)
        if address:
            domain |= Domain("address_key", "=", Consent._get_address_key(address))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_tracking.action_mail_tracking_consent"
        )
        return {
            **action,
            "domain": list(domain),
            "context": {"create": False},
        }

    def action_ask_about_tracking(self):
        """Ask these contacts by email, except for those who must not be asked, or not again."""
        self.check_access("write")
        obstacles = self._get_obstacles_to_asking()
        if len(self) == 1 and obstacles:
            raise UserError(self._get_obstacle_words()[obstacles[self.id]])
        asked = self.filtered(lambda partner: partner.id not in obstacles)
        asked._ask_about_tracking()
        words = self._get_obstacle_words()
        counts = [
            self.env._(
                "Not asked (%(count)s): %(reason)s",
                count=list(obstacles.values()).count(obstacle),
                reason=words[obstacle],
            )
            for obstacle in words
            if obstacle in obstacles.values()
        ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if asked else "warning",
                "title": self.env._("Contacts asked: %(count)s", count=len(asked)),
                "message": " ".join(counts),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _get_obstacle_words(self):
        """Why somebody is not asked: word -> sentence."""
        return {
            "address": self.env._("The contact has no email address."),
            "bounced": self.env._("The email address does not work."),
            "no": self.env._("The answer was No. People who said No are not asked again."),
            "answered": self.env._("The answer is already known."),
            "asked": self.env._("The question was sent within the last six months."),
        }

    def _get_obstacles_to_asking(self):
        """Which of these contacts must not be asked, and why: id -> word; two queries."""
        recipients = self._get_consent_recipients()
        Consent = self.env["mail.tracking.consent"]
        answers = Consent._get_answers(set(recipients.values()))
        asked = Consent._get_asked(set(recipients.values()))
        since = fields.Datetime.now() - PAUSE
        found, seen = {}, set()
        for partner in self:
            pair = recipients[partner.id]
            open_purposes = set(modes.PURPOSES) - answers[pair].keys()
            times = [asked[pair].get(purpose) or datetime.min for purpose in open_purposes]
            if not pair[0]:
                found[partner.id] = "address"
            elif partner.email_bounced:
                found[partner.id] = "bounced"
            elif modes.NO in answers[pair].values():
                found[partner.id] = "no"
            elif not open_purposes:
                found[partner.id] = "answered"
            elif pair[0] in seen or max(times) > since:
                found[partner.id] = "asked"
            else:
                seen.add(pair[0])
        return found

    def _ask_about_tracking(self):
        """Send the question to these contacts, each in its language, and note it."""
        if not self:
            return
        Consent = self.env["mail.tracking.consent"]
        template = self.env.ref("mail_tracking.mail_template_ask", raise_if_not_found=False)
        if not template:
            raise UserError(self.env._("The email template that asks for consent was deleted."))
        recipients = self._get_consent_recipients()
        answers = Consent._get_answers(set(recipients.values()))
        # sudo: mail.template - whatever was made of it, a question about tracking is not tracked
        template.sudo().filtered(
            lambda each: each.mail_tracking_open_mode != modes.OFF
        ).mail_tracking_open_mode = modes.OFF
        urls = {
            partner_id: Consent._get_page_url([address])
            for address, partner_id in recipients.values()
        }
        mails = template.with_context(mail_tracking_page_urls=urls).send_mail_batch(self.ids)
        mails.send_after_commit()
        vals_list = []
        for lang, partners in self.grouped("lang").items():
            shown = template.with_context(lang=lang or self.env.lang)
            wording = f"{shown.subject}\n\n{html2plaintext(shown.body_html)}"
            # sudo: mail.tracking.wording, mail.tracking.consent - the question that was sent
            wording = self.env["mail.tracking.wording"].sudo()._get(wording, lang or "")
            vals_list += [
                {
                    "address": recipients[partner.id][0],
                    "partner_id": partner.id,
                    "purpose": purpose,
                    "answer": modes.ASKED,
                    "way": "mail",
                    "wording_id": wording.id,
                }
                for partner in partners
                for purpose in modes.PURPOSES
                if purpose not in answers[recipients[partner.id]]
            ]
        Consent.sudo().create(vals_list)
