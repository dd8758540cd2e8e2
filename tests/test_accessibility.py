"""What axe-core finds in the pages of the addon, which is to be nothing."""

import os
import unittest
from pathlib import Path

from odoo.tests import tagged

from .support.common import free_port
from .support.report_common import ReportCommon
from .support.setup_common import SetupCommon

AXE = os.environ.get("MAIL_TRACKING_AXE")

LOAD = "(0, eval)(await (await fetch('/web/content/%s')).text());"
#: Has axe look at the nodes of some selectors, each of which has to be there.
CHECK = """
const until = async (condition) => {
    while (!condition()) {
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return condition();
};
const find = (selector) => until(() => document.querySelector(selector));
const open = async (selector) => (await find(`:is(${selector}):not(:disabled)`)).click();
// Odoo's own
const exclude = [".o-checkbox"];
const check = async (...include) => {
    await Promise.all(include.map(find));
    await until(() => !document.getAnimations().some(
        (motion) => motion.effect.getComputedTiming().iterations !== Infinity
            && motion.playState === "running"
    ));
    const { violations } = await axe.run({ include, exclude });
    for (const { id, nodes } of violations) {
        for (const { failureSummary, html } of nodes) {
            throw new Error(`${id}: ${failureSummary} ${html}`);
        }
    }
};
"""


@tagged("post_install", "-at_install", "mail_tracking_browser")
@unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
class TestAccessibility(SetupCommon, ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"name": "axe.min.js", "raw": Path(AXE).read_bytes()}
        cls.axe = cls.env["ir.attachment"].create(values)

    def check(self, url, ready, script):
        """Run axe in a page, once something is there."""
        self.browser_js(
            url,
            f"(async () => {{ {LOAD % self.axe.id} {CHECK} {script} console.log('test successful');"
            " })().catch((error) => console.error(error.message));",
            ready=f"Boolean(document.querySelector({ready!r}))",
            login="admin",
        )

    def post_to_all(self):
        """A message of the administrator with most of the statuses."""
        self.user_employee = self.user_admin
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 User unknown"
        message = self.post(self.anna | self.bob | self.carl | self.record | self.nobody)
        self.row(message, self.anna).event_create("open", {"open_kind": "person"})
        self.rows(message).write({"open_mode": "counted", "open_mode_reason": "not_asked"})
        self.env["mail.tracking.count"].create({"mail_message_id": message.id, "open_count": 14})
        self.row(message, self.carl).event_create("deferral", {"error_description": "451 later"})
        self.send_mail(
            mail_message_id=message.id, email_to="dora@example.com", email_cc="cc@example.com"
        )
        return message

    def test_chatter_popover_and_resend(self):
        self.post_to_all()
        many = self.env["res.partner"].create(
            [{"name": f"R{i}", "email": f"r{i}@example.com"} for i in range(9)]
        )
        self.post(many)
        self.check(
            f"/odoo/res.partner/{self.record.id}",
            ".o_mail_tracking_count",
            """
            await check(".o_mail_tracking", ".o_mail_tracking_failed_box");
            await open(".o_mail_tracking_count");
            await open(".o_mail_tracking_recipient[data-status=error] .o_mail_tracking_status");
            await find(".o_mail_tracking_event");
            await check(
                ".o_mail_tracking",
                ".o_mail_tracking_opens",
                ".o_mail_tracking_popover",
                ".o_mail_tracking_popover_privacy"
            );
            await open(".o_mail_tracking_popover .btn-close");
            await open(".o_mail_tracking_failed_resend");
            await find(".o_mail_tracking_resend_email");
            await check(".modal-body > *", ".modal-footer");
            """,
        )

    def test_failed(self):
        self.post_to_all()
        self.check(
            "/odoo/discuss?active_id=mail.box_failed",
            ".o_mail_tracking_failed_in_mailbox",
            """
            await check(
                ".o_mail_tracking_failed_in_mailbox",
                ".o-mail-Message .o_mail_tracking",
                ".o-mail-Mailbox[data-mailbox-id=failed]"
            );
            for (const name of ["resend", "review-all"]) {
                await open(`[name=mail-tracking-${name}]`);
                await check(".modal-body > *", ".modal-footer");
                await open(".modal-footer .btn-secondary");
                await until(() => !document.querySelector(".modal"));
            }
            """,
        )

    def test_set_up(self):
        # the request of the page holds this test's only cursor: nobody could answer in between
        self.params.set_param("mail_tracking.base.url", f"http://127.0.0.1:{free_port()}")
        self.check(
            "/odoo/tracking-setup",
            ".o_mail_tracking_setup_again:enabled",
            """
            await find("[data-check=versions] .o_mail_tracking_setup_result");
            await check(".o_mail_tracking_setup", ".o_mail_tracking_setup_again");
            """,
        )

    def test_settings(self):
        ours = ".o_setting_box:has([name^=mail_tracking_])"
        self.check("/odoo/settings", ours, f"await check({ours!r});")

    def test_last_email(self):
        self.post_to_all()
        badge = ".o_mail_tracking_last_email"
        self.check(
            "/odoo/action-base.action_partner_form",
            badge,
            f"""
            await check({badge!r});
            await open({badge!r});
            await find(".o_mail_tracking_event");
            await check(".o_mail_tracking_last_email_recipients", ".o_mail_tracking_popover");
            await open(".o_mail_tracking_popover .btn-close");
            await open(".o_switch_view.o_kanban");
            await check(".o_kanban_view {badge}");
            """,
        )
        self.check(
            f"/odoo/res.partner/{self.anna.id}/action-mail_tracking.action_contact_emails",
            badge,
            "await check('.o_data_row [name]');",
        )

    def test_lists(self):
        self.post_to_all()
        self.process_pending()  # an address is dead
        rows, nothing = ".o_data_row [name]", ".o_view_nocontent"
        for action, nodes in (
            ("action_view_mail_tracking_email", rows),
            ("action_view_mail_tracking_event", rows),
            ("action_my_sent_emails", rows),
            ("action_failed_emails", nothing),
            ("action_mail_tracking_webhook", nothing),
            ("action_mail_tracking_rule", nothing),
            ("action_dead_addresses", rows),
        ):
            with self.subTest(action):
                url = f"/odoo/action-mail_tracking.{action}"
                self.check(url, f".o_list_view {nodes}", f"await check({nodes!r});")
