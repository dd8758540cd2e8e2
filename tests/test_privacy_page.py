"""The page behind the link at the foot of emails, over real HTTP."""

import re
from unittest.mock import patch
from urllib.parse import urlsplit

import psycopg2
from lxml import html

from odoo.tests import HttpCase, tagged

from odoo.addons.mail_tracking.controllers import privacy
from odoo.addons.mail_tracking.models.withdrawal import mail_tracking_consent as pages
from odoo.addons.mail_tracking.tools import tokens

from .support.common import MailTrackingCommon

ADDRESS = "reader@example.com"
#: statements that change something
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|SELECT.*FOR (NO KEY )?UPDATE)\b", re.I | re.S)


class PrivacyPageCommon(MailTrackingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Consent = cls.env["mail.tracking.consent"]
        cls.company = cls.env.company
        cls.company.name = "Acme & <Sons>"

    def link(self, *addresses, **values):
        """The path of a page; of a reader with English unless another language is named."""
        url = self.Consent._get_page_url(addresses or [ADDRESS], **{"lang": "en_US", **values})
        return urlsplit(url).path

    def get(self, path, method="GET", **headers):
        return self.url_open(path, method=method, headers=headers, allow_redirects=False)

    def view(self, path, **headers):
        """A page that is there, as a tree."""
        response = self.get(path, **headers)
        self.assertEqual(response.status_code, 200, response.text)
        return html.fromstring(response.content)

    def send(self, path, page=None, **chosen):
        """Send the form of a page, with what is ticked there unless something else is chosen."""
        page = self.view(path) if page is None else page
        [form] = page.forms
        self.assertEqual((form.action or "", form.method), ("", "POST"))
        data = {name: value for name, value in form.form_values()} | chosen
        return self.url_open(path, data=data, allow_redirects=False)

    def lines(self, address=ADDRESS):
        self.env.invalidate_all()
        return self.Consent.search([("address", "=", address)], order="id")

    def answers(self, address=ADDRESS):
        return self.lines(address).mapped(lambda line: (line.purpose, line.answer))

    def words(self, response):
        """The text of a page, in one line."""
        body = html.fromstring(response.content).find("body")
        return " ".join(body.text_content().split())

    def assert_is_plain(self, response, status):
        """A page in words, that says nothing of the inside."""
        self.assertEqual(response.status_code, status)
        self.assertTrue(response.headers["Content-Type"].startswith("text/html"))
        self.assertTrue(html.fromstring(response.content).find(".//h1").text_content().strip())
        self.assertNotIn("Traceback", response.text)
        self.assertNotIn("Set-Cookie", response.headers)


@tagged("post_install", "-at_install")
class TestPrivacyPage(PrivacyPageCommon):
    # ------------------------------------------------------------
    # LOOKING
    # ------------------------------------------------------------

    def test_looking_changes_nothing(self):
        path = self.link()
        tables = ("consent", "wording", "email", "event", "count", "address")
        models = [self.env[f"mail.tracking.{name}"].sudo() for name in tables]
        before = [model.search_count([]) for model in models]
        statements, execute = [], type(self.env.cr).execute

        def note(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", note):
            for method in ("GET", "HEAD", "OPTIONS"):
                # what could be mistaken for an answer
                for query in ("", "?opens=no&clicks=no&lang=en_US", "?address=1"):
                    with self.subTest(method=method, query=query):
                        response = self.get(path + query, method)
                        self.assertEqual(response.status_code, 200)
                        self.assertEqual(method == "HEAD", not response.content)
        self.assertTrue(statements)
        self.assertEqual([text for text in statements if WRITES.search(text)], [])
        self.assertEqual([model.search_count([]) for model in models], before)

    def test_nothing_is_loaded_kept_or_told_to_others(self):
        response = self.get(self.link())
        page = html.fromstring(response.content)
        self.assertTrue(response.text.startswith("<!DOCTYPE html>"))
        self.assertNotIn("Set-Cookie", response.headers)
        for tag in ("img", "script", "link", "iframe", "object", "svg", "video"):
            self.assertFalse(list(page.iter(tag)), tag)
        self.assertFalse(page.xpath("//@style | //@onclick | //@src"))
        self.assertNotIn("url(", response.text)
        self.assertNotIn("@import", response.text)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", response.headers["X-Robots-Tag"])
        self.assertTrue(page.xpath("//meta[@name='robots'][contains(@content, 'noindex')]"))
        self.assertTrue(page.xpath("//meta[@name='viewport']"))
        [nonce] = page.xpath("//style/@nonce")
        policy = response.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn(f"style-src 'nonce-{nonce}'", policy)
        self.assertNotIn("unsafe", policy)
        again = html.fromstring(self.get(self.link()).content)
        self.assertNotEqual(again.xpath("//style/@nonce"), [nonce])

    def test_it_says_who_asks_for_which_address_and_nothing_is_ticked(self):
        response = self.get(self.link())
        page = html.fromstring(response.content)
        self.assertIn("Acme & <Sons>", page.find(".//h1").text_content())
        self.assertIn("Acme & <Sons>", page.find(".//title").text_content())
        self.assertIn(ADDRESS, self.words(response))
        self.assertNotIn("<Sons>", response.text)
        self.assertEqual(len(page.xpath("//input[@type='radio']")), 4)
        self.assertEqual(page.xpath("//input[@checked]"), [])
        self.assertEqual(len(page.xpath("//button")), 1)
        for radio in page.xpath("//input[@type='radio']"):
            self.assertTrue(radio.xpath("ancestor::label"))
            self.assertTrue(radio.xpath("ancestor::fieldset/legend"))
        self.assertEqual(self.words(response).count("not answered yet"), 2)

    def test_the_link_says_nothing(self):
        path = self.link("somebody.secret@example.com")
        token = path.rpartition("/")[2]
        self.assertRegex(token, r"^[0-9a-f]{8}[A-Za-z0-9_-]+$")
        sealed, _tag = tokens.split_link_token(token)
        for hidden in ("secret", "example", self.env.cr.dbname):
            self.assertNotIn(hidden, token)
            self.assertNotIn(hidden.encode(), sealed)

    def test_nobody_has_to_log_in_and_who_did_keeps_the_session(self):
        path = self.link()
        self.authenticate("admin", "admin")
        session = self.session.sid
        self.assertEqual(self.send(path, opens="no").status_code, 200)
        self.assertEqual(self.opener.cookies["session_id"], session)
        self.assertNotIn(self.user_admin, self.lines().user_id)

    # ------------------------------------------------------------
    # ANSWERING
    # ------------------------------------------------------------

    def test_answers_are_noted_with_the_text_that_was_read(self):
        path = self.link()
        page = self.view(path)
        [form] = page.forms
        response = self.send(path, page, opens="no", clicks="yes")
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertCountEqual(self.answers(), [("opens", "no"), ("clicks", "yes")])
        lines = self.lines()
        self.assertEqual(set(lines.mapped("way")), {"page"})
        [wording] = lines.wording_id
        self.assertEqual(wording.lang, "en_US")
        shown = [
            " ".join(node.text_content().split())
            for node in form.xpath(".//p | .//legend | .//label | .//button")
        ]
        self.assertEqual(wording.text, "\n".join(shown))
        self.assertIn("May Acme & <Sons> note when you open its emails?", wording.text)
        self.assertNotIn(ADDRESS, wording.text)  # one wording for all who read the same
        self.assertEqual(
            self.Consent._get_answers([(ADDRESS, 0)])[ADDRESS, 0], {"opens": "no", "clicks": "yes"}
        )

    def test_the_answer_is_confirmed_in_words_and_ticked_from_then_on(self):
        path = self.link()
        response = self.send(path, opens="no", clicks="yes")
        page = html.fromstring(response.content)
        [status] = page.xpath("//*[@role='status']")
        self.assertIn("no longer notes when you open", status.text_content())
        self.assertIn("may note when you click", status.text_content())
        for each in (page, self.view(path)):
            ticked = each.xpath("//input[@checked]")
            self.assertEqual(
                [(i.name, i.get("value")) for i in ticked], [("opens", "no"), ("clicks", "yes")]
            )
        words = self.words(self.get(path))
        self.assertRegex(words, r"Opens: No, on \w+ \d+, \d{4}\.")
        self.assertRegex(words, r"Clicks: Yes, on \w+ \d+, \d{4}\.")
        self.assertNotIn("Saved", words)

    def test_one_purpose_alone_may_be_answered(self):
        response = self.send(self.link(), clicks="no")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.answers(), [("clicks", "no")])
        self.assertIn("Opens: not answered yet", self.words(response))

    def test_the_same_answer_is_confirmed_and_not_noted_again(self):
        path = self.link()
        for _time in range(3):
            response = self.send(path, opens="no")
            self.assertIn("Saved", self.words(response))
        self.assertEqual(self.answers(), [("opens", "no")])
        self.send(path, opens="yes")
        self.assertEqual(self.answers(), [("opens", "no"), ("opens", "yes")])

    def test_without_a_choice_nothing_is_noted(self):
        path = self.link()
        for chosen in ({}, {"opens": "maybe", "clicks": ""}, {"colour": "red"}):
            with self.subTest(chosen=chosen):
                response = self.send(path, **chosen)
                self.assertEqual(response.status_code, 400)
                [alert] = html.fromstring(response.content).xpath("//*[@role='alert']")
                self.assertIn("choose Yes or No", alert.text_content())
        self.assertFalse(self.lines())

    def test_a_text_that_has_changed_is_read_before_it_is_answered(self):
        path = self.link()
        page = self.view(path)
        self.company.name = "Somebody Else"
        response = self.send(path, page, opens="no")
        self.assertEqual(response.status_code, 409)
        self.assertFalse(self.lines())
        page = html.fromstring(response.content)
        self.assertEqual([i.get("value") for i in page.xpath("//input[@checked]")], ["no"])
        self.assertEqual(self.send(path, page).status_code, 200)
        self.assertIn("Somebody Else", self.lines().wording_id.text)

    def test_without_the_mark_of_the_text_nothing_is_noted(self):
        response = self.url_open(self.link(), data={"opens": "yes"})
        self.assertEqual(response.status_code, 409)
        self.assertFalse(self.lines())

    def test_endless_answers_end_with_no(self):
        path = self.link()
        for _time in range(pages.MAX_ANSWERS // 2):
            self.send(path, opens="yes")
            self.assertEqual(self.send(path, opens="no").status_code, 200)
        response = self.send(path, opens="yes")
        self.assertEqual(response.status_code, 429)
        self.assertEqual(len(self.lines()), pages.MAX_ANSWERS)
        self.assertEqual(self.send(path, clicks="no").status_code, 200)
        self.env.cr.execute(
            "UPDATE mail_tracking_consent SET time = time - interval '2 days' WHERE address = %s",
            [ADDRESS],
        )
        self.assertEqual(self.send(path, opens="yes").status_code, 200)

    def test_who_is_asked_may_answer_when_all_is_gone(self):
        self.company.mail_tracking_foot = True
        partner = self.env["res.partner"].create({"name": "Gone", "email": ADDRESS})
        message = self.post(partner)
        page = html.fromstring(self.html(self.received(ADDRESS)))
        [path] = [urlsplit(url).path for url in page.xpath("//a/@href") if "/privacy/" in url]
        self.rows(message).unlink()
        message.unlink()
        partner.unlink()
        self.assertEqual(self.send(path, opens="no").status_code, 200)
        self.assertEqual(self.answers(), [("opens", "no")])

    def test_a_no_of_a_contact_is_shown(self):
        other = self.env["res.partner"].create({"name": "Reader", "email": ADDRESS})
        values = {"address": ADDRESS, "purpose": "opens", "answer": "no", "way": "colleague"}
        key = self.Consent._get_address_key(ADDRESS)
        self.Consent.sudo().create(
            {**values, "address_key": key, "partner_id": other.id, "contact_number": other.id}
        )
        page = self.view(self.link())
        ticked = page.xpath("//input[@checked]")
        self.assertEqual([(i.name, i.get("value")) for i in ticked], [("opens", "no")])

    # ------------------------------------------------------------
    # SEVERAL ADDRESSES
    # ------------------------------------------------------------

    def test_of_several_addresses_one_is_chosen(self):
        path = self.link("one@example.com", "two@example.com")
        page = self.view(path)
        self.assertFalse(page.forms)
        links = page.xpath("//ul//a")
        self.assertEqual(
            [a.text_content().strip() for a in links], ["one@example.com", "two@example.com"]
        )
        second = path + links[1].get("href")
        response = self.get(second)
        self.assertIn("two@example.com", self.words(response))
        self.assertNotIn("one@example.com", self.words(response))
        self.assertEqual(self.send(second, opens="no").status_code, 200)
        self.assertEqual(self.answers("two@example.com"), [("opens", "no")])
        self.assertFalse(self.lines("one@example.com"))

    def test_an_answer_for_nobody_is_asked_whose_it_is(self):
        path = self.link("one@example.com", "two@example.com")
        before = self.Consent.search_count([])
        for query in (
            "",
            "?address=0",
            "?address=3",
            "?address=-1",
            "?address=x",
            "?address=²",
            "?address=" + "9" * 5000,
        ):
            with self.subTest(query=query[:20]):
                response = self.url_open(path + query, data={"opens": "no", "shown": "x"})
                self.assertEqual(response.status_code, 200)
                self.assertIn("Which one is yours?", self.words(response))
        self.assertEqual(self.Consent.search_count([]), before)

    def test_a_mail_to_very_many_has_a_link_all_the_same(self):
        url = self.Consent._get_page_url([f"person{i}@example.com" for i in range(500)])
        self.assertLess(len(url), 2000)
        self.assertIn("person0@example.com", self.words(self.get(urlsplit(url).path)))
        longest = "é" * 480 + "@example.com"
        path = self.link(longest)
        self.assertIn(longest, self.words(self.get(path)))

    # ------------------------------------------------------------
    # LANGUAGES
    # ------------------------------------------------------------

    def test_languages_from_the_best_known_to_the_least(self):
        for code in ("de_DE", "fr_FR", "ar_001"):
            self.env["res.lang"]._activate_lang(code)
        partner = self.env["res.partner"].create({"name": "Reader", "email": ADDRESS})
        for contact, link, browser, expected in (
            ("de_DE", "fr_FR", "ar", "de-DE"),
            (False, "fr_FR", "ar", "fr-FR"),
            (False, "", "xx, ar;q=0.9, de;q=0.5", "ar-001"),
            (False, "", "de;q=0.5, de-AT;q=0.2, fr-CA", "fr-FR"),
            (False, "nl_NL", "tlh", "en-US"),
            (False, "", "", "en-US"),
        ):
            with self.subTest(contact=contact, link=link, browser=browser):
                partner.lang = contact
                page = self.view(self.link(lang=link), **{"Accept-Language": browser})
                self.assertEqual(page.get("lang"), expected)
                self.assertEqual(page.get("dir"), "rtl" if expected == "ar-001" else "ltr")

    def test_a_translation_is_what_is_read_and_kept(self):
        self.env["res.lang"]._activate_lang("de_DE")
        translated = "Darf %(company)s festhalten, wann Sie E-Mails öffnen?"
        texts = type(self.Consent)._get_question_texts

        def get_question_texts(model, company):
            found = texts(model, company)
            if model.env.lang == "de_DE":
                found["opens"] = translated % {"company": company.name}
            return found

        path = self.link(lang="de_DE")
        with patch.object(type(self.Consent), "_get_question_texts", get_question_texts):
            page = self.view(path)
            self.assertEqual(self.send(path, page, opens="no").status_code, 200)
        wording = self.lines().wording_id
        self.assertEqual(wording.lang, "de_DE")
        self.assertIn("Darf Acme & <Sons> festhalten, wann Sie E-Mails öffnen?", wording.text)

    def test_the_language_stays_while_somebody_answers(self):
        self.env["res.lang"]._activate_lang("de_DE")
        partner = self.env["res.partner"].create(
            {"name": "Reader", "email": ADDRESS, "lang": "de_DE"}
        )
        path = self.link()
        page = self.view(path)
        partner.lang = "en_US"
        response = self.send(path, page, opens="no")
        self.assertEqual(html.fromstring(response.content).get("lang"), "de-DE")
        self.assertEqual(self.lines().wording_id.lang, "de_DE")

    # ------------------------------------------------------------
    # STRANGERS
    # ------------------------------------------------------------

    def test_links_that_are_none_end_in_a_plain_sentence(self):
        path = self.link()
        head, _slash, token = path.rpartition("/")
        key, db = self.env["mail.tracking.email"]._get_sealing_key("link"), self.env.cr.dbname
        values = [[ADDRESS], "en_US", self.company.id]
        for name, word in {
            "nonsense": "nonsense",
            "cut off": token[:-20],
            "very short": token[:9],
            "changed": token[:40] + ("A" if token[40] != "A" else "B") + token[41:],
            "of another database": tokens.link_token(b"x" * 32, "nowhere", values),
            "of an older key": tokens.link_token(b"x" * 32, db, values),
            "of the image's key": tokens.link_token(
                self.env["mail.tracking.email"]._get_sealing_key("image"), db, values
            ),
            "endless": token * 200,
            "another alphabet": "ж" * 200,
        }.items():
            for form in (None, {"opens": "no"}):
                with self.subTest(name, form=form), self.assertNoLogs("odoo.addons", "WARNING"):
                    response = self.url_open(f"{head}/{word}", data=form)
                    self.assert_is_plain(response, 404)
        self.assertEqual(
            self.url_open(f"{head}/{tokens.link_token(key, db, values)}").status_code, 200
        )
        self.assertFalse(self.lines())

    def test_a_foreign_link_asks_nothing_of_the_database(self):
        foreign = tokens.link_token(b"x" * 32, self.env.cr.dbname, [[ADDRESS], "", 1])
        path = f"/mail_tracking/privacy/{foreign}"
        self.get(path)  # fills what is remembered
        statements, execute = [], type(self.env.cr).execute

        def note(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", note):
            self.get(path)
        ours = [text for text in statements if "mail_tracking" in text or "res_partner" in text]
        self.assertEqual(ours, [])

    def test_too_much_is_refused(self):
        response = self.url_open(self.link(), data={"opens": "no", "x": "y" * 20_000})
        self.assert_is_plain(response, 413)
        self.assertFalse(self.lines())

    def test_other_methods_and_kinds_of_content(self):
        path = self.link()
        self.assertEqual(self.get(path, "DELETE").status_code, 405)
        for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
            with self.subTest(kind):
                response = self.url_open(
                    path, data=b'{"opens": "no"}', headers={"Content-Type": kind}
                )
                self.assert_is_plain(response, 400)
        self.assertFalse(self.lines())

    def test_while_postgresql_is_down_it_says_so(self):
        path = self.link()
        with (
            patch.object(privacy, "own_environment", side_effect=psycopg2.OperationalError("down")),
            self.assertLogs(privacy.__name__, "WARNING"),
        ):
            response = self.get(path)
        self.assert_is_plain(response, 503)
        self.assertIn("try again", self.words(response))
        with (
            patch.object(privacy, "own_environment", side_effect=ZeroDivisionError),
            self.assertLogs("odoo.http", "ERROR"),
        ):
            self.assert_is_plain(self.get(path), 503)

    def test_a_database_that_was_renamed_is_found_by_its_host(self):
        key = self.env["mail.tracking.email"]._get_sealing_key("link")
        token = tokens.link_token(key, "its_old_name", [[ADDRESS], "en_US", self.company.id])
        self.assertIn(ADDRESS, self.words(self.get(f"/mail_tracking/privacy/{token}")))

    # ------------------------------------------------------------
    # AFTER A NO
    # ------------------------------------------------------------

    def test_a_no_reaches_mails_that_were_sent_before(self):
        partner = self.env["res.partner"].create({"name": "Reader", "email": ADDRESS})
        row = self.row(self.post(partner), partner)
        self.assertFalse(row.opens_refused)
        self.send(self.link(), opens="no")
        row.invalidate_recordset()
        self.assertTrue(row.opens_refused)
        self.assertFalse(row.clicks_refused)

    def test_it_is_about_the_company_that_sent(self):
        other = self.env["res.company"].create({"name": "The Other One"})
        self.assertIn("The Other One", self.words(self.get(self.link(company_id=other.id))))
        # one that is gone
        path = self.link(company_id=2**31 - 1)
        self.assertIn("Acme & <Sons>", self.words(self.get(path)))
