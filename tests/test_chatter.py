from odoo.exceptions import AccessError
from odoo.tests import tagged, users

from odoo.addons.mail.tools.discuss import Store

from ..models.chatter.mail_tracking_email import MAX_NAMED, MAX_SHOWN
from .support.common import MailTrackingCommon

TRACKING = "mail.tracking.email"


@tagged("post_install", "-at_install")
class TestChatter(MailTrackingCommon):
    def store_lines(self, message, user):
        data = Store(bus_channel=user).add(message.with_user(user)).get_result()
        return self.trackings(data, message)

    def test_the_client_gets_one_line_for_each_recipient(self):
        message = self.post(self.anna | self.nobody)
        lines = self.store_lines(message, self.user_employee)
        self.assertEqual(
            {line["recipient"]: line["status"] for line in lines},
            {"Anna": "sent", "Noel Without Address": "no_email"},
        )
        for key in (
            "status_human",
            "error_type",
            "error_description",
            "tracking_id",
            "partner_id",
            "isCc",
        ):
            self.assertIn(key, lines[0])

    def test_each_state_has_its_status(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        for event_type, status in (
            ("deferral", "sent"),
            ("soft_bounce", "error"),
            ("delivered", "delivered"),
            ("hard_bounce", "error"),
            ("open", "opened"),
            ("unsub", "opened"),
            ("spam", "error"),
        ):
            with self.subTest(event_type):
                row.event_create(event_type, {"source": "test"})
                self.assertEqual(self.status(message), {"Anna": status})

    def test_people_named_in_a_received_mail(self):
        mail = (
            "From: anna@example.com\nTo: catchall.test@test.mycompany.com, x@example.com\n"
            "Cc: Bob <bob@example.com>, stranger@example.com\nMessage-ID: <in-1@example.com>\n"
            f"In-Reply-To: {self.post(self.anna).message_id}\nSubject: Re: Offer\n\nHi"
        )
        self.env["mail.thread"].message_process("res.partner", mail)
        message = self.env["mail.message"].search([("message_id", "=", "<in-1@example.com>")])
        status = self.status(message)
        self.assertEqual(status["Bob"], "cc")
        self.assertEqual(status["stranger@example.com"], "cc")
        self.assertEqual(status["x@example.com"], "no_partner")
        message.incoming_email_to = "catchall.test@test.mycompany.com"
        self.assertNotIn("catchall.test@test.mycompany.com", self.status(message))
        self.env.company.mail_tracking_show_aliases = True
        self.assertIn("catchall.test@test.mycompany.com", self.status(message))

    def test_a_mail_that_names_thousands_names_some(self):
        message = self.post(self.anna)
        named = [f"cc{number}@example.com" for number in range(20_000)]
        message.incoming_email_cc = ", ".join(named)
        lines = message.tracking_status()
        self.assertEqual([line["email"] for line in lines[1:4]], named[:3])
        self.assertEqual(len(lines), 1 + MAX_NAMED)

    def test_the_popover_tells_the_events_in_time_order_and_plain_words(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        row.event_create(
            "hard_bounce",
            {"error_type": "user_unknown", "error_description": "550 5.1.1 no such user"},
        )
        details = message.with_user(self.user_employee).get_tracking_details(row.id)
        self.assertEqual([event["type"] for event in details["events"]], ["sent", "hard_bounce"])
        self.assertIn("550 5.1.1 no such user", details["events"][1]["detail"])
        self.assertIn("Address does not exist", details["events"][1]["title"])
        self.assertFalse(details["action_url"])
        details = message.with_user(self.user_admin).get_tracking_details(row.id)
        self.assertIn(str(row.id), details["action_url"])

    def hit(self, row, number, **values):
        """Have the image loaded so often, once every ten minutes."""
        start = row.tracking_event_ids[-1:].timestamp + 60
        row._apply_events(
            [
                {
                    "tracking_email_id": row.id,
                    "event_type": "open",
                    "event_key": f"hit:{values}:{count}",
                    "timestamp": start + count * 600,
                    **values,
                }
                for count in range(number)
            ]
        )
        return row.mail_message_id.with_user(self.user_employee).get_tracking_details(row.id)

    def test_opens_of_one_kind_are_one_line_however_many(self):
        row = self.row(self.post(self.anna), self.anna)
        row.tracking_event_ids.timestamp -= 3e6  # else they would be in the future
        self.hit(row, 2, open_kind="machine", open_reason="scanner", ua_family="chrome")
        self.hit(row, 3, open_kind="person", ua_family="Thunderbird", os_family="linux")
        details = self.hit(row, 3 * MAX_SHOWN, open_kind="person", ua_family="Outlook")
        self.assertEqual(
            [(event["title"], event["detail"]) for event in details["events"][1:]],
            [
                (
                    "Loaded by a machine, which says nothing about reading (2×)",
                    "A security scanner checked the email.",
                ),
                (f"Opened ({3 * MAX_SHOWN + 3}×)", "Outlook\nThunderbird, Linux"),
            ],
        )
        first = min(e.time for e in row.tracking_event_ids if e.open_kind == "person")
        self.assertEqual(details["events"][-1]["first_time"], str(first))
        self.assertFalse(details["is_cut"])

    def test_of_many_events_the_last_are_shown_and_alike_ones_are_one_line(self):
        row = self.row(self.post(self.anna), self.anna)
        for number in range(3):
            row.event_create("deferral", {"error_type": "mailbox_full", "event_key": f"d{number}"})
        details = row._get_details()
        self.assertEqual(details["events"][-1]["title"], "Delayed: Mailbox full (3×)")
        for number in range(MAX_SHOWN):
            row.event_create(("deferral", "soft_bounce")[number % 2], {"event_key": f"x{number}"})
        details = row._get_details()
        self.assertEqual(len(details["events"]), MAX_SHOWN)
        self.assertTrue(details["is_cut"])

    def test_queries_of_the_popover_do_not_grow_with_events(self):
        row = self.row(self.post(self.anna), self.anna)
        row.tracking_event_ids.timestamp -= 1e6
        counts = []
        for number in (1, 1, 50):
            for count in range(number):
                row.event_create("deferral", {"event_key": f"{counts}{count}"})
            self.hit(row, number, ua_family=f"Client {counts}")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            row._get_details()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_the_popover_of_another_message_or_for_a_stranger_tells_nothing(self):
        message, other = self.post(self.anna), self.post(self.bob)
        row = self.row(message, self.anna)
        self.assertEqual(
            other.with_user(self.user_employee).get_tracking_details(row.id), {"events": []}
        )
        channel = self.env["discuss.channel"]._create_group(self.user_admin.partner_id.ids)
        secret = channel.message_post(body="x", message_type="comment")
        with self.assertRaises(AccessError):
            secret.with_user(self.user_employee).get_tracking_details(row.id)

    def test_the_short_form_says_what_the_full_one_says(self):
        twice = self.env["res.partner"].create({"name": "Two", "email": "a@b.test, c@d.test"})
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 no"
        message = self.post(self.anna | self.bob | self.nobody | twice)
        self.row(message, self.anna).event_create("open", {"source": "test"})
        message.incoming_email_cc = "Carl <carl@example.com>, stranger@example.com"
        self.anna.email = "new@example.com"
        self.env["mail.notification"].create(
            {"mail_message_id": message.id, "res_partner_id": self.carl.id}
        )
        self.row(message, self.bob)._resend(self.row(message, self.bob)._get_resends())
        lines = self.store_lines(message, self.user_employee)
        self.assertEqual(lines, message.tracking_status())
        self.assertIn("anna@example.com", [line["email"] for line in lines])
        self.assertEqual(len({line["recipient"] for line in lines}), len(lines))

    def test_what_other_addons_say_reaches_the_screen(self):
        message = self.post(self.anna | self.bob)
        Message, Tracking = self.env.registry["mail.message"], self.env.registry[TRACKING]
        tracking_status, get_status = Message.tracking_status, Tracking._get_status
        get_fields = Tracking._get_status_fields

        def own_tracking_status(message):
            known = [{**entry, "mark": message.subject} for entry in tracking_status(message)]
            return [*known, {"status": "sent", "status_human": "Sent", "recipient": "A drone"}]

        def own_status(tracking):
            return "opened" if tracking.partner_id == self.bob else get_status(tracking)

        self.patch(Message, "tracking_status", own_tracking_status)
        self.patch(Tracking, "_get_status", own_status)
        self.patch(
            Tracking, "_get_status_fields", lambda row: [*get_fields(row), "recipient_address"]
        )
        lines = self.store_lines(message, self.user_employee)
        self.assertEqual(
            {line["recipient"]: (line["status"], line.get("mark")) for line in lines},
            {"Anna": ("sent", "Offer"), "Bob": ("opened", "Offer"), "A drone": ("sent", None)},
        )

    def test_queries_do_not_grow_with_messages_or_recipients(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(20)]
        )
        few = self.post(partners[:5])
        messages = self.env["mail.message"]
        for _i in range(6):
            messages |= self.post(partners)
        self.env.flush_all()
        for thread in (few, few, messages[:1], messages):
            self.env.invalidate_all()
            own = thread.with_user(self.user_employee)
            store = Store()
            own.sudo().notification_ids.mapped("res_partner_id.name")
            own.mapped("mail_tracking_needs_action")
            with self.assertQueryCount(1):
                own._recipients_to_store(store)
            self.assertEqual(len(store.get_result()["mail.message"]), len(thread))

    def test_queries_do_not_grow_with_messages_that_were_sent_again(self):
        messages = self.env["mail.message"]
        for _number in range(5):
            message = self.post(self.anna | self.bob)
            rows = self.rows(message)
            rows._resend(rows._get_resends(), at_once=False)
            rows.event_create("open", {"source": "test"})
            messages |= message
        self.env.flush_all()
        counts = []
        for thread in (messages[:1], messages[:1], messages):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = thread._get_tracking_status().values()
            counts.append(self.env.cr.sql_log_count - before)
            for lines in found:
                self.assertEqual([line["status"] for line in lines], ["opened", "opened"])
        self.assertEqual(counts[1], counts[2])

    @users("employee")
    def test_review_settles_the_flag(self):
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 no"
        message = self.post(self.bob).with_user(self.env.user)
        self.assertTrue(message.is_failed_message)
        self.assertEqual(
            self.env["mail.message"].search([("is_failed_message", "=", True)]), message
        )
        self.assertNotIn(
            message, self.env["mail.message"].search([("is_failed_message", "=", False)])
        )
        self.assertEqual(self.env["mail.message"].get_failed_count(), 1)
        message.set_need_action_done()
        self.assertFalse(message.is_failed_message)
        self.assertEqual(self.env["mail.message"].get_failed_count(), 0)
