import functools
import time

from odoo.tests import tagged

from .pure.webhook_samples import AGENT, CLIENT_IP, LINK, SERVICES, TOKEN
from .support.webhook_common import WebhookCommon

STATE = {
    "sent": "sent",
    "relayed": "sent",
    "delivered": "delivered",
    "deferral": "deferred",
    "soft_bounce": "soft-bounced",
    "hard_bounce": "bounced",
    "reject": "rejected",
    "open": "opened",
    "click": "opened",
    "unsub": "unsub",
    "spam": "spam",
}


def each_service(method):
    """Run a test for each service."""

    @functools.wraps(method)
    def run(self):
        for code, service in SERVICES.items():
            with self.subTest(service=code):
                method(self, code, service)

    del run.__wrapped__  # its arguments are none of the test runner's business
    return run


@tagged("post_install", "-at_install")
class TestWebhookServices(WebhookCommon):
    """What holds for every service, through HTTP, signed as the service signs."""

    @each_service
    def test_every_kind_of_every_service_becomes_a_state(self, code, service):
        for kind, (changes, expected) in service.KINDS.items():
            with self.subTest(service=code, kind=kind):
                row = self.sent_row()
                response = self.send(code, self.events_for(code, row, changes))
                self.assertEqual(response.status_code, 200)
                event = self.told(row)
                self.assertEqual(event.event_type, expected)
                self.assertEqual(event.source, code)
                self.assertEqual(row.state, STATE[expected])
                self.assert_hit(event, expected)
        kinds = len(service.KINDS)
        self.assertEqual(self.day(code), {"events": kinds, "applied": kinds})

    def assert_hit(self, event, expected):
        if expected == "click":
            self.assertEqual((event.url, event.user_agent), (LINK, AGENT))
        if expected in ("open", "click") and event.user_agent:
            self.assertIn(event.ip, (CLIENT_IP, False))
            self.assertEqual((event.open_kind, event.ua_family), ("person", "Thunderbird"))
        self.assertEqual(bool(event.payload), expected not in ("open", "click", "spam", "unsub"))

    @each_service
    def test_a_wrong_signature_is_refused_and_counted(self, code, service):
        row = self.sent_row()
        events = self.events_for(code, row)
        response = self.send(code, events, secret=service.wrong_secret)
        self.assertEqual(response.status_code, service.refused)
        self.assertFalse(self.told(row))
        self.assertEqual(self.day(code), {"refused": 1})
        webhook = self.webhooks[code]
        self.assertTrue(webhook.last_refusal)
        self.assertFalse(webhook.last_event)
        topic = code == "amazon_ses"
        self.assertIn("topic" if topic else "signature", webhook.last_refusal_reason)
        self.assertEqual(self.send(code, events).status_code, 200)
        self.assertEqual(self.told(row).event_type, "delivered")

    @each_service
    def test_without_a_secret_nothing_is_accepted(self, code, service):
        webhook = self.webhooks[code]
        webhook.sudo().write({"secret": False, "previous_secret": False, "topics": False})
        self.assertFalse(webhook.has_secret)
        row = self.sent_row()
        response = self.send(code, self.events_for(code, row))
        # the service should try again when the secret is there
        self.assertEqual(response.status_code, 429 if code == "brevo" else 503)
        self.assertTrue(response.headers["Retry-After"])
        self.assertFalse(self.told(row))
        self.assertEqual(webhook.day_ids.refusal_reason, "no_secret")

    @each_service
    def test_two_secrets_are_valid_until_the_former_is_dropped(self, code, service):
        if code == "amazon_ses":
            return
        webhook = self.webhooks[code]
        webhook.new_secret = service.wrong_secret
        self.env.flush_all()
        row = self.sent_row()
        for secret in (service.secret, service.wrong_secret):
            response = self.send(code, self.events_for(code, row), secret=secret)
            self.assertEqual(response.status_code, 200)
        self.assertTrue(webhook.has_previous_secret)
        webhook.action_drop_previous_secret()
        self.env.flush_all()
        response = self.send(code, self.events_for(code, row), secret=service.secret)
        self.assertEqual(response.status_code, service.refused)
        self.assertEqual(self.day(code)["applied"], 2)

    @each_service
    def test_a_replay_is_acknowledged_and_applied_once(self, code, service):
        row = self.sent_row()
        request = service.request(
            self.events_for(code, row), now=time.time(), url=self.webhooks[code].url
        )
        for _turn in range(3):
            self.assertEqual(self.deliver(code, *request).status_code, 200)
        self.assertEqual(len(self.told(row)), 1)
        self.assertEqual(self.day(code), {"events": 3, "applied": 1, "duplicates": 2})

    @each_service
    def test_what_was_signed_long_ago_is_refused(self, code, service):
        if not service.dated:
            return
        row = self.sent_row()
        for days in (-3, 3):
            response = self.send(code, self.events_for(code, row), now=time.time() + days * 86400)
            self.assertEqual(response.status_code, service.refused)
        self.assertFalse(self.told(row))
        self.assertEqual(self.webhooks[code].day_ids.refusal_reason, "stale")

    @each_service
    def test_a_batch_with_broken_unknown_ignored_and_foreign_events(self, code, service):
        rows = self.sent_row() | self.sent_row(self.anna) | self.sent_row(self.carl)
        good = self.events_for(code, rows)
        odd = [service.event(service.unknown), service.event(self.first(code), token="")]
        odd += [service.event(service.ignored)] if service.ignored else []
        foreign = service.event(self.first(code), token=TOKEN, recipient="x@example.net", number=77)
        if service.batches:
            response = self.send(code, [good[0], None, odd[0], 7, foreign, *odd[1:], *good[1:]])
            self.assertEqual(response.status_code, 200)
        else:
            for event in [good[0], foreign, *odd, *good[1:]]:
                response = self.send(code, [event])
                self.assertEqual(response.status_code, 200)
        self.assertEqual(rows.mapped("state"), ["delivered"] * 3)
        day = self.day(code)
        self.assertEqual(day["applied"], 3)
        # a token that is not known may be that of a mail that is just being sent; without a
        # token it is nobody's. What Mailgun signed once counts once.
        waiting = 0 if service.by_message_id else 1
        self.assertEqual(day.get("waiting", 0), waiting)
        self.assertEqual(day.get("unmatched", 0) + day.get("duplicates", 0), 2 - waiting)
        self.assertFalse(day.get("failed"))
        self.assertTrue(self.webhooks[code].day_ids.unknown_kind)

    @each_service
    def test_malformed_content_is_refused_without_a_traceback(self, code, service):
        bodies = [b"", b"{", b"[NaN]", b"\xff\xfe", b"null", b"[" * 9999, b"3", b'"x"']
        for body in bodies:
            if code in ("mailgun", "amazon_ses"):
                headers = {}
            elif code == "mandrill":
                body = b"mandrill_events=" + body.replace(b"\xff", b"%FF")
                headers = {}
            else:
                headers = service.sign(body, service.secret, time.time(), "")
            response = self.deliver(code, headers, body)
            expected = service.refused if code == "mandrill" else service.malformed
            self.assertEqual(response.status_code, expected, body[:9])
            self.assertEqual(response.content, b"")
        self.assertEqual(self.day(code), {"refused": len(bodies)})

    @each_service
    def test_a_dead_address_is_flagged_and_a_full_mailbox_is_not(self, code, service):
        self.bob.email_bounced = False
        row = self.sent_row()
        self.send(code, self.events_for(code, row, self.first(code, "soft_bounce")))
        self.assertFalse(self.bob.email_bounced)
        row = self.sent_row()
        self.send(code, self.events_for(code, row, self.first(code, "hard_bounce")))
        self.assertTrue(self.bob.email_bounced)
        self.assertEqual(self.status(row.mail_message_id), {"Bob": "error"})
