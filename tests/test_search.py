"""The search for a recipient in the list of tracking emails."""

from odoo.tests import tagged

from .support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestSearch(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        addresses = (
            "a_b@example.com",
            "axb@example.com",
            "100%@example.com",
            "100x@example.com",
            "back\\slash@example.com",
            "Anna <anna@example.com>",
            "anna@example.org",
        )
        cls.rows = cls.env["mail.tracking.email"].create(
            [{"recipient": address} for address in addresses]
        )

    def found(self, text):
        rows = self.rows.search([("recipient_text", "ilike", text), ("id", "in", self.rows.ids)])
        return sorted(rows.mapped("recipient_address"))

    def test_percent_sign_and_underscore_stand_for_themselves_in_an_address(self):
        for text, expected in (
            ("a_b@example.com", ["a_b@example.com"]),
            ("A_B@exam", ["a_b@example.com"]),
            ("a_b@", ["a_b@example.com"]),
            ("100%@example", ["100%@example.com"]),
            ("%@example.com", []),
            ("_nna@example.com", []),
            ("anna@%", []),
            ("anna@example.___", []),
            ("back\\slash@example", ["back\\slash@example.com"]),
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), expected)

    def test_an_address_its_beginning_and_a_name(self):
        for text, expected in (
            ("anna@example.com", ["anna@example.com"]),
            (" Anna <ANNA@example.com> ", ["anna@example.com"]),
            ("anna@", ["anna@example.com", "anna@example.org"]),
            ("Anna", ["anna@example.com", "anna@example.org"]),
            ("nobody@example.com", []),
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), expected)
