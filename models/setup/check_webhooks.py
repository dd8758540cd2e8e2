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
        verdict, sentence, hint = self._judge_webhook(webhook)
        reason = webhook.last_refusal_reason or ""
        is_ours = reason in self.env["mail.tracking.webhook"]._get_refusal_labels().values()
        label = dict(webhook._fields["provider"]._description_selection(self.env))
        return self._prepare_result(
            self.env._(
                "Webhook of %(service)s", service=label.get(webhook.provider, webhook.provider)
            ),
            verdict,
            f"{sentence} ({reason})" if reason and is_ours else sentence,
            hint,
            subject=webhook.name,
            detail="" if is_ours else reason,
            action=self._prepare_open_action(webhook),
        )

    @api.model
    def _judge_webhook(self, webhook):
        """Verdict, sentence and hint."""
        last, refusal = webhook.last_event, webhook.last_refusal
        times = {
            "time": last and self._format_time(last),
            "refusal": refusal and self._format_time(refusal),
        }
        if not webhook.has_secret:
            sentence = self.env._("Nothing is accepted until this webhook is set up.")
            return PROBLEM, sentence, self.env._("Open the webhook and follow its steps.")
        if refusal and (not last or refusal > last):
            hint = self.env._("Compare the secret and the URL with those at the service.")
            if last:
                sentence = self.env._(
                    "The last request was refused, on %(refusal)s; events last came on %(time)s.",
                    **times,
                )
            else:
                sentence = self.env._(
                    "The last request was refused, on %(refusal)s; no event ever came.", **times
                )
            return PROBLEM, sentence, hint
        if not last:
            sentence = self.env._("Nothing has come from the service so far.")
            return UNKNOWN, sentence, self.env._("Enter the URL of the webhook at the service.")
        if refusal:
            sentence = self.env._(
                "Events last came on %(time)s; a request was last refused on %(refusal)s.", **times
            )
            return OK, sentence, ""
        return OK, self.env._("Events last came on %(time)s; none was refused.", **times), ""
