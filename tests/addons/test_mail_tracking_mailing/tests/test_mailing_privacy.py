import re
from urllib.parse import urlsplit

from markupsafe import Markup

from odoo.tests import tagged

from .common import THUNDERBIRD, MailingCommon

PAGE = "https://www.example.com/offer"
#: the link of a mailing, and the number of the recipient in it
LINK = re.compile(r'href="(http[^"]+/r/[^"/]+)(/m/\d+)?"')
SEVERAL = ("dora@example.com", "emil@example.com")


@tagged("post_install", "-at_install")
class TestMailingPrivacy(MailingCommon):
    """What may be known of the readers of a mailing holds for what mass_mailing notes as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.mailing.body_html = Markup(f'<p>Hello, <a href="{PAGE}">our <b>offer</b></a></p>')

    def links(self, address):
        """The links of the email to an address: each, and the number of the recipient."""
        return LINK.findall(self.html(self.received(address)))

    def answer(self, address, answer, *purposes):
        consents = self.env["mail.tracking.consent"]
        consents.record_answer(address, purposes or ("opens", "clicks"), answer, "form")

    def follow(self, address):
        [(link, number)] = self.links(address)
        path = urlsplit(link + number).path
        response = self.url_open(path, allow_redirects=False, headers={"User-Agent": THUNDERBIRD})
        self.env.invalidate_all()
        self.assertEqual(response.headers["Location"].split("?")[0], PAGE)

    def assert_narrowed(self, address):
        """Nothing in the email is of mass_mailing and tells who reads it."""
        mail = self.received(address)
        for kind in ("html", "plain"):
            text = mail.get_body((kind,)).get_content()
            self.assertNotIn("/mail/track/", text)
            self.assertNotRegex(text, r"/r/\w+/m/")
            self.assertIn("Hello", text)
        [(_link, number)] = self.links(address)
        self.assertFalse(number)

    def assert_as_before(self, address):
        """The email has the pixel and the links of mass_mailing, which notes what comes of them."""
        [pixel] = self.pixels(address)
        self.assertIn("/mail/track/", pixel)
        [(_link, number)] = self.links(address)
        self.assertEqual(number, f"/m/{self.trace(address).id}")
        self.open(address)
        self.assertEqual(self.trace(address).trace_status, "open")
        self.follow(address)
        self.assertTrue(self.trace(address).links_click_datetime)

    def test_nothing_changes_where_people_may_be_identified(self):
        self.send()
        for address in SEVERAL:
            self.assert_as_before(address)

    def test_where_opens_are_counted_all_get_the_same(self):
        self.company.mail_tracking_unanswered = "counted"
        self.send()
        for address in SEVERAL:
            self.assert_narrowed(address)
        self.assertEqual(self.pixels(SEVERAL[0]), self.pixels(SEVERAL[1]))
        self.assertEqual(self.links(SEVERAL[0]), self.links(SEVERAL[1]))
        for address in SEVERAL:
            self.open(address)
            self.follow(address)
            self.assertEqual(self.states(address), ("sent", "sent"))
            self.assertFalse(self.trace(address).links_click_datetime)
        counts = self.env["mail.tracking.count"].search([])
        self.assertEqual(counts.mapped("open_count"), [2])

    def test_the_foot_says_that_clicks_are_noted(self):
        self.company.mail_tracking_foot = True
        self.answer("dora@example.com", "no", "clicks")
        self.send()
        words = "We note which of its links you follow."
        self.assertNotIn(words, self.html(self.received("dora@example.com")))
        self.assertIn(words, self.html(self.received("emil@example.com")))

    def test_the_set_up_page_says_that_mailings_tell_less(self):
        def titles():
            return [line["title"] for line in self.env["mail.tracking.setup"].run_check("privacy")]

        self.env["res.company"].search([]).mail_tracking_unanswered = "identified"
        self.assertNotIn("Email Marketing", titles())
        self.company.mail_tracking_unanswered = "counted"
        self.assertIn("Email Marketing", titles())

    def test_where_nothing_may_be_known_there_is_no_image(self):
        self.company.mail_tracking_open_mode = "off"
        self.send()
        for address in SEVERAL:
            self.assert_narrowed(address)
            self.assertNotIn("<img", self.html(self.received(address)))

    def test_list_hygiene_keeps_a_day_alone(self):
        self.company.mail_tracking_open_mode = "hygiene"
        self.send()
        self.assert_narrowed("dora@example.com")
        self.open("dora@example.com")
        self.assertEqual(self.states("dora@example.com"), ("sent", "sent"))
        kept = self.env["mail.tracking.address"].search([])
        self.assertEqual(kept.mapped("address"), ["dora@example.com"])

    def test_a_no_is_one_persons(self):
        self.answer("dora@example.com", "no")
        self.send()
        self.assert_narrowed("dora@example.com")
        self.assertFalse(self.pixels("dora@example.com"))
        self.assert_as_before("emil@example.com")

    def test_opens_and_clicks_are_two_questions(self):
        self.answer("dora@example.com", "no", "opens")
        self.answer("emil@example.com", "no", "clicks")
        self.send()
        self.assertFalse(self.pixels("dora@example.com"))
        self.assertTrue(self.links("dora@example.com")[0][1])
        self.assertTrue(self.pixels("emil@example.com"))
        self.assertFalse(self.links("emil@example.com")[0][1])

    def test_the_switches_for_our_image_leave_the_mailing_alone(self):
        self.env["ir.config_parameter"].set_param("mail_tracking.tracking_img_disabled", "True")
        self.mail_server.mail_tracking_pixel = False
        self.send()
        for address in SEVERAL:
            self.assertEqual(self.row_of(address).open_mode, "off")
            self.assert_as_before(address)
            self.assertEqual(self.events(self.row_of(address)), ["sent"], "ours is off")

    def test_what_may_not_be_known_is_out_whatever_the_switches_say(self):
        self.env["ir.config_parameter"].set_param("mail_tracking.tracking_img_disabled", "True")
        self.company.mail_tracking_unanswered = "counted"
        self.send()
        for address in SEVERAL:
            self.assert_narrowed(address)
            self.assertFalse(self.pixels(address))

    def test_a_no_reaches_emails_that_were_sent(self):
        self.send()
        self.answer("dora@example.com", "no")
        self.open("dora@example.com")
        self.follow("dora@example.com")
        self.assertEqual(self.states("dora@example.com"), ("sent", "sent"))
        self.assertFalse(self.trace("dora@example.com").links_click_datetime)
        clicks = self.env["link.tracker.click"].search([("mass_mailing_id", "=", self.mailing.id)])
        self.assertFalse(clicks)
        self.assert_as_before("emil@example.com")

    def test_a_mailing_from_before_this_addon_goes_on(self):
        self.send()
        rows = self.row_of("dora@example.com") | self.row_of("emil@example.com")
        url = urlsplit(self.pixels("dora@example.com")[0]).path
        rows.unlink()
        self.url_open(url, headers={"User-Agent": THUNDERBIRD})
        self.follow("dora@example.com")
        self.assertEqual(self.trace("dora@example.com").trace_status, "open")
        self.assertTrue(self.trace("dora@example.com").links_click_datetime)
