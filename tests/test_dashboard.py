"""The numbers of the dashboard, and the lists behind them."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.dashboard import mail_tracking_dashboard as dashboard
from .support.dashboard_common import DashboardCommon


@tagged("post_install", "-at_install")
class TestDashboard(DashboardCommon):
    # ------------------------------------------------------------
    # DAILY NUMBERS
    # ------------------------------------------------------------

    def test_the_period_the_one_before_and_today(self):
        for emails, days_ago in ((1, 0), (20, 1), (300, 7), (4000, 8), (50000, 14), (600000, 15)):
            self.count(emails, days_ago)
        data = self.get_data(7)
        self.assertEqual(data["totals"]["today"]["sent"], 1)
        self.assertEqual(data["totals"]["now"]["sent"], 321)
        self.assertEqual(data["totals"]["before"]["sent"], 54000)
        self.assertEqual(len(data["by_day"]), 8)
        self.assertEqual([day["tried"] for day in data["by_day"]], [300, 0, 0, 0, 0, 0, 20, 1])
        self.assertEqual(
            (data["start"], data["today"]), (data["by_day"][0]["day"], str(self.today))
        )

    def test_another_period_than_those_offered_is_the_usual_one(self):
        for days in (3650, -1, "30", None):
            self.assertEqual(self.get_data(days)["days"], 30)
        self.assertEqual(self.get_data(90)["days"], 90)

    def test_what_waits_is_not_sent_and_what_is_unknown_is_no_failure(self):
        self.count(1, state=False)
        self.count(2, state="sent", delivery_report="none")
        self.count(3, state="delivered", delivery_report="success", delay="1m")
        self.count(4, state="error", reason="smtp")
        self.count(5, state="spam", delivery_report="service")
        self.count(6, state="opened", delivery_report="off", open_mode="identified", is_opened=True)
        self.count(7, state="sent", delivery_report="off", open_mode="counted", is_answered=True)
        totals = self.get_data()["totals"]["now"]
        self.assertEqual(
            {name: number for name, number in totals.items() if not name.startswith("within")},
            {
                "emails": 28,
                "tried": 27,
                "sent": 23,
                "taken": 23,
                "arrived": 14,
                "failed": 4,
                "refused": 0,
                "delay_known": 3,
                "delivery_known": 8,
                "delivered": 8,
                "unknown": 9,
                "complaints": 5,
                "open_known": 6,
                "opened": 6,
                "answered": 7,
            },
        )

    def test_failures_by_what_they_have_in_common(self):
        template = self.env["mail.template"].create({"name": "Invoice by email"})
        self.count(9, state="sent", provider="Google", reason=False)
        self.count(8, state="bounced", provider="Google", reason="user_unknown", server="a.example")
        self.count(7, state="error", reason="smtp", template_id=template.id, model="res.partner")
        found = {by["name"]: by for by in self.get_data()["failures"]}
        self.assertEqual(list(found), list(dashboard.FAILURES_BY))

        def get_items(name):
            return [(item["label"], item["emails"]) for item in found[name]["items"]]

        self.assertEqual(get_items("provider"), [("Google", 8), ("", 7)])
        self.assertEqual(get_items("server"), [("a.example", 8), ("", 7)])
        self.assertEqual(get_items("template_id"), [("", 8), ("Invoice by email", 7)])
        self.assertEqual(get_items("model"), [("", 8), ("Contact", 7)])
        self.assertEqual(get_items("reason")[0], ("Address does not exist", 8))

    def test_the_largest_are_named_and_the_others_are_one_number(self):
        for number in range(1, 9):
            self.count(number, state="error", server=f"{number}.example")
        [by] = [by for by in self.get_data()["failures"] if by["name"] == "server"]
        self.assertEqual([item["emails"] for item in by["items"]], [8, 7, 6, 5, 4])
        self.assertEqual((by["others"]["count"], by["others"]["emails"]), (3, 6))

    def test_how_long_deliveries_took(self):
        self.assertEqual(self.get_data()["delays"]["median"], None)
        self.count(60, state="delivered", delay="10s")
        self.count(36, state="opened", delay="5m")
        self.count(4, state="delivered", delay="more")
        self.count(900, state="sent")
        delays = self.get_data()["delays"]
        self.assertEqual((delays["median"], delays["most"]), ("10s", "5m"))
        numbers = {delay["value"]: delay["emails"] for delay in delays["classes"]}
        self.assertEqual((numbers["5m"], numbers["1h"], numbers["more"]), (36, 0, 4))

    def test_a_new_database_has_no_numbers(self):
        self.assertTrue(self.get_data()["is_empty"])
        self.count(1, days_ago=400)
        self.assertFalse(self.get_data()["is_empty"])

    # ------------------------------------------------------------
    # WHAT IS GOING ON
    # ------------------------------------------------------------

    def test_what_is_not_counted_yet(self):
        self.assertEqual(self.get_data()["to_count"], {"emails": 0, "is_more": False})
        Email = self.env["mail.tracking.email"]
        Email.create(
            [{"recipient": f"r{number}@example.com", "state": "sent"} for number in range(3)]
        )
        Email.create({"recipient": "waits@example.com"})
        self.assertEqual(self.get_data()["to_count"]["emails"], 3)
        self.patch(dashboard, "MAX_EMAILS", 2)
        self.assertEqual(self.get_data()["to_count"], {"emails": 2, "is_more": True})
        self.patch(dashboard, "MAX_EMAILS", 100)
        Email.search([("state", "=", "sent")])[0].is_counted = True
        self.assertEqual(self.get_data()["to_count"]["emails"], 2)

    def test_open_incidents_those_that_are_urgent_first(self):
        now = fields.Datetime.now()
        incidents = self.env["mail.tracking.incident"].create(
            [
                {
                    "kind": "server",
                    "key": str(number),
                    "subject": f"{number}.example",
                    "severity": "urgent" if number == 4 else "warning",
                    "opened_on": now - timedelta(hours=number),
                    "closed_on": now if number == 3 else False,
                }
                for number in range(8)
            ]
        )
        found = self.get_data()["incidents"]
        self.assertEqual(found["count"], 7)
        self.assertEqual(
            [record["id"] for record in found["records"]],
            [incidents[number].id for number in (4, 7, 6, 5, 2)],
        )
        self.assertIn("4.example", found["records"][0]["name"])
        incidents.closed_on = now
        self.assertEqual(self.get_data()["incidents"], {"count": 0, "records": []})

    def test_who_looks_finds_that_the_scheduled_action_is_off(self):
        self.env.ref("mail_tracking.ir_cron_incidents").active = False
        incident = self.env["mail.tracking.incident"].create(
            {"kind": "server", "key": "x", "opened_on": fields.Datetime.now()}
        )
        self.get_data()
        self.assertTrue(incident.closed_on)

    def test_the_queue(self):
        empty = {"emails": 0, "is_more": False, "planned": 0, "since": False}
        self.assertEqual(self.get_data()["queue"], empty)
        values = {"email_to": "x@example.com", "email_cc": "y@example.com"}
        self.prepare_mail(**values, scheduled_date=fields.Datetime.now() + timedelta(days=2))
        queue = self.get_data()["queue"]
        self.assertEqual(queue, {**empty, "emails": 2, "planned": 2})
        mail = self.prepare_mail(email_to="z@example.com")
        hour_ago = fields.Datetime.now() - timedelta(hours=1)
        row = self.env["mail.tracking.email"].search([("mail_id_int", "=", mail.id)])
        row.time = hour_ago
        queue = self.get_data()["queue"]
        self.assertEqual((queue["emails"], queue["planned"]), (3, 2))
        self.assertEqual(queue["since"], fields.Datetime.to_string(hour_ago))
        mail.cancel()
        self.assertEqual(self.get_data()["queue"]["emails"], 2)
        self.patch(dashboard, "MAX_EMAILS", 2)
        self.assertTrue(self.get_data()["queue"]["is_more"])

    # ------------------------------------------------------------
    # THE LISTS BEHIND THE NUMBERS
    # ------------------------------------------------------------

    def test_each_number_leads_to_the_emails_that_it_counts(self):
        """As many cells of one email as there are trackings, alike in all that is counted."""
        template = self.env["mail.template"].create({"name": "Offer"})
        self.env["mail.tracking.domain"].create({"name": "g.example", "provider": "Google"})
        self.env["mail.tracking.domain"].create({"name": "odd.example"})
        now = fields.Datetime.now()
        states = dict(self.env["mail.tracking.email"]._fields["state"].selection)
        trackings = []
        for number, state in enumerate([False, *states]):
            for kind in range(12):
                report = ("success", "service", "failure", "off", "none", False)[kind % 6]
                mode = ("identified", "legal", "counted", "off")[(number + kind) % 4]
                domain = ("g.example", "odd.example", "new.example")[kind % 3]
                is_opened, is_answered = kind % 2 == 0, kind % 5 == 0
                common = {
                    "state": state,
                    "delivery_report": report,
                    "open_mode": mode,
                    "template_id": template.id if kind % 4 else False,
                    "model": "res.partner" if kind % 3 else False,
                }
                reason, server = ("smtp", "user_unknown", False)[kind % 3], f"{kind % 7}.example"
                trackings.append(
                    {
                        **common,
                        "time": now,
                        "recipient_address": f"r@{domain}",
                        "error_type": reason,
                        "smtp_server": server,
                        "first_open": now if is_opened else False,
                        "first_reply": now if is_answered else False,
                    }
                )
                self.count(
                    1,
                    **common,
                    provider="Google" if domain == "g.example" else False,
                    reason=reason,
                    server=server,
                    is_opened=is_opened,
                    is_answered=is_answered,
                )
        self.env["mail.tracking.email"].create(trackings)
        data = self.get_data()
        Email = self.env["mail.tracking.email"].with_user(self.postmaster)
        for name, domain in data["domains"].items():
            if name == "waiting":
                self.assertEqual(Email.search_count(domain), data["queue"]["emails"])
                continue
            number = data["totals"]["now"][name]
            self.assertGreater(number, 0, name)
            self.assertEqual(Email.search_count(domain), number, name)
        for by in data["failures"]:
            others = [by["others"]] if by["others"]["count"] else []
            self.assertEqual(
                sum(item["emails"] for item in by["items"] + others),
                data["totals"]["now"]["failed"],
            )
            for item in by["items"] + others:
                domain = [*data["domains"]["failed"], *item["domain"]]
                self.assertEqual(Email.search_count(domain), item["emails"], domain)

    def test_the_provider_of_a_recipient(self):
        self.env["mail.tracking.domain"].create({"name": "g.example", "provider": "Google"})
        Email = self.env["mail.tracking.email"].with_user(self.postmaster)
        for address in ("a@g.example", "b@new.example"):
            Email.sudo().create({"recipient": address})
        google = Email.search([("recipient_provider", "=", "Google")])
        self.assertEqual(google.recipient_address, "a@g.example")
        self.assertEqual(google.recipient_provider, "Google")
        others = Email.search([("recipient_provider", "=", False)])
        self.assertEqual(others.mapped("recipient_address"), ["b@new.example"])
        self.assertFalse(others.recipient_provider)
        self.assertEqual(Email.search([("recipient_provider", "!=", "Google")]), others)

    # ------------------------------------------------------------
    # WHOSE NUMBERS
    # ------------------------------------------------------------

    def test_numbers_of_the_companies_that_are_chosen(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.count(1)
        self.count(20, company_id=False)
        self.count(300, company_id=other.id, state="error", server="secret.example", delay="1m")
        self.env["mail.tracking.email"].create(
            {"recipient": "x@example.com", "company_id": other.id}
        )
        data = self.get_data()
        self.assertEqual(data["totals"]["now"]["tried"], 21)
        self.assertEqual(data["delays"]["median"], None)
        self.assertNotIn("secret.example", str(data))
        self.assertEqual((data["to_count"]["emails"], data["queue"]["emails"]), (0, 0))
        self.postmaster.company_ids |= other
        both = self.env["mail.tracking.dashboard"].with_user(self.postmaster)
        for chosen, tried in (
            (self.env.company, 21),
            (other, 320),
            (other | self.env.company, 321),
        ):
            data = both.with_context(allowed_company_ids=chosen.ids).get_data()
            self.assertEqual(data["totals"]["now"]["tried"], tried)

    def test_postmasters_alone_see_them(self):
        self.get_data(user=self.user_admin)
        with self.assertRaises(AccessError):
            self.get_data(user=self.user_employee)

    # ------------------------------------------------------------
    # WHAT IT COSTS
    # ------------------------------------------------------------

    def test_as_many_queries_for_much_as_for_little(self):
        template = self.env["mail.template"].create([{"name": f"T{n}"} for n in range(9)])

        def fill(number):
            for days_ago in range(number):
                self.count(
                    5,
                    days_ago,
                    state="error",
                    server=f"{days_ago}.example",
                    template_id=template[days_ago % 9].id,
                )
            self.prepare_mail(email_to="x@example.com")
            self.env["mail.tracking.incident"].create(
                {"kind": "server", "key": str(number), "opened_on": "2026-01-01"}
            )

        def read():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.get_data(90)
            return self.env.cr.sql_log_count - before

        fill(1)
        read()
        few = read()
        fill(60)
        read()
        self.assertEqual(read(), few)
        self.assertLessEqual(few, 20)
