from odoo import models

from ..rules.mail_tracking_email import RULE_TRIGGERS
from .mail_template import USED_TEMPLATE


class MailComposeMessage(models.TransientModel):
    """Messages that are written, by hand or in code: their trackings remember the template."""

    _inherit = "mail.compose.message"

    def _action_send_mail(self, auto_commit=False):
        """Override of ``mail`` to say which template is used, or that none is."""
        # sudo: mail.mail - an empty one, to collect what core returns so
        mails, messages = self.env["mail.mail"].sudo(), self.env["mail.message"]
        for template, composers in self.grouped("template_id").items():
            composers = composers.with_context(**{USED_TEMPLATE: template.id})
            more_mails, more_messages = super(MailComposeMessage, composers)._action_send_mail(
                auto_commit=auto_commit
            )
            mails |= more_mails.with_env(mails.env)
            messages |= more_messages.with_env(messages.env)
        return mails, messages

    def _prepare_schedule_message_post_values(self, post_values):
        """Override of ``mail``: one that is posted later remembers what it came from."""
        vals = super()._prepare_schedule_message_post_values(post_values)
        triggers = self.env["mail.tracking.email"]._get_rule_triggers()
        used = {USED_TEMPLATE: self.template_id.id, RULE_TRIGGERS: triggers}
        context = {**(vals.get("send_context") or {}), **used}
        # what is false must not be that of the context, and is not worth a word
        context = {key: value for key, value in context.items() if value or key not in used}
        return {**vals, "send_context": context}
