from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, html2plaintext

from ...tools import modes

#: People who do not answer are not asked again for this long.
PAUSE = relativedelta(months=6)


class ResPartner(models.Model):
    """What contacts answered about being tracked in words, and asking them."""

    _inherit = "res.partner"

    mail_tracking_answers = fields.Text(
        "Tracking consent",
        compute="_compute_mail_tracking_answers",
        groups="base.group_user",
        help="Whether opens and clicks may be noted: what the contact answered, when and how.",
    )
    mail_tracking_obstacle = fields.Char(
        "Not asked because",
        compute="_compute_mail_tracking_answers",
        groups="base.group_user",
        help="Why the contact cannot be asked about tracking now.",
    )

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    @api.depends("email_normalized", "email_bounced")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_mail_tracking_answers(self):
        known = self._get_known_consents()
        speakers = {
            said.holds.partner_id
            for partner in self
            for said in known[partner.id].values()
            if said.holds and said.holds.number and said.holds.partner_id != partner._origin.id
        }
        others = self.browse(speakers - {0})._filtered_access("read")
        names = {other.id: other.display_name for other in others}
        for partner in self:
            said = known[partner.id]
            partner.mail_tracking_answers = "\n".join(
                partner._get_answer_words(purpose, said.get(purpose), names)
                for purpose in modes.PURPOSES
            )
            obstacle = partner._get_obstacle(said)
            partner.mail_tracking_obstacle = (
                obstacle and partner._get_obstacle_words(said)[obstacle]
            )

    def _get_answer_words(self, purpose, said, names):
        """A sentence about one purpose.

        :param str purpose: ``opens`` or ``clicks``
        :param said: ``tools.consent.Known``, None where nothing is known
        :param dict names: of other contacts with the same address, where the user may read them
        """
        line = said and said.holds
        purposes = self.env["mail.tracking.consent"]._fields["purpose"]
        label = dict(purposes._description_selection(self.env))[purpose]
        if not said:
            return self.env._("%(purpose)s: never asked.", purpose=label)
        if not line:
            return self.env._(
                "%(purpose)s: asked on %(date)s, no answer yet.",
                purpose=label,
                date=self._get_day(said.asked),
            )
        ways = {
            "mail": self.env._("by email"),
            "page": self.env._("on the page linked in an email"),
            "form": self.env._("in a form"),
            "import": self.env._("imported"),
            "colleague": self.env._("told a colleague"),
            "api": self.env._("through another program"),
        }
        words = self.env._(
            "%(purpose)s: %(answer)s, on %(date)s (%(way)s).",
            purpose=label,
            answer=self.env._("Yes") if line.answer == modes.YES else self.env._("No"),
            date=self._get_day(line.ref[0]),
            way=ways.get(line.way, line.way),
        )
        if line.number and line.partner_id != self._origin.id:
            name = names.get(line.partner_id) or self.env._("another contact")
            words += " " + self.env._(
                "This is the answer of %(name)s, who has the same address.", name=name
            )
        return words

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
            raise UserError(self.mail_tracking_obstacle)
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

    def _get_obstacle_words(self, said=None):
        """Why somebody is not asked: word -> sentence.

        :param dict said: purpose -> ``tools.consent.Known`` of this contact; of several, None
        """
        asked = self.env._("The question was sent within the last six months.")
        if times := [each.asked for each in (said or {}).values() if each.asked and not each.holds]:
            asked = self.env._(
                "The contact can be asked again from %(date)s.",
                date=self._get_day(max(times) + PAUSE),
            )
        return {
            "address": self.env._("The contact has no email address."),
            "bounced": self.env._("The email address does not work."),
            "no": self.env._("The answer was No. People who said No are not asked again."),
            "answered": self.env._("The answer is already known."),
            "asked": asked,
        }

    def _get_obstacle(self, said):
        """Why this contact must not be asked: a word, or nothing.

        :param dict said: purpose -> ``tools.consent.Known``
        """
        answers = {purpose: each.holds.answer for purpose, each in said.items() if each.holds}
        asked = [each.asked for each in said.values() if each.asked and not each.holds]
        if not self.email_normalized:
            return "address"
        if self.email_bounced:
            return "bounced"
        if modes.NO in answers.values():
            return "no"
        if len(answers) == len(modes.PURPOSES):
            return "answered"
        if asked and max(asked) + PAUSE > fields.Datetime.now():
            return "asked"
        return ""

    def _get_obstacles_to_asking(self):
        """Which of these contacts must not be asked, and why: id -> word; one query."""
        known, found, seen = self._get_known_consents(), {}, set()
        for partner in self:
            address = partner.email_normalized
            obstacle = partner._get_obstacle(known[partner.id])
            if obstacle or address in seen:
                found[partner.id] = obstacle or "asked"
            else:
                seen.add(address)
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
