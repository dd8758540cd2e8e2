"""The fold-out, the printed proof and the check of one, wide and on a phone; axe finds nothing."""

import json
import unittest
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .support.common import PatientBrowser
from .test_accessibility import AXE, CHECK, LOAD
from .test_proof import ProofCommon

WIDTHS = (1500, 375)
#: What is wider than the page scrolls it sideways.
FITS = """
const fits = (root) => {
    const doc = root.ownerDocument, width = doc.documentElement.clientWidth;
    for (const el of [root, ...root.querySelectorAll("*")]) {
        const box = el.getBoundingClientRect();
        if (box.width && (box.right > width + 1 || box.left < -1)) {
            throw new Error(`${box.left} to ${box.right} of ${width}: ${el.outerHTML}`);
        }
    }
};
"""
#: Uploads what is behind a URL; of the dialog, the rest is Odoo's own.
CHOOSE = """
const ours = [".o_mail_tracking_proof_words", ".o_mail_tracking_proof_result", ".modal-footer"];
const choose = async (name, url) => {
    const input = await find(`[name=${name}] input[type=file]`);
    const files = new DataTransfer();
    files.items.add(new File([await (await fetch(url)).blob()], name));
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
};
"""
#: Chooses the data first, then the mail.
SAYS = """
const says = async (kind, words) => {
    await until(() => document.querySelector(`.alert-${kind}`)?.innerText.includes(words));
    await check(...ours);
    fits(document.querySelector(".o_mail_tracking_proof_result"));
};
const close = async () => {
    await open(".modal-footer .btn-secondary");
    await until(() => !document.querySelector(".modal"));
};
await check(...ours);
await choose("data_file", data);
await says("info", "Now choose");
await choose("mail_file", mail);
"""
YES = "await says('success', 'unchanged'); await close();"
NO = "await says('danger', 'One changed character is enough'); await close();"


@tagged("post_install", "-at_install", "mail_tracking_browser")
@unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
class TestProofBrowser(PatientBrowser, ProofCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(AXE, "rb") as file:
            values = {"name": "axe.min.js", "raw": file.read()}
        cls.axe = cls.env["ir.attachment"].create(values)

    def check(self, url, ready, script):
        """Run axe in a page, in a wide and in a narrow window."""
        for width in WIDTHS:
            with self.subTest(width=width):
                self.check_at(width, url, ready, script)

    def check_at(self, width, url, ready, script):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}

        def navigate_to(browser, *args, **kwargs):
            browser._websocket_request("Emulation.setDeviceMetricsOverride", params=size)
            return navigate(browser, *args, **kwargs)

        navigate = ChromeBrowser.navigate_to
        with patch.object(ChromeBrowser, "navigate_to", navigate_to):
            self.browser_js(
                url,
                f"(async () => {{ {LOAD % self.axe.id} {CHECK} {FITS} {CHOOSE} {script}"
                " console.log('test successful');"
                " })().catch((error) => console.error(error.message));",
                ready=f"Boolean(document.querySelector({ready!r}))",
                login="admin",
            )

    def test_the_fold_out_in_the_popover(self):
        self.user_employee = self.user_admin
        self.post(self.anna)
        self.check(
            f"/odoo/res.partner/{self.record.id}",
            ".o_mail_tracking_recipient",
            """
            await open(".o_mail_tracking_recipient .o_mail_tracking_status");
            const fold = await find(".o_mail_tracking_event_technical");
            if (fold.open || fold.querySelector("summary").tabIndex < 0) {
                throw new Error("closed at first, and reached by the keyboard");
            }
            fold.querySelector("summary").click();
            await until(() => fold.innerText.includes("SHA-256"));
            for (const words of ["250 2.0.0 Ok: queued as TEST", "Not encrypted", " bytes"]) {
                await until(() => fold.innerText.includes(words));
            }
            await check(".o_mail_tracking_popover");
            fits(document.querySelector(".o_mail_tracking_popover"));
            """,
        )

    def test_the_fold_out_in_the_forms(self):
        row = self.row(self.post(self.anna), self.anna)
        event = self.sent_event(row)
        for model, record in (("mail.tracking.email", row), ("mail.tracking.event", event)):
            self.check(
                f"/odoo/{model}/{record.id}",
                ".o_form_view .o_form_sheet",
                """
                document.querySelector(".nav-link[name=technical]")?.click();
                const fold = await find(".o_mail_tracking_technical");
                fold.querySelector("summary")?.click();
                await until(() => fold.innerText.includes("SHA-256"));
                await check(".o_mail_tracking_technical");
                fits(fold);
                """,
            )

    def test_the_action_on_a_message(self):
        self.user_employee = self.user_admin
        self.post(self.anna)
        # also where it is installed
        self.patch(type(self.env["ir.actions.report"]), "get_wkhtmltopdf_state", lambda report: "")
        self.check(
            f"/odoo/res.partner/{self.record.id}",
            ".o_mail_tracking_recipient",
            """
            const opened = [];
            const { browser } = odoo.loader.modules.get("@web/core/browser/browser");
            browser.open = (url) => opened.push(url) && window;
            await open(".o-mail-Message [title='Expand'], .o-mail-Message [name='expand']");
            await open("[name=mail-tracking-proof]");
            await find(".modal-footer .btn-secondary");
            await check(".modal-body p", ".modal-footer");
            fits(document.querySelector(".modal-content"));
            await open(".modal-footer .btn-primary");
            await until(() => opened.length);
            if (!/^.report.html.mail_tracking.report_proof.\\d+$/.test(opened[0])) {
                throw new Error(opened[0]);
            }
            """,
        )

    def test_the_printed_page(self):
        message = self.post(self.anna | self.bob)
        rows = self.rows(message)
        row = self.row(message, self.anna)
        self.report(
            ("anna@example.com", "failed", "5.1.1", "550 5.1.1 User unknown " + "x" * 300),
            envid=row.token,
        )
        row.event_create("reply", {"recipient": "Anna <anna@example.com>"})
        numbers = ",".join(map(str, rows.ids))
        self.check(
            f"/report/html/mail_tracking.report_proof/{numbers}",
            ".o_mail_tracking_proof",
            """
            await check("main");
            document.querySelectorAll(".o_mail_tracking_proof").forEach(fits);
            """,
        )

    def test_the_check_of_a_proof(self):
        self.user_employee = self.user_admin
        row = self.row(self.post(self.anna), self.anna)
        [raw] = self.handler.raw
        mails = self.env["ir.attachment"].create(
            [
                {"name": "mail.eml", "raw": b"Received: from a\r\n" + raw},
                {"name": "changed.eml", "raw": raw.replace(b"Subject: Offer", b"Subject: Offar")},
            ]
        )
        self.env.flush_all()
        for mail, answer in zip(mails, (YES, NO), strict=True):
            files = json.dumps([f"/mail_tracking/proof/{row.id}", f"/web/content/{mail.id}"])
            self.check(
                "/odoo/action-mail_tracking.action_mail_tracking_proof_check",
                "[name=data_file] input",
                f"const [data, mail] = {files}; {SAYS} {answer}",
            )
