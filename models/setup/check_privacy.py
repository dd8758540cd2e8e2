from odoo import api, models

from ...tools import modes
from .mail_tracking_setup import INFO, OK, SETTINGS, WARNING

#: nobody reads the names of more
MAX_COMPANIES = 1_000


class MailTrackingSetup(models.AbstractModel):
    """What is set about the privacy of recipients; what the law asks for is not known here."""

    _inherit = "mail.tracking.setup"

    @api.model
    def _check_privacy(self):
        companies = self.env["res.company"].search([], limit=MAX_COMPANIES)
        return [
            *self._check_no_opens(),
            *self._check_limit(companies),
            *self._check_unanswered(companies),
            *self._check_follows_country(companies),
            *self._check_foot(companies),
            *self._check_mailings(companies),
            self._check_details_age(),
            self._check_client_words(),
            self._prepare_no_advice_result(),
        ]

    # ------------------------------------------------------------
    # OPENS
    # ------------------------------------------------------------

    @api.model
    def _check_no_opens(self):
        """Whether the switch of the whole database leaves nothing but clicks to decide."""
        if not self.env["ir.mail_server"]._tracking_img_disabled(0):
            return []
        sentence = self.env._(
            "Opens are not tracked: emails carry no image. Clicks that an email service reports "
            "follow what is set below."
        )
        return [self._prepare_result(self.env._("Opens"), INFO, sentence, action=SETTINGS)]

    @api.model
    def _check_limit(self, companies):
        """Companies in which answers change little: a result for each mode that is in use."""
        sentences = {
            modes.HYGIENE: self.env._(
                "Of everybody, only the day on which their address last opened an email is kept. "
                "A Yes allows no more."
            ),
            modes.COUNTED: self.env._(
                "Everybody's opens are counted, not tied to persons. A Yes allows no more."
            ),
            modes.OFF: self.env._("Nobody's opens are tracked. A Yes changes nothing."),
        }
        return [
            result
            for mode, sentence in sentences.items()
            for result in self._prepare_companies_result(
                companies.filtered_domain([("mail_tracking_open_mode", "=", mode)]),
                self.env._("What may be known at most"),
                sentence,
            )
        ]

    @api.model
    def _check_unanswered(self, companies):
        """What holds for people who never answered: a result for each mode that is in use.

        Of companies where no less is known of them than of everybody, unless that is all.
        """
        companies = companies.filtered(
            lambda company: (
                company._get_unanswered_mode() in modes.PERSONAL
                or company._get_unanswered_mode() != company.mail_tracking_open_mode
            )
        )
        by_mode = companies.grouped(lambda company: company._get_unanswered_mode())
        results = []
        for mode in modes.STRICTNESS:
            found = by_mode.get(mode, companies.browse())
            asking = found.filtered(lambda company: company._needs_open_consent())
            if mode not in modes.PERSONAL:
                results += self._prepare_unanswered_result(mode, found)
                continue
            results += self._prepare_unanswered_result(
                mode,
                asking,
                verdict=WARNING,
                hint=self.env._(
                    "Authorities in %(countries)s ask for the consent of each person, also in "
                    "business. Open the settings of each of these companies and use what is "
                    "recommended for its country, or ask people first.",
                    countries=", ".join(sorted(set(asking.country_id.mapped("name")))),
                ),
            )
            results += self._prepare_unanswered_result(
                mode,
                found - asking,
                hint=self.env._(
                    "Other countries may ask for the consent of each person as well. To be "
                    "careful, count the opens of people who never answered, without tying "
                    "them to persons."
                ),
            )
        return results

    @api.model
    def _prepare_unanswered_result(self, mode, companies, verdict=INFO, hint=""):
        """A list of one result on companies in which one mode holds; empty without companies."""
        sentence = {
            modes.COUNTED: self.env._(
                "The opens of people who never answered are counted, not tied to persons."
            ),
            modes.OFF: self.env._("The opens of people who never answered are not tracked."),
        }.get(mode) or self.env._(
            "People who never answered are identified: you see who opened an email, and when."
        )
        title = self.env._("People who never answered")
        return self._prepare_companies_result(companies, title, sentence, hint, verdict)

    @api.model
    def _prepare_companies_result(self, companies, title, sentence, hint="", verdict=INFO):
        """A list of one result on these companies; empty without companies."""
        if not companies:
            return []
        names = ", ".join(companies.mapped("name"))
        return [
            self._prepare_result(title, verdict, sentence, hint, subject=names, action=SETTINGS)
        ]

    @api.model
    def _check_follows_country(self, companies):
        """Companies that identify people wherever they live."""
        companies = companies.filtered(
            lambda company: (
                company._get_unanswered_mode() in modes.PERSONAL
                and not company.mail_tracking_follows_country
            )
        )
        title = self.env._("Country of the recipient")
        sentence = self.env._(
            "The country of the recipient is not followed: people in France or Italy who never "
            "answered are treated like all others."
        )
        hint = self.env._('Turn on "Follow the recipient\'s country" in the settings.')
        return self._prepare_companies_result(companies, title, sentence, hint)

    @api.model
    def _check_foot(self, companies):
        """Companies of which nobody is told that something is noted."""
        if self.env["ir.mail_server"]._tracking_img_disabled(0):
            return []
        companies = companies.filtered(
            lambda company: (
                company.mail_tracking_open_mode != modes.OFF and not company.mail_tracking_foot
            )
        )
        title = self.env._("Line at the foot")
        sentence = self.env._(
            "Opens are noted or counted, but the emails do not say so: the line at the foot is off."
        )
        hint = self.env._(
            'Turn on "Line at the foot" in the settings. With its link, people can say No; '
            "otherwise they have to write to you."
        )
        return self._prepare_companies_result(companies, title, sentence, hint)

    @api.model
    def _check_mailings(self, companies):
        """Companies whose mailings tell less than those who use mass_mailing may expect."""
        if "mailing.mailing" not in self.env:
            return []
        companies = companies.filtered(
            lambda company: company._get_unanswered_mode() not in modes.PERSONAL
        )
        title = self.env._("Email Marketing")
        sentence = self.env._(
            "What is set here holds for mailings as well: Email Marketing learns of opens and "
            "clicks only from people who may be identified."
        )
        return self._prepare_companies_result(companies, title, sentence)

    @api.model
    def _prepare_no_advice_result(self):
        sentence = self.env._(
            "This page shows what is set. It does not know whether that is enough where you "
            "and your recipients live. It is not legal advice."
        )
        return self._prepare_result(self.env._("Legal advice"), INFO, sentence)

    # ------------------------------------------------------------
    # IP ADDRESS AND MAIL CLIENT
    # ------------------------------------------------------------

    @api.model
    def _check_details_age(self):
        title = self.env._("IP address and mail client")
        days = self.env["mail.tracking.email"]._get_max_age(
            "mail_tracking.client_details_max_age_days"
        )
        if days:
            sentence = self.env._("They are kept for %(days)s days.", days=days)
            return self._prepare_result(title, OK, sentence)
        hint = self.env._(
            "These are personal data, to be deleted when they are no longer needed: set "
            '"Keep IP address and mail client for" in the settings. New databases keep them for '
            "30 days."
        )
        sentence = self.env._("They are kept for ever.")
        return self._prepare_result(title, WARNING, sentence, hint, action=SETTINGS)

    @api.model
    def _check_client_words(self):
        title = self.env._("Mail client")
        # sudo: ir.config_parameter - settings of the database
        if self.env["ir.config_parameter"].sudo().get_param("mail_tracking.client_in_words"):
            sentence = self.env._("Only its name and its system are kept, in words.")
            return self._prepare_result(title, OK, sentence)
        sentence = self.env._(
            "All that a mail program says about itself is kept, which may tell one person "
            "from others."
        )
        hint = self.env._('Turn on "Mail client in words only" in the settings.')
        return self._prepare_result(title, WARNING, sentence, hint, action=SETTINGS)
