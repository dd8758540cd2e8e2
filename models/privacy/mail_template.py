from odoo import api, fields, models
from odoo.tools import ormcache

from ...tools import modes

#: Context key: the template that mails are being made from. It says so to ``mail.mail.create``, to
#: which core hands no such thing.
USED_TEMPLATE = "mail_tracking_template_id"


class MailTemplate(models.Model):
    _inherit = "mail.template"

    mail_tracking_open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_marked_open_mode(),
        string="Open tracking",
        copy=False,  # core reads what it copies with the rights of the user; see ``copy``
        # who may edit a template may not decide that people are identified
        groups="mail_tracking.group_postmaster",
        help=(
            "The most that may be known of the opens of these emails. If empty, the settings "
            "decide."
        ),
    )

    @api.model_create_multi
    def create(self, vals_list):
        templates = super().create(vals_list)
        if any(vals.get("mail_tracking_open_mode") for vals in vals_list):
            self._forget_marked_open_modes()
        return templates

    def write(self, vals):
        res = super().write(vals)
        if "mail_tracking_open_mode" in vals:
            self._forget_marked_open_modes()
        return res

    def copy(self, default=None):
        """Override of ``mail``: a copy lets no more be known than the template, for any user.

        Only a postmaster says of another text that it is a legal notice.
        """
        copies = super().copy(default=default)
        if "mail_tracking_open_mode" in (default or {}):
            return copies
        is_postmaster = self.env.user.has_group("mail_tracking.group_postmaster")
        # sudo: mail.template - a setting that only postmasters may read
        for template, copied in zip(self.sudo(), copies.sudo(), strict=True):
            mode = template.mail_tracking_open_mode
            if mode and (is_postmaster or mode != modes.LEGAL):
                copied.mail_tracking_open_mode = mode
        return copies

    @api.model
    def _forget_marked_open_modes(self):
        self.env.registry.clear_cache()
        # another thread may have looked before the commit
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    @api.model
    @ormcache()
    def _get_marked_open_modes(self):
        """The modes that templates are marked with, by id: asked for each batch of emails."""
        # sudo: mail.template - a setting, for any sender
        found = self.sudo().with_context(active_test=False)
        found = found.search([("mail_tracking_open_mode", "!=", False)], order="id")
        return {template.id: template.mail_tracking_open_mode for template in found}

    def send_mail_batch(
        self,
        res_ids,
        force_send=False,
        raise_exception=False,
        email_values=None,
        email_layout_xmlid=False,
    ):
        """Override of ``mail``: the trackings remember the template; ``send_mail`` comes here."""
        template = self.with_context(**{USED_TEMPLATE: self.id})
        mails = super(MailTemplate, template).send_mail_batch(
            res_ids,
            force_send=force_send,
            raise_exception=raise_exception,
            email_values=email_values,
            email_layout_xmlid=email_layout_xmlid,
        )
        return mails.with_env(mails.env(context=self.env.context))

    @api.model
    def _tracking_get_used_id(self):
        """The id of the template that mails are being made from, False without one."""
        template_id = self.env.context.get(USED_TEMPLATE)
        if type(template_id) is not int or not 0 < template_id < 2**31:
            return False
        # sudo: mail.template - for any sender; a message that was scheduled may outlive it
        template = self.sudo().with_context(active_test=False)
        return template.search([("id", "=", template_id)], order="id").id
