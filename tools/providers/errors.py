# Part of mail_tracking. Licence: LGPL-3.
"""Why a request of a webhook is refused, and why a webhook cannot be set up like that."""

from ..translate import _lt


class WebhookError(Exception):
    """A request that is refused.

    :param str reason: one word that says why, a key of `REASONS`.
    """

    reason = "malformed"

    def __init__(self, reason: str = ""):
        self.reason = reason or self.reason
        super().__init__(self.reason)


class NotConfigured(WebhookError):
    """We cannot verify anything: no secret, or none that can be read."""

    reason = "no_secret"


class Refused(WebhookError):
    """It was not proved that the service sent this."""

    reason = "signature"


class Stale(Refused):
    """It is too old, or from the future: perhaps a copy of an earlier request."""

    reason = "stale"


class Malformed(WebhookError):
    """It cannot be read."""

    reason = "malformed"


class Unavailable(WebhookError):
    """It cannot be checked just now; the service should try again."""

    reason = "certificate"


class SetupError(Exception):
    """What an administrator entered cannot work.

    :param str text: a sentence marked by `_lt`; may have named placeholders.
    :param details: values of the placeholders.
    """

    def __init__(self, text: str, /, **details: str):
        self.text, self.details = text, details
        super().__init__(text)


#: reason word -> what administrators read
REASONS = {
    "no_secret": _lt("Nothing can be checked until the webhook is set up here"),
    "mapping": _lt("Mapping does not say how the service signs"),
    "bad_secret": _lt("The secret does not have the form that the service gives it"),
    "signature": _lt("The signature or the password was wrong"),
    "stale": _lt("The request was too old, or a clock is wrong"),
    "topic": _lt("The SNS topic is not among the allowed ones"),
    "version": _lt("The SNS signature is of a version that is not allowed"),
    "address": _lt("It named an address that is none of the service's own"),
    "certificate": _lt("The certificate of the service could not be fetched"),
    "malformed": _lt("The content could not be read"),
    "raw_delivery": _lt("Raw message delivery of SNS takes the signature away"),
    "too_large": _lt("It held too many events"),
}
