"""What other addons extend keeps working: a real send, a real pixel, a real browser."""

from odoo.tests import HttpCase, tagged

from odoo.addons.mail_tracking.tests.support.common import MailTrackingCommon, PatientBrowser

THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"


@tagged("post_install", "-at_install")
class TestHookCompat(MailTrackingCommon, PatientBrowser, HttpCase):
    def calls(self, name):
        calls = self.env["hooks.call"].search([("name", "=", name)], order="id")
        return calls.mapped("detail")

    def event(self, row, event_type):
        event = row.tracking_event_ids.filtered(lambda event: event.event_type == event_type)
        self.assertEqual(len(event), 1, event_type)
        return event

    def pixel(self, row):
        url = row._get_pixel_url()
        return url[url.index("/mail_tracking/") :]

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def test_sending(self):
        row = self.row(self.post(self.anna | self.bob), self.anna)
        self.assertEqual(row.hooks_code, "code of Offer")
        mail = self.received("anna@example.com")
        self.assertEqual(mail["X-Hooks-Variables"], f"{row.id}/code of Offer")
        self.assertEqual(mail["X-Odoo-MailTracking-ID"], str(row.id))
        other = self.received("bob@example.com")
        self.assertNotEqual(other["X-Hooks-Variables"], mail["X-Hooks-Variables"])
        event = self.event(row, "sent")
        self.assertEqual(event.hooks_code, "code of Offer")
        self.assertEqual(event.hooks_state, "sent")
        self.assertEqual(event.hooks_message_id, mail["Message-Id"])
        self.assertIn(str(row.id), self.calls("process_sent"))
        self.assertEqual(row.state, "sent")
        self.assertEqual(row.message_id, f"hooked {row.mail_message_id.message_id}")

    def test_one_more_check_of_the_set_up(self):
        self.env["hooks.call"].search([]).unlink()
        self.env["hooks.call"].note("x")
        setup = self.env["mail.tracking.setup"].with_user(self.user_admin)
        self.assertEqual(setup.get_checks()[-1], {"name": "hooks", "title": "Hooks"})
        [result] = setup.run_check("hooks")
        self.assertEqual((result["sentence"], result["subject"]), ("1 calls so far.", "mine"))

    def test_no_image_for_a_mail(self):
        self.post(self.anna, subject="No image")
        self.post(self.bob)
        self.assertNotIn("/mail_tracking/", self.html(self.received("anna@example.com")))
        self.assertIn("/mail_tracking/open/", self.html(self.received("bob@example.com")))

    def test_refusals(self):
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        row = self.row(self.post(self.anna | self.bob), self.anna)
        self.assertEqual(len(self.calls("smtp_error")), 1)
        self.assertIn("127.0.0.1", self.calls("smtp_error")[0])
        self.assertEqual((row.state, row.error_type), ("error", "user_unknown"))
        self.assertIn("User unknown", row.error_description)
        self.assertEqual(self.event(row, "error").hooks_state, "error")

    def test_a_contact_without_address(self):
        row = self.row(self.post(self.nobody), self.nobody)
        self.assertEqual(len(self.calls("smtp_error")), 1)
        self.assertEqual((row.state, row.error_type), ("error", "no_recipient"))

    # ------------------------------------------------------------
    # EVENTS
    # ------------------------------------------------------------

    def test_an_image_that_is_loaded(self):
        row = self.row(self.post(self.anna), self.anna)
        row.tracking_event_ids.timestamp -= 3600
        self.env.flush_all()
        self.url_open(self.pixel(row), headers={"User-Agent": THUNDERBIRD})
        self.env.invalidate_all()
        self.assertEqual(row.state, "opened")
        self.assertEqual(self.calls("process_open"), [str(row.id)])
        event = self.event(row, "open")
        self.assertEqual(event.ua_family, "Hooked client")
        self.assertEqual(event.hooks_via, "open of 1")
        self.assertEqual(event.hooks_code, "code of Offer")
        self.assertEqual(event.hooks_state, "opened")

    def test_the_webhook_of_another_addon(self):
        row = self.row(self.post(self.anna), self.anna)
        params = {"token": row.token, "event": "hard_bounce", "bounce_type": "user_unknown"}
        params["bounce_description"] = "550 5.1.1 no such user"
        answer = self.make_jsonrpc_request("/mail/tracking/hooks", params)
        self.env.invalidate_all()
        self.assertEqual(answer, ["hard_bounce"])
        self.assertEqual((row.state, row.bounce_type), ("bounced", "user_unknown"))
        self.assertEqual(row.bounce_description, "550 5.1.1 no such user")
        self.assertEqual(self.event(row, "hard_bounce").hooks_via, "hard_bounce of 1")

    def test_the_webhook_of_another_addon_gets_events_that_nobody_knows(self):
        row = self.row(self.post(self.anna), self.anna)
        logger = "odoo.addons.mail_tracking.models.state.mail_tracking_event"
        for word in ("queued", "list_unsub", ""):
            params = {"token": row.token, "event": word}
            with self.assertLogs(logger, "WARNING") as logs:
                answer = self.make_jsonrpc_request("/mail/tracking/hooks", params)
            self.assertEqual((answer, len(logs.output)), ([], 1))
        self.env.invalidate_all()
        self.assertEqual((row.state, self.events(row)), ("sent", ["sent"]))

    def test_every_type_of_event_passes_its_method(self):
        states = {
            "sent": "sent",
            "deferral": "deferred",
            "soft_bounce": "soft-bounced",
            "delivered": "delivered",
            "reject": "rejected",
            "hard_bounce": "bounced",
            "click": "opened",
            "open": "opened",
            "unsub": "unsub",
            "spam": "spam",
        }
        for event_type, state in states.items():
            row = self.env["mail.tracking.email"].sudo().create({"recipient": "x@example.com"})
            event = row.event_create(event_type, {"smtp_server": "mx.example.com"})
            self.assertEqual(event.hooks_state, state)
            self.assertEqual(row.state, state)
            if event_type in ("sent", "open", "hard_bounce"):
                self.assertEqual(self.calls(f"process_{event_type}")[-1:], [str(row.id)])

    def test_a_bounce(self):
        lead = self.env["hooks.lead"].create({"email_from": "anna@example.com"})
        row = self.row(self.post(self.anna), self.anna)
        report = (
            "From: MAILER-DAEMON@mx.example.com\nTo: bounce.test@test.mycompany.com\n"
            "Subject: Undelivered\nMessage-ID: <report-1@mx.example.com>\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
            "--b\nContent-Type: text/plain\n\nNo such user.\n"
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n"
            "Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
            "--b\nContent-Type: text/rfc822-headers\n\n"
            f"X-Odoo-MailTracking-Token: {row.token}\nSubject: Offer\n\n--b--\n"
        )
        self.env["mail.thread"].message_process("res.partner", report)
        self.assertEqual(row.state, "bounced")
        self.assertEqual(self.event(row, "hard_bounce").hooks_state, "bounced")
        self.assertEqual(self.calls("_partners_email_bounced_set"), ["['anna@example.com']"])
        self.assertEqual(self.calls("email_bounced_set"), ["['anna@example.com'] True"])
        self.assertTrue(self.anna.email_bounced)
        self.assertTrue(lead.email_bounced, "another model with the mixin")
        lead.email_from = "anna2@example.com"
        self.assertFalse(lead.email_bounced, "a new address is innocent")
        lead.email_from = "Anna <ANNA@example.com>"
        self.assertTrue(lead.email_bounced, "the address is dead on every record that has it")
        later = self.env["hooks.lead"].create({"email_from": "anna@example.com"})
        self.assertTrue(later.email_bounced)
        row.event_create("open", {"open_kind": "person"})
        self.assertFalse(lead.email_bounced or later.email_bounced or self.anna.email_bounced)

    # ------------------------------------------------------------
    # SCORES AND FAILURES
    # ------------------------------------------------------------

    def test_scores(self):
        Tracking = self.env["mail.tracking.email"].sudo()
        row = self.row(self.post(self.anna), self.anna)
        row.event_create("open", {"open_kind": "person"})
        self.assertEqual(row.email_score(), 89)
        self.assertEqual(Tracking.email_score_from_email("Anna <anna@example.com>"), 90)
        self.assertEqual(self.anna.email_score, 90)
        self.anna.email = "seven@example.com"
        self.assertEqual(Tracking.email_score_from_email(self.anna.email), 7)
        self.assertTrue(Tracking.email_is_bounced("always@example.com"))
        self.assertFalse(Tracking.email_is_bounced("anna@example.com"))

    def test_more_states_that_need_somebody(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        count = message.with_user(self.user_employee).get_failed_count()
        self.assertGreaterEqual(count, 1000)
        row.event_create("unsub", {})
        self.assertTrue(row.needs_action)
        self.assertTrue(message.mail_tracking_needs_action)
        mine = message.with_user(self.user_employee)
        self.assertTrue(mine.is_failed_message)
        self.assertEqual(mine.get_failed_count(), count + 1)
        mine.set_need_action_done()
        self.assertEqual(self.calls("set_need_action_done"), [str(message.ids)])
        self.assertFalse(mine.is_failed_message)

    # ------------------------------------------------------------
    # BROWSER
    # ------------------------------------------------------------

    def test_browser(self):
        message = self.post(self.anna, record=self.anna)
        self.assertEqual(message.tracking_status()[0]["hooks_mark"], "mark of Anna")
        url = f"/odoo/res.partner/{self.anna.id}"
        self.start_tour(url, "test_mail_tracking_compat", login="admin")
        self.assertEqual(len(self.calls("action_hooks")), 1)
        for name in ("menu_hooks_emails", "menu_hooks_events"):
            self.assertTrue(self.env.ref(f"test_mail_tracking_compat.{name}").action)
