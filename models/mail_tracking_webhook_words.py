from odoo import api, models

from ..tools.providers.presets import PRESETS


class MailTrackingWebhook(models.Model):
    """What is said to administrators."""

    _inherit = "mail.tracking.webhook"

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    @api.model
    def _get_refusal_labels(self):
        """Why requests are refused, in the user's language.

        :rtype: dict
        """
        return {
            "no_secret": self.env._("Nothing can be checked: no secret or no topic is set here"),
            "mapping": self.env._("Mapping does not say how the service signs"),
            "bad_secret": self.env._("The secret does not have the form that the service gives it"),
            "signature": self.env._("The signature or the password was wrong"),
            "stale": self.env._("The request was too old, or a clock is wrong"),
            "topic": self.env._("The SNS topic is not among the allowed ones"),
            "version": self.env._("The SNS signature is of a version that is not allowed"),
            "address": self.env._("It named an address that is none of the service's own"),
            "certificate": self.env._("The certificate of the service could not be fetched"),
            "malformed": self.env._("The content could not be read"),
            "raw_delivery": self.env._("Raw message delivery of SNS takes the signature away"),
            "too_large": self.env._("It held too many events"),
        }

    def _get_setup_help(self):
        """What to do at the service.

        :rtype: str
        """
        password = self.env._(
            "Invent a long password, enter it here as the secret, and give it to the service: "
            "as the password of Basic authentication, as a bearer token, or in a header named "
            "X-Webhook-Secret. Where it only takes an address, write the password into it: "
            "https://odoo:PASSWORD@example.com"
        )
        return {
            "amazon_ses": self.env._(
                "Let a configuration set publish its events to an SNS topic, enter the ARN of "
                "the topic here, then subscribe the address to the topic by HTTPS, without raw "
                "message delivery. The subscription is confirmed by itself."
            ),
            "azure": password
            + " "
            + self.env._(
                "In Event Grid, use the Event Grid schema, and set the header X-Webhook-Secret "
                "under Delivery Properties."
            ),
            "hmac": self.env._(
                "The secret is the signing key of the service. Describe in Mapping how it signs "
                'and where its events keep what, for example {"preset": "mailersend"}. Presets: '
                "%(presets)s.",
                presets=", ".join(sorted(PRESETS)),
            ),
            "mailgun": self.env._("The secret is the HTTP webhook signing key of the account."),
            "mandrill": self.env._(
                "The secret is the key of the webhook. Enter the address to the letter."
            ),
            "resend": self.env._(
                "The secret is the signing secret of the webhook, like whsec_0123."
            ),
            "sendgrid": self.env._(
                "Switch on the signed event webhook. The secret is its verification key."
            ),
            "standard": self.env._(
                "The secret is what the service calls the signing secret (whsec_) or its "
                "public key (whpk_)."
            ),
        }.get(self.provider, password if self.provider else "")
