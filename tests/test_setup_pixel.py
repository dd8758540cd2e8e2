"""Is the image reachable, and does this database answer? With real requests."""

from unittest.mock import patch

from odoo import http
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.mail_tracking.controllers.main import PIXEL
from odoo.addons.mail_tracking.models.setup.check_pixel import PROOF_HEADER, VALID_SECONDS
from odoo.addons.mail_tracking.tools import tokens

from .support.common import free_port
from .support.setup_common import SetupCommon


@tagged("post_install", "-at_install")
class TestSetupPixel(SetupCommon):
    def check_pixel(self, url):
        self.params.set_param("mail_tracking.base.url", url)
        return self.run_check("pixel")

    def test_this_database_answers(self):
        before = self.env["mail.tracking.event"].search_count([])
        address, answer = self.check_pixel(self.base_url())
        self.assert_result(address, "problem", "inside your network only")
        self.assertEqual(address["subject"], self.base_url())
        self.assert_result(answer, "ok", "This database returns the image")
        self.assertIn("not proven", answer["sentence"])
        self.assertEqual(self.env["mail.tracking.event"].search_count([]), before)

    def test_nobody_else_gets_an_answer(self):
        """The same image and the same headers, whatever a stranger makes up."""
        question = self.Setup._make_question()
        old = question - (VALID_SECONDS + 1 << 32)
        key, db = self.env["mail.tracking.email"]._get_sealing_key("image"), self.env.cr.dbname
        token = tokens.image_token(key, db, tokens.CHECK, question)
        plain = self.url_open("/mail_tracking/open/x.gif")
        for name, word in (
            ("made up", "A" * 27),
            ("of an earlier version", tokens.pixel_token(db, tokens.MAX_ROW, "0" * 32)),
            ("expired", tokens.image_token(key, db, tokens.CHECK, old)),
            ("of the future", tokens.image_token(key, db, tokens.CHECK, question + (60 << 32))),
            ("changed", ("B" if token[0] == "A" else "A") + token[1:]),
            ("for something else", tokens.image_token(key, db, tokens.TRACKING, question)),
            ("other key", tokens.image_token(b"k" * 32, db, tokens.CHECK, question)),
        ):
            with self.subTest(name):
                response = self.url_open(f"/mail_tracking/open/{word}.gif")
                self.assertEqual(response.content, PIXEL)
                self.assertNotIn(PROOF_HEADER, response.headers)
                names = [set(each.headers) for each in (response, plain)]
                self.assertEqual(*names)
        response = self.url_open(f"/mail_tracking/open/{token}.gif")
        self.assertEqual(response.content, PIXEL)
        self.assertEqual(response.headers[PROOF_HEADER], self.Setup._answer_question(question))

    def test_what_else_may_answer(self):
        for name, server, verdict, words in (
            ("another Odoo", {"body": PIXEL}, "warning", "perhaps not by this database"),
            (
                "a wrong proof",
                {"body": PIXEL, "headers": [(PROOF_HEADER, "0" * 64)]},
                "warning",
                "perhaps not by this database",
            ),
            (
                "a proof in another alphabet",
                {"body": PIXEL, "headers": [(PROOF_HEADER, "\xe9" * 64)]},
                "warning",
                "perhaps not by this database",
            ),
            ("a page", {"body": b"<html>Hello</html>"}, "problem", "does not return the image"),
            ("nothing of that name", {"status": 404}, "problem", "HTTP status 404"),
            ("a broken server", {"status": 502}, "problem", "HTTP status 502"),
        ):
            with self.subTest(name), self.web_server(**server) as (url, asked):
                _address, answer = self.check_pixel(url)
                self.assert_result(answer, verdict, words)
                [(path, _headers)] = asked
                self.assertTrue(path.startswith("/mail_tracking/open/"))

    def test_a_redirection_is_told_and_not_followed(self):
        with self.web_server(body=PIXEL) as (elsewhere, followed):
            server = {"status": 301, "headers": [("Location", elsewhere)]}
            with self.web_server(**server) as (url, asked):
                _address, answer = self.check_pixel(url)
        self.assert_result(answer, "warning", "redirects elsewhere")
        self.assertEqual((len(asked), followed), (1, []))

    def test_the_request_carries_nothing_of_ours(self):
        with self.web_server(body=PIXEL) as (url, asked):
            self.check_pixel(url)
        [(_path, headers)] = asked
        self.assertFalse({"Cookie", "Authorization", "Referer"} & set(headers))

    def test_nobody_answers(self):
        _address, answer = self.check_pixel(f"http://127.0.0.1:{free_port()}")
        self.assert_result(answer, "warning", "got no answer")
        self.assertTrue(answer["detail"])

    def test_a_server_without_certificate(self):
        with self.web_server(body=PIXEL) as (url, _asked):
            _address, answer = self.check_pixel(url.replace("http://", "https://"))
        self.assertIn(answer["verdict"], ("problem", "warning"))
        self.assertTrue(answer["detail"])

    def test_addresses(self):
        for url, verdict, words in (
            ("https://www.odoo-mails.com", "ok", "looks public and is encrypted"),
            ("http://www.odoo-mails.com", "warning", "not encrypted"),
            ("https://odoo.local", "problem", "inside your network only"),
            ("ftp://www.odoo-mails.com", "problem", "not a web address"),
            ("nonsense", "problem", "not a web address"),
            ("http://[1", "problem", "not a web address"),
        ):
            with (
                self.subTest(url),
                patch.object(
                    type(self.Setup), "_fetch_pixel", side_effect=OSError("not asked")
                ) as fetch,
            ):
                address, *answer = self.check_pixel(url)
                self.assert_result(address, verdict, words)
                self.assertEqual(len(answer), fetch.call_count)
                self.assertEqual(bool(answer), "not a web address" not in words)

    def test_passwords_in_the_address_are_not_shown(self):
        address, _answer = self.check_pixel("http://user:secret@127.0.0.1:1/")
        self.assertEqual(address["subject"], "http://127.0.0.1:1")

    def test_opens_that_are_not_tracked(self):
        self.params.set_param("mail_tracking.tracking_img_disabled", "True")
        [result] = self.run_check("pixel")
        self.assert_result(result, "info", "not tracked")

    @mute_logger("odoo.addons.mail_tracking.models.guard")
    def test_a_check_that_breaks_costs_no_other(self):
        def broken(model):
            model.env.cr.execute("SELECT no_such_column FROM res_partner")

        with patch.object(type(self.Setup), "_check_pixel", broken), mute_logger("odoo.sql_db"):
            [result] = self.run_check("pixel")
        self.assert_result(result, "unknown", "could not be checked")
        self.assertTrue(self.run_check("versions"), "the transaction is usable")

    def test_databases(self):
        own = self.env.cr.dbname
        loaded = config["server_wide_modules"]
        for name, found, modules, verdict, words in (
            ("alone", [own], loaded, "ok", "the only database"),
            ("two", [own, "other"], ["base", "web"], "problem", "not loaded server-wide"),
            ("two, loaded", [own, "other"], ["mail_tracking"], "ok", "the right one answers"),
            ("not served", ["other"], loaded, "problem", "does not serve this database"),
        ):
            with (
                self.subTest(name),
                patch.object(http, "db_list", return_value=found) as db_list,
                patch.dict(config.options, {"server_wide_modules": modules}),
            ):
                self.params.set_param("mail_tracking.base.url", "https://www.odoo-mails.com:8/x")
                [result] = self.run_check("databases")
                self.assert_result(result, verdict, words)
                self.assertNotIn("other", result["sentence"].replace("another", ""))
                self.assertEqual(db_list.call_args.kwargs["host"], "www.odoo-mails.com")

    def test_databases_of_this_server(self):
        self.params.set_param("mail_tracking.base.url", self.base_url())
        [result] = self.run_check("databases")
        self.assert_result(result, "ok", "the only database")
