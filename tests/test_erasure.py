from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models.erasure import mail_tracking_erasure
from .support.erasure_common import ERASED, ErasureCommon

#: who shares a domain, a beginning, an end or the letters with the erased address
NEIGHBOURS = (
    "joanna.berg@example.com",
    "anna.bergmann@example.com",
    "anna.berg@example.com.au",
    "anna.berg@example.org",
    "annaxberg@example.com",
    "berg@example.com",
    "x.anna.berg@example.com",
    "anna.berg+news@example.com",
)
#: what says on purpose who wrote a mail: mails of a person are Odoo's business
SENDERS = ("mail.tracking.email.sender",)


@tagged("post_install", "-at_install")
class TestErasure(ErasureCommon):
    def fill(self, address, partner=None):
        """One of everything that can be known of an address."""
        rows = self.track(address, partner) | self.track(address.upper(), partner, ["sent"])
        self.bounce(failed := self.track(address, partner, ["sent"], needs_action=True))
        webhook = self.env["mail.tracking.webhook"].search([], limit=1) or self.env[
            "mail.tracking.webhook"
        ].create({"name": "W", "provider": "sparkpost", "base_url": "https://example.com"})
        from ..models.webhooks.mail_tracking_event import dump
        from ..tools.providers.base import WebhookEvent

        event = WebhookEvent(kind="open", type="open", recipient=address, token="t" * 32)
        self.Event._log(
            [
                {
                    "event_key": f"waiting {hash(address)}",
                    "webhook_id": webhook.id,
                    "token": "t" * 32,
                    "until": "2099-01-01",
                    "data": dump(event),
                }
            ]
        )
        alias = self.track("team@example.net", events=["sent"])
        alias.event_create("hard_bounce", {"final_recipient": address})
        colleague = self.track("boss@example.net", events=["sent"])
        answer = {"recipient": address, "recipient_address": address, "source": "reply"}
        colleague.event_create("reply", answer)
        self.env["mail.tracking.address"].sudo().create(
            {"address": address, "last_open": "2026-01-01"}
        )
        self.answer(address, "no", partner)
        return rows, failed

    def test_nothing_is_left_of_a_person_but_who_wrote_a_mail(self):
        rows, failed = self.fill(ERASED, self.person)
        mail = self.track("customer@example.net", sender=ERASED)
        self.assertGreaterEqual(len(self.stored(ERASED)), 8)
        dialog = self.erase()
        self.assertFalse(rows.exists())
        self.assertTrue(failed.exists() and mail.exists())
        self.assertEqual(self.stored(ERASED), set(SENDERS))
        self.assertEqual(self.stored("berg.private"), set())
        self.assertEqual(self.stored("Anna Berg"), set())
        self.assertEqual(self.stored("anna.berg=example.com"), set())
        for line in ("Emails deleted: 2", "Events deleted: 3", "without name and address: 1"):
            self.assertIn(line, dialog.outcome)

    def test_neighbours_keep_everything(self):
        self.fill(ERASED, self.person)
        for address in NEIGHBOURS:
            self.fill(address)
        before = self.rows_of(*NEIGHBOURS)
        waiting = self.Event.search_count([("tracking_email_id", "=", False)])
        self.assertGreater(len(before), 8 * len(NEIGHBOURS))
        self.erase()
        self.assertEqual(self.rows_of(*NEIGHBOURS), before)
        self.assertEqual(self.Event.search_count([("tracking_email_id", "=", False)]), waiting - 1)
        for address in NEIGHBOURS:
            self.assertEqual(self.dialog(addresses=address, partner_id=False).kept_count, 1)

    def test_a_failure_stays_as_evidence_without_the_person(self):
        message = self.post(self.person)
        row = self.row(message, self.person)
        self.bounce(row)
        token, description = row.token, row.error_description
        sources = row.tracking_event_ids.mapped("source")
        self.assertTrue(row.needs_action and message.mail_tracking_needs_action)
        self.assertIn(ERASED.upper(), description)
        self.erase()
        self.assertEqual(row.state, "bounced")
        self.assertEqual((row.error_type, row.error_code), ("user_unknown", "550"))
        self.assertEqual(row.error_description, "550 5.1.1 <…>: … … has moved, ask …")
        self.assertEqual(row.recipient, "…")
        for name in ("recipient_address", "recipient_domain", "partner_id", "envelope_token"):
            self.assertFalse(row[name], name)
        self.assertNotEqual(row.token, token)
        self.assertFalse(row.needs_action or message.mail_tracking_needs_action)
        self.assertEqual(self.notification(message, self.person).notification_status, "canceled")
        self.assertEqual(row.smtp_server, "127.0.0.1")
        self.assertEqual(row.tracking_event_ids.mapped("source"), sources)
        for event in row.tracking_event_ids:
            for name in ("recipient", "recipient_address", "ip", "user_agent", "event_key"):
                self.assertFalse(event[name], name)
        self.assertEqual(self.events(row), ["sent", "hard_bounce"])
        # a state still follows from the events
        row._fold()
        self.assertEqual(row.state, "bounced")
        self.assertEqual(self.status(message)["…"], "error")

    def test_nothing_is_noted_any_more_of_a_failure_that_stays(self):
        self.bounce(row := self.track(events=["sent"]))
        self.erase()
        self.assertTrue(row.opens_refused and row.clicks_refused)

    def test_the_files_of_a_failure_go(self):
        self.bounce(row := self.track(events=["sent"]))
        files = self.env["ir.attachment"].create(
            [
                {
                    "name": "report.eml",
                    "raw": b"x",
                    "res_model": records._name,
                    "res_id": records.id,
                }
                for records in (row, row.tracking_event_ids[0], self.record)
            ]
        )
        self.erase()
        self.assertEqual(files.exists(), files[2])

    def test_others_on_the_same_envelope_stay(self):
        mail = self.send_mail(email_to=f"{ERASED}, carl@example.com")
        rows = self.rows(mail.mail_message_id)
        self.assertEqual(len(set(rows.mapped("envelope_token"))), 1)
        carl = rows.filtered(lambda row: row.recipient_address == "carl@example.com")
        before = self.rows_of("carl@example.com")
        self.erase()
        self.assertEqual(self.rows(mail.mail_message_id), carl)
        self.assertEqual(self.rows_of("carl@example.com"), before)

    def test_earlier_attempts_of_a_resent_mail_go_with_it(self):
        self.bounce(first := self.track(events=["sent"]))
        second = self.track()
        first._supersede(second)
        self.erase()
        self.assertFalse((first | second).exists())

    def test_mails_to_the_contact_at_an_earlier_address_go_too(self):
        old = self.track("old@example.net", self.person)
        other = self.track("old@example.net")
        dialog = self.dialog()
        self.assertEqual(dialog.earlier_addresses, "old@example.net")
        self.assertEqual(dialog.tracking_count, 1)
        self.erase()
        self.assertFalse(old.exists())
        self.assertTrue(other.exists(), "whose address it is now, nobody knows")

    def test_addresses_are_added_by_hand(self):
        row = self.track("old@example.net")
        self.erase(addresses=f"{ERASED}, Anna <OLD@example.net>")
        self.assertFalse(row.exists())

    def test_who_shares_the_address_is_named(self):
        self.env["res.partner"].create({"name": "Her Twin", "email": ERASED})
        self.assertEqual(self.dialog().other_contacts, "Her Twin")

    def test_a_person_without_a_contact(self):
        row = self.track(partner=None)
        dialog = self.dialog(self.env["res.partner"])
        with self.assertRaises(UserError):
            dialog.action_confirm()
        self.erase(self.env["res.partner"], addresses=ERASED)
        self.assertFalse(row.exists())

    def test_the_mark_of_a_dead_address_goes(self):
        message = self.post(self.person)
        self.bounce(self.row(message, self.person), final_recipient=False)
        self.process_pending()
        self.assertTrue(self.person.email_bounced)
        self.erase()
        self.assertFalse(self.person.email_bounced or self.person.email_bounced_reason)

    def test_of_all_companies(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        row = self.track(company_id=company.id)
        self.assertNotIn(company, self.admin.company_ids)
        self.assertEqual(self.dialog().tracking_count, 1)
        self.erase()
        self.assertFalse(row.exists())

    def test_it_is_noted_who_erased_and_how_much_and_not_whom(self):
        self.track()
        self.erase()
        erasure = self.Erasure.search([], limit=1)
        self.assertEqual(erasure.create_uid, self.admin)
        self.assertEqual((erasure.state, erasure.deleted_count), ("done", 1))
        self.assertEqual((erasure.event_count, erasure.remaining_count), (2, 0))
        key = self.Consent._get_address_key(ERASED)
        self.assertTrue(key.startswith(erasure.address_hash))
        self.assertFalse(erasure.addresses or erasure.names or erasure.partner_id)

    def test_the_dialog_forgets_too(self):
        dialog = self.erase()
        self.assertEqual(dialog.step, "done")
        self.assertFalse(dialog.partner_id or dialog.addresses)


@tagged("post_install", "-at_install")
class TestErasureOfAnswers(ErasureCommon):
    def answers(self, partner=None):
        self.env.invalidate_all()
        pair = (ERASED, partner.id if partner else False)
        return {k: v for k, v in self.Consent._get_answers([pair])[pair].items() if v}

    def test_a_no_goes_on_being_respected(self):
        self.answer(ERASED, "no", purposes=("opens", "clicks"))
        lines = self.Consent.search([("address", "=", ERASED)])
        self.erase()
        self.assertEqual(self.answers(), {"opens": "no", "clicks": "no"})
        self.assertEqual(self.answers(self.person), {"opens": "no", "clicks": "no"})
        self.assertEqual(lines.mapped("answer"), ["no", "no"])
        for line in self.Consent.search([("address_key", "=", lines[0].address_key)]):
            self.assertFalse(line.address or line.partner_id or line.user_id)

    def test_a_no_of_the_contact_at_another_address_goes_on(self):
        self.answer("old@example.net", "no", self.person)
        self.assertEqual(self.answers(self.person), {"opens": "no"})
        self.erase()
        self.assertEqual(self.answers(), {"opens": "no"})

    def test_of_two_contacts_the_no_goes_on(self):
        twin = self.env["res.partner"].create({"name": "Twin", "email": ERASED})
        self.answer(ERASED, "no", twin)
        self.answer(ERASED, "yes", self.person)
        self.erase()
        for partner in (None, twin, self.person):
            self.assertEqual(self.answers(partner), {"opens": "no"})

    def test_a_yes_is_withdrawn(self):
        self.answer(ERASED, "yes", self.person)
        self.erase()
        self.assertEqual(self.answers(), {"opens": "no"})

    def test_who_never_answered_has_not_answered_after(self):
        self.track()
        self.erase()
        self.assertEqual(self.answers(), {})

    def test_neighbours_answers_stay(self):
        for address in NEIGHBOURS:
            self.answer(address, "yes")
        self.answer(ERASED, "yes")
        self.erase()
        found = self.Consent._get_answers([(address, False) for address in NEIGHBOURS])
        self.assertEqual({answers["opens"] for answers in found.values()}, {"yes"})


@tagged("post_install", "-at_install")
class TestErasureInBatches(ErasureCommon, CronMixinCase):
    def setUp(self):
        super().setUp()
        self.patch(mail_tracking_erasure, "BATCH", 10)
        commit = type(self.env["ir.cron"])
        self.enterContext(patch.object(commit, "_commit_progress", return_value=60))

    def fill(self, number, **values):
        rows = self.Tracking.create(
            [{"name": "Offer", "recipient": ERASED, "state": "sent", **values}] * number
        )
        self.Event._log(
            [{"tracking_email_id": row.id, "event_type": "sent"} for row in rows for _i in "ab"]
        )
        self.env.flush_all()
        return rows

    def test_many_are_erased_in_the_background(self):
        rows = self.fill(35)
        cron = self.env.ref("mail_tracking.ir_cron_erasure")
        with self.capture_triggers(cron.id) as triggers:
            dialog = self.dialog()
            dialog.action_confirm()
            dialog.action_erase()
        self.assertTrue(triggers.records)
        self.assertEqual(len(rows.exists()), 25)
        self.assertIn("Emails left: 25", dialog.outcome)
        erasure = dialog.erasure_id.sudo()
        self.assertEqual(erasure.state, "running")
        self.Erasure._process_erasures()
        self.assertFalse(rows.exists())
        self.assertEqual((erasure.state, erasure.deleted_count), ("done", 35))
        self.assertEqual(erasure.event_count, 70)
        self.assertFalse(erasure.addresses)
        dialog.invalidate_recordset()
        self.assertIn("The data of this person were erased.", dialog.outcome)

    def test_what_comes_in_between_goes_too(self):
        self.fill(15)
        erasure = self.Erasure._start([ERASED], self.person)
        self.fill(3)
        self.Erasure._process_erasures()
        self.assertEqual(erasure.deleted_count, 18)
        self.assertEqual(self.stored(ERASED), set())

    def test_failures_among_many(self):
        self.fill(12)
        self.fill(13, state="bounced", error_description=f"no {ERASED} here")
        self.Erasure._start([ERASED], self.person)
        self.Erasure._process_erasures()
        self.assertEqual(self.stored(ERASED), set())
        erasure = self.Erasure.search([], limit=1)
        self.assertEqual((erasure.deleted_count, erasure.kept_count), (12, 13))

    def test_an_interruption_leaves_whole_rows_and_is_made_up_for(self):
        rows = self.fill(35)
        erasure = self.Erasure._start([ERASED], self.person)
        erase = type(self.Tracking)._erase_person
        calls = []

        def broken(trackings, *args):
            calls.append(len(trackings))
            if len(calls) == 2:
                trackings[:3].unlink()
                raise SerializationFailure("somebody is writing")
            return erase(trackings, *args)

        with patch.object(type(self.Tracking), "_erase_person", broken):
            self.Erasure._process_erasures()
        self.assertEqual(calls, [10, 10])
        self.assertEqual(len(rows.exists()), 15)
        self.assertEqual(erasure.remaining_count, 15)
        self.assertEqual(len(rows.exists().tracking_event_ids), 30)
        self.Erasure._process_erasures()
        self.assertFalse(rows.exists())
        self.assertEqual((erasure.state, erasure.deleted_count), ("done", 35))

    @mute_logger("odoo.addons.mail_tracking.models.guard")
    def test_a_person_who_cannot_be_erased_stops_no_other(self):
        self.fill(15)
        first = self.Erasure._start([ERASED], self.person)
        self.Tracking.create([{"name": "x", "recipient": "b@example.com"}] * 15)
        second = self.Erasure._start(["b@example.com"], self.env["res.partner"])
        erase = type(self.Tracking)._erase_person

        def broken(trackings, person, partner):
            if ERASED in person.addresses:
                raise ValueError("an addon's mistake")
            return erase(trackings, person, partner)

        with patch.object(type(self.Tracking), "_erase_person", broken):
            self.Erasure._process_erasures()
        self.assertEqual((first.state, second.state), ("running", "done"))
        self.Erasure._process_erasures()
        self.assertEqual(first.state, "done")

    def test_a_thousand_take_few_queries(self):
        self.patch(mail_tracking_erasure, "BATCH", 2_000)
        counts = []
        for number in (20, 1_000):
            self.fill(number - number // 10)
            self.fill(number // 10, state="bounced", error_description=f"no {ERASED} here")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Erasure._start([ERASED], self.person)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(self.stored(ERASED), set())
        self.assertLess(counts[1], counts[0] + 30, counts)
