from odoo import api, models

from .mail_tracking_setup import INFO, OK, PROBLEM, UNKNOWN


class MailTrackingSetup(models.AbstractModel):
    """Webhooks of email services."""

    _inherit = "mail.tracking.setup"

    @api.model
    def _check_webhooks(self):
        results = self._search_some("mail.tracking.webhook", [], self._check_webhook)
        if results:
            return results
        sentence = self.env._("There is no webhook. Only emails sent by an email service need one.")
        return [self._prepare_result(self.env._("Webhook"), INFO, sentence)]

    @api.model
    def _check_webhook(self, webhook):
        last, refusal = webhook.last_event, webhook.last_refusal
        verdict, hint = OK, ""
        if not webhook.has_secret:
            verdict, hint = PROBLEM, self.env._("Open the webhook and follow its steps.")
            sentence = self.env._("Nothing is accepted until this webhook is set up.")
        elif last:
            sentence = self.env._("Events last came on %(time)s.", time=self._format_time(last))
        else:
            verdict, hint = UNKNOWN, self.env._("Enter the URL of the webhook at the service.")
            sentence = self.env._("Nothing has come from the service so far.")
        if refusal:
            time = self._format_time(refusal)
            sentence += " " + self.env._("A request was last refused on %(time)s.", time=time)
            if webhook.has_secret and (not last or refusal > last):
                verdict = PROBLEM
                hint = self.env._("Compare the secret and the URL with those at the service.")
        reason = webhook.last_refusal_reason or ""
        is_ours = reason in self.env["mail.tracking.webhook"]._get_refusal_labels().values()
        label = dict(webhook._fields["provider"]._description_selection(self.env))
        service = label.get(webhook.provider, webhook.provider)
        return self._prepare_result(
            self.env._("Webhook of %(service)s", service=service),
            verdict,
            f"{sentence} ({reason})" if is_ours else sentence,
            hint,
            subject=webhook.name,
            detail="" if is_ours else reason,
            action=self._prepare_open_action(webhook),
        )
