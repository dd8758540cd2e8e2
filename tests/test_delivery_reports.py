"""Servers that offer delivery reports, those that do not, and what is said about both."""

from unittest.mock import patch

from odoo.tests import Form, tagged

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .support.common import MailTrackingCommon

NO_DSN = "The outgoing mail server accepted the email. It does not report delivery."


@tagged("post_install", "-at_install")
class TestDeliveryReports(MailTrackingCommon):
    def test_nothing_is_asked_of_a_server_that_offers_nothing(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        # this server answers 555 to parameters that it does not know
        self.assertEqual((row.state, row.delivery_report), ("sent", "none"))
        [(mail_options, rcpt_options)] = self.handler.options
        words = " ".join(mail_options + rcpt_options)
        for word in ("RET", "ENVID", "NOTIFY", "ORCPT"):
            self.assertNotIn(word, words)
        self.assertEqual((row.queue_id, row.tracking_event_ids.queue_id), ("TEST", "TEST"))
        [line] = message.tracking_status()
        self.assertEqual(line["evidence"], NO_DSN)
        [event] = row._get_details()["events"]
        self.assertEqual(event["title"], "Accepted by the outgoing mail server")
        self.assertIn("queue number TEST", event["detail"])

    def test_a_server_that_offers_reports_and_refuses_to_be_asked_still_gets_the_mail(self):
        self.handler.extensions.append("DSN")
        message = self.post(self.anna | self.bob)
        for partner in self.anna | self.bob:
            self.received(partner.email)
            self.assertEqual(self.row(message, partner).delivery_report, "none")
        self.assertEqual(self.mail_server.mail_tracking_dsn_offer, "no")

    def test_what_the_server_offers_is_written_when_it_changes_and_not_before(self):
        self.assertFalse(self.mail_server.mail_tracking_dsn_offer)
        self.post(self.anna)
        self.assertEqual(self.mail_server.mail_tracking_dsn_offer, "no")
        self.assertTrue(self.mail_server.mail_tracking_dsn_time)
        Server = type(self.mail_server)
        with patch.object(Server, "_tracking_note_offer", side_effect=AssertionError("written")):
            self.post(self.anna)
        self.handler.extensions.append("DSN")
        self.mail_server.mail_tracking_dsn = "none"
        message = self.post(self.anna)
        self.assertEqual(self.mail_server.mail_tracking_dsn_offer, "yes")
        self.assertEqual(self.row(message, self.anna).delivery_report, "off")

    def test_the_server_of_the_configuration_file_is_asked_as_a_parameter_says(self):
        Server = self.env["ir.mail_server"]
        self.assertEqual(Server._tracking_dsn_setting(), "failures")
        self.env["ir.config_parameter"].set_param("mail_tracking.delivery_reports", "all")
        self.assertEqual(Server._tracking_dsn_setting(), "all")
        self.assertEqual(self.mail_server._tracking_dsn_setting(), "failures")

    def test_a_connection_test_finds_out(self):
        server = self.mail_server
        self.assertIn("Not known yet", server.mail_tracking_dsn_info)
        with patch.object(IrMail_Server, "_disable_send", return_value=False):
            action = server.with_user(self.user_admin).test_smtp_connection()
            self.assertEqual(server.mail_tracking_dsn_offer, "no")
            self.assertIn("cannot report delivery", action["params"]["message"])
            self.handler.extensions.append("DSN")
            action = server.with_user(self.user_admin).test_smtp_connection()
        self.assertEqual(server.mail_tracking_dsn_offer, "yes")
        self.assertIn("but not delivery", action["params"]["message"])

    def test_the_form_and_the_settings_say_what_a_server_reports(self):
        for setting, offer, words in (
            ("failures", "yes", "reports delays and failures, but not delivery"),
            ("all", "yes", "reports delivery, delays and failures"),
            ("all", "no", "cannot report delivery"),
            ("none", "yes", "is not asked to report anything"),
        ):
            self.mail_server.write({"mail_tracking_dsn": setting, "mail_tracking_dsn_offer": offer})
            with self.subTest(setting=setting, offer=offer):
                with Form(self.mail_server) as form:
                    self.assertIn(words, form.mail_tracking_dsn_info)
                settings = self.env["res.config.settings"].create({})
                self.assertIn(f"Loopback: This server {words}", settings.mail_tracking_servers_info)

    def test_what_was_asked_is_shown_beside_a_mail_that_is_only_sent(self):
        row = self.row(self.post(self.anna), self.anna)
        for word, text in (
            ("success", "reports delivery if the recipient's mail server supports that"),
            ("failure", "reports failures and delays"),
            ("off", "was not asked"),
            ("service", "will report whether it is delivered"),
        ):
            event = row.event_create("sent", {"delivery_report": word})
            self.assertEqual(row.delivery_report, word)
            self.assertIn(text, row._get_evidence_words())
            self.assertIn("Accepted by the", event._get_title())

    def test_a_bounce_address_of_its_own_where_domain_and_server_allow_it(self):
        domain = self.env.company.alias_domain_id
        plain = "bounce.test@test.mycompany.com"
        own = "bounce.test+{}@test.mycompany.com"
        for name, values, server, expected in (
            ("off by default", {}, False, plain),
            ("on", {"mail_tracking_verp": True}, False, own),
            ("server for the domain", {}, "test.mycompany.com", own),
            (
                "server for single addresses",
                {},
                f"notifications.test@test.mycompany.com, {plain}",
                plain,
            ),
            ("no room", {"bounce_alias": "b" * 40}, False, "b" * 40 + "@test.mycompany.com"),
        ):
            with self.subTest(name):
                self.handler.envelopes.clear()
                domain.write(values)
                self.mail_server.from_filter = server
                row = self.row(self.post(self.anna), self.anna)
                [(sender, _to, mail)] = self.handler.envelopes
                self.assertEqual(sender, expected.format(row.token))
                self.assertEqual(mail["Return-Path"], expected.format(row.token))
