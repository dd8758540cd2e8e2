"""Post to Odoo what email services post."""

import json
import time
from unittest.mock import patch

from odoo.tests import HttpCase

from ..pure.webhook_samples import SERVICES, TOPIC
from .common import MailTrackingCommon

FETCH = "odoo.addons.mail_tracking.models.webhooks.mail_tracking_webhook.MailTrackingWebhook._fetch"


class WebhookCommon(MailTrackingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhooks = {code: cls.make_webhook(code) for code in SERVICES}

    def setUp(self):
        super().setUp()
        self.fetched = []

        def fetch(model, url):
            self.fetched.append(url)
            return SERVICES["amazon_ses"].certificate()

        self.patch_fetch = self.startPatcher(patch(FETCH, autospec=True, side_effect=fetch))
        self.numbers = iter(range(1, 100_000))

    @classmethod
    def make_webhook(cls, code, **values):
        webhook = cls.env["mail.tracking.webhook"].create(
            {
                "name": code,
                "provider": code,
                "base_url": "https://odoo.example",
                "topics": TOPIC if code == "amazon_ses" else False,
                "mapping": json.dumps(SERVICES[code].mapping) if SERVICES[code].mapping else False,
                **values,
            }
        )
        if code != "amazon_ses":
            webhook.new_secret = SERVICES[code].secret
        cls.env.flush_all()
        return webhook

    # ------------------------------------------------------------
    # POSTING
    # ------------------------------------------------------------

    def sent_row(self, partner=None):
        """A mail that was sent an hour ago."""
        partner = partner or self.bob
        message = self.env["mail.message"].create(
            {
                "model": self.record._name,
                "res_id": self.record.id,
                "author_id": self.author.id,
                "message_type": "comment",
                "message_id": f"<{next(self.numbers)}.sent@odoo.example.com>",
            }
        )
        row = self.env["mail.tracking.email"].create(
            {
                "mail_message_id": message.id,
                "author_id": self.author.id,
                "partner_id": partner.id,
                "recipient": partner.email_formatted,
            }
        )
        row.event_create("sent", {"timestamp": time.time() - 3600})
        self.env.flush_all()
        return row

    def events_for(self, code, rows, changes=None, **values):
        """One event for each row."""
        values.setdefault("time", time.time() - 60)
        service, events = SERVICES[code], []
        for row in rows:
            if service.by_message_id:
                values["message_id"] = row.message_id
            events.append(
                service.event(
                    changes if changes is not None else self.first(code),
                    token=row.token,
                    recipient=row.recipient_address,
                    number=next(self.numbers),
                    **values,
                )
            )
        return events

    def first(self, code, expected="delivered"):
        """The changes that make an event of that type."""
        return next(c for c, found in SERVICES[code].KINDS.values() if found == expected)

    def send(self, code, events, *, webhook=None, **values):
        """Sign and post; returns the response."""
        webhook = webhook or self.webhooks[code]
        values.setdefault("now", time.time())
        headers, body = SERVICES[code].request(events, url=webhook.url, **values)
        return self.deliver(code, headers, body, webhook=webhook)

    def deliver(self, code, headers, body, *, webhook=None, path=None, method="POST"):
        path = path or (webhook or self.webhooks[code]).url.removeprefix("https://odoo.example")
        response = self.url_open(
            path,
            data=body,
            headers={"Content-Type": SERVICES[code].content_type, **headers},
            method=method,
            allow_redirects=False,
        )
        self.env.invalidate_all()
        return response

    # ------------------------------------------------------------
    # LOOKING
    # ------------------------------------------------------------

    def day(self, code):
        """Today's counts, those that are not zero."""
        webhook = self.webhooks[code] if isinstance(code, str) else code
        names = (
            "events",
            "applied",
            "duplicates",
            "waiting",
            "unmatched",
            "ignored",
            "failed",
            "refused",
        )
        day = webhook.day_ids
        self.assertLessEqual(len(day), 1)
        return {name: day[name] for name in names if day[name]}

    def told(self, row):
        """The events that a service told."""
        return row.tracking_event_ids.filtered(lambda event: event.source in SERVICES)


def changed(body, **changes):
    """A JSON body with other values at its top."""
    return json.dumps({**json.loads(body), **changes}).encode()
