import json
import logging
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models.erasure import mail_tracking_erasure
from .support.common import MailTrackingCommon

ERASED = "anna.berg@example.com"
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


class ErasureCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.user_admin
        cls.person = cls.env["res.partner"].create({"name": "Anna Berg", "email": ERASED.title()})
        cls.Tracking = cls.env["mail.tracking.email"].sudo()
        cls.Event = cls.env["mail.tracking.event"].sudo()
        cls.Consent = cls.env["mail.tracking.consent"].sudo()
        cls.Erasure = cls.env["mail.tracking.erasure"].sudo()

    def dialog(self, partner=None, **values):
        """The dialog as an administrator opens it."""
        partner = self.person if partner is None else partner
        Privacy = self.env["mail.tracking.privacy"].with_user(self.admin)
        Privacy = Privacy.with_context(active_model="res.partner", active_id=partner.id)
        return Privacy.create(values)

    def erase(self, partner=None, **values):
        """Click twice."""
        dialog = self.dialog(partner, **values)
        dialog.action_confirm()
        with self.assertLogs(mail_tracking_erasure.__name__, logging.INFO) as logs:
            dialog.action_erase()
        self.assertNotIn("anna", "".join(logs.output).lower())
        self.env.flush_all()
        return dialog

    def track(self, address=ERASED, partner=None, events=("sent", "open"), **values):
        """A tracking with events."""
        row = self.Tracking.create(
            {
                "name": "Offer",
                "recipient": f'"Anna Berg" <{address}>' if address == ERASED else address,
                "partner_id": partner.id if partner else False,
                **values,
            }
        )
        for event_type in events:
            row.event_create(event_type, {"ip": "203.0.113.9", "user_agent": "Thunderbird"})
        return row

    def bounce(self, row, **values):
        """Let a tracking fail, in words that name the person in several ways."""
        text = (
            f"550 5.1.1 <{ERASED.upper()}>: Anna BERG has moved, ask anna.berg=example.com@srs.test"
        )
        row.event_create(
            "hard_bounce",
            {
                "error_type": "user_unknown",
                "error_code": "550",
                "error_description": text,
                "error_details": f"tried {ERASED}.",
                "final_recipient": "berg.private@example.net",
                "event_key": f"key-{row.id}",
                "payload": json.dumps({"email": ERASED}),
                "url": f"https://example.com/?u={ERASED}",
                **values,
            },
        )
        self.assertIn(row.state, ("bounced", "soft-bounced"))

    def answer(self, address, answer, partner=None, purposes=("opens",)):
        self.Consent.record_answer(address, purposes, answer, "form", partner=partner)
        self.env.flush_all()

    def stored(self, needle):
        """Where in the tables of this addon a text stands, in any case: model.field."""
        self.env.flush_all()
        found = set()
        for name, model in self.env.items():
            is_ours = self.env.registry[name]._original_module == "mail_tracking"
            if not is_ours or model._abstract or not model._auto:
                continue
            for field in model._fields.values():
                if not (field.store and field.type in ("char", "text", "html", "json")):
                    continue
                query = SQL(
                    "SELECT 1 FROM %s WHERE %s::text ILIKE %s LIMIT 1",
                    SQL.identifier(model._table),
                    SQL.identifier(field.name),
                    f"%{needle}%",
                )
                if self.env.execute_query(query):
                    found.add(str(field))
        return found

    def rows_of(self, *addresses):
        """All that the tables hold of some addresses, as text."""
        self.env.flush_all()
        result = []
        for table, column in (
            ("mail_tracking_email", "recipient_address"),
            ("mail_tracking_event", "recipient_address"),
            ("mail_tracking_address", "address"),
            ("mail_tracking_consent", "address"),
        ):
            query = SQL(
                "SELECT t::text FROM %s t WHERE %s = ANY(%s) ORDER BY id",
                SQL.identifier(table),
                SQL.identifier(column),
                list(addresses),
            )
            result += self.env.execute_query(query)
        return result


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


@tagged("post_install", "-at_install")
class TestErasureWords(ErasureCommon):
    def words(self, dialog):
        return dialog.goes.split("\n"), (dialog.stays or "").split("\n")

    def test_only_what_there_is_is_named(self):
        nothing = ["Nothing is kept that would be deleted."], [""]
        self.assertEqual(self.words(self.dialog()), nothing)
        self.track(events=["sent"])
        self.assertEqual(self.words(self.dialog()), (["• Emails with all their events: 1"], [""]))
        self.track(events=["sent"])
        self.bounce(self.track(events=["sent"]))
        self.process_pending()
        self.answer(ERASED, "no", self.person)
        self.env["mail.tracking.address"].sudo().create(
            {"address": ERASED, "last_open": "2026-03-01"}
        )
        goes, stays = self.words(self.dialog())
        self.assertEqual(
            goes,
            [
                "• Emails with all their events: 2",
                "• The day of the last open",
                "• The mark “Address bounced”",
            ],
        )
        self.assertIn("when and why: 1. They count as reviewed", stays[0])
        self.assertIn("hash instead of the address: 1. A No is still respected", stays[1])

    def test_the_outcome_names_no_nothing(self):
        self.assertEqual(self.erase().outcome, "The data of this person were erased.")
        self.track(events=["sent"])
        self.assertEqual(
            self.erase().outcome.split("\n")[1:], ["• Emails deleted: 1", "• Events deleted: 1"]
        )


@tagged("post_install", "-at_install")
class TestErasureAccess(ErasureCommon, HttpCase):
    def test_only_administrators_open_the_dialog(self):
        Privacy = self.env["mail.tracking.privacy"]
        postmaster = self.env.ref("mail_tracking.group_postmaster")
        dialog = self.dialog()
        for groups in (self.env.ref("base.group_user"), postmaster):
            self.user_employee.group_ids = groups
            own = Privacy.with_user(self.user_employee)
            with self.assertRaises(AccessError):
                own.create({"addresses": ERASED})
            for name in ("action_download", "action_confirm", "action_erase", "_export"):
                with self.assertRaises(AccessError):
                    getattr(dialog.with_user(self.user_employee), name)()
            with self.assertRaises(AccessError):
                self.Erasure.with_user(self.user_employee).sudo(False).search([])
        Actions = self.env["ir.actions.actions"].with_user(self.user_employee)
        names = [each["name"] for each in Actions.get_bindings("res.partner").get("action", [])]
        self.assertNotIn("Privacy of email tracking…", names)
        Actions = self.env["ir.actions.actions"].with_user(self.admin)
        names = [each["name"] for each in Actions.get_bindings("res.partner").get("action", [])]
        self.assertIn("Privacy of email tracking…", names)

    @mute_logger("odoo.http")
    def test_the_file_is_for_administrators(self):
        self.track()
        dialog = self.dialog()
        self.env.flush_all()
        path = dialog.action_download()["url"]
        for login in (None, self.user_employee.login):
            self.authenticate(login, login)
            response = self.url_open(path, allow_redirects=False)
            self.assertIn(response.status_code, (303, 403), login)
            self.assertNotIn("anna", response.text.lower())
        self.authenticate("admin", "admin")
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        disposition = response.headers["Content-Disposition"]
        self.assertRegex(disposition, r"^attachment; filename.*email-tracking-[\d-]+\.json$")
        self.assertNotIn("anna", disposition)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(response.json()["about"]["addresses"], [ERASED])
        self.assertEqual(self.url_open(f"{path}999").status_code, 404)


@tagged("post_install", "-at_install")
class TestExport(ErasureCommon):
    def export(self, **values):
        return json.loads(self.dialog(**values)._export())

    def test_all_that_is_kept_and_no_key(self):
        message = self.post(self.person)
        row = self.row(message, self.person)
        self.bounce(row, payload=f'{{"token": "{row.token}"}}', final_recipient=False)
        self.process_pending()
        row.event_create(
            "open",
            {"ip": "203.0.113.9", "timestamp": 1767225600.0, "event_key": "the-key-of-the-event"},
        )
        self.track("joanna.berg@example.com")
        self.env["mail.tracking.address"].sudo().create(
            {"address": ERASED, "last_open": "2026-03-01"}
        )
        wording = self.env["mail.tracking.wording"].sudo()
        wording = wording.create({"text": "May we?", "lang": "en_US", "digest": "x"})
        self.answer(ERASED, "yes", self.person)
        self.env.cr.execute("UPDATE mail_tracking_consent SET wording_id = %s", [wording.id])
        self.env.invalidate_all()
        text = self.dialog()._export().decode()
        for secret in (row.token, "the-key-of-the-event", "joanna"):
            self.assertTrue(secret)
            self.assertNotIn(secret, text)
        data = json.loads(text)
        [mail] = data["emails"]
        self.assertEqual(mail["name"], "Offer")
        self.assertEqual(mail["recipient_address"], ERASED)
        self.assertEqual(mail["partner_id"], {"id": self.person.id, "name": "Anna Berg"})
        self.assertRegex(mail["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        [opened] = [event for event in mail["events"] if event["event_type"] == "open"]
        self.assertEqual((opened["ip"], opened["time"]), ("203.0.113.9", "2026-01-01T00:00:00Z"))
        self.assertEqual(data["last_opens"], [{"address": ERASED, "last_open": "2026-03-01"}])
        [answer] = data["answers_about_tracking"]
        self.assertEqual((answer["answer"], answer["wording"]), ("yes", "May we?"))
        self.assertEqual(data["about"]["contact"][0]["name"], "Anna Berg")
        self.assertIn("state", data["meaning_of_fields"]["emails"])

    def test_a_file_without_anything(self):
        data = self.export()
        self.assertEqual((data["emails"], data["waiting_events"]), ([], []))

    def test_ten_thousand_are_read_in_batches(self):
        rows = self.Tracking.create([{"name": "Offer", "recipient": ERASED}] * 2_000)
        self.Event._log([{"tracking_email_id": row.id, "event_type": "sent"} for row in rows])
        self.env.flush_all()
        dialog, counts = self.dialog(), []
        for number in (500, 2_000):
            rows[number:].write({"recipient_address": "x@example.org"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(json.loads(dialog._export())["emails"]), number)
            counts.append(self.env.cr.sql_log_count - before)
            rows.write({"recipient_address": ERASED})
        self.assertLessEqual(counts[1] - counts[0], 3 * 8, counts)
