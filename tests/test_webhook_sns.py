import time
from unittest.mock import Mock, patch

import requests
import urllib3.exceptions

from odoo.tests import tagged

from odoo.addons.mail_tracking.models.webhooks import mail_tracking_webhook as model_file
from odoo.addons.mail_tracking.tools.providers.errors import Unavailable

from .pure.webhook_samples import SERVICES, SNS_HOST, TOPIC
from .support.webhook_common import WebhookCommon, changed

FETCH_FOR_REAL = model_file.MailTrackingWebhook._fetch


class Answer:
    """What a web server says."""

    def __init__(self, status, content=b""):
        self.status_code, self.raw = status, Mock()
        self.raw.read = lambda size, decode_content: content[:size]

    def __enter__(self):
        return self

    def __exit__(self, *_args):
        return False


class BrokenAnswer(Answer):
    """The same, which cannot be read to its end."""

    def __init__(self, error):
        super().__init__(200)
        self.raw.read = Mock(side_effect=error)


@tagged("post_install", "-at_install")
class TestWebhookSns(WebhookCommon):
    """Certificates and subscriptions of Amazon's notification service."""

    def test_the_certificate_is_fetched_once(self):
        for _turn in range(3):
            self.send("amazon_ses", self.events_for("amazon_ses", self.sent_row()))
        self.assertEqual(self.fetched, [SERVICES["amazon_ses"].certificate_url])
        self.assertEqual(self.day("amazon_ses"), {"events": 3, "applied": 3})

    def test_a_certificate_that_cannot_be_had_has_sns_try_again(self):
        self.patch_fetch.side_effect = Unavailable
        response = self.send("amazon_ses", self.events_for("amazon_ses", self.sent_row()))
        self.assertEqual(response.status_code, 503)
        self.assertEqual(self.webhooks["amazon_ses"].day_ids.refusal_reason, "certificate")

    def test_a_subscription_is_confirmed_after_verification_only(self):
        service = SERVICES["amazon_ses"]
        headers, body = service.request([service.confirmation()], now=time.time())
        forged = changed(body, SubscribeURL=f"https://{SNS_HOST}/?Action=ConfirmSubscription&x=y")
        for bad in (
            forged,
            service.request([service.confirmation("https://evil.example/")], now=time.time())[1],
            service.request([service.confirmation()], now=time.time(), secret=TOPIC + "x")[1],
        ):
            self.assertEqual(self.deliver("amazon_ses", headers, bad).status_code, 403)
        self.assertEqual(self.fetched, [service.certificate_url])
        self.assertEqual(self.deliver("amazon_ses", headers, body).status_code, 200)
        self.assertEqual(self.fetched[1:], [service.confirmation()["SubscribeURL"]])

    def test_a_certificate_comes_from_one_host_without_detours(self):
        self.patch_fetch.side_effect = FETCH_FOR_REAL
        webhook = self.webhooks["amazon_ses"]
        asked = []

        for answer in (
            Answer(302),
            Answer(404),
            Answer(200, b"x" * (model_file.MAX_FETCH + 1)),
            Answer(200, b"no certificate"),
            Answer(200, b"-----BEGIN CERTIFICATE-----\ncut off"),
            BrokenAnswer(urllib3.exceptions.ReadTimeoutError(None, "", "timed out")),
            BrokenAnswer(urllib3.exceptions.ProtocolError("broken", ConnectionResetError())),
            BrokenAnswer(urllib3.exceptions.DecodeError("not gzip")),
            requests.Timeout(),
        ):

            def get(url, _answer=answer, **options):
                asked.append((url, options))
                if isinstance(_answer, Exception):
                    raise _answer
                return _answer

            with (
                patch.object(model_file.requests, "get", get),
                self.assertRaises(Unavailable),
            ):
                webhook._fetch_certificate(SERVICES["amazon_ses"].certificate_url)
        self.assertFalse(webhook.sudo().certificates)
        self.assertEqual({url for url, _options in asked}, {SERVICES["amazon_ses"].certificate_url})
        for _url, options in asked:
            self.assertFalse(options["allow_redirects"])
            self.assertTrue(options["timeout"] and options["stream"])
