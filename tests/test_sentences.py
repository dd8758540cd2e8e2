"""What people read of each status, and on what it rests: one sentence for each."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.tools.sentences import SENTENCES

from .support.common import MailTrackingCommon, free_port

NOT_READ = "Whether it was read is not known."
TOOK = "The outgoing mail server accepted the email."
REPORTED = {"reporting_server": "relay.test"}
#: (state or status, evidence) -> what happened: type and values of events
EVENTS = {
    ("error", "unsent"): ("error", {"error_type": "smtp"}),
    ("error", "unconfirmed"): ("error", {"error_type": "smtp_unconfirmed"}),
    ("error", "personal"): (
        "error",
        {"error_type": "smtp_login", "delivery_report": "personal"},
    ),
    ("error", "invalid_address"): ("error", {"error_type": "invalid_address"}),
    ("error", "address_dead"): (
        "error",
        {"error_type": "address_dead", "dead_since": "2026-10-03 08:00:00"},
    ),
    ("rejected", ""): ("reject", {}),
    ("bounced", ""): ("hard_bounce", {"error_type": "user_unknown"}),
    ("soft-bounced", ""): ("soft_bounce", {"error_type": "mailbox_full"}),
    ("spam", ""): ("spam", {}),
    ("deferred", ""): ("deferral", {"error_type": "mailbox_full"}),
    ("sent", "success"): ("sent", {"delivery_report": "success"}),
    ("sent", "failure"): ("sent", {"delivery_report": "failure"}),
    ("sent", "off"): ("sent", {"delivery_report": "off"}),
    ("sent", "none"): ("sent", {"delivery_report": "none"}),
    ("sent", "service"): ("sent", {"delivery_report": "service"}),
    ("sent", "personal"): ("sent", {"delivery_report": "personal"}),
    ("sent", "relayed"): ("relayed", {**REPORTED, "smtp_server": "relay.test"}),
    ("sent", "relayed_to"): ("relayed", {**REPORTED, "smtp_server": "mx.test"}),
    ("delivered", ""): ("delivered", {}),
    ("delivered", "server"): (
        "delivered",
        {"reporting_server": "mx.test", "smtp_server": "mx.test"},
    ),
    ("delivered", "reporter"): ("delivered", REPORTED),
    ("delivered", "server_reporter"): ("delivered", {**REPORTED, "smtp_server": "mx.test"}),
    ("opened", "answer"): ("reply", {}),
    ("opened", "click"): ("click", {"open_kind": "person"}),
    ("opened", "receipt"): ("open", {"open_kind": "unknown", "open_reason": "read_receipt"}),
    ("opened", "image"): ("open", {"open_kind": "person", "open_reason": "known_client"}),
    ("opened", "proxy"): ("open", {"open_kind": "proxy", "open_reason": "gmail_proxy"}),
    ("unsub", ""): ("unsub", {}),
}
TEXTS = {
    ("waiting", ""): "The email is waiting to be sent.",
    ("cancelled", ""): "The email was cancelled or deleted before it was sent.",
    ("cancelled", "mail_bl"): "Nothing was sent: the address is blacklisted.",
    ("no_email", ""): "Nothing was sent: this contact has no email address.",
    ("error", ""): "The email did not reach this recipient.",
    ("error", "unsent"): "The email was not sent to this recipient.",
    ("error", "unconfirmed"): "It is not known whether the email arrived.",
    ("error", "personal"): (
        "The email was not sent: the sender's own mail account did not accept it. Its owner can "
        "connect it again in the preferences, or choose the default mail server there."
    ),
    ("error", "invalid_address"): "Nothing was sent: this is not an email address.",
    ("error", "address_dead"): "Nothing was sent: the address has been dead since 10/03/2026.",
    ("rejected", ""): "The email service did not send the email to this recipient.",
    ("bounced", ""): "The email did not reach this recipient: the address does not work.",
    ("soft-bounced", ""): "The email did not reach this recipient. The address itself may be good.",
    ("spam", ""): "The email arrived, and the recipient reported it as spam.",
    ("deferred", ""): "The email has not been delivered yet. A mail server keeps trying.",
    ("sent", ""): f"{TOOK} Nothing confirms its delivery so far.",
    ("sent", "success"): (
        f"{TOOK} It reports delivery if the recipient's mail server supports that."
    ),
    ("sent", "failure"): f"{TOOK} It reports failures and delays, but not delivery.",
    ("sent", "off"): f"{TOOK} It was not asked to report delivery.",
    ("sent", "none"): f"{TOOK} It does not report delivery.",
    ("sent", "service"): (
        "The email service accepted the email. It will report whether it is delivered."
    ),
    ("sent", "personal"): (
        "The sender's own mail account accepted the email. If it comes back, the report goes to "
        "the sender's mailbox, and Odoo does not see it."
    ),
    ("sent", "relayed"): (
        "relay.test handed the email over to a mail server that does not report delivery."
    ),
    ("sent", "relayed_to"): (
        "relay.test handed the email over to mx.test, which does not report delivery."
    ),
    ("delivered", ""): f"The recipient's mail server accepted the email. {NOT_READ}",
    ("delivered", "server"): f"The mail server mx.test accepted the email. {NOT_READ}",
    ("delivered", "reporter"): f"relay.test reports that the email was delivered. {NOT_READ}",
    ("delivered", "server_reporter"): (
        f"The mail server mx.test accepted the email, as relay.test reports. {NOT_READ}"
    ),
    ("opened", ""): "The email was opened.",
    ("opened", "answer"): "The email was answered, so it arrived and was read.",
    ("opened", "click"): "A link in the email was clicked.",
    ("opened", "receipt"): "The recipient's mail program sent a read receipt.",
    ("opened", "image"): (
        "The image in the email was loaded. That is no proof that a person read it."
    ),
    ("opened", "proxy"): (
        "The recipient's mail service loaded the image in the email, usually because the email "
        "was opened."
    ),
    ("opened", "shared"): (
        "The same email went to 2 recipients: which of them opened it is not known."
    ),
    ("unsub", ""): "The recipient does not want any more emails of this kind.",
    ("cc", ""): "A copy went to this address. What became of it is not known.",
    ("no_partner", ""): "This recipient is not a contact. Nothing more is known.",
    ("unknown", ""): "Nothing is known about an email to this recipient.",
    ("unknown", "inbox"): "This recipient was notified in Odoo, not by email.",
}


@tagged("post_install", "-at_install")
class TestSentences(MailTrackingCommon):
    def lines(self, message):
        return {line["recipient"]: line for line in message.tracking_status()}

    def details(self, message, tracking):
        return message.with_user(self.user_employee).get_tracking_details(tracking.id)

    def test_each_cell_has_its_sentence(self):
        self.assertEqual(TEXTS.keys(), SENTENCES.keys())

    def test_what_happened_leads_to_its_sentence(self):
        for cell, (event_type, values) in EVENTS.items():
            with self.subTest(cell):
                message = self.post(self.anna)
                tracking = self.row(message, self.anna)
                tracking.event_create(event_type, dict(values))
                self.assertEqual(self.details(message, tracking)["evidence"], TEXTS[cell])
                evidence = self.lines(message)["Anna"]["evidence"]
                # the events say how; they are not read for a page of the chatter
                is_open = cell[0] == "opened" and event_type != "reply"
                in_line = ("opened", "") if is_open else cell
                self.assertEqual(evidence, TEXTS[in_line])

    def test_recipients_of_whom_no_event_is_known(self):
        message = self.post(self.anna | self.bob | self.nobody)
        anna, bob = self.row(message, self.anna), self.row(message, self.bob)
        (anna | bob).tracking_event_ids.unlink()
        (anna | bob)._fold()
        bob._set_cancelled(True)
        message.incoming_email_cc = "copy@example.com"
        message.incoming_email_to = "stranger@example.com, carl@example.com"
        Notification = self.env["mail.notification"]
        notified = self.env["res.partner"].create([{"name": name} for name in ("Ina", "Exa")])
        values = {"mail_message_id": message.id}
        Notification.create({**values, "res_partner_id": notified[0].id})
        failed = {"notification_type": "email", "notification_status": "exception"}
        Notification.create({**values, **failed, "res_partner_id": notified[1].id})
        lines = self.lines(message)
        for name, cell in (
            ("Anna", ("waiting", "")),
            ("Bob", ("cancelled", "")),
            ("Noel Without Address", ("no_email", "")),
            ("copy@example.com", ("cc", "")),
            ("stranger@example.com", ("no_partner", "")),
            ("Carl", ("unknown", "")),
            ("Ina", ("unknown", "inbox")),
            ("Exa", ("error", "")),
        ):
            self.assertEqual(lines[name]["evidence"], TEXTS[cell], name)

    def test_a_mail_of_which_only_sending_is_known(self):
        tracking = self.row(self.post(self.anna), self.anna)
        tracking.delivery_report = False
        self.assertEqual(tracking._get_evidence_words(), TEXTS["sent", ""])

    def test_a_shared_mail_says_who_opened_it_only_if_that_is_known(self):
        message = self.post(self.anna)
        tracking = self.row(message, self.anna)
        tracking.copy({"envelope_token": "shared", "partner_id": self.bob.id})
        tracking.envelope_token = "shared"
        self.assertNotIn("which of them", self.lines(message)["Anna"]["evidence"])
        tracking.event_create("open", {"open_kind": "person"})
        self.assertEqual(self.lines(message)["Anna"]["evidence"], TEXTS["opened", "shared"])
        self.assertEqual(self.details(message, tracking)["evidence"], TEXTS["opened", "shared"])
        tracking.event_create("reply", {})
        details = self.details(message, tracking)
        self.assertEqual((details["evidence"], details["shared"]), (TEXTS["opened", "answer"], 1))

    def test_loads_by_machines_prove_nothing(self):
        message = self.post(self.anna)
        tracking = self.row(message, self.anna)
        tracking.event_create("open", {"open_kind": "machine", "open_reason": "apple_prefetch"})
        tracking.event_create("open", {"open_kind": "proxy", "open_reason": "gmail_proxy"})
        self.assertEqual(self.details(message, tracking)["evidence"], TEXTS["opened", "proxy"])

    def test_nobody_knows_the_device_behind_a_proxy(self):
        message = self.post(self.anna)
        tracking = self.row(message, self.anna)
        values = {"open_kind": "proxy", "ua_family": "Gmail", "os_family": "windows"}
        tracking.event_create("open", values)
        self.assertEqual(self.details(message, tracking)["events"][-1]["detail"], "Gmail")

    def test_an_invalid_address_is_shown_whole_and_no_server_is_named(self):
        mary = self.env["res.partner"].create({"name": "Mary", "email": "mary@@example"})
        message = self.post(mary | self.nobody | self.anna)
        lines = self.lines(message)
        line = lines["Mary"]
        self.assertEqual(line["error_description"], "Invalid email address: mary@@example")
        self.assertEqual((line["reason"], line["email"]), ("", mary.email), "the sentence says it")
        [event] = self.details(message, self.row(message, mary))["events"]
        self.assertEqual(
            (event["title"], event["detail"]), ("Not sent: Invalid email address", "mary@@example")
        )
        [event] = self.details(message, self.row(message, self.nobody))["events"]
        self.assertEqual((event["title"], event["detail"]), ("Not sent: No email address", ""))

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_numbers_of_the_operating_system_are_not_shown(self):
        self.mail_server.smtp_port = free_port()
        message = self.post(self.anna)
        tracking = self.row(message, self.anna)
        tracking.error_code = tracking.tracking_event_ids.error_code = "111"
        tracking.error_description = "[Errno 111] Connection refused"
        self.assertEqual(
            self.lines(message)["Anna"]["error_description"],
            "Mail server 127.0.0.1 not reachable: Connection refused",
        )
        for event in self.details(message, tracking)["events"]:
            self.assertNotIn("111", event["title"] + event["detail"])

    def test_reasons_are_stored_and_worded_for_the_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        message = self.post(self.nobody)
        tracking = self.row(message, self.nobody)
        self.assertEqual((tracking.error_type, tracking.error_description), ("no_recipient", False))
        # older versions stored a sentence, in whatever language
        tracking.tracking_event_ids.error_description = "The contact has no email address"
        tracking.error_description = "The contact has no email address"
        for lang in ("en_US", "fr_FR"):
            french = message.with_context(lang=lang)
            [line] = french.tracking_status()
            [event] = french.get_tracking_details(tracking.id)["events"]
            self.assertEqual(event["detail"], "")
            self.assertNotIn("The contact has", line["error_description"])
        self.assertNotEqual(line["error_description"], "No email address")

    def test_the_popover_says_who_reviewed(self):
        tracking = self.row(self.post(self.anna), self.anna)
        if "reviewed_by_id" in tracking._fields:
            tracking.write(
                {"reviewed_by_id": self.user_employee.id, "reviewed_date": tracking.time}
            )
            [line] = tracking._get_details()["reviews"]
            self.assertEqual(line["text"], f"Reviewed by {self.user_employee.name}")
        else:
            self.assertEqual(tracking._get_details()["reviews"], [])
