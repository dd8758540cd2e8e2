# Part of mail_tracking. Licence: LGPL-3.
"""The adapters of email services, one file for each."""

from .amazon_ses import AmazonSES
from .azure import AzureCommunication
from .brevo import Brevo
from .hmac_signed import HmacSigned
from .mailgun import Mailgun
from .mailjet import Mailjet
from .mandrill import Mandrill
from .postmark import Postmark
from .resend import Resend
from .sendgrid import SendGrid
from .sparkpost import SparkPost
from .standard import StandardWebhooks

#: technical name -> adapter, in the order in which they are offered
PROVIDERS = {
    provider.code: provider
    for provider in (
        AmazonSES,
        AzureCommunication,
        Brevo,
        Mailgun,
        Mailjet,
        Mandrill,
        Postmark,
        Resend,
        SendGrid,
        SparkPost,
        StandardWebhooks,
        HmacSigned,
    )
}
