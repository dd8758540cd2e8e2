"""What lists, forms, filters and counters show of trackings and their events."""

from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..tools import reasons, smtp_setup
from .support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestBackend(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Tracking = cls.env["mail.tracking.email"]

    def make(self, *states, **vals):
        vals = {"recipient": "Anna <anna@example.com>", "partner_id": self.anna.id, **vals}
        return self.Tracking.create([{**vals, "state": state} for state in states])

    # ------------------------------------------------------------
    # THE REASON
    # ------------------------------------------------------------

    def test_each_reason_has_a_word_of_its_own(self):
        labels = dict(self.Tracking._fields["error_type"]._description_selection(self.env))
        self.assertLessEqual({*reasons.REASONS, *smtp_setup.REASONS, "no_recipient"}, set(labels))
        self.assertTrue(all(labels.values()))

    def test_reasons_of_others_are_kept(self):
        """An older version and other addons write words that nobody here knows."""
        row = self.make(False)
        row.event_create("error", {"error_type": "SMTPError\x00" + "x" * 9_000})
        self.assertEqual(row.error_type, "SMTPError" + "x" * 491)
        row = self.make("error", error_type="SMTPRecipientsRefused")
        [values] = row.web_read({"error_type": {}, "explanation": {}})
        self.assertEqual(values["error_type"], "SMTPRecipientsRefused")
        domain = [("id", "=", row.id)]
        [group] = self.Tracking.formatted_read_group(domain, ["error_type"], ["__count"])
        self.assertEqual(group["__count"], 1)
        self.assertEqual(self.Tracking.search([*domain, ("error_type", "ilike", "refused")]), row)

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def test_status_of_what_was_not_sent(self):
        waiting, opened = self.make(False, "opened")
        cancelled = self.make(False, is_cancelled=True)
        self.assertEqual(waiting.shown_state, "waiting")
        self.assertEqual(cancelled.shown_state, "cancelled")
        self.assertEqual(opened.shown_state, "opened")
        labels = dict(self.Tracking._fields["shown_state"]._description_selection(self.env))
        self.assertEqual(labels["soft-bounced"], "Soft bounced")

    def test_explanation_and_events_in_words(self):
        row = self.make(False)
        row.event_create("sent", {"smtp_server": "mx.test", "delivery_report": "failure"})
        row.event_create(
            "hard_bounce", {"error_type": "user_unknown", "error_description": "550 No such user"}
        )
        self.assertEqual(row.explanation, "Address does not exist: 550 No such user")
        bounce, sent = row.tracking_event_ids
        self.assertEqual(bounce.title, "Bounced: Address does not exist")
        self.assertEqual(bounce.detail, "550 No such user")
        self.assertEqual(sent.detail, "mx.test")

    def test_name_of_the_record(self):
        user = new_test_user(self.env, "reader", groups="base.group_user")
        company = self.env["res.company"].create({"name": "Other"})
        hidden = self.record.copy({"name": "Hidden", "company_id": company.id})
        gone = self.record.copy()
        rows = self.Tracking.create(
            [
                {"author_id": user.partner_id.id, "model": model, "res_id": res_id}
                for model, res_id in (
                    ("res.partner", self.record.id),
                    ("res.partner", hidden.id),
                    ("res.partner", gone.id),
                    ("no.such.model", 1),
                    (False, False),
                )
            ]
        )
        gone.unlink()
        names = rows.with_user(user).mapped("record_name")
        self.assertEqual(names, ["Acme Tracked", False, False, False, False])

    def test_name_of_a_contact_that_the_user_may_not_read(self):
        user = new_test_user(self.env, "reader", groups="base.group_user")
        company = self.env["res.company"].create({"name": "Other"})
        self.anna.company_id = company
        row = self.make("sent", author_id=user.partner_id.id).with_user(user)
        self.assertFalse(row.partner_id.has_access("read"))
        self.assertEqual(row.recipient_name, "Anna")
        self.assertTrue(row.explanation)

    def test_number_of_queries_does_not_grow(self):
        names = ("shown_state", "explanation", "recipient_name", "record_name")
        specification = dict.fromkeys(names, {})
        counts = []
        for number in (2, 20):
            partners = self.env["res.partner"].create(
                [{"name": f"R{n}", "email": f"r{n}@example.com"} for n in range(number)]
            )
            rows = self.Tracking.create(
                [{"partner_id": p.id, "model": p._name, "res_id": p.id} for p in partners]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows.web_read(specification)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    # ------------------------------------------------------------
    # LISTS
    # ------------------------------------------------------------

    def filtered(self, rows, *names):
        """Those of these trackings that filters of the search view show together."""
        view = self.Tracking.get_view(False, "search")["arch"]
        for name in names:
            domain = view.split(f'name="{name}"')[1].split('domain="')[1].split('"')[0]
            rows = rows.filtered_domain(safe_eval(domain.replace("&gt;", ">")))
        return rows

    def test_attempts_that_were_followed_by_another_are_left_out(self):
        first, second, last = self.make("bounced", "bounced", "error")
        first._supersede(second)
        second._supersede(last)
        rows = first | second | last
        self.assertEqual(self.filtered(rows, "latest"), last)
        self.assertEqual(self.filtered(rows, "earlier"), first | second)
        self.assertEqual(last.predecessor_ids, second)
        self.assertEqual(self.anna.tracking_emails_count, 1)
        for name in ("action_view_mail_tracking_email", "action_my_sent_emails"):
            context = safe_eval(self.env.ref(f"mail_tracking.{name}").context)
            self.assertTrue(context["search_default_latest"])

    def test_filters_of_what_i_sent(self):
        sent, opened, failed = rows = self.make("sent", "opened", "bounced")
        again = self.make("opened", open_count=3)
        rows |= again
        self.assertEqual(self.filtered(rows, "not_opened"), sent)
        self.assertEqual(self.filtered(rows, "opened"), opened | again)
        self.assertEqual(self.filtered(rows, "opened_again"), again)
        self.assertEqual(self.filtered(rows, "failed"), failed)
        old = self.make("sent", timestamp=1e9)
        self.assertEqual(self.filtered(rows | old, "today"), rows)

    def test_buttons_of_the_form(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertTrue(row.needs_action)
        self.assertEqual(row.action_open_document()["res_id"], self.record.id)
        row.action_review()
        self.assertFalse(row.needs_action)
        self.assertEqual(row.action_resend()["params"]["tracking_ids"], row.ids)
        row.action_confirm_resend()
        self.assertTrue(row.successor_id)

    # ------------------------------------------------------------
    # SETTINGS
    # ------------------------------------------------------------

    def test_track_opens_is_the_opposite_of_what_is_stored(self):
        Settings, params = self.env["res.config.settings"], self.env["ir.config_parameter"]
        key = "mail_tracking.tracking_img_disabled"
        self.assertTrue(Settings.create({}).mail_tracking_opens)
        for is_on in (False, True):
            Settings.create({"mail_tracking_opens": is_on}).execute()
            self.assertEqual(params.get_param(key, "False"), str(not is_on))
            self.assertEqual(Settings.create({}).mail_tracking_opens, is_on)
