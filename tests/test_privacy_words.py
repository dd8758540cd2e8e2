"""What may be known of opens, in words: in the popover, in the form, at the message."""

from lxml import etree

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.mail.tools.discuss import Store

from ..tools import modes, sentences
from .support.common import MailTrackingCommon

WHAT = {
    "identified": "Opens are noted",
    "legal": "Opens are kept as evidence",
    "hygiene": "Only the day of the last open of the address is kept",
    "counted": "Opens are counted, not tied to persons",
    "off": "Opens are not tracked",
}
WHY = {
    "agreed": "Anna agreed.",
    "not_asked": "Anna was never asked, or did not answer.",
    "refused": "Anna said No.",
    "country": "authorities in the country of Anna ask for consent, and Anna has not agreed so "
    "far.",
    "company": "the settings of the company say so.",
    "database": "the settings of this database say so.",
    "server": "the settings of the mail server say so.",
    "template": "the settings of the email template say so.",
    "model": "the settings for records of this kind say so.",
    "envelope": "another recipient of this email has not agreed.",
}
UNKNOWABLE = "Whether Anna opened it cannot be known."
REFUSED = "Anna said No after this email was sent. Opens are no longer noted."


@tagged("post_install", "-at_install")
class TestPrivacyWords(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.message = cls.record.message_post(body="x", author_id=cls.author.id)
        cls.tracking = cls.make(cls.anna)

    @classmethod
    def make(cls, partner, message=None, **values):
        return cls.env["mail.tracking.email"].create(
            {
                "mail_message_id": (message or cls.message).id,
                "partner_id": partner.id,
                "recipient": partner.email,
                "state": "opened",
                **values,
            }
        )

    def details(self):
        message = self.message.with_user(self.user_employee)
        return message.get_tracking_details(self.tracking.id)

    def store(self, messages):
        """What the client gets of messages, by id."""
        store = Store()
        messages.with_user(self.user_employee)._recipients_to_store(store)
        return {values["id"]: values for values in store.get_result().get("mail.message", [])}

    def test_each_mode_and_each_reason_has_its_words(self):
        self.assertEqual(tuple(sentences.OPEN_MODES), modes.MODES)
        self.assertEqual(tuple(sentences.OPEN_REASONS), modes.REASONS)
        self.assertEqual((WHAT.keys(), WHY.keys()), (set(modes.MODES), set(modes.REASONS)))

    def test_the_mode_and_who_decided_it_are_one_sentence(self):
        for mode, what in WHAT.items():
            for reason, why in WHY.items():
                with self.subTest(mode=mode, reason=reason):
                    self.tracking.write({"open_mode": mode, "open_mode_reason": reason})
                    is_silent = mode == "identified" and reason != "agreed"
                    expected = "" if is_silent else f"{what}: {why}"
                    self.assertEqual(self.details()["privacy"], expected)
                    self.assertEqual(self.tracking.open_mode_words, expected)

    def test_a_mail_of_an_earlier_version_says_nothing(self):
        self.tracking.state = "sent"
        self.assertEqual(self.details()["privacy"], "")
        self.assertFalse(self.tracking.open_mode_words)

    def test_a_reason_of_another_addon_leaves_the_mode(self):
        self.tracking.write({"open_mode": "off", "open_mode_reason": "moon_phase"})
        self.assertEqual(self.details()["privacy"], "Opens are not tracked.")

    def test_sent_and_delivered_do_not_mean_not_opened(self):
        self.tracking.open_mode_reason = "company"
        for mode in modes.MODES:
            for state in ("sent", "deferred", "delivered", "opened", "bounced", "error", False):
                with self.subTest(mode=mode, state=state):
                    self.tracking.write({"open_mode": mode, "state": state})
                    is_left_open = state in ("sent", "deferred", "delivered")
                    expected = is_left_open and mode not in modes.PERSONAL
                    self.assertEqual(UNKNOWABLE in self.details()["privacy"], expected)

    def test_a_later_no_is_said(self):
        self.tracking.opens_refused = True
        for mode in (False, "identified", "legal", "hygiene"):
            with self.subTest(mode):
                self.tracking.write({"open_mode": mode, "open_mode_reason": "agreed"})
                self.tracking.state = "opened"
                self.assertEqual(self.details()["privacy"], REFUSED)
                self.tracking.state = "sent"
                self.assertEqual(self.details()["privacy"], f"{REFUSED} {UNKNOWABLE}")
        # of these nothing was tied to Anna before either, and the count goes on
        for mode in ("counted", "off"):
            self.tracking.write({"open_mode": mode, "open_mode_reason": "not_asked"})
            self.assertTrue(self.details()["privacy"].startswith(WHAT[mode]))

    def test_a_name_is_text(self):
        self.anna.name = "<b>%(count)s</b>"
        self.tracking.write({"open_mode": "off", "open_mode_reason": "refused"})
        self.assertEqual(
            self.details()["privacy"], "Opens are not tracked: <b>%(count)s</b> said No."
        )

    def test_only_who_could_have_been_seen_counts_as_not_opened(self):
        view = self.env.ref("mail_tracking.view_mail_tracking_email_search")
        found = etree.fromstring(view.arch).find(".//filter[@name='not_opened']")
        domain = safe_eval(found.get("domain"))
        self.tracking.state = "sent"
        expected = {False: True, "identified": True, "legal": True}
        Tracking = self.env["mail.tracking.email"]
        for mode in (False, *modes.MODES):
            self.tracking.open_mode = mode
            found = self.tracking in Tracking.search(domain)
            self.assertEqual(found, expected.get(mode, False), mode)
        self.tracking.write({"open_mode": "identified", "opens_refused": True})
        self.assertNotIn(self.tracking, Tracking.search(domain))

    # ------------------------------------------------------------
    # COUNTS
    # ------------------------------------------------------------

    def count(self, message, opens):
        values = {"mail_message_id": message.id, "open_count": opens}
        return self.env["mail.tracking.count"].create(values)

    def test_the_message_says_how_many_opens_were_counted(self):
        self.make(self.bob)
        self.assertNotIn("mail_tracking_opens", self.store(self.message)[self.message.id])
        count = self.count(self.message, 14)
        self.assertEqual(self.store(self.message)[self.message.id]["mail_tracking_opens"], 14)
        # of a day's single mails, and of another message
        count.mail_message_id = False
        self.assertNotIn("mail_tracking_opens", self.store(self.message)[self.message.id])

    def test_a_count_of_nothing_is_not_sent(self):
        self.count(self.message, 0)
        self.assertNotIn("mail_tracking_opens", self.store(self.message)[self.message.id])

    def test_each_message_has_its_own_count(self):
        other = self.record.message_post(body="y", author_id=self.author.id)
        self.make(self.anna, other)
        self.make(self.bob, other)
        self.count(other, 3)
        found = self.store(self.message | other)
        self.assertEqual(found[other.id]["mail_tracking_opens"], 3)
        self.assertNotIn("mail_tracking_opens", found[self.message.id])

    def test_counts_cost_no_query_of_their_own(self):
        messages = self.message
        for _number in range(3):
            message = self.record.message_post(body="y", author_id=self.author.id)
            self.make(self.anna, message)
            messages |= message
        queries = []
        for with_counts in (False, False, True):
            if with_counts:
                for number, message in enumerate(messages):
                    self.count(message, number + 1)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.store(messages)
            queries.append(self.env.cr.sql_log_count - before)
            self.assertEqual("mail_tracking_opens" in found[messages[0].id], with_counts)
        self.assertEqual(queries[1], queries[2])
