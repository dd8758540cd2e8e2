from odoo.tests import tagged

from .support.report_common import ReportCommon

ALIAS = "new.contacts@test.mycompany.com"
COMPLAINT = """\
From: loop@mailbox.example.com
To: bounce.test@test.mycompany.com
Message-ID: <{number}@mailbox.example.com>
Subject: Feedback
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="xx"

--xx
Content-Type: text/plain

A person pressed a button.

--xx
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Loop/1
Version: 1
Original-Rcpt-To: <bob@example.com>

--xx
Content-Type: text/rfc822-headers

{headers}

--xx--
"""


@tagged("post_install", "-at_install")
class TestAutomaticMail(ReportCommon):
    """What a person wrote, what a machine wrote, and what nobody complains of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.alias"].create(
            {
                "alias_name": "new.contacts",
                "alias_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "alias_contact": "everyone",
            }
        )

    def makes_a_contact(self, head, to=ALIAS, sender="new.customer@example.net"):
        """Whether a mail makes the record that its alias stands for."""
        before = self.env["res.partner"].search_count([])
        mails = self.env["mail.mail"].search_count([])
        type(self).number += 1
        self.deliver(
            f"From: {sender}\nTo: {to}\nMessage-ID: <automatic-{self.number}@example.net>\n"
            f"{head}\n\nThank you.\n"
        )
        self.assertEqual(self.env["mail.mail"].search_count([]), mails, "nobody is answered")
        return self.env["res.partner"].search_count([]) > before

    def test_a_subject_alone_tells_an_absence_note(self):
        for subject in (
            "Automatic reply: Offer",
            "Out of Office",
            "AUTOMATISCHE ANTWORT: Angebot",
            "=?utf-8?q?R=C3=A9ponse_automatique_=3A_Offre?=",
        ):
            with self.subTest(subject=subject):
                self.assertFalse(self.makes_a_contact(f"Subject: {subject}"))

    def test_what_people_write_about_one_is_none(self):
        for subject in (
            "Re: Automatic reply: Offer",
            "Question about your automatic reply",
            "Office furniture",
        ):
            with self.subTest(subject=subject):
                self.assertTrue(self.makes_a_contact(f"Subject: {subject}"))

    def test_a_header_that_says_no_beats_the_subject(self):
        """RFC 3834 section 5: `no` is for mail that a person wrote."""
        for value in ("no", "No", "NO; comment"):
            with self.subTest(value=value):
                head = f"Auto-Submitted: {value}\nSubject: Automatic reply: Offer"
                self.assertTrue(self.makes_a_contact(head))

    def test_a_header_that_says_so_beats_the_subject(self):
        for value in ("auto-replied", "Auto-Replied", "auto-replied; owner-email=a@example.com"):
            with self.subTest(value=value):
                self.assertFalse(self.makes_a_contact(f"Auto-Submitted: {value}\nSubject: Offer"))

    def test_what_a_machine_sends_on_its_own_is_ordinary_mail(self):
        for head in (
            "Auto-Submitted: auto-generated\nSubject: Backup",
            "List-Id: <news.example.net>\nAuto-Submitted: auto-generated\nSubject: News",
        ):
            with self.subTest(head=head):
                self.assertTrue(self.makes_a_contact(head))

    def test_feedback_is_a_complaint_unless_it_says_otherwise_in_any_case(self):
        for number, (kind, state) in enumerate(
            (
                ("not-spam", "sent"),
                ("Not-Spam", "sent"),
                ("NOT-SPAM", "sent"),
                ("auth-failure", "sent"),
                ("Auth-Failure", "sent"),
                ("abuse", "spam"),
                ("ABUSE", "spam"),
                ("fraud", "spam"),
                ("other", "spam"),
            )
        ):
            with self.subTest(kind=kind):
                row = self.row(self.post(self.bob), self.bob)
                self.deliver(COMPLAINT.format(number=number, kind=kind, headers=self.by_token(row)))
                self.assertEqual(row.state, state)
                self.assertEqual(row.needs_action, state == "spam")
