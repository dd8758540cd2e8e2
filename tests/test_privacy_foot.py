"""The line at the foot of emails, as it arrives."""

import re
from urllib.parse import urlsplit

from lxml import html

from odoo.tests import tagged

from odoo.addons.mail_tracking.models.sending import send_batch
from odoo.addons.mail_tracking.tools import modes, tokens

from .support.common import MailTrackingCommon

LINK_WORDS = "What is noted, and how to change it"
IDENTIFIED = "We note when this email is opened."
CLICKS = "We note which of its links you follow."


@tagged("post_install", "-at_install")
class TestPrivacyFoot(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.mail_tracking_foot = True

    def foot(self, mail):
        """The element of the one foot in a mail."""
        page = html.fromstring(self.html(mail))
        [link] = page.xpath("//a[contains(@href, '/mail_tracking/privacy/')]")
        return link.getparent()

    def link(self, mail):
        [link] = self.foot(mail).iter("a")
        return link.get("href")

    def plain(self, mail):
        return mail.get_body(("plain",)).get_content()

    def open_link(self, url):
        """What the link of a foot holds."""
        sealed, tag = tokens.split_link_token(urlsplit(url).path.rpartition("/")[2])
        self.assertEqual(tokens.db_tag(self.env.cr.dbname, sealed), tag)
        return self.env["mail.tracking.consent"]._open_page_link(sealed)

    def prepare(self, mode, **email):
        """What the foot makes of an email of that mode."""
        tracking = self.row(self.post(self.anna), self.anna)
        email = {"body": "<p>Hello</p>", "body_alternative": "Hello", **email}
        self.env["mail.mail"]._tracking_add_foot(email, tracking, mode)
        return email

    # ------------------------------------------------------------
    # WHERE
    # ------------------------------------------------------------

    def test_it_stands_at_the_end_of_html_and_of_plain_text(self):
        self.post(self.anna)
        mail = self.received("anna@example.com")
        foot = self.foot(mail)
        words = " ".join(foot.text_content().split())
        self.assertEqual(words, f"{IDENTIFIED} {LINK_WORDS}")
        self.assertEqual((foot.get("lang"), foot.get("dir")), ("en-US", "ltr"))
        self.assertFalse(list(foot.iter("img")))
        source = self.html(mail)
        before, after = source.index("Hello"), source.index("data-odoo-mail-tracking")
        self.assertTrue(before < source.index(IDENTIFIED) < after)  # the pixel comes last
        lines = self.plain(mail).rstrip().splitlines()
        self.assertEqual(lines[-3:], [IDENTIFIED, LINK_WORDS, self.link(mail)])
        self.assertIn("Hello", self.plain(mail))

    def test_the_grey_can_be_read(self):
        self.post(self.anna)
        style = self.foot(self.received("anna@example.com")).get("style")
        front, ground = (
            re.search(rf"(?:^|;){name}:(#\w+)", style)[1] for name in ("color", "background-color")
        )
        self.assertGreaterEqual(contrast(front, ground), 4.5)

    def test_the_chatter_does_not_show_it(self):
        message = self.post(self.anna)
        self.assertNotIn("privacy", message.body)
        self.assertEqual(str(message.body), "<p>Hello</p>")

    def test_a_mail_that_is_sent_again_has_one(self):
        mail = self.prepare_mail(email_to="anna@example.com", auto_delete=False)
        for _time in range(2):
            with self.smtp():
                mail.send()
            mail.state = "outgoing"
        found = [mail for _from, _to, mail in self.handler.envelopes]
        self.assertEqual(len(found), 2)
        for each in found:
            self.foot(each)
            self.assertEqual(self.plain(each).count(LINK_WORDS), 1)
        self.assertNotIn("privacy", mail.body_html)

    def test_a_failed_mail_that_is_sent_again_has_one(self):
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        message = self.post(self.anna)
        self.handler.refuse_rcpt.clear()
        mail = self.resend_later(message, "anna@example.com")
        with self.smtp():
            mail.send()
        again = self.received("anna@example.com")
        self.assertEqual(self.open_link(self.link(again)).addresses, ["anna@example.com"])
        self.assertNotIn("privacy", message.body)

    def test_of_a_very_long_mail_it_is_at_the_end_as_well(self):
        self.send_mail(email_to="anna@example.com", body_html="<p>%s</p>" % ("word " * 25_000))
        source = self.html(self.received("anna@example.com"))
        self.assertLess(source.index("data-odoo-mail-tracking"), 1_000)
        self.assertGreater(source.index(IDENTIFIED), 100_000)

    def test_an_empty_mail_has_one(self):
        self.send_mail(email_to="anna@example.com", body_html=False)
        mail = self.received("anna@example.com")
        self.foot(mail)
        self.assertTrue(self.plain(mail).startswith(IDENTIFIED))

    # ------------------------------------------------------------
    # WHETHER
    # ------------------------------------------------------------

    def test_there_is_none_unless_the_company_wants_it(self):
        self.company.mail_tracking_foot = False
        self.post(self.anna)
        mail = self.received("anna@example.com")
        self.assertNotIn("/mail_tracking/privacy/", self.html(mail))
        self.assertNotIn("/mail_tracking/privacy/", self.plain(mail))
        self.assertIn("data-odoo-mail-tracking", self.html(mail))

    def test_there_is_none_where_nothing_is_noted(self):
        email = self.prepare(modes.OFF)
        self.assertEqual(email, {"body": "<p>Hello</p>", "body_alternative": "Hello"})

    def test_where_a_service_reports_it_says_that_clicks_are_noted(self):
        self.mail_server.mail_tracking_webhook_id = self.env["mail.tracking.webhook"].create(
            {"name": "Service", "provider": "sendgrid"}
        )
        self.post(self.anna)
        self.assertIn(f"{IDENTIFIED} {CLICKS}", self.plain(self.received("anna@example.com")))
        # with the switch for our image, clicks are noted all the same
        self.handler.__init__()
        self.mail_server.mail_tracking_pixel = False
        self.post(self.anna)
        mail = self.received("anna@example.com")
        self.assertIn(f"We do not note whether this email is opened. {CLICKS}", self.plain(mail))
        self.assertTrue(self.link(mail))
        self.handler.__init__()
        self.company.mail_tracking_open_mode = "off"
        self.post(self.anna)
        self.assertNotIn(LINK_WORDS, self.plain(self.received("anna@example.com")))

    def test_it_is_that_of_the_company_of_the_record(self):
        other = self.env["res.company"].create(
            {"name": "The Other One", "mail_tracking_foot_text": "We of the other one look."}
        )
        self.company.mail_tracking_foot = False
        for is_on in (True, False):
            other.mail_tracking_foot = is_on
            self.handler.__init__()
            mail = self.prepare_mail(
                email_to="anna@example.com",
                model="res.partner",
                res_id=self.record.id,
                record_company_id=other.id,
            )
            with self.smtp():
                mail.send()
            source = self.html(self.received("anna@example.com"))
            self.assertEqual("We of the other one look." in source, is_on)
            if is_on:
                link = self.link(self.received("anna@example.com"))
                self.assertEqual(self.open_link(link).company_id, other.id)

    def test_a_broken_foot_costs_no_mail_and_no_image(self):
        def fail(*args, **kwargs):
            raise ZeroDivisionError

        self.patch(type(self.env["mail.tracking.consent"]), "_get_page_url", fail)
        with self.assertLogs("odoo.addons.mail_tracking.models.guard", "ERROR"):
            self.post(self.anna)
        source = self.html(self.received("anna@example.com"))
        self.assertIn("data-odoo-mail-tracking", source)
        self.assertNotIn("/mail_tracking/privacy/", source)

    # ------------------------------------------------------------
    # WHAT
    # ------------------------------------------------------------

    def test_it_says_what_is_noted_in_each_mode(self):
        sentences = {
            modes.IDENTIFIED: IDENTIFIED,
            modes.COUNTED: "Opens of this email are counted, not tied to you.",
            modes.HYGIENE: "Only the day on which you last opened one of our emails is noted.",
            modes.LEGAL: "This is a legal notice: we note when it is opened, as proof.",
        }
        for mode, sentence in sentences.items():
            with self.subTest(mode):
                email = self.prepare(mode)
                self.assertIn(sentence, email["body"])
                self.assertIn(sentence, email["body_alternative"])

    def test_the_companys_own_text_takes_the_place_of_the_sentence(self):
        self.company.mail_tracking_foot_text = 'We look <b>&</b> "see" %(x)s {y}.'
        self.post(self.anna)
        mail = self.received("anna@example.com")
        text = self.foot(mail).text.strip()
        self.assertEqual(text, 'We look <b>&</b> "see" %(x)s {y}.')
        self.assertFalse(list(self.foot(mail).iter("b")))
        self.assertIn('We look <b>&</b> "see" %(x)s {y}.', self.plain(mail))
        self.assertNotIn(IDENTIFIED, self.html(mail))
        self.assertIn(LINK_WORDS, self.html(mail))

    def test_blanks_are_no_text(self):
        self.company.mail_tracking_foot_text = "  "
        self.post(self.anna)
        self.assertIn(IDENTIFIED, self.html(self.received("anna@example.com")))

    def test_it_speaks_the_language_of_its_recipient(self):
        for code in ("de_DE", "ar_001"):
            self.env["res.lang"]._activate_lang(code)
        self.company.mail_tracking_foot_text = "English"
        self.company.with_context(lang="de_DE").mail_tracking_foot_text = "Deutsch"
        self.company.with_context(lang="ar_001").mail_tracking_foot_text = "عربي"
        self.anna.lang, self.bob.lang, self.carl.lang = "de_DE", "ar_001", "en_US"
        self.post(self.anna | self.bob | self.carl)
        for address, lang, direction, text, code in (
            ("anna@example.com", "de-DE", "ltr", "Deutsch", "de_DE"),
            ("bob@example.com", "ar-001", "rtl", "عربي", "ar_001"),
            ("carl@example.com", "en-US", "ltr", "English", "en_US"),
        ):
            foot = self.foot(self.received(address))
            self.assertEqual((foot.get("lang"), foot.get("dir")), (lang, direction))
            self.assertEqual(foot.text.strip(), text)
            link = self.open_link(self.link(self.received(address)))
            self.assertEqual((link.addresses, link.lang), ([address], code))

    def test_of_a_stranger_the_company_gives_the_language_and_the_browser_that_of_the_page(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.company.partner_id.lang = "de_DE"
        self.send_mail(email_to="stranger@example.com")
        mail = self.received("stranger@example.com")
        self.assertEqual(self.foot(mail).get("lang"), "de-DE")
        self.assertEqual(self.open_link(self.link(mail)).lang, "")

    def test_a_language_that_was_switched_off_since_harms_nothing(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.anna.lang = "de_DE"
        self.env.cr.execute("UPDATE res_lang SET active = FALSE WHERE code = 'de_DE'")
        self.env.registry.clear_all_caches()
        self.env.invalidate_all()
        self.post(self.anna)
        self.assertEqual(self.foot(self.received("anna@example.com")).get("lang"), "en-US")

    def test_all_of_an_envelope_are_in_the_link(self):
        self.send_mail(email_to="one@example.com, Two@Example.com", email_cc="three@example.com")
        mail = self.received("one@example.com")
        self.assertEqual(
            self.open_link(self.link(mail)).addresses,
            ["one@example.com", "two@example.com", "three@example.com"],
        )

    # ------------------------------------------------------------
    # WHAT IT COSTS
    # ------------------------------------------------------------

    def test_it_costs_no_query_per_mail(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(40)]
        )
        counts = {}
        self.patch(send_batch, "NOTIFY_SECONDS", 3600)  # however slow the machine is
        for is_on in (False, True):
            self.company.mail_tracking_foot = is_on
            for number in (1, 40):
                self.send_queue(partners[:number])  # fills what is remembered
                counts[is_on, number] = self.send_queue(partners[:number])
        self.assertLessEqual(counts[True, 1] - counts[False, 1], 3)
        self.assertEqual(counts[True, 40] - counts[False, 40], counts[True, 1] - counts[False, 1])

    def send_queue(self, partners):
        """Send a mail to each of these, of a queue that commits; returns the number of queries."""
        mails = self.env["mail.mail"].union(
            *(self.prepare_mail(recipient_ids=[(6, 0, partner.ids)]) for partner in partners)
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.handler.__init__()

        def commit():
            self.env.flush_all()
            self.env.invalidate_all()

        self.patch(self.env.cr, "commit", commit)
        before = self.env.cr.sql_log_count
        with self.smtp():
            mails.send(auto_commit=True)
        self.env.flush_all()
        count = self.env.cr.sql_log_count - before
        self.assertEqual(len(self.handler.envelopes), len(partners))
        return count


def contrast(one, two):
    """The ratio of the luminance of two colours, as WCAG has it."""
    lights = sorted(luminance(color) for color in (one, two))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
