"""What may be known of opens is decided when a mail is sent, and holds from then on."""

import re
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.models.sending import send_batch

from ..tools import modes
from .support.common import MailTrackingCommon
from .test_guard import GUARD

IMAGE = "/mail_tracking/open/"


class ModesCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company

    def answer(self, partner, answer, purpose="opens"):
        """Note in the ledger what a contact answered."""
        Consent = self.env["mail.tracking.consent"]
        Consent.record_answer(partner.email, purpose, answer, "api", partner=partner)

    def mark_model(self, mode):
        self.env["ir.model"]._get(self.record._name).sudo().mail_tracking_open_mode = mode

    def decided(self, row):
        return row.open_mode, row.open_mode_reason, row.click_mode


@tagged("post_install", "-at_install")
class TestModes(ModesCommon):
    # ------------------------------------------------------------
    # WHO DECIDES
    # ------------------------------------------------------------

    def test_each_mode_and_who_decided_it(self):
        set_param = self.env["ir.config_parameter"].set_param
        france = self.env.ref("base.fr")
        cases = [
            (lambda: None, ("identified", "not_asked", "identified")),
            (
                lambda: self.answer(self.anna, "yes"),
                ("identified", "agreed", "identified"),
            ),
            (lambda: self.answer(self.anna, "no"), ("off", "refused", "identified")),
            (
                lambda: self.answer(self.anna, "no", "clicks"),
                ("identified", "not_asked", "off"),
            ),
            (
                lambda: self.company.write({"mail_tracking_unanswered": "counted"}),
                ("counted", "not_asked", "off"),
            ),
            (
                lambda: self.company.write({"mail_tracking_unanswered": "off"}),
                ("off", "not_asked", "off"),
            ),
            (
                lambda: (
                    self.company.write({"mail_tracking_follows_country": True}),
                    self.anna.write({"country_id": france.id}),
                ),
                ("counted", "country", "off"),
            ),
            (
                lambda: self.company.write({"mail_tracking_open_mode": "hygiene"}),
                ("hygiene", "company", "off"),
            ),
            (
                lambda: set_param("mail_tracking.tracking_img_disabled", "True"),
                ("off", "database", "identified"),
            ),
            (
                lambda: self.mail_server.write({"mail_tracking_pixel": False}),
                ("off", "server", "identified"),
            ),
            (lambda: self.mark_model("counted"), ("counted", "model", "off")),
            (
                lambda: (
                    self.company.write({"mail_tracking_unanswered": "off"}),
                    self.mark_model("legal"),
                ),
                ("legal", "model", "identified"),
            ),
        ]
        for number, (switch, expected) in enumerate(cases):
            with self.subTest(number, expected=expected):
                savepoint = self.env.cr.savepoint()
                switch()
                self.handler.envelopes.clear()
                row = self.row(self.post(self.anna), self.anna)
                self.assertEqual(self.decided(row), expected)
                [event] = row.tracking_event_ids
                self.assertEqual(self.decided(event), expected)
                html = self.html(self.received("anna@example.com"))
                self.assertEqual(IMAGE in html, expected[0] != "off")
                savepoint.close(rollback=True)
                self.env.registry.clear_all_caches()

    def test_the_company_of_the_email_decides(self):
        other = self.env["res.company"].create(
            {"name": "Elsewhere", "mail_tracking_open_mode": "off"}
        )
        mails = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        mails |= self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        mails[0].mail_message_id.record_company_id = other
        rows = self.rows(mails.mail_message_id)
        rows[0].company_id = other
        with self.smtp():
            mails.send()
        self.assertEqual(rows.mapped("open_mode_reason"), ["company", "not_asked"])

    def test_a_hook_of_another_addon_is_the_databases_word(self):
        Server = self.registry["ir.mail_server"]
        message = self.post(self.anna | self.bob)
        with patch.object(Server, "_tracking_img_disabled", return_value=True) as hook:
            message = self.post(self.anna | self.bob)
        rows = self.rows(message)
        self.assertEqual([call.args for call in hook.call_args_list], [(i,) for i in rows.ids])
        for row in rows:
            self.assertEqual(self.decided(row), ("off", "database", "identified"))

    def test_an_addon_may_be_stricter(self):
        Tracking = self.registry["mail.tracking.email"]
        prepare = Tracking._prepare_open_rules

        def prepare_open_rules(trackings):
            rules = prepare(trackings)
            for tracking in trackings.filtered(lambda row: row.partner_id == self.bob):
                rules[tracking.id] = rules[tracking.id]._replace(database="counted")
            return rules

        with patch.object(Tracking, "_prepare_open_rules", prepare_open_rules):
            rows = self.rows(self.post(self.anna | self.bob))
        self.assertEqual(rows.mapped("open_mode"), ["identified", "counted"])

    # ------------------------------------------------------------
    # ONE EMAIL
    # ------------------------------------------------------------

    def test_everybody_on_an_envelope_has_to_agree(self):
        self.answer(self.bob, "no")
        self.answer(self.carl, "no", "clicks")
        mail = self.send_mail(
            email_to="dora@example.com, Carl <carl@example.com>", email_cc="Bob <BOB@example.com>"
        )
        self.assertNotIn(IMAGE, self.html(self.received("dora@example.com")))
        self.assertEqual(
            {row.recipient_address: self.decided(row) for row in self.rows(mail.mail_message_id)},
            {
                "dora@example.com": ("off", "envelope", "off"),
                "carl@example.com": ("off", "envelope", "off"),
                "bob@example.com": ("off", "refused", "off"),
            },
        )

    def test_an_image_is_shared_where_two_emails_of_a_mail_are_counted(self):
        asked = []

        def get_image_url(row, mode, is_alone):
            asked.append((row.partner_id, mode, is_alone))
            return f"https://odoo.example{IMAGE}{mode}.gif"

        Tracking = self.registry["mail.tracking.email"]
        self.company.mail_tracking_unanswered = "counted"
        self.answer(self.carl, "yes")
        people = self.anna | self.bob | self.carl
        with patch.object(Tracking, "_get_image_url", get_image_url):
            self.post(people)
            self.post(self.anna | self.carl)
        self.assertEqual(
            asked,
            [
                (self.anna, "counted", False),
                (self.bob, "counted", False),
                (self.carl, "identified", False),
                (self.anna, "counted", True),
                (self.carl, "identified", True),
            ],
        )

    def test_images_of_two_recipients_who_are_counted_are_the_same(self):
        self.company.mail_tracking_unanswered = "counted"
        self.post(self.anna | self.bob)
        images = [
            re.findall(r"<img [^>]*tracking[^>]*>", self.html(self.received(partner.email)))
            for partner in (self.anna, self.bob)
        ]
        self.assertEqual([len(found) for found in images], [1, 1])
        self.assertEqual(*images)

    def test_the_foot_is_added_before_the_image(self):
        def add_foot(mail, email, trackings, mode, has_clicks):
            self.assertNotIn(IMAGE, email["body"])
            email["body"] += f"<p>Foot for {trackings.partner_id.name}: {mode}</p>"

        with patch.object(self.registry["mail.mail"], "_tracking_add_foot", add_foot):
            self.send_mail(recipient_ids=[(4, self.anna.id)])
        html = self.html(self.received("anna@example.com"))
        self.assertLess(html.index("Foot for Anna: identified"), html.index(IMAGE))

    # ------------------------------------------------------------
    # MANY EMAILS
    # ------------------------------------------------------------

    def test_of_ten_thousand_emails_to_people_never_asked_none_has_an_image(self):
        self.company.mail_tracking_unanswered = "off"
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(100)]
        )
        vals = {"subject": "Offer", "body_html": "<p>Hello</p>"}
        vals |= {"email_from": "sender@test.mycompany.com"}
        mails = self.env["mail.mail"].create(
            [{**vals, "recipient_ids": [(6, 0, partners.ids)]} for _number in range(100)]
        )
        env = self.env["mail.tracking.email"].sudo().env
        batch = send_batch.SendBatch(env, self.mail_server, True, mails.ids)
        bodies = [
            email["body"]
            for mail in mails.with_context(mail_tracking_batch=batch)
            for email in mail._prepare_outgoing_list()
        ]
        self.assertEqual(len(bodies), 10_000)
        self.assertEqual(set(bodies), {"<p>Hello</p>"})
        self.assertEqual(len(batch.envelopes), 10_000)

    def test_a_thousand_recipients_cost_as_many_queries_as_one(self):
        self.company.mail_tracking_follows_country = True
        template = self.env["mail.template"].create(
            {"name": "Notice", "mail_tracking_open_mode": "legal"}
        )
        self.mark_model("counted")
        countries = self.env.ref("base.fr") | self.env.ref("base.de")
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"P{i}",
                    "email": f"p{i}@example.com",
                    "country_id": countries[i % 2].id,
                }
                for i in range(1_000)
            ]
        )
        for partner in partners[:5]:
            self.answer(partner, "no")
        rows = (
            self.env["mail.tracking.email"]
            .sudo()
            .create(
                [
                    {
                        "partner_id": partner.id,
                        "recipient": partner.email_formatted,
                        "model": self.record._name,
                        "template_id": template.id,
                        "company_id": self.company.id,
                    }
                    for partner in partners
                ]
            )
        )
        counts = []
        rows[:1]._get_open_modes()  # fill what is remembered
        for some in (rows[:1], rows):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            decided = some._get_open_modes()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(decided.keys(), set(some.ids))
            self.assertEqual(decided[rows[0].id][0], ("off", "refused"))
        self.assertEqual(decided[rows[-1].id][0], ("counted", "model"))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 10)

    def test_a_queue_is_decided_once(self):
        self.answer(self.bob, "no")
        mails = self.env["mail.mail"].union(
            *(
                self.prepare_mail(recipient_ids=[(6, 0, (self.anna | self.bob).ids)])
                for _number in range(5)
            )
        )
        rows = self.rows(mails.mail_message_id)
        self.assertEqual(len(rows), 10)
        Consent = self.registry["mail.tracking.consent"]
        for ahead, expected in ((1_000, 1), (2, 3)):
            mails.state = "outgoing"
            with (
                self.subTest(ahead),
                patch.object(send_batch, "AHEAD", ahead),
                patch.object(
                    Consent, "_get_answers", autospec=True, side_effect=Consent._get_answers
                ) as asked,
                patch.object(self.env.cr, "commit", self.env.invalidate_all),
                self.smtp(),
            ):
                mails.send(auto_commit=True)
                self.assertEqual(asked.call_count, expected)
        for row in rows:
            expected = "not_asked" if row.partner_id == self.anna else "refused"
            self.assertEqual(row.open_mode_reason, expected)

    def test_a_session_with_many_mails_costs_as_many_queries_as_one_with_two(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(300)]
        )
        mails = self.prepare_mail(recipient_ids=[(4, partners[0].id)])
        vals_list = [
            {"mail_message_id": mails.mail_message_id.id, "recipient_ids": [(4, partner.id)]}
            for partner in partners[1:]
        ]
        mails |= mails.create(vals_list)
        rows = self.env["mail.tracking.email"].sudo()
        rows = rows.search([("mail_id_int", "in", mails.ids)], order="id")
        self.assertEqual(len(rows), 300)
        counts = []
        for some in (2, 2, 300):  # the first fills what is remembered
            batch = send_batch.SendBatch(rows.env, mail_ids=mails[:some].ids)
            self.env.flush_all()
            self.env.invalidate_all()
            rows[0].opens_refused  # noqa: B018 - read with the mail
            before = self.env.cr.sql_log_count
            batch.find_trackings(mails[0].id)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(batch.open_modes.keys(), set(rows[:some].ids))
        self.assertEqual(counts[1], counts[2])
        self.assertLessEqual(counts[2], 6)

    def test_a_no_that_comes_while_a_queue_is_sent_holds_for_the_mails_that_are_left(self):
        """Also where it was decided before what may be known of them."""
        people = self.anna | self.bob
        mails = self.env["mail.mail"].union(
            *(self.prepare_mail(recipient_ids=[(4, partner.id)]) for partner in people)
        )
        rows = self.rows(mails.mail_message_id)
        Tracking = self.registry["mail.tracking.email"]
        prepare = Tracking._tracking_sent_prepare

        def say_no(tracking, *args, **kwargs):
            if tracking == rows[0]:
                for purpose in modes.PURPOSES:
                    self.answer(self.bob, "no", purpose)
            return prepare(tracking, *args, **kwargs)

        with (
            patch.object(Tracking, "_tracking_sent_prepare", say_no),
            patch.object(self.env.cr, "commit", self.env.invalidate_all),
            self.smtp(),
        ):
            mails.send(auto_commit=True)
        self.assertIn(IMAGE, self.html(self.received(self.anna.email)))
        self.assertNotIn(IMAGE, self.html(self.received(self.bob.email)))
        self.assertEqual(self.decided(rows[0]), ("identified", "not_asked", "identified"))
        self.assertEqual(self.decided(rows[1]), ("off", "refused", "off"))

    def test_who_joins_a_mail_or_lost_the_tracking_is_decided_on_alone(self):
        self.answer(self.bob, "no")
        mails = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        mails |= self.prepare_mail(recipient_ids=[(4, self.bob.id)])
        gone = self.rows(mails[1].mail_message_id)

        def commit():
            gone.exists().unlink()
            mails[1].recipient_ids = self.bob | self.carl
            self.env.flush_all()
            self.env.invalidate_all()

        with patch.object(self.env.cr, "commit", commit), self.smtp():
            mails.send(auto_commit=True)
        rows = self.rows(mails[1].mail_message_id)
        self.assertEqual(
            {row.partner_id: self.decided(row) for row in rows},
            {
                self.bob: ("off", "refused", "identified"),
                self.carl: ("identified", "not_asked", "identified"),
            },
        )
        self.assertNotIn(IMAGE, self.html(self.received("bob@example.com")))
        self.assertIn(IMAGE, self.html(self.received("carl@example.com")))

    # ------------------------------------------------------------
    # MISTAKES OF OTHERS
    # ------------------------------------------------------------

    def test_an_error_of_a_hook_costs_no_mail_and_only_its_own_image(self):
        mails = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        mails |= self.prepare_mail(recipient_ids=[(4, self.bob.id)])
        Tracking = self.registry["mail.tracking.email"]
        prepare = Tracking._prepare_open_rules

        def fail_for_anna(rows):
            if self.anna in rows.partner_id:
                rows.env.cr.execute("SELECT no_such_column FROM mail_tracking_email")
            return prepare(rows)

        with (
            patch.object(Tracking, "_prepare_open_rules", fail_for_anna),
            self.assertLogs(GUARD, "ERROR"),
            mute_logger("odoo.sql_db"),
            self.smtp(),
        ):
            mails.send()
        self.assertNotIn(IMAGE, self.html(self.received("anna@example.com")))
        self.assertIn(IMAGE, self.html(self.received("bob@example.com")))
        rows = self.rows(mails.mail_message_id)
        self.assertEqual(rows.mapped("state"), ["sent", "sent"])
        # nothing is to be known of what could not be decided
        self.assertEqual(self.decided(rows[0]), ("off", False, "off"))

    def test_an_error_of_postgresql_after_a_commit_loses_no_mail(self):
        """Marking is undone in its savepoint, and the mail leaves without."""
        people = self.anna | self.bob | self.carl
        mails = self.env["mail.mail"].union(
            *(self.prepare_mail(recipient_ids=[(4, p.id)], auto_delete=True) for p in people)
        )
        rows = self.rows(mails.mail_message_id)
        self.savepoint = self.env.cr.savepoint()

        def commit():
            self.savepoint.close(rollback=False)
            self.savepoint = self.env.cr.savepoint()
            self.env.invalidate_all()

        def add_headers(_server, row_id, headers):
            if row_id == rows[1].id:
                _server.env.cr.execute("SELECT no_such_column FROM mail_tracking_email")
            return headers

        with (
            patch.object(self.registry["ir.mail_server"], "_tracking_headers_add", add_headers),
            patch.object(self.env.cr, "commit", commit),
            self.assertLogs(GUARD, "ERROR"),
            mute_logger("odoo.sql_db", "odoo.addons.mail.models.mail_mail"),
            self.smtp(),
        ):
            mails.send(auto_commit=True)
        self.savepoint.close(rollback=False)
        for partner in people:
            html = self.html(self.received(partner.email))
            self.assertEqual(IMAGE in html, partner != self.bob)
        self.assertEqual(rows.mapped("state"), ["sent"] * 3)
        self.assertFalse(mails.exists())


@tagged("post_install", "-at_install")
class TestModesNoted(ModesCommon):
    """Opens and clicks that may not be known are not noted, from whatever source."""

    def noted(self, row):
        return [event for event in self.events(row) if event in ("open", "click")]

    def hit(self, rows, **metadata):
        for event_type in ("open", "click"):
            rows.event_create(event_type, {"source": "sendgrid", "open_kind": "person", **metadata})

    def test_only_what_may_be_known_is_noted(self):
        for mode, click_mode, expected in (
            (False, False, ["open", "click"]),  # sent by an earlier version
            ("identified", "identified", ["open", "click"]),
            ("legal", "identified", ["open", "click"]),
            ("hygiene", "off", []),
            ("counted", "off", []),
            ("off", "identified", ["click"]),
            ("identified", "off", ["open"]),
        ):
            with self.subTest(mode, click_mode=click_mode):
                row = self.env["mail.tracking.email"].sudo().create({"recipient": "d@example.com"})
                row.event_create("sent", {"open_mode": mode, "click_mode": click_mode})
                self.hit(row)
                self.assertEqual(self.noted(row), expected)
                self.assertEqual(row.state, "opened" if expected else "sent")

    def test_what_was_refused_later_is_not_noted_either(self):
        row = self.row(self.post(self.anna), self.anna)
        row.opens_refused = True
        self.hit(row)
        self.assertEqual(self.noted(row), ["click"])
        row.clicks_refused = True
        self.hit(row)
        self.assertEqual(self.noted(row), ["click"])

    def test_a_read_receipt_and_an_answer_are_noted_in_any_mode(self):
        self.company.mail_tracking_unanswered = "off"
        row = self.row(self.post(self.anna), self.anna)
        row.event_create("open", {"source": "report", "open_reason": "read_receipt"})
        row.event_create("reply", {"source": "reply"})
        self.assertEqual(self.events(row), ["sent", "open", "reply"])

    def test_of_many_entries_only_some_are_left_out(self):
        self.company.mail_tracking_unanswered = "off"
        for purpose in ("opens", "clicks"):
            self.answer(self.bob, "yes", purpose)
        rows = self.rows(self.post(self.anna | self.bob))
        self.hit(rows)
        self.assertEqual(
            {row.partner_id: self.noted(row) for row in rows},
            {self.anna: [], self.bob: ["open", "click"]},
        )

    def test_what_comes_before_the_mail_is_known_to_have_left(self):
        self.answer(self.bob, "no")
        rows = self.rows(
            self.prepare_mail(recipient_ids=[(6, 0, (self.anna | self.bob).ids)]).mail_message_id
        )
        rows |= self.rows(
            self.prepare_mail(email_to="dora@example.com", email_cc=self.bob.email).mail_message_id
        )
        self.hit(rows)
        self.assertEqual(
            [(row.recipient_address, self.noted(row)) for row in rows],
            [
                ("anna@example.com", ["open", "click"]),
                ("bob@example.com", ["click"]),
                ("dora@example.com", ["click"]),
                ("bob@example.com", ["click"]),
            ],
        )

    def test_what_comes_before_the_queue_has_applied_that_the_mail_was_sent(self):
        """What was decided when it was sent holds, whatever the settings say by then."""
        row = self.rows(self.prepare_mail(recipient_ids=[(4, self.anna.id)]).mail_message_id)
        off = {"open_mode": "off", "open_mode_reason": "server", "click_mode": "off"}
        row._log_events([(row, "sent", {**off, "is_pending": True})])
        self.assertFalse(row.state)
        self.hit(row)
        self.assertEqual(self.noted(row), [])
        self.assertEqual((row.state, *self.decided(row)), ("sent", "off", "server", "off"))

    def test_the_filter_costs_no_query(self):
        row = self.row(self.post(self.anna), self.anna)
        row.opens_refused = row.clicks_refused = True
        self.env.flush_all()
        row.read()
        with self.assertQueryCount(0):
            self.hit(row)

    def test_the_last_decision_counts_and_a_report_decides_nothing(self):
        row = self.row(self.post(self.anna), self.anna)
        self.assertEqual(row.open_mode, "identified")
        facts = {"open_mode": "counted", "open_mode_reason": "not_asked", "click_mode": "off"}
        row.event_create("sent", facts)
        row.event_create("sent", {"source": "report"})
        self.assertEqual(self.decided(row), ("counted", "not_asked", "off"))

    def test_what_another_addon_sends_is_decided_as_well(self):
        self.company.mail_tracking_unanswered = "counted"
        mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        mail.write({"state": "sent"})
        mail._postprocess_sent_message([self.anna], [])
        row = self.rows(mail.mail_message_id)
        self.assertEqual((row.state, *self.decided(row)), ("sent", "counted", "not_asked", "off"))
