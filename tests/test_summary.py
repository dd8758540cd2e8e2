"""The daily numbers are those of a recount, whatever happens in whatever order."""

import random
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.summary import mail_tracking_day, mail_tracking_email
from ..models.summary.mail_tracking_day import DIMENSIONS
from ..tools.summary import COUNTS
from .support.erasure_common import ErasureCommon

SEEDS = 8
STEPS = 30
START = 1_760_000_000.0
KINDS = {
    "sent": ("smtp", "webhook"),
    "error": ("smtp",),
    "delivered": ("report", "webhook"),
    "deferral": ("report", "webhook"),
    "soft_bounce": ("report", "webhook"),
    "hard_bounce": ("report", "webhook"),
    "reject": ("webhook",),
    "open": ("pixel", "webhook", "report"),
    "click": ("webhook",),
    "reply": ("reply",),
    "unsub": ("webhook",),
    "spam": ("report", "webhook"),
}
FAILED = ("error", "rejected", "bounced", "soft-bounced")
ARRIVED = ("delivered", "opened", "unsub", "spam")


class SummaryCommon(ErasureCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Day = cls.env["mail.tracking.day"].sudo()
        cls.company = cls.env["res.company"].create({"name": "Other company"})
        cls.template = cls.env["mail.template"].create({"name": "Offer"})
        cls.env["mail.tracking.domain"].create(
            [
                {"name": "example.com", "provider": "Google", "checked_on": fields.Datetime.now()},
                {"name": "example.org", "checked_on": fields.Datetime.now()},
            ]
        )

    def count(self, batch=7):
        """Do what the scheduled action does."""
        with (
            patch.object(mail_tracking_day, "BATCH", batch),
            # nothing is being sent meanwhile
            patch.object(mail_tracking_email, "MAY_BE_SENT", timedelta(days=-1)),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60),
        ):
            self.Day._process_uncounted()

    def numbers(self):
        """What is counted: values of dimensions -> numbers."""
        found = Counter()
        for day in self.Day.search([]):
            values = tuple(
                day[name].id if name.endswith("_id") else day[name] for name in DIMENSIONS
            )
            for name in COUNTS:
                found[(*values, name)] += day[name]
        self.assertEqual(self.sums("mail_tracking_day_total"), self.sums("mail_tracking_day"))
        return +found

    def sums(self, table):
        """Sums by all that totals have in common."""
        names = ", ".join(f"sum({name})" for name in COUNTS)
        self.env.cr.execute(
            f"SELECT day, company_id, provider, {names} FROM {table}"
            " GROUP BY 1, 2, 3 HAVING sum(emails) <> 0"
        )
        return Counter(self.env.cr.fetchall())

    def recount(self, trackings=None):
        """What counting from nothing comes to."""
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute(
                "DELETE FROM mail_tracking_day; DELETE FROM mail_tracking_day_total;"
                "UPDATE mail_tracking_email SET is_counted = NULL, day_id_int = NULL"
            )
            if trackings is not None:
                self.env.cr.execute(
                    "UPDATE mail_tracking_email SET is_counted = TRUE WHERE id <> ALL(%s)",
                    [trackings.ids],
                )
            self.env.invalidate_all()
            self.count(batch=1000)
            found = self.numbers()
            savepoint.rollback()
        self.env.invalidate_all()
        return found

    def assert_exact(self):
        """The numbers are those of a recount."""
        self.count()
        self.assertEqual(self.numbers(), self.recount())

    def total(self, name, domain=()):
        return self.Day._get_numbers(list(domain))[()][name]


@tagged("post_install", "-at_install")
class TestSummary(SummaryCommon):
    def test_random_histories_come_to_what_a_recount_comes_to(self):
        states = set()
        for seed in range(SEEDS):
            with self.subTest(seed=seed):
                states |= self.live(random.Random(seed))  # noqa: S311
        self.assertGreater(len(states), 8, "many things happened")

    def live(self, rng):
        """Let many things happen to some emails, count now and then, and delete them.

        :return: the states that they had in the end
        """
        rows = self.Tracking.browse()
        for _step in range(STEPS):
            rows |= self.do_something(rng, rows)
            if rng.random() < 0.2:
                self.count(batch=rng.choice([1, 5, 1000]))
        self.assert_exact()
        self.check_totals()
        states = set(rows.mapped("state"))
        # they are counted as they are when they go, and stay in the numbers
        rows.event_create("hard_bounce", {"timestamp": START, "event_key": "last"})
        gone, total = self.recount(rows), self.recount()
        rows.unlink()
        self.assertEqual(self.numbers(), total)
        self.assertEqual(self.recount(), total - gone)
        self.env.cr.execute("DELETE FROM mail_tracking_day; DELETE FROM mail_tracking_day_total")
        self.env.cr.execute("UPDATE mail_tracking_email SET is_counted = NULL, day_id_int = NULL")
        self.env.invalidate_all()
        return states

    def do_something(self, rng, rows):
        """Do one of the things that can happen; returns emails that are new."""
        some = rows.filtered(lambda row: rng.random() < 0.3)
        what = rng.random()
        if what < 0.2 or not some:
            return self.new_emails(rng)
        if what < 0.9:
            entries = [(row, *self.new_event(rng, row)) for row in some]
            entries += rng.sample(entries, len(entries) // 3)  # some come twice
            rng.shuffle(entries)
            self.Tracking._log_events(entries)
        elif what < 0.93:
            some._set_cancelled(rng.random() < 0.7)
        elif what < 0.96:
            self.answer(some[0].recipient_address, "no", purposes=("opens", "clicks"))
        else:
            some._review()
        self.env.flush_all()
        return self.Tracking

    def new_emails(self, rng):
        created = START + rng.randrange(5) * 86400
        return self.Tracking.create(
            [
                {
                    "name": "Offer",
                    "recipient": f"p{rng.randrange(9)}@{domain}",
                    "timestamp": created + rng.randrange(80000),
                    "company_id": rng.choice([self.env.company.id, self.company.id, False]),
                    "template_id": rng.choice([self.template.id, False]),
                    "model": rng.choice(["res.partner", False]),
                }
                for domain in ("example.com", "example.org", "own.example.net")
            ]
        )

    def new_event(self, rng, row):
        kind = rng.choice(list(KINDS))
        data = {
            "source": rng.choice(KINDS[kind]),
            # late ones come before early ones
            "timestamp": row.timestamp + rng.choice([1, 50, 5000, 500_000]),
            "event_key": f"summary:{row.id}:{rng.randrange(30)}",
            "is_unproven": rng.random() < 0.1,
        }
        if kind == "sent":
            data["open_mode"] = rng.choice(["identified", "counted", "off", "legal"])
            data["delivery_report"] = rng.choice(["success", "failure", "service", "none"])
            data["smtp_server"] = rng.choice(["one.example", "two.example"])
        elif kind in ("error", "soft_bounce", "hard_bounce", "reject", "deferral"):
            data["error_type"] = rng.choice(["user_unknown", "mailbox_full", "network"])
        elif kind in ("open", "click"):
            data["open_kind"] = rng.choice(["person", "machine", "proxy"])
        return kind, data

    def check_totals(self):
        """The totals of all are what searches find."""
        alive = ["|", ("state", "!=", False), ("is_cancelled", "!=", True)]
        sent = [("state", "not in", (False, "error"))]
        known = [*sent, ("delivery_report", "in", ("success", "service"))]
        seen = [
            *sent,
            ("state", "not in", FAILED),
            ("open_mode", "in", ("identified", "legal")),
            ("opens_refused", "!=", True),
        ]
        hits = [("first_open", "!=", False), ("click_count", ">", 0), ("first_reply", "!=", False)]
        arrived = [("state", "in", ARRIVED)]
        in_an_hour = ("10s", "1m", "5m", "15m", "1h")
        for name, domain in {
            "emails": alive,
            "tried": [("state", "!=", False)],
            "sent": sent,
            "arrived": arrived,
            "unknown": [
                ("state", "not in", (False, *FAILED, *ARRIVED)),
                ("delivery_report", "not in", ("success", "service")),
            ],
            "delivery_known": known,
            "delivered": [*known, ("state", "in", ARRIVED)],
            "open_known": seen,
            "opened": [*seen, "|", "|", *hits],
            "answered": [*sent, ("first_reply", "!=", False)],
            "failed": [("state", "in", FAILED)],
            "refused": [("state", "in", ("bounced", "soft-bounced"))],
            "complaints": [("state", "=", "spam")],
            "delay_known": [*arrived, ("delay", "!=", False)],
            "within_1h": [*arrived, ("delay", "in", in_an_hour)],
        }.items():
            self.assertEqual(self.total(name), self.Tracking.search_count(domain), name)

    # ------------------------------------------------------------
    # ONE BY ONE
    # ------------------------------------------------------------

    def test_an_email_moves_from_record_to_record(self):
        self.count(batch=1000)
        before = self.numbers()
        row = self.track("x@example.com", events=[])
        self.count()
        waiting = self.Day.browse(row.day_id_int)
        self.assertEqual((waiting.tried, waiting.provider, waiting.domain), (0, "Google", False))
        self.assertEqual(sum((self.numbers() - before).values()), 1)
        row.event_create("sent", {"smtp_server": "one.example", "delivery_report": "success"})
        row.event_create("hard_bounce", {"error_type": "user_unknown", "event_key": "b"})
        self.assertFalse(row.is_counted)
        self.count()
        self.assertTrue(row.is_counted)
        self.assertFalse(waiting.exists(), "it counts nothing any more")
        bounced = self.Day.browse(row.day_id_int)
        self.assertEqual(
            (bounced.reason, bounced.server, bounced.domain, bounced.failed, bounced.refused),
            ("user_unknown", "one.example", "example.com", 1, 1),
        )

    def test_only_what_failed_has_records_of_its_own(self):
        rows = self.Tracking.browse()
        for address in ("x@example.com", "y@example.com", "z@example.com"):
            rows |= self.track(address, events=[])
        values = {"open_mode": "identified", "smtp_server": "one.example"}
        for row in rows:
            row.event_create("sent", {**values, "event_key": f"s{row.id}"})
        self.count()
        [day_id] = set(rows.mapped("day_id_int"))
        day = self.Day.browse(day_id)
        before = day.read(COUNTS)[0]
        rows[1].event_create("open", {"open_kind": "person"})
        rows[2].event_create("deferral", {"error_type": "mailbox_full"})
        self.count()
        self.assertEqual(set(rows.mapped("day_id_int")), {day_id})
        [after] = day.read(COUNTS)
        changed = {name for name in COUNTS if before[name] != after[name]}
        self.assertEqual(changed, {"arrived", "unknown", "opened"})
        rows[2].event_create("soft_bounce", {"error_type": "mailbox_full", "event_key": "b"})
        self.count()
        self.assertEqual((day.emails, rows[2].day_id_int == day_id), (2, False))
        self.assert_exact()

    def test_a_late_delivery_report_tells_how_long_it_took(self):
        row = self.track("x@example.com", events=[])
        now = row.timestamp
        row.event_create(
            "sent",
            {"timestamp": now, "delivery_report": "success", "open_mode": "identified"},
        )
        row.event_create("open", {"timestamp": now + 900, "open_kind": "person"})
        self.count()
        self.assertFalse(self.Day.browse(row.day_id_int).delay_known)
        row.event_create("delivered", {"timestamp": now + 200})
        self.assertEqual(row.state, "opened")
        self.count()
        day = self.Day.browse(row.day_id_int)
        self.assertEqual((day.delay_known, day.within_1m, day.within_5m), (1, 0, 1))

    def test_what_decides_nothing_is_not_counted_again(self):
        row = self.track("x@example.com", events=["sent", "open"])
        self.count()
        row.event_create("open", {"open_kind": "person"})
        self.assertEqual(row.open_count, 2)
        self.assertTrue(row.is_counted)

    def test_an_email_that_may_be_being_sent_is_left_alone(self):
        row = self.track("x@example.com", events=[])
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60):
            self.Day._process_uncounted()
            self.assertFalse(row.is_counted)
            row.event_create("sent", {})
            self.Day._process_uncounted()
        self.assertTrue(row.is_counted)

    def test_cancelled_emails_do_not_wait_for_ever(self):
        row = self.track("x@example.com", events=[])
        self.count()
        self.assertTrue(row.day_id_int)
        row._set_cancelled(True)
        self.count()
        self.assertTrue(row.is_counted)
        self.assertFalse(row.day_id_int)
        self.assert_exact()
        row._set_cancelled(False)
        self.count()
        self.assertTrue(row.day_id_int)

    def test_opens_after_a_no_are_unknown(self):
        row = self.track("x@example.com", events=[])
        row.event_create("sent", {"open_mode": "identified"})
        self.count()
        self.assertEqual(self.Day.browse(row.day_id_int).open_known, 1)
        self.answer("x@example.com", "no")
        self.count()
        day = self.Day.browse(row.day_id_int)
        self.assertEqual((day.open_mode, day.open_known, day.sent), ("off", 0, 1))

    def test_numbers_of_what_was_deleted_stay(self):
        self.count(batch=1000)
        total = self.total("emails")
        rows = self.track("x@example.com", events=["sent"]) | self.track("y@example.com", events=[])
        rows[0].event_create("hard_bounce", {"event_key": "b"})
        rows.unlink()  # before anybody counted
        self.count()
        self.assertEqual(self.total("emails"), total + 2)
        self.assertEqual(self.total("failed", [("domain", "=", "example.com")]), 1)

    def test_retention_counts_first_and_forgets_domains(self):
        self.count(batch=1000)
        total = self.total("emails")
        self.env["ir.config_parameter"].set_param(
            "mail_tracking.mail_tracking_email_max_age_days", "30"
        )
        old = (fields.Datetime.now() - timedelta(days=100)).timestamp()
        rows = self.track("x@example.com", events=[], timestamp=old)
        rows |= self.track("y@example.org", events=["sent"])
        for row in rows:
            row.event_create("hard_bounce", {"event_key": f"b{row.id}"})
        rows._review()
        self.Tracking._gc_trackings()
        self.assertEqual(rows.exists(), rows[1])
        self.count()
        self.assertEqual(self.total("emails"), total + 2)
        self.assertEqual(self.total("failed", [("domain", "=", "example.com")]), 1)
        self.assertEqual(self.Day._gc_domains(), (1, False))
        self.assertEqual(self.total("failed", [("domain", "=", "example.com")]), 0)
        self.assertEqual(self.total("failed", [("domain", "=", "example.org")]), 1)
        self.assertEqual(self.total("emails"), total + 2)

    def test_an_erased_person_leaves_numbers_without_a_domain(self):
        self.count(batch=1000)
        total = self.total("emails")
        address = "me@anna-berg.example"
        rows = [self.track(address, events=["sent"]) for _number in range(3)]
        for row in rows[:2]:
            row.event_create("hard_bounce", {"event_key": f"b{row.id}"})
        rows[0].successor_id = rows[1]  # the first one is deleted, the second stays
        self.env["mail.tracking.domain"].create({"name": "anna-berg.example"})
        self.count()
        self.assertEqual(self.total("failed", [("domain", "=", "anna-berg.example")]), 2)
        self.erase(self.env["res.partner"], addresses=address)
        self.assertEqual(self.stored("anna-berg"), set())
        self.assertEqual(self.total("emails"), total + 3)
        self.count()
        self.assertEqual(self.total("emails"), total + 3)

    def test_a_deleted_company_or_template_leaves_its_numbers(self):
        row = self.track("x@example.com", template_id=self.template.id)
        self.count(batch=1000)
        before = self.total("emails")
        self.template.unlink()
        self.env.invalidate_all()
        self.assertEqual(self.total("emails"), before)
        row.event_create("hard_bounce", {"event_key": "b"})
        self.assert_exact()

    # ------------------------------------------------------------
    # WHO AND HOW MUCH
    # ------------------------------------------------------------

    def test_numbers_of_other_companies_do_not_show(self):
        self.count(batch=1000)
        self.track("x@example.com", company_id=self.company.id)
        self.track("x@example.com", company_id=self.env.company.id)
        self.count()
        user = self.user_employee
        user.group_ids |= self.env.ref("mail_tracking.group_postmaster")
        Day = self.env["mail.tracking.day"].with_user(user)
        own = self.total("emails", [("company_id", "in", [self.env.company.id, False])])
        self.assertEqual(Day._get_numbers([])[()]["emails"], own)
        self.assertGreater(self.total("emails"), own)
        [found] = Day._get_numbers([], ["company_id", "day:year"]).values()
        self.assertEqual(found["emails"], own)

    def test_numbers_are_one_query(self):
        self.track("x@example.com")
        self.track("x@unknown.example", events=[])
        self.count(batch=1000)
        self.env.invalidate_all()
        self.Day._get_numbers([])
        with self.assertQueryCount(1):
            found = self.Day._get_numbers([("emails", ">", 0)], ["provider", "server"])
        self.assertGreater(len(found), 1)
        for numbers in found.values():
            self.assertEqual(list(numbers), list(COUNTS))
        nothing = self.Day._get_numbers([("server", "=", "none.example")])
        self.assertEqual(nothing, {(): dict.fromkeys(COUNTS, 0)})

    def test_a_batch_costs_the_same_queries_for_one_and_for_many(self):
        self.count(batch=1000)
        queries = []
        for number in (1, 80):
            rows = self.Tracking.create(
                [{"recipient": f"a{i}@many{i}.example"} for i in range(number)]
            )
            for row in rows:
                row.event_create("error", {"error_type": "network"})
            self.count(batch=1000)
            rows._log_events([(row, "sent", {"smtp_server": f"s{row.id}"}) for row in rows])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.Day._count(rows.ids), number)
            queries.append(self.env.cr.sql_log_count - before)
        self.assertEqual(queries[0], queries[1])
        self.assertLessEqual(queries[0], 8)

    def test_what_is_to_be_counted_is_found_by_its_index(self):
        self.env.cr.execute(
            "INSERT INTO mail_tracking_email (name, is_counted)"
            " SELECT 'x', TRUE FROM generate_series(1, 5000)"
        )
        self.env.cr.execute("ANALYZE mail_tracking_email")
        domain = self.Tracking._get_uncounted_domain()
        query = self.Tracking._search(domain, order="id DESC", limit=1000)
        plan = self.env.execute_query(SQL("EXPLAIN %s", query.select("id")))
        self.assertIn("mail_tracking_email_not_counted_idx", str(plan))

    def test_the_backlog_is_what_waits_to_be_counted(self):
        self.count(batch=1000)
        self.assertEqual(self.Day._get_backlog(), 0)
        self.track("x@example.com")
        self.assertEqual(self.Day._get_backlog(), 1)
