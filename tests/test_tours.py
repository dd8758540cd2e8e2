from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .support.common import MailTrackingCommon, PatientBrowser


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestTours(MailTrackingCommon, PatientBrowser, HttpCase):
    def test_nine_statuses_beside_the_names_of_the_recipients(self):
        """One message with nine of the statuses, in a browser."""
        Partner = self.env["res.partner"]
        partners = {
            name: Partner.create({"name": name, "email": f"{name.lower()}@example.com"})
            for name in ("Errol", "Sentia", "Delia", "Opal", "Wanda")
        }
        self.user_admin.notification_type = "inbox"
        self.handler.refuse_rcpt["errol@example.com"] = "550 5.1.1 User unknown"
        group = self.env["res.partner"].union(*partners.values())
        message = self.post(group | self.nobody | self.user_admin.partner_id)
        self.row(message, partners["Delia"]).event_create("delivered", {})
        self.row(message, partners["Opal"]).event_create("open", {"open_kind": "person"})
        waiting = self.row(message, partners["Wanda"])
        waiting.tracking_event_ids.unlink()
        waiting.state = False
        self.send_mail(
            mail_message_id=message.id, email_to="dora@example.com", email_cc="cc@example.com"
        )
        self.assertEqual(
            set(self.status(message).values()),
            {
                "unknown",
                "waiting",
                "error",
                "sent",
                "delivered",
                "opened",
                "cc",
                "no_email",
                "no_partner",
            },
        )
        self.start_tour(
            f"/odoo/res.partner/{self.record.id}", "mail_tracking_nine_statuses", login="admin"
        )


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestPopoverFits(MailTrackingCommon, PatientBrowser, HttpCase):
    browser_size = "1500x600"

    def test_the_popover_fits_into_the_window(self):
        partners = self.anna | self.bob | self.carl
        message = self.post(partners)
        for number in range(100):
            event_type = ("deferral", "soft_bounce")[number % 2]
            values = {"error_type": "mailbox_full", "error_description": f"452 4.2.2 {number}"}
            self.row(message, self.anna).event_create(event_type, values)
        self.row(message, self.bob).event_create("open", {"open_kind": "person"})
        url = f"/odoo/res.partner/{self.record.id}"
        self.start_tour(url, "mail_tracking_popover_fits", login="admin")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestPopoverFitsTall(TestPopoverFits):
    allow_inherited_tests_method = True
    browser_size = "1500x1000"


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestPopoverFitsPhone(TestPopoverFits):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True


UNKNOWN_USER = "550 5.1.1 User unknown"

#: Resends in one tab, and waits until both show that the mail was sent.
TWO_TABS = """
(async () => {
    const BOX = ".o_mail_tracking_failed_box";
    const ERROR = ".o_mail_tracking_recipient[data-status='error']";
    const SENT = ".o_mail_tracking_recipient[data-status='sent']";
    const until = async (condition) => {
        while (!condition()) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return condition();
    };
    const find = (tab, selector) => until(() => tab.document.querySelector(selector));
    const other = window.open(window.location.href);
    await find(other, BOX);
    await find(other, ERROR);
    (await find(window, ".o_mail_tracking_failed_resend")).click();
    const address = await find(window, ".o_mail_tracking_resend_email");
    address.value = "acme@example.net";
    address.dispatchEvent(new Event("input"));
    (await find(window, ".o_mail_tracking_resend_send:enabled")).click();
    for (const tab of [window, other]) {
        await find(tab, SENT);
        await until(() => !tab.document.querySelector(BOX));
    }
    other.close();
    console.log("test successful");
})();
"""


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestFailureTours(MailTrackingCommon, PatientBrowser, HttpCase):
    def setUp(self):
        super().setUp()
        self.handler.refuse_rcpt["acme@example.com"] = UNKNOWN_USER

    def open_record(self, tour):
        """Run a tour from the record on, as the employee, with real mails."""
        with self.smtp():
            self.start_tour(f"/odoo/res.partner/{self.record.id}", tour, login="employee")

    def test_send_fail_see_correct_resend_settled(self):
        self.open_record("mail_tracking_failure_mended")
        message = self.env["mail.message"].search(
            [
                ("model", "=", "res.partner"),
                ("res_id", "=", self.record.id),
                ("message_type", "=", "comment"),
            ]
        )
        self.assertEqual(len(message), 1, "resent as the same message")
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertEqual(self.record.email, "acme@example.net")
        self.assertEqual(self.status(message), {"Acme Tracked": "sent"})
        self.assertIn("Here is our offer", self.html(self.received("acme@example.net")))

    def test_review(self):
        message = self.post(self.record)
        self.assertTrue(message.mail_tracking_needs_action)
        self.open_record("mail_tracking_failure_reviewed")
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertEqual(self.status(message), {"Acme Tracked": "error"})

    def test_filter(self):
        self.post(self.record)
        self.start_tour(
            "/odoo/action-base.action_partner_form",
            "mail_tracking_failure_filter",
            login="employee",
        )

    def test_two_tabs_agree(self):
        """What happens in one tab shows in another one; a tour would run in both."""
        message = self.post(self.record)
        spawn = ChromeBrowser._spawn_chrome

        def spawn_with_popups(browser, cmd):
            return spawn(browser, [*cmd[:-1], "--disable-popup-blocking", cmd[-1]])

        with self.smtp(), patch.object(ChromeBrowser, "_spawn_chrome", spawn_with_popups):
            self.browser_js(
                f"/odoo/res.partner/{self.record.id}",
                TWO_TABS,
                ready="Boolean(document.querySelector('.o_mail_tracking_failed_resend'))",
                login="employee",
            )
        self.assertEqual(self.status(message), {"Acme Tracked": "sent"})
        self.received("acme@example.net")
