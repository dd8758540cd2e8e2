import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import split_every

from ...tools.erasure import Person
from ..mail_tracking_email import all_normalized
from .export import describe_fields, tell

#: Emails that are read at a time.
BATCH = 500
#: What tells whose contact it is, and what this addon fills.
CONTACT_FIELDS = (
    "name",
    "email",
    "mail_tracking_consent",
    "mail_tracking_click_consent",
    "email_bounced",
    "email_bounced_date",
    "email_bounced_reason",
    "email_bounced_source",
)


class MailTrackingPrivacy(models.TransientModel):
    """A dialog: what is kept about a person, as a file, and gone if they ask for it."""

    _name = "mail.tracking.privacy"
    _description = "What email tracking keeps about a person"

    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        readonly=True,
        default=lambda self: self._default_partner_id(),
        help="All emails to this contact are meant, whichever address they went to.",
    )
    addresses = fields.Char(
        compute="_compute_addresses",
        store=True,
        readonly=False,
        help=(
            "Everything that is kept about these addresses is meant. Separate several with "
            "commas. Add earlier addresses of the person if you know them."
        ),
    )
    earlier_addresses = fields.Char(
        "Also sent to",
        compute="_compute_counts",
        help=(
            "Other addresses that emails to this contact went to. These emails are included. "
            "Add an address above if it belongs to this person alone."
        ),
    )
    other_contacts = fields.Char(
        "Shared with",
        compute="_compute_counts",
        help=(
            "Other contacts with one of these addresses: what is kept about the address is "
            "about them as well."
        ),
    )
    tracking_count = fields.Integer(
        "Emails",
        compute="_compute_counts",
        help="Tracking emails to this person, in all companies.",
    )
    kept_count = fields.Integer(
        "Of these, failed",
        compute="_compute_counts",
        help="Failed emails stay after the erasure, without name and address.",
    )
    event_count = fields.Integer(
        "Events", compute="_compute_counts", help="What happened to these emails."
    )
    answer_count = fields.Integer(
        "Tracking consents",
        compute="_compute_counts",
        help="What the person answered about tracking.",
    )
    last_open = fields.Date(
        "Last open",
        compute="_compute_counts",
        help="The day of the last open that is known of these addresses.",
    )
    step = fields.Selection(
        [("show", "What is kept"), ("confirm", "Confirm"), ("done", "Done")],
        default="show",
        required=True,
        help="The current step of the dialog.",
    )
    erasure_id = fields.Many2one(
        "mail.tracking.erasure", readonly=True, help="The record of what was erased."
    )
    goes = fields.Text(
        compute="_compute_sentences", help="What is deleted when the person is erased."
    )
    stays = fields.Text(
        compute="_compute_sentences", help="What stays when the person is erased, and as what."
    )
    outcome = fields.Text(compute="_compute_outcome", help="What was erased.")

    @api.model
    def _default_partner_id(self):
        if self.env.context.get("active_model") == "res.partner":
            return self.env.context.get("active_id")
        return False

    @api.depends("partner_id")
    def _compute_addresses(self):
        for privacy in self:
            privacy.addresses = ", ".join(all_normalized(privacy.partner_id.email))

    @api.depends("partner_id")
    def _compute_display_name(self):
        for privacy in self:
            privacy.display_name = privacy.partner_id.name or self.env._("Privacy")

    @api.depends("partner_id", "addresses")
    def _compute_counts(self):
        # sudo: of all companies; the dialog is for administrators
        Tracking = self.env["mail.tracking.email"].sudo()
        Event = self.env["mail.tracking.event"].sudo()
        for privacy in self:
            person, partner = privacy._get_person(), privacy.partner_id
            domain = Tracking._get_person_domain(person, partner)
            [[count, last_open]] = Tracking._read_group(domain, [], ["__count", "last_open:max"])
            days = self.env["mail.tracking.erasure"]._get_last_opens(person).mapped("last_open")
            failed = fields.Domain("state", "in", list(Tracking._get_failed_states()))
            failed &= fields.Domain("successor_id", "=", False)
            privacy.tracking_count = count
            privacy.kept_count = Tracking.search_count(domain & failed)
            privacy.event_count = Event.search_count([("tracking_email_id", "any", domain)])
            privacy.answer_count = len(privacy._get_answers())
            privacy.last_open = max(
                filter(None, [last_open and last_open.date(), *days]), default=False
            )
            privacy.other_contacts = privacy._get_other_contacts()
            privacy.earlier_addresses = privacy._get_earlier_addresses()

    @api.depends("partner_id", "addresses")
    def _compute_sentences(self):
        Erasure, Event = self.env["mail.tracking.erasure"], self.env["mail.tracking.event"]
        # sudo: res.partner - an address may be shared by contacts of another company
        Partner = self.env["res.partner"].sudo()
        for privacy in self:
            person = privacy._get_person()
            last_opens = Erasure._get_last_opens(person)
            bounced = Partner._search_bounceable(person.addresses, is_bounced=True)
            deleted = privacy.tracking_count - privacy.kept_count
            waiting = len(Event._search_waiting_of(person))
            goes = bullets(
                deleted and self.env._("Emails with all their events: %(count)s", count=deleted),
                last_opens and self.env._("The day of the last open"),
                bounced and self.env._("The mark “Address bounced”"),
                waiting
                and self.env._(
                    "Events of email services that still wait for their email: %(count)s",
                    count=waiting,
                ),
            )
            privacy.goes = goes or self.env._("Nothing is kept that would be deleted.")
            privacy.stays = bullets(
                privacy.kept_count
                and self.env._(
                    "Failed emails, as evidence of what failed, when and why: %(count)s. They "
                    "count as reviewed and can no longer be resent.",
                    count=privacy.kept_count,
                ),
                privacy.answer_count
                and self.env._(
                    "Tracking consents, with a hash instead of the address: %(count)s. A No is "
                    "still respected, a Yes counts as withdrawn.",
                    count=privacy.answer_count,
                ),
            )

    @api.depends("erasure_id")
    def _compute_outcome(self):
        for privacy in self:
            erasure = privacy.erasure_id
            if not erasure:
                privacy.outcome = False
                continue
            first = self.env._("The data of this person were erased.")
            if erasure.state == "running":
                first = self.env._(
                    "The data of this person are being erased in the background. Emails left: "
                    "%(count)s. The list “Tracking erasures” in the technical menu shows when "
                    "it is done.",
                    count=erasure.remaining_count,
                )
            counts = bullets(
                erasure.deleted_count
                and self.env._("Emails deleted: %(count)s", count=erasure.deleted_count),
                erasure.event_count
                and self.env._("Events deleted: %(count)s", count=erasure.event_count),
                erasure.kept_count
                and self.env._(
                    "Failed emails kept without name and address: %(count)s",
                    count=erasure.kept_count,
                ),
            )
            privacy.outcome = f"{first}\n{counts}".strip()

    def _get_other_contacts(self):
        # sudo: res.partner - an address may be shared by contacts of another company
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        same = [("email_normalized", "in", self._get_person().addresses)]
        others = partners.search([*same, ("id", "not in", self.partner_id.ids)], limit=10)
        return ", ".join(others.mapped("display_name"))

    def _get_earlier_addresses(self):
        if not self.partner_id:
            return ""
        # sudo: mail.tracking.email - as above
        groups = (
            self.env["mail.tracking.email"]
            .sudo()
            ._read_group([("partner_id", "in", self.partner_id.ids)], ["recipient_address"])
        )
        known = set(self._get_person().addresses)
        return ", ".join(sorted({address for (address,) in groups if address} - known))

    def _get_person(self):
        names = [self.partner_id.name] if self.partner_id else []
        return Person(all_normalized(self.addresses), names)

    def _get_answers(self):
        Erasure = self.env["mail.tracking.erasure"]
        return Erasure._search_answers(self._get_person().addresses, self.partner_id)

    def _check_is_administrator(self):
        """Make sure of who asks, whatever rights others give to this model."""
        if not self.env.is_system():
            raise AccessError(self.env._("Only administrators may do this."))
        self.check_access("read")

    # ------------------------------------------------------------
    # DOWNLOAD
    # ------------------------------------------------------------

    def action_download(self):
        """Have the browser fetch the file; nothing is stored for it."""
        self.ensure_one()
        self._check_is_administrator()
        return {
            "type": "ir.actions.act_url",
            "url": f"/mail_tracking/export/{self.id}",
            "target": "download",
        }

    def _export(self):
        """All that is kept about the person.

        Read in batches: the number of queries is the same for each, and of the ORM's cache no
        more is held than one.

        :return: JSON in UTF-8
        """
        self.ensure_one()
        self._check_is_administrator()
        person = self._get_person()
        # sudo: of all companies; access was checked
        privacy = self.sudo()
        document = {
            "about": {
                "addresses": person.addresses,
                "contact": tell(privacy.partner_id, CONTACT_FIELDS),
                "made_on": f"{fields.Datetime.now().replace(microsecond=0).isoformat()}Z",
                "times": "UTC",
            },
            "answers_about_tracking": privacy._tell_answers(),
            "last_opens": tell(
                privacy.env["mail.tracking.erasure"]._get_last_opens(person),
                ["address", "last_open"],
            ),
            "emails": privacy._tell_emails(person),
            "mentioned_with_emails_to_others": privacy._tell_mentions(person),
            "waiting_events": privacy._tell_waiting(person),
            "meaning_of_fields": {
                "emails": describe_fields(privacy.env["mail.tracking.email"]),
                "events": describe_fields(privacy.env["mail.tracking.event"]),
            },
        }
        return json.dumps(document, ensure_ascii=False, indent=1).encode()

    def _tell_answers(self):
        answers = self._get_answers()
        lines = tell(answers, ["address", "purpose", "answer", "time", "way"])
        for line, answer in zip(lines, answers, strict=True):
            line["wording"] = answer.wording_id.text or None
            line["wording_language"] = answer.wording_id.lang or None
        return lines

    def _tell_emails(self, person):
        Tracking, Event = self.env["mail.tracking.email"], self.env["mail.tracking.event"]
        found = Tracking.search(Tracking._get_person_domain(person, self.partner_id), order="id")
        names = [field.name for field in Tracking._get_told_fields()]
        event_names = [field.name for field in Event._get_told_fields()]
        result = []
        for ids in split_every(BATCH, found.ids):
            trackings = Tracking.browse(ids)
            events = Event.search([("tracking_email_id", "in", ids)], order="timestamp, id")
            # all at once, also those that are not read along with others
            trackings.fetch(names)
            events.fetch(event_names)
            by_tracking = events.grouped("tracking_email_id")
            for tracking in trackings:
                secrets = [key for key in (tracking.token, tracking.envelope_token) if key]
                [line] = tell(tracking, names, secrets)
                own = by_tracking.get(tracking, Event)
                result.append({**line, "events": tell(own, event_names, secrets)})
            self.env.invalidate_all(flush=False)
        return result

    def _tell_mentions(self, person):
        Tracking, Event = self.env["mail.tracking.email"], self.env["mail.tracking.event"]
        own = Tracking._get_person_domain(person, self.partner_id)
        behind = fields.Domain("final_recipient", "in", person.addresses)
        events = Event.search(
            (behind | Event._get_answers_domain(person))
            & fields.Domain("tracking_email_id", "not any", own)
        )
        return tell(events, ["event_type", "time", "recipient", "final_recipient"])

    def _tell_waiting(self, person):
        waiting = self.env["mail.tracking.event"]._search_waiting_of(person)
        events = [event for record in waiting if (event := record._read_waiting())]
        names = ("type", "time", "recipient", "text", "note", "reason")
        return [{name: getattr(event, name) for name in names} for event in events]

    # ------------------------------------------------------------
    # ERASE
    # ------------------------------------------------------------

    def action_confirm(self):
        """Ask, and say what goes and what stays."""
        self._check_can_erase()
        self.step = "confirm"
        return self._reopen()

    def action_back(self):
        """Do not erase."""
        self._check_is_administrator()
        self.step = "show"
        return self._reopen()

    def action_erase(self):
        """Erase the person."""
        self._check_can_erase()
        # sudo: mail.tracking.erasure - nobody writes it by hand; access was checked
        Erasure = self.env["mail.tracking.erasure"].sudo()
        addresses, partner = self._get_person().addresses, self.partner_id.sudo()
        self.erasure_id = Erasure._start(addresses, partner)
        # the dialog is kept for a while, and so would be whom it was about
        self.write({"step": "done", "partner_id": False, "addresses": False})
        return self._reopen()

    def _check_can_erase(self):
        self.ensure_one()
        self._check_is_administrator()
        if not self._get_person().addresses and not self.partner_id:
            raise UserError(self.env._("Enter an address first."))

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Privacy of email tracking"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }


def bullets(*lines):
    """Lines of a list, as plain text; empty ones are left out."""
    return "\n".join(f"• {line}" for line in lines if line)
