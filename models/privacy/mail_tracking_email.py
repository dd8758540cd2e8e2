from odoo import api, fields, models
from odoo.tools import hmac


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
        help="The recipient said No after the email was sent: no open is noted any more.",
    )
    clicks_refused = fields.Boolean(
        readonly=True,
        help="The recipient said No after the email was sent: no click is noted any more.",
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
