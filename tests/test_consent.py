"""Which answers about tracking hold, and how far back a No reaches."""

from odoo.tests import tagged

from .support.consent_common import ConsentCommon
from .test_upgrade_pending import load


@tagged("post_install", "-at_install")
class TestConsent(ConsentCommon):
    # ------------------------------------------------------------
    # WHAT HOLDS
    # ------------------------------------------------------------

    def test_the_time_of_an_answer_counts_and_not_when_it_was_recorded(self):
        self.say("yes", self.anna)
        self.Consent.create(
            {
                "partner_id": self.anna.id,
                "purpose": "opens",
                "answer": "no",
                "way": "import",
                "time": "2020-01-01 00:00:00",
            }
        )
        self.assertEqual(self.answer(self.anna), "yes")

    def test_a_question_is_no_answer(self):
        self.say("yes", self.anna)
        self.say("asked", self.anna)
        self.assertEqual(self.answer(self.anna), "yes")
        self.say("asked", self.bob)
        self.assertEqual(self.answer(self.bob), "")

    def test_recording_costs_the_same_for_one_and_for_eighty(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(80)]
        )
        values = {"purpose": "opens", "answer": "no", "way": "import", "wording": "May we?"}
        self.Consent.create({**values, "address": "warm@example.com"})
        self.env.flush_all()
        counts = []
        for group in (partners[:1], partners):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Consent.create([{**values, "partner_id": partner.id} for partner in group])
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 12)

    # ------------------------------------------------------------
    # A NO REACHES BACK
    # ------------------------------------------------------------

    def make_trackings(self, **values):
        return self.env["mail.tracking.email"].create({"name": "Offer", **values})

    def refused(self, *trackings):
        return [bool(each.opens_refused) for each in trackings]

    def test_a_no_holds_for_emails_that_were_sent_before(self):
        by_address = self.make_trackings(recipient="Anna <ANNA@example.com>", envelope_token="one")
        by_contact = self.make_trackings(recipient="old@example.com", partner_id=self.anna.id)
        beside = self.make_trackings(recipient="bob@example.com", envelope_token="one")
        other = self.make_trackings(recipient="carl@example.com", envelope_token="two")
        alone = self.make_trackings(recipient="carl@example.com")
        self.say("yes", self.anna)
        self.assertEqual(self.refused(by_address, by_contact, beside), [False] * 3)
        self.say("no", self.anna)
        self.assertEqual(self.refused(by_address, by_contact, beside), [True] * 3)
        self.assertEqual(self.refused(other, alone), [False] * 2)
        self.assertFalse(by_address.clicks_refused)
        self.say("no", address="carl@example.com", purposes=["clicks"])
        self.assertEqual([other.clicks_refused, alone.clicks_refused], [True] * 2)
        self.assertEqual(self.refused(other, alone), [False] * 2)
        self.say("yes", self.anna, purposes=["opens", "clicks"])
        self.assertEqual(self.refused(by_address, by_contact, beside), [True] * 3)
        later = self.make_trackings(recipient="anna@example.com")
        self.assertEqual(self.refused(later), [False])

    def test_a_no_that_a_yes_followed_leaves_what_was_sent_since(self):
        before = self.make_trackings(recipient="anna@example.com", time="2026-01-01 00:00:00")
        since = self.make_trackings(recipient="anna@example.com", time="2026-03-01 00:00:00")
        values = {"address": "anna@example.com", "purpose": "opens", "way": "import"}
        self.Consent.create(
            [
                {**values, "answer": "no", "time": "2026-01-15 00:00:00"},
                {**values, "answer": "yes", "time": "2026-02-15 00:00:00"},
            ]
        )
        self.assertEqual(self.refused(before, since), [True, False])
        self.Consent.create({**values, "answer": "no", "time": "2026-02-20 00:00:00"})
        self.assertEqual(self.refused(before, since), [True, True])

    def test_it_takes_one_statement_for_each_purpose_however_many_emails(self):
        self.env.cr.execute(
            """INSERT INTO mail_tracking_email (recipient_address, envelope_token, time)
               SELECT 'dora@example.com', 'e' || i, now() FROM generate_series(1, 10000) i"""
        )
        self.env.flush_all()
        self.Consent.search([("address", "=", "dora@example.com")])
        for purposes, expected in ((["opens"], 1), (["opens", "clicks"], 2)):
            with self.count_our_queries() as queries:
                self.say("no", address="dora@example.com", purposes=purposes)
            self.assertEqual(len([q for q in queries if "UPDATE" in q]), expected)
            self.assertEqual(len(queries), expected)
        domain = [("recipient_address", "=", "dora@example.com"), ("clicks_refused", "=", True)]
        domain += [("opens_refused", "=", True)]
        self.assertEqual(self.env["mail.tracking.email"].search_count(domain), 10_000)


@tagged("post_install", "-at_install")
class TestConsentUpgrade(ConsentCommon):
    def test_the_column_becomes_lines(self):
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE res_partner ADD COLUMN mail_tracking_consent varchar")
        for partner, answer in ((self.anna, "no"), (self.bob, "yes"), (self.nobody, "no")):
            self.env.cr.execute(
                "UPDATE res_partner SET mail_tracking_consent = %s WHERE id = %s",
                [answer, partner.id],
            )
        Tracking = self.env["mail.tracking.email"]
        rows = Tracking.create(
            [
                {"recipient": "anna@example.com"},
                {"recipient": "elsewhere@example.com", "partner_id": self.nobody.id},
                {"recipient": "bob@example.com"},
            ]
        )
        self.env.flush_all()
        script = load("post-10-consent", "19.0.5.0.0")
        self.patch(script, "BATCH", 2)
        script.migrate(self.env.cr, "19.0.4.0.0")
        self.env.invalidate_all()
        for partner, opens, clicks in (
            (self.anna, "no", "no"),
            (self.bob, "yes", ""),
            (self.nobody, "no", "no"),
            (self.carl, "", ""),
        ):
            with self.subTest(partner.name):
                self.assertEqual(self.answer(partner), opens)
                self.assertEqual(self.answer(partner, "mail_tracking_click_consent"), clicks)
        self.assertEqual([bool(row.opens_refused) for row in rows], [True, True, False])
        self.assertEqual([bool(row.clicks_refused) for row in rows], [True, True, False])
        lines = self.Consent.search([("partner_id", "=", self.anna.id)])
        self.assertEqual(lines.mapped("way"), ["import"] * 2)
        key = self.Consent._get_address_key("anna@example.com")
        self.assertEqual(lines.mapped("address_key"), [key] * 2)
        self.assertEqual(lines.mapped("contact_number"), [self.anna.id] * 2)
        number = self.Consent.search_count([])
        script.migrate(self.env.cr, "19.0.4.0.0")
        self.assertEqual(self.Consent.search_count([]), number, "done once")
