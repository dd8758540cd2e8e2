from odoo import api, fields, models

from ...tools import events as ev


class MailTrackingEmail(models.Model):
    """What lists and forms show of a tracking, in words."""

    _inherit = "mail.tracking.email"

    shown_state = fields.Selection(
        selection="_selection_shown_state",
        string="Current status",
        compute="_compute_shown_state",
        help="The status of the email, also while it is waiting and after it was cancelled or "
        "answered.",
    )
    explanation = fields.Text(
        compute="_compute_explanation",
        help="Why it failed, or what the status is based on.",
    )
    open_mode_words = fields.Text(
        "What may be known of opens",
        compute="_compute_open_mode_words",
        help="What may be known of opens, and who decided that.",
    )
    recipient_name = fields.Char(
        compute="_compute_recipient_name",
        compute_sudo=True,  # as a Many2one shows the name of what the user may not open
        help="The contact, or the address where there is no contact.",
    )
    record_name = fields.Char(
        "Record",
        compute="_compute_record_name",
        help="The record that the email was about, if it still exists and you may see it.",
    )

    @api.model
    def _prepare_list_action(self, domain, name=""):
        """The window action of the list of emails, with other emails, and maybe another title."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_tracking.action_view_mail_tracking_email"
        )
        names = {"name": name, "display_name": name} if name else {}
        return {**action, **names, "domain": domain, "context": {}}

    @api.model
    def _selection_shown_state(self):
        return [
            ("waiting", self.env._("Waiting")),
            ("cancelled", self.env._("Cancelled")),
            ("answered", self.env._("Answered")),
            *self._fields["state"]._description_selection(self.env),
        ]

    @api.depends("state", "is_cancelled", "first_reply")
    def _compute_shown_state(self):
        for tracking in self:
            unsent = "cancelled" if tracking.is_cancelled else "waiting"
            is_answered = tracking.state == ev.OPENED and tracking.first_reply
            tracking.shown_state = "answered" if is_answered else tracking.state or unsent

    @api.depends(lambda self: self._get_status_fields())
    @api.depends_context("lang")
    def _compute_explanation(self):
        for tracking in self:
            status = tracking._prepare_status()
            words = status["error_description"] or status["evidence"]
            tracking.explanation = f"{words} {tracking._get_waiting_words()}".strip()

    @api.depends("open_mode", "open_mode_reason", "opens_refused", "state", "recipient_name")
    @api.depends_context("lang")
    def _compute_open_mode_words(self):
        for tracking in self:
            tracking.open_mode_words = tracking._get_open_mode_words()

    @api.depends("partner_id", "recipient", "recipient_address")
    def _compute_recipient_name(self):
        for tracking in self:
            tracking.recipient_name = tracking._get_recipient_name()

    @api.depends("model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_record_name(self):
        self.record_name = False
        for model, trackings in self.filtered("res_id").grouped("model").items():
            if model not in self.env or self.env[model]._abstract:
                continue
            records = self.env[model].browse(set(trackings.mapped("res_id"))).exists()
            names = {r.id: r.display_name for r in records._filtered_access("read")}
            for tracking in trackings:
                tracking.record_name = names.get(tracking.res_id)
