"""Copies of a database, plain SQL of others on the tables that we extend, and the end."""

from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged

from odoo.addons.mail_tracking.hooks import uninstall_hook

from .pure.webhook_samples import SERVICES
from .support.process_common import ProcessCase
from .support.webhook_common import WebhookCommon

#: columns of ours on the tables of others that no plain INSERT of theirs can fill
UNFILLABLE = """
    SELECT field.model, field.name
      FROM ir_model_data data
      JOIN ir_model_fields field ON data.model = 'ir.model.fields' AND data.res_id = field.id
      JOIN pg_attribute attribute
        ON attribute.attrelid = to_regclass(replace(field.model, '.', '_'))
       AND attribute.attname = field.name
     WHERE attribute.attnotnull AND NOT attribute.atthasdef
  GROUP BY field.model, field.name
    HAVING array_agg(data.module::text) = '{mail_tracking}'
       AND NOT EXISTS (SELECT FROM ir_model_data own
                         JOIN ir_model model ON own.model = 'ir.model' AND own.res_id = model.id
                        WHERE model.model = field.model
                     GROUP BY model.id HAVING array_agg(own.module::text) = '{mail_tracking}')
"""
#: columns of ours on the tables of others
COLUMNS = UNFILLABLE.replace("attribute.attnotnull AND NOT attribute.atthasdef", "TRUE")
#: rows of ours that stop a DELETE of theirs
STOPPING = """
    SELECT conrelid::regclass::text, conname
      FROM pg_constraint
     WHERE contype = 'f' AND confdeltype NOT IN ('c', 'n')
       AND (conrelid::regclass::text LIKE 'mail\\_tracking\\_%%'
            OR conname LIKE '%%\\_mail\\_tracking\\_%%')
       AND confrelid::regclass::text NOT LIKE 'mail\\_tracking\\_%%'
"""
#: what only a neutralized database has nothing of
LIVE = """
    SELECT 'server' FROM ir_mail_server WHERE active AND smtp_host <> 'invalid'
     UNION ALL
    SELECT 'cron' FROM ir_cron
      JOIN ir_model_data ON model = 'ir.cron' AND res_id = ir_cron.id
     WHERE module = 'mail_tracking' AND active
     UNION ALL
    SELECT 'pixel' WHERE NOT EXISTS (
        SELECT FROM ir_config_parameter
         WHERE key = 'mail_tracking.tracking_img_disabled' AND value = 'True')
     UNION ALL
    SELECT 'address' FROM ir_config_parameter WHERE key = 'mail_tracking.base.url'
     UNION ALL
    SELECT 'webhook' FROM mail_tracking_webhook
     WHERE active OR secret IS NOT NULL OR previous_secret IS NOT NULL
        OR path_secret IS NOT NULL OR topics IS NOT NULL
     UNION ALL
    SELECT 'event' FROM mail_tracking_event WHERE tracking_email_id IS NULL
"""
#: run by ``odoo shell``: all of that
FILL = """
params = env["ir.config_parameter"]
params.set_param("mail_tracking.base.url", "https://live.example")
params.set_param("mail_tracking.tracking_img_disabled", "False")
webhook = env["mail.tracking.webhook"].create(
    {"name": "Live", "provider": "standard", "base_url": "https://live.example"})
webhook.new_secret = "former"
webhook.new_secret = "current"
webhook.topics = "arn:aws:sns:eu-west-1:123456789012:topic"
env["ir.mail_server"].create({"name": "Live", "smtp_host": "127.0.0.1"})
env["mail.tracking.event"].create(
    {"webhook_id": webhook.id, "event_key": "x", "data": "{}", "until": "2050-01-01"})
env.cr.commit()
"""


@tagged("post_install", "-at_install")
class TestNeutralize(WebhookCommon):
    def live(self):
        self.env.flush_all()
        self.env.cr.execute(LIVE)
        return {name for (name,) in self.env.cr.fetchall()}

    def test_a_neutralized_copy_tells_nothing_and_takes_nothing(self):
        params = self.env["ir.config_parameter"].sudo()
        for switch in ("False", None):
            params.search([("key", "=", "mail_tracking.tracking_img_disabled")]).unlink()
            if switch:
                params.set_param("mail_tracking.tracking_img_disabled", switch)
            params.set_param("mail_tracking.base.url", "https://live.example")
            for webhook in self.webhooks.values():
                webhook.active = True
                if webhook.provider != "amazon_ses":
                    webhook.new_secret = SERVICES[webhook.provider].secret
            self.env["mail.tracking.event"].create(
                {
                    "webhook_id": self.webhooks["standard"].id,
                    "event_key": "x",
                    "data": "{}",
                    "until": "2050-01-01",
                }
            )
            crons = self.env["ir.cron"].search([("cron_name", "like", "mail tracking")])
            crons.active = True
            self.mail_server.active = True
            self.assertLessEqual({"server", "pixel", "address", "webhook", "event"}, self.live())
            neutralize_database(self.env.cr)
            self.env.invalidate_all()
            self.assertEqual(self.live(), set())
            for webhook in self.webhooks.values():
                self.assertFalse(webhook.url)
                webhook.active = True
                self.assertFalse(webhook.has_secret)
                self.assertFalse(webhook._get_secrets())
        # somebody lets mails leave again
        self.mail_server.active = True
        self.post(self.anna)
        self.assertNotIn("/mail_tracking/open/", self.html(self.received("anna@example.com")))

    def test_a_copy_of_the_other_addons_database_is_neutralized_as_well(self):
        """Its code is this one already, and the database was not upgraded yet."""
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE mail_tracking_webhook RENAME TO mail_tracking_gone")
        neutralize_database(self.env.cr)
        params = self.env["ir.config_parameter"].sudo()
        self.assertEqual(params.get_param("mail_tracking.tracking_img_disabled"), "True")

    # ------------------------------------------------------------
    # PLAIN SQL OF OTHERS
    # ------------------------------------------------------------

    def test_no_column_of_ours_stops_an_insert_of_others(self):
        self.env.cr.execute(COLUMNS)
        tables = {model for model, _name in self.env.cr.fetchall()}
        self.assertLessEqual({"res.partner", "ir.mail_server", "mail.message"}, tables)
        self.env.cr.execute(UNFILLABLE)
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_no_row_of_ours_stops_a_delete_of_others(self):
        self.env.cr.execute(STOPPING)
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_a_server_and_a_contact_that_plain_sql_made_work_as_others_do(self):
        self.mail_server.active = False
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO ir_mail_server"
            " (name, smtp_port, smtp_host, smtp_encryption, active, smtp_authentication)"
            " VALUES ('SQL', %s, '127.0.0.1', 'none', true, 'login') RETURNING id",
            [self.mail_server.smtp_port],
        )
        server = self.env["ir.mail_server"].browse(self.env.cr.fetchone()[0])
        self.env.cr.execute(
            "INSERT INTO res_partner (name, email, active, type, create_date)"
            " VALUES ('SQL', 'sql@example.com', true, 'contact', now()) RETURNING id"
        )
        partner = self.env["res.partner"].browse(self.env.cr.fetchone()[0])
        self.env.invalidate_all()
        message = self.post(partner)
        self.assertEqual(self.row(message, partner).state, "sent")
        self.assertEqual(server._tracking_dsn_setting(), "failures", "as where nobody chose")
        server.mail_tracking_dsn_offer = "yes"
        self.assertIn("reports delays and failures", server.mail_tracking_dsn_info)
        check = self.env["mail.tracking.setup"]._check_server(server)
        self.assertEqual(check["verdict"], "ok")
        self.assertIn("Also successes", check["hint"])

    # ------------------------------------------------------------
    # THE END
    # ------------------------------------------------------------

    def test_what_is_removed_with_the_addon_is_ours_alone(self):
        params = self.env["ir.config_parameter"].sudo()
        foreign = ("mailxtracking.key", "mail.tracking.key", "x_mail_tracking.key", "mail_tracking")
        for key in (*foreign, "mail_tracking.base.url", "mail_tracking.soft_bounces_to_flag"):
            params.set_param(key, "1")
        Filters = self.env["ir.filters"]
        kept = ("mail.tracking.value", "mail.message", "res.partner")
        gone = ("mail.tracking.email", "mail.tracking.event", "mail.tracking.webhook")
        for model in kept + gone:
            Filters.create({"name": f"Mine {model}", "model_id": model})
        Filters.create({"name": "Archived", "model_id": gone[0], "active": False})
        uninstall_hook(self.env)
        found = Filters.with_context(active_test=False).search([("model_id", "in", kept + gone)])
        self.assertLessEqual(set(kept), set(found.mapped("model_id")))
        self.assertFalse(set(gone) & set(found.mapped("model_id")))
        self.assertTrue(all(params.get_param(key) for key in foreign))
        self.assertFalse(params.search([("key", "=like", r"mail\_tracking.%")]))


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestNeutralizeCommand(ProcessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.new_database("neutral_1")
        cls.odoo("-d", cls.first, "-i", "mail_tracking", "--stop-after-init")
        cls.odoo("shell", "-d", cls.first, "--no-http", input=FILL)
        cls.second = cls.new_database("neutral_2", template=cls.first)

    def neutralize(self, database):
        everything = {"server", "cron", "pixel", "address", "webhook", "event"}
        self.assertEqual({name for (name,) in self.sql(database, LIVE)}, everything)
        self.odoo("neutralize", "-d", database)
        self.assertEqual(self.sql(database, LIVE), [])

    def test_a_new_database(self):
        self.neutralize(self.first)

    def test_an_upgraded_database(self):
        """As version 19.0.2.0.0 left it."""
        self.sql(
            self.second,
            "ALTER TABLE ir_mail_server ALTER COLUMN mail_tracking_dsn SET NOT NULL;"
            "UPDATE ir_module_module SET latest_version = '19.0.2.0.0'"
            " WHERE name = 'mail_tracking'",
        )
        self.assertEqual(
            self.sql(self.second, UNFILLABLE), [("ir.mail_server", "mail_tracking_dsn")]
        )
        self.odoo("-d", self.second, "-u", "mail_tracking", "--stop-after-init")
        self.assertEqual(self.sql(self.second, UNFILLABLE), [])
        self.neutralize(self.second)
