"""What is kept of the programs that open mails, how long, and in which words."""

import hashlib
import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.mail_tracking.tools import modes

from .support.common import MailTrackingCommon
from .support.webhook_common import WebhookCommon

THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/15E148"
)
DAYS = 30


class ClientDetailsCommon(MailTrackingCommon):
    def setUp(self):
        super().setUp()
        self.params = self.env["ir.config_parameter"].sudo()
        self.tracking = self.row(self.post(self.anna), self.anna)
        self.tracking.tracking_event_ids.timestamp -= 3600
        self.tracking.state_time = fields.Datetime.now() - timedelta(hours=1)
        self.env.flush_all()

    def open(self, row=None, agent=THUNDERBIRD, ip="203.0.113.9"):
        """The event of a hit on the image of a mail."""
        row = row or self.tracking
        before = row.tracking_event_ids
        self.assertTrue(row._log_opening({"ip": ip, "user_agent": agent, "ua_family": "A mailer"}))
        return row.tracking_event_ids - before


@tagged("post_install", "-at_install")
class TestClientDetails(ClientDetailsCommon, HttpCase):
    # ------------------------------------------------------------
    # THE KEY OF A REPETITION
    # ------------------------------------------------------------

    def test_nobody_computes_an_address_back_from_the_key(self):
        """The same for the same client, and made with a secret of the database."""
        key = self.open().event_key
        self.assertFalse(
            self.tracking._log_opening({"ip": "203.0.113.9", "user_agent": THUNDERBIRD})
        )
        client = f"203.0.113.9 {THUNDERBIRD}".encode()
        for name in ("sha256", "sha1", "md5"):
            self.assertNotIn(hashlib.new(name, client).hexdigest()[:16], key)
        metadata, now = {"ip": "203.0.113.9", "user_agent": THUNDERBIRD}, 1_700_000_000
        before = self.tracking._get_hit_key(metadata, now)
        self.assertEqual(self.tracking._get_hit_key(metadata, now + 1), before)
        self.params.set_param("database.secret", "another secret")
        self.assertNotEqual(self.tracking._get_hit_key(metadata, now), before)

    # ------------------------------------------------------------
    # FORGOTTEN
    # ------------------------------------------------------------

    def forget(self):
        self.params.set_param("mail_tracking.client_details_max_age_days", str(DAYS))
        return self.env["mail.tracking.event"]._gc_client_details()

    def age(self, *events):
        for event in events:
            event.write(
                {
                    "timestamp": event.timestamp - DAYS * 86400 - 1,
                    "time": event.time - timedelta(days=DAYS, seconds=1),
                }
            )
        self.env.flush_all()

    def test_the_key_is_forgotten_with_the_client(self):
        old, other, young = (self.open(ip=f"203.0.113.{number}") for number in range(3))
        clicked = self.tracking.event_create(
            "click", {"ip": "203.0.113.9", "source": "mailgun", "event_key": "mailgun:7"}
        )
        self.age(old, other, clicked)
        self.assertEqual(self.forget(), (3, False))
        self.assertEqual((old | other).mapped("event_key"), [False, False])
        for name in self.env["mail.tracking.event"]._prepare_forgotten_vals():
            self.assertFalse(old[name], name)
        self.assertEqual(old.open_kind, "person")
        self.assertEqual(clicked.event_key, "mailgun:7", "the service may report it again")
        self.assertTrue(young.ip and young.event_key)
        self.assertEqual((self.tracking.open_count, self.forget()), (3, (0, False)))

    def test_keys_that_earlier_versions_left_are_forgotten(self):
        event = self.open()
        event.write({"ip": False, "user_agent": False, "ua_family": False})
        self.age(event)
        self.assertEqual(self.forget(), (1, False))
        self.assertFalse(event.event_key)

    def test_legal_notices_keep_theirs(self):
        model = self.env["ir.model"]._get("res.partner")
        model.mail_tracking_open_mode = modes.LEGAL
        notice = self.row(self.post(self.bob), self.bob)
        model.mail_tracking_open_mode = False
        self.assertEqual(notice.open_mode, modes.LEGAL)
        notice.state_time = fields.Datetime.now() - timedelta(hours=1)
        events = [self.open(notice), self.open()]
        self.age(*events)
        self.assertEqual(self.forget(), (1, False))
        self.assertEqual([event.ip for event in events], ["203.0.113.9", False])
        self.assertEqual([bool(event.event_key) for event in events], [True, False])

    def test_nothing_else_is_read_to_find_them(self):
        event = self.open()
        self.age(event)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("ANALYZE mail_tracking_event, mail_tracking_email")
        queries, execute = [], self.env.cr.execute

        def record(query, *args, **kwargs):
            queries.append((getattr(query, "code", query), getattr(query, "params", args)))
            return execute(query, *args, **kwargs)

        self.patch(self.env.cr, "execute", record)
        self.forget()
        [(code, params)] = [
            (code, params)
            for code, params in queries
            if code.startswith("SELECT") and "ua_" in code
        ][:1]
        execute(f"EXPLAIN {code}", params)
        plan = "\n".join(line for [line] in self.env.cr.fetchall())
        self.assertIn("mail_tracking_event_client_idx", plan)
        self.assertNotIn("Seq Scan", plan)

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def hit(self, agent):
        url = self.tracking._get_pixel_url()
        before = self.tracking.tracking_event_ids
        self.url_open(url[url.index("/mail_tracking/") :], headers={"User-Agent": agent})
        self.env.invalidate_all()
        return self.tracking.tracking_event_ids - before

    def test_a_program_in_words(self):
        for is_set in (False, True):
            self.params.set_param("mail_tracking.client_in_words", is_set and "True")
            for agent, words in (
                (THUNDERBIRD, "Thunderbird, Linux"),
                (IPHONE, "Apple Mail, iPhone"),
            ):
                self.tracking.tracking_event_ids.event_key = False  # none is a repetition
                event = self.hit(agent)
                self.assertEqual(event.user_agent, False if is_set else agent)
                self.assertEqual(event._get_detail(), words)
                self.assertEqual((event.open_kind, event.mobile), ("person", agent == IPHONE))
                self.assertTrue(event.ip)
        [values] = event.read(load=None)
        self.assertNotIn("605.1", json.dumps(values, default=str), "not in any field")

    def test_repetitions_are_told_apart_in_words_as_well(self):
        self.params.set_param("mail_tracking.client_in_words", "True")
        self.open()
        self.open(agent="Mozilla/4.0 (compatible; ms-office; MSOffice 16)")
        self.assertEqual(self.tracking.open_count, 2)


@tagged("post_install", "-at_install")
class TestClientDetailsOfServices(WebhookCommon):
    def test_a_program_in_words(self):
        self.env["ir.config_parameter"].sudo().set_param("mail_tracking.client_in_words", "True")
        row = self.sent_row()
        code = "sparkpost"
        for word in ("open", "click"):
            before = row.tracking_event_ids
            events = self.events_for(code, row, self.first(code, word))
            self.assertEqual(self.send(code, events).status_code, 200)
            event = row.tracking_event_ids - before
            self.assertEqual((event.event_type, event.user_agent), (word, False))
            self.assertTrue(event.ip and event.ua_family and event.os_family)
            self.assertFalse(event.payload)
