from odoo import api, fields, models
from odoo.tools import hmac, ormcache

from ...tools import events as ev
from ...tools import modes

#: type of event -> the fields that say whether it may be noted
FIELDS_BY_EVENT = {
    ev.OPEN: ("opens_refused", "open_mode"),
    ev.CLICK: ("clicks_refused", "click_mode"),
}
#: states of emails that have not left, as far as is known
UNSENT_STATES = (False, "error")


class MailTrackingEmail(models.Model):
    """What may be known of an email: decided when it is sent, and respected for ever."""

    _inherit = "mail.tracking.email"

    template_id = fields.Many2one(
        "mail.template",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The template that the email was made from.",
    )
    opens_refused = fields.Boolean(
        readonly=True,
        help="The recipient said No after the email was sent. Opens are no longer noted.",
    )
    clicks_refused = fields.Boolean(
        readonly=True,
        help="The recipient said No after the email was sent. Clicks are no longer noted.",
    )

    @api.model
    def _selection_open_mode(self):
        return [
            ("identified", self.env._("Identified")),
            ("legal", self.env._("Legal notice")),
            ("hygiene", self.env._("List hygiene")),
            ("counted", self.env._("Counted")),
            ("off", self.env._("Off")),
        ]

    @api.model
    def _selection_marked_open_mode(self):
        """The modes that a template or a model can be marked with."""
        return [mode for mode in self._selection_open_mode() if mode[0] != "identified"]

    @api.model
    def _selection_company_open_mode(self):
        """The modes that a company can choose from."""
        return [mode for mode in self._selection_open_mode() if mode[0] != "legal"]

    @api.model
    def _get_sealing_key(self, scope):
        """32 bytes that only this database knows, for ``tools.tokens``.

        :param str scope: what is sealed: ``image`` or ``link``
        """
        # sudo: ir.config_parameter - the secret of the database, which nobody is shown
        return bytes.fromhex(hmac(self.env(su=True), "mail_tracking.seal", scope))

    # ------------------------------------------------------------
    # WHAT MAY BE KNOWN
    # ------------------------------------------------------------

    def _get_open_modes(self, is_pixel_off=False):
        """What may be known of the opens and clicks of these emails, for each recipient alone.

        The same few queries for one as for a thousand. Who shares an email is not looked at: the
        strictest of them decides when it is sent.

        :param bool is_pixel_off: whether the mail server takes no images that track opens
        :return: tracking id -> ``tools.modes.Decisions``
        """
        rules_by_id = self._prepare_open_rules()
        key_by_id = {
            tracking.id: (tracking.recipient_address or "", tracking.partner_id.id or 0)
            for tracking in self
        }
        # sudo: mail.tracking.consent - what they answered is respected, for any sender
        answers = self.env["mail.tracking.consent"].sudo()._get_answers(set(key_by_id.values()))
        countries = self._get_recipient_countries(rules_by_id)
        result = {}
        for tracking_id, (address, partner_id) in key_by_id.items():
            rules, country = rules_by_id[tracking_id], countries.get(partner_id, "")
            if is_pixel_off:
                rules = rules._replace(server=modes.OFF)
            said = answers.get((address, partner_id)) or {}
            result[tracking_id] = modes.decide_all(rules, said, country)
        return result

    def _prepare_open_rules(self):
        """What the settings say of each of these emails.

        Hook for other addons: call ``super``, and replace what you want to be stricter, as in
        ``rules._replace(database=modes.OFF)``. It runs once for the emails of a whole queue, so
        read what you need of all of them at once.

        :return: tracking id -> ``tools.modes.Rules``
        """
        # sudo: ir.mail_server - a switch of the whole database
        is_off = self.env["ir.mail_server"].sudo()._tracking_is_off()
        templates = self.env["mail.template"]._get_marked_open_modes()
        models_ = self.env["ir.model"]._get_marked_open_modes()
        rules_by_company = {
            company: modes.Rules(
                # others insert companies by plain SQL, which knows no default of ours
                company=company.mail_tracking_open_mode or modes.IDENTIFIED,
                unanswered=company.mail_tracking_unanswered or modes.IDENTIFIED,
                follows_country=company.mail_tracking_follows_country,
                database=modes.OFF if is_off else "",
            )
            for company in self.company_id | self.env.company
        }
        return {
            tracking.id: rules_by_company[tracking.company_id or self.env.company]._replace(
                template=templates.get(tracking.template_id.id, ""),
                model=models_.get(tracking.model, ""),
            )
            for tracking in self
        }

    def _get_recipient_countries(self, rules_by_id):
        """ISO codes of the countries of contacts, by their ids, where that decides something.

        :param dict rules_by_id: see ``_prepare_open_rules``
        """
        followed = self.filtered(lambda tracking: rules_by_id[tracking.id].follows_country)
        code_by_id = followed and self._get_country_codes()
        followed.partner_id.fetch(["country_id"])  # core has read most of them already
        return {
            partner.id: code_by_id.get(partner.country_id.id) for partner in followed.partner_id
        }

    @api.model
    @ormcache()
    def _get_country_codes(self):
        """The countries whose law decides something: id -> ISO code."""
        # sudo: res.country - where a recipient lives, for any sender
        countries = self.env["res.country"].sudo()
        countries = countries.search([("code", "in", list(modes.COUNTRY_MODES))])
        return {country.id: country.code for country in countries}

    # ------------------------------------------------------------
    # WHAT IS NOTED
    # ------------------------------------------------------------

    @api.model
    def _filter_noted(self, entries):
        """Those of these entries of ``_log_events`` that may be noted, from whatever source.

        Of opens and clicks, those that may be known. Mails of earlier versions, of which nothing
        was decided, are as before.

        :param list entries: of tracking, type of event, and metadata
        """
        hit = [tracking for tracking, word, data in entries if is_hit(word, data)]
        if not hit:
            return entries
        decided = {}
        if unsent := self.browse().union(*hit)._filter_undecided():
            # in a queue, *sent* is logged first and applied a little later
            self._process_pending([("tracking_email_id", "in", unsent.ids)])
            decided = unsent._filter_undecided()._get_shared_open_modes()
        return [
            (tracking, word, data)
            for tracking, word, data in entries
            if not is_hit(word, data) or tracking._is_noted(word, decided.get(tracking.id))
        ]

    def _filter_undecided(self):
        """Those of these emails of which it is not known yet what may be known."""
        return self.filtered(
            lambda tracking: not tracking.open_mode and tracking.state in UNSENT_STATES
        )

    def _is_noted(self, event_type, decisions=None):
        """Whether an open or click of this email may be noted.

        :param decisions: ``tools.modes.Decisions``, where the email does not hold them yet
        """
        refused, mode = (self[name] for name in FIELDS_BY_EVENT[event_type])
        if decisions:
            mode = (decisions.clicks if event_type == ev.CLICK else decisions.opens).mode
        return not refused and (not mode or mode in modes.PERSONAL)

    def _get_shared_open_modes(self):
        """What may be known of these emails, of which *sent* is not noted yet.

        A service may be faster than the transaction that sends.

        :return: tracking id -> ``tools.modes.Decisions`` of everybody on its email
        """
        shared = set(self.mapped("envelope_token")) - {False}
        everybody = self
        if shared:
            everybody |= self.search([("envelope_token", "in", sorted(shared))])
        if not everybody:
            return {}
        alone = everybody._get_open_modes()
        result = {}
        for same in everybody.grouped(lambda each: each.envelope_token or each.id).values():
            result |= dict.fromkeys(same.ids, modes.shared(alone[each.id] for each in same))
        return result


def is_hit(event_type, metadata):
    """Whether an event is an open or a click that was observed; a read receipt was sent knowingly.

    :param dict metadata: of the event
    """
    return event_type in FIELDS_BY_EVENT and metadata.get("source") != "report"
