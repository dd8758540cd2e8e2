from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import modes


class MailTrackingAnswer(models.TransientModel):
    """The dialog in which a colleague notes what a contact said about being tracked."""

    _name = "mail.tracking.answer"
    _description = "Record a tracking consent"

    partner_id = fields.Many2one("res.partner", "Contact", ondelete="cascade", help="Who answered.")
    address = fields.Char(
        "Address",
        related="partner_id.email_normalized",
        related_sudo=False,
        help="The address that the answer is for.",
    )
    is_opens = fields.Boolean(
        "Opens", default=True, help="The answer is about noting whether emails are opened."
    )
    is_clicks = fields.Boolean(
        "Clicks", default=True, help="The answer is about noting whether links are followed."
    )
    answer = fields.Selection(
        [("yes", "Yes, that may be noted"), ("no", "No")],
        help="What the contact said. A No holds for emails that were sent before as well.",
    )
    way = fields.Selection(
        [
            ("colleague", "Told a colleague"),
            ("mail", "By email"),
            ("form", "Form"),
        ],
        "How",
        required=True,
        default="colleague",
        help="How the contact answered.",
    )
    wording = fields.Text(
        "What they were asked",
        help=(
            "The words that were read out or shown to the contact, as proof of what they answered."
        ),
    )

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        dialogs._check_contacts()
        return dialogs

    def write(self, vals):
        res = super().write(vals)
        self._check_contacts()
        return res

    def _check_contacts(self):
        """Check that the user may write the contacts: a dialog shows the address of its contact."""
        if not all(dialog.partner_id for dialog in self):
            raise UserError(self.env._("Choose the contact whose answer it is."))
        self.partner_id.check_access("write")

    def action_record(self):
        """Record the answer of the contact."""
        self._check_contacts()
        for dialog in self:
            dialog._record()
        return {"type": "ir.actions.act_window_close"}

    def _record(self):
        """Record one answer, where the contact may be written."""
        chosen = {modes.OPENS: self.is_opens, modes.CLICKS: self.is_clicks}
        purposes = [purpose for purpose, is_meant in chosen.items() if is_meant]
        if not purposes or not self.answer:
            raise UserError(
                self.env._("Choose what the answer is about, and whether it is Yes or No.")
            )
        if self.answer == modes.YES and not self.address:
            raise UserError(
                self.env._("A Yes holds for one address, but this contact has none yet.")
            )
        self.env["mail.tracking.consent"].record_answer(
            self.address or "",
            purposes,
            self.answer,
            self.way,
            wording=self.wording or "",
            lang=self.env.lang or "",
            partner=self.partner_id,
        )
