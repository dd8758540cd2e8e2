from odoo import models
from odoo.tools import email_normalize
from odoo.tools.i18n import py_to_js_locale

from ...tools import body as body_tools
from ...tools import modes
from ..guard import get_batch, tracking_guard


class MailMail(models.Model):
    """The line at the foot of mails: what is noted of them, and a link to change that."""

    _inherit = "mail.mail"

    def _tracking_add_foot(self, email, trackings, mode, has_clicks=False):
        """Say at the foot of an email what is noted of it, with a link to change that.

        The text in the chatter stays as it is: this changes what is sent alone.

        :param dict email: an entry of ``_prepare_outgoing_list``; body and plain text change
        :param trackings: ``mail.tracking.email`` of its recipients
        :param str mode: what may be known of its opens, see ``tools.modes``
        :param bool has_clicks: whether it is noted who follows its links
        """
        with tracking_guard("adding the line at the foot of a mail"):
            addresses = [
                each for each in trackings.mapped("recipient_address") if email_normalize(each)
            ]
            if (mode == modes.OFF and not has_clicks) or not addresses:
                return
            company = trackings.company_id[:1] or self.env.company
            wanted = trackings.partner_id[:1].lang
            words = self._tracking_get_foot_words(company.id, mode, has_clicks, wanted)
            if not words:
                return
            Consent = self.env["mail.tracking.consent"]
            url = Consent._get_page_url(addresses, wanted, company.id)
            foot = body_tools.Foot(url=url, **words)
            email["body"] = body_tools.add_foot(email.get("body") or "", foot)
            text = email.get("body_alternative") or ""
            email["body_alternative"] = body_tools.add_text_foot(text, foot)

    def _tracking_get_foot_words(self, company_id, mode, has_clicks, lang):
        """What the foot says, None where the company wants none.

        :param int company_id: whose email it is
        :param str mode: what may be known of its opens
        :param bool has_clicks: whether it is noted who follows its links
        :param str lang: of the recipient, may be empty
        :return: arguments of ``tools.body.Foot``
        """
        batch = get_batch(self.env)
        # what was read is emptied from the cache after each mail of a queue
        known = {} if batch is None else batch.foot_words
        key = (company_id, mode, has_clicks, lang)
        if key not in known:
            # sudo: res.company - settings of the company that sends, for any sender
            company = self.env["res.company"].sudo().browse(company_id)
            known[key] = (
                self._tracking_prepare_foot(company, mode, has_clicks, lang)
                if company.mail_tracking_foot
                else None
            )
        return known[key]

    def _tracking_prepare_foot(self, company, mode, has_clicks, lang):
        """The words of the foot, see ``_tracking_get_foot_words``."""
        languages = self.env["res.lang"]
        data = languages._get_data(code=lang)
        if not data.code:  # no language, or one that was switched off since
            data = languages._get_data(code=company.partner_id.lang or "en_US")
        localized = self.with_context(lang=data.code or None)
        own_text = company.with_env(localized.env).sudo().mail_tracking_foot_text
        sentence = localized._tracking_get_foot_sentence(mode)
        clicks = localized.env._("We note which of its links you follow.") if has_clicks else ""
        return {
            "sentence": (own_text or "").strip() or f"{sentence} {clicks}".strip(),
            "words": localized.env._("What is noted, and how to change it"),
            "lang": py_to_js_locale(data.code or "en_US"),
            "direction": data.direction or "ltr",
        }

    def _tracking_get_foot_sentence(self, mode):
        """What is noted of the opens of an email, in a sentence for its recipient.

        :param str mode: what may be known of its opens, see ``tools.modes``
        """
        if mode == modes.COUNTED:
            return self.env._("Opens of this email are counted, not tied to you.")
        if mode == modes.HYGIENE:
            return self.env._("Only the day on which you last opened one of our emails is noted.")
        if mode == modes.LEGAL:
            return self.env._("This is a legal notice: we note when it is opened, as proof.")
        if mode == modes.OFF:
            return self.env._("We do not note whether this email is opened.")
        return self.env._("We note when this email is opened.")
