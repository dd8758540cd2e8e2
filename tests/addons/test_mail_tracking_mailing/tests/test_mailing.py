from urllib.parse import urlsplit

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.tests.support.report_common import FULL, UNKNOWN
from odoo.addons.mail_tracking.tools import modes

from .common import THUNDERBIRD, MailingCommon

APPLE = "Mozilla/5.0"


@tagged("post_install", "-at_install")
class TestMailing(MailingCommon):
    """A mailing: the pixel and traces of mass_mailing, and our rows beside them."""

    # ------------------------------------------------------------
    # PIXEL
    # ------------------------------------------------------------

    def test_a_mailing_carries_the_pixel_of_mass_mailing_alone(self):
        self.send()
        for address in ("dora@example.com", "emil@example.com"):
            trace = self.trace(address)
            (url,) = self.pixels(address)
            self.assertIn(f"/mail/track/{trace.mail_mail_id_int}/", url)
            self.assertEqual(self.states(address), ("sent", "sent"))
            self.assertEqual(self.events(self.row_of(address)), ["sent"])

    def test_a_quoted_mailing_takes_no_pixel_from_another_mail(self):
        self.send()
        (quoted,) = self.pixels("dora@example.com")
        self.send_mail(
            email_to="anna@example.com",
            body_html=f'<p>See below</p><blockquote><img src="{quoted}"/></blockquote>',
        )
        own = [url for url in self.pixels("anna@example.com") if "/mail_tracking/open/" in url]
        self.assertEqual(len(own), 1)

    def test_an_opening_is_told_to_both(self):
        self.send()
        self.assertEqual(self.open("dora@example.com").status_code, 200)
        self.assertEqual(self.states("dora@example.com"), ("opened", "open"))
        row = self.row_of("dora@example.com")
        self.assertEqual((row.open_count, row.machine_open_count), (1, 0))
        event = row.tracking_event_ids.filtered(lambda event: event.event_type == "open")
        self.assertEqual((event.open_kind, event.user_agent), ("person", THUNDERBIRD))
        self.assertEqual(self.states("emil@example.com"), ("sent", "sent"))

    def test_a_repetition_is_no_second_opening(self):
        self.send()
        url = urlsplit(self.pixels("dora@example.com")[0]).path
        for _i in range(3):
            self.url_open(url, headers={"User-Agent": THUNDERBIRD})
        self.env.invalidate_all()
        row = self.row_of("dora@example.com")
        self.assertEqual(row.open_count + row.machine_open_count, 1)

    def test_only_get_opens(self):
        self.send()
        url = urlsplit(self.pixels("dora@example.com")[0]).path
        for method in ("HEAD", "OPTIONS"):
            self.url_open(url, headers={"User-Agent": THUNDERBIRD}, method=method)
        self.env.invalidate_all()
        self.assertEqual(self.events(self.row_of("dora@example.com")), ["sent"])

    def test_a_machine_that_loads_images_is_known_for_one(self):
        self.send()
        self.open("dora@example.com", APPLE)
        row = self.row_of("dora@example.com")
        self.assertEqual((row.state, row.machine_open_count), ("sent", 1))

    def test_a_wrong_token_opens_nothing(self):
        self.send()
        with mute_logger("odoo.http"):
            self.assertEqual(self.open("dora@example.com", suffix="0").status_code, 401)
        self.assertEqual(self.states("dora@example.com"), ("sent", "sent"))
        self.assertEqual(self.events(self.row_of("dora@example.com")), ["sent"])

    def test_what_may_not_be_known_is_not_noted_here_either(self):
        self.send()
        dora, emil = (self.row_of(f"{name}@example.com") for name in ("dora", "emil"))
        dora.opens_refused = True
        self.open("dora@example.com")
        self.assertEqual(self.events(dora), ["sent"])
        for mode in (modes.OFF, modes.COUNTED):
            emil.open_mode = mode
            self.open("emil@example.com")
            self.assertEqual(self.events(emil), ["sent"], mode)
        for address in ("dora@example.com", "emil@example.com"):
            self.assertEqual(self.states(address), ("sent", "sent"), "nor by mass_mailing")
        emil.open_mode = False
        self.env["ir.config_parameter"].set_param("mail_tracking.tracking_img_disabled", "True")
        self.open("emil@example.com")
        self.assertEqual(self.events(emil), ["sent"])
        self.assertFalse(self.env["mail.tracking.address"].search([]))

    def test_list_hygiene_keeps_the_day(self):
        self.send()
        row = self.row_of("dora@example.com")
        row.open_mode = modes.HYGIENE
        self.open("dora@example.com")
        self.assertEqual(self.events(row), ["sent"])
        kept = self.env["mail.tracking.address"].search([])
        self.assertEqual(kept.mapped("address"), ["dora@example.com"])
        self.assertEqual(kept.last_open, fields.Date.today())
        row.opens_refused = True
        kept.unlink()
        self.open("dora@example.com")
        self.assertFalse(self.env["mail.tracking.address"].search([]))

    # ------------------------------------------------------------
    # REPORTS
    # ------------------------------------------------------------

    def test_a_hard_bounce_is_told_to_both(self):
        self.send()
        self.returned("dora@example.com", "failed", "5.1.1", UNKNOWN)
        self.assertEqual(self.states("dora@example.com"), ("bounced", "bounce"))
        self.assertEqual(self.trace("dora@example.com").failure_type, "mail_bounce")
        self.assertTrue(self.trace("dora@example.com").failure_reason)
        self.assertEqual(self.states("emil@example.com"), ("sent", "sent"))

    def test_a_soft_bounce_is_a_bounce_that_no_contact_is_judged_by(self):
        self.send()
        self.returned("dora@example.com", "failed", "5.2.2", FULL)
        self.assertEqual(self.states("dora@example.com"), ("soft-bounced", "bounce"))
        trace = self.trace("dora@example.com")
        self.assertEqual(trace.failure_type, "mail_bounce")
        self.assertIn("Mailbox full", trace.failure_reason)
        self.assertEqual(self.contacts[0].message_bounce, 0)

    def test_news_that_are_none_of_failure_are_no_bounce(self):
        self.send()
        self.returned("dora@example.com", "delayed", "4.4.1", "421 4.4.1 busy")
        self.assertEqual(self.states("dora@example.com"), ("deferred", "sent"))
        self.returned("dora@example.com", "delivered", "2.0.0", "250 2.0.0 Ok")
        self.assertEqual(self.states("dora@example.com"), ("delivered", "sent"))

    def test_a_mailing_from_before_this_addon_bounces_as_well(self):
        self.send()
        self.row_of("dora@example.com").unlink()
        trace = self.trace("dora@example.com")
        self.report(
            ("dora@example.com", "failed", "5.1.1", UNKNOWN),
            headers=f"Message-ID: {trace.message_id}",
        )
        self.assertEqual((trace.trace_status, trace.failure_type), ("bounce", "mail_bounce"))
        self.assertIn("User unknown", trace.failure_reason)

    def test_an_answered_mailing_did_arrive(self):
        self.send()
        trace = self.trace("dora@example.com")
        trace.set_replied()
        self.returned("dora@example.com", "failed", "5.2.2", FULL)
        self.assertEqual(trace.trace_status, "reply")

    # ------------------------------------------------------------
    # ERRORS
    # ------------------------------------------------------------

    def test_an_error_is_told_to_both_and_stays(self):
        self.handler.refuse_rcpt["dora@example.com"] = "550 5.7.1 Refused by our policy"
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.send()
        self.assertEqual(self.states("dora@example.com"), ("error", "error"))
        trace = self.trace("dora@example.com")
        self.assertTrue(trace.failure_type)
        self.assertIn("Refused by our policy", self.row_of("dora@example.com").error_description)
        self.assertEqual(self.states("emil@example.com"), ("sent", "sent"))
        self.assertFalse(self.contacts[0].message_bounce)
        failure_type = trace.failure_type
        self.returned("dora@example.com", "failed", "5.2.2", FULL)
        self.assertEqual((trace.trace_status, trace.failure_type), ("error", failure_type))
        with self.smtp():
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        self.assertEqual((trace.trace_status, trace.failure_type), ("error", failure_type))

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mailing_that_tries_again_supersedes_its_failures_alone(self):
        author = self.mailing.user_id.partner_id
        self.handler.refuse_data["dora@example.com"] = "451 4.3.0 try again"
        self.send()
        first = self.row_of("dora@example.com")
        other = self.env["mail.tracking.email"].create(
            {
                "model": first.model,
                "res_id": first.res_id,
                "author_id": author.id,
                "recipient": "dora@example.com",
                "recipient_address": "dora.other@example.com",
            }
        )
        other.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.env.invalidate_all()
        count = self.env["mail.message"].with_user(self.mailing.user_id).get_failed_count
        self.assertTrue(first.needs_action)
        before = count()
        self.mailing.action_retry_failed()
        self.env.invalidate_all()
        self.assertFalse(first.mail_message_id)
        self.assertTrue(first.needs_action, "nothing was sent again so far")
        self.assertEqual(count(), before)
        self.handler.refuse_data.clear()
        self.send()
        rows = self.env["mail.tracking.email"].search(
            [("recipient_address", "=", "dora@example.com")], order="id"
        )
        self.assertEqual(rows.mapped("state"), ["error", "sent"])
        self.assertEqual(first.successor_id, rows[1])
        self.assertFalse(first.needs_action)
        self.assertTrue(other.needs_action)
        self.assertEqual(count(), before - 1)

    # ------------------------------------------------------------
    # DEAD ADDRESSES
    # ------------------------------------------------------------

    def test_nothing_goes_to_dead_addresses(self):
        """Core leaves out who is blacklisted, and we whose address is dead: each is told once."""
        self.env.company.mail_tracking_skip_dead = True
        fritz = self.env["mailing.contact"].create({"name": "Fritz", "email": "fritz@example.com"})
        self.mailing.contact_list_ids.contact_ids += fritz
        proof = self.env["mail.tracking.email"].create({"recipient": "dora@example.com"})
        proof.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.env["mail.blacklist"].create({"email": "emil@example.com"})
        self.send()
        self.assertEqual([to for _from, to, _mail in self.handler.envelopes], [[fritz.email]])
        rows = self.env["mail.tracking.email"].search(
            [("recipient_address", "in", ("dora@example.com", "emil@example.com"))]
        )
        rows -= proof
        self.assertEqual(rows.recipient_address, "dora@example.com")
        self.assertEqual((rows.state, rows.error_type), ("error", "address_dead"))
        dora, emil = self.trace("dora@example.com"), self.trace("emil@example.com")
        self.assertEqual((dora.trace_status, dora.failure_type), ("error", "mail_email_invalid"))
        self.assertEqual((emil.trace_status, emil.failure_type), ("cancel", "mail_bl"))
        self.assertEqual(self.states("fritz@example.com"), ("sent", "sent"))
