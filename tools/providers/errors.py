# Part of mail_tracking. Licence: LGPL-3.
"""Why a request of a webhook is not taken."""


class WebhookError(Exception):
    """A request that is not taken.

    :param str reason: one word that says why, a key of `REASONS`.
    """

    reason = "malformed"

    def __init__(self, reason: str = ""):
        self.reason = reason or self.reason
        super().__init__(self.reason)


class NotConfigured(WebhookError):
    """Our side cannot check anything: no secret, or none that can be read."""

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


#: reason word -> what it means, in plain English
REASONS = {
    "no_secret": "No secret is set.",
    "mapping": "It is not described how the service signs.",
    "bad_secret": "The secret does not have the form that the service gives it.",
    "signature": "The signature or the password is wrong.",
    "stale": "The request is too old, or its clock is wrong.",
    "topic": "The SNS topic is not in the list.",
    "version": "The SNS signature is of a version that is not allowed.",
    "address": "It names an address that is none of the service's own.",
    "certificate": "The certificate of the service could not be fetched.",
    "malformed": "The content cannot be read.",
    "raw_delivery": "Raw message delivery of SNS takes the signature away.",
    "too_large": "The content is too large.",
}
