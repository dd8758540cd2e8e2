"""The addon in real processes: several databases, several workers, many clients at once."""

import email.message
import json
from concurrent.futures import ThreadPoolExecutor

import requests
from aiosmtpd.controller import Controller

from odoo.tests import tagged

from odoo.addons.mail_tracking.tools import tokens

from .support.common import RecordingHandler, free_port
from .support.process_common import ProcessCase

MAILS = 12
CLIENTS = 16
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.%d"
#: run by ``odoo shell``: sends mails for real, and lets the sending lie an hour back
SEND = """
env["ir.config_parameter"].set_param("mail_tracking.client_in_words", False)
env["ir.mail_server"].search([]).active = False
server = env["ir.mail_server"].create({"name": "Loopback", "smtp_host": "127.0.0.1",
    "smtp_port": %(port)d, "smtp_encryption": "none"})
partners = env["res.partner"].create([
    {"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(%(mails)d)])
record = partners[0].with_context(mail_notify_force_send=False)
message = record.message_post(body="Hello", partner_ids=partners.ids,
    message_type="comment", subtype_xmlid="mail.mt_comment", author_id=env.user.partner_id.id)
env.cr.commit()
env["mail.mail"].process_email_queue()
env.cr.rollback()  # the queue has committed by itself
rows = env["mail.tracking.email"].search([("mail_message_id", "=", message.id)])
assert len(rows) == %(mails)d and set(rows.mapped("state")) == {"sent"}, rows.mapped("state")
for event in rows.tracking_event_ids:
    event.timestamp -= 3600
env.cr.commit()
for row in rows:
    print("PIXEL", row._get_pixel_url(), flush=True)
"""
#: run by ``odoo shell``: what the cron does
FOLD = """
env["mail.tracking.email"]._process_pending_events()
env.cr.commit()
"""


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestProcesses(ProcessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.new_database("process_1")
        cls.odoo("-d", cls.first, "-i", "mail_tracking", "--stop-after-init")
        cls.second = cls.new_database("process_2", template=cls.first)

    def send(self, database):
        """Send mails for real; returns the paths of their pixels."""
        handler = RecordingHandler()
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
        controller.start()
        try:
            script = SEND % {"port": controller.port, "mails": MAILS}
            output = self.odoo("shell", "-d", database, "--no-http", input=script)
        finally:
            controller.stop()
        self.assertEqual(len(handler.envelopes), MAILS)
        self.assertTrue(all(isinstance(m, email.message.Message) for *_x, m in handler.envelopes))
        urls = [line.split()[1] for line in output.splitlines() if line.startswith("PIXEL")]
        return [url[url.index("/mail_tracking/") :] for url in urls]

    def test_many_clients_on_two_databases_lose_nothing(self):
        paths = {database: self.send(database) for database in (self.first, self.second)}
        options = ("--workers=2", "--load=base,web,mail_tracking")
        filtered = f"--db-filter=^({self.first}|{self.second})$"
        with self.server(*options, filtered) as base, ThreadPoolExecutor(CLIENTS) as pool:
            hits = [
                (base + path, BROWSER % client)
                for database in paths
                # the same mail by all clients at once, then all mails by one client each
                for path in [paths[database][0]] + paths[database]
                for client in (range(CLIENTS) if path == paths[database][0] else [99])
            ]
            hits = list(dict.fromkeys(hits))
            answers = list(pool.map(lambda hit: self.get(*hit), hits))
        self.assertEqual(set(answers), {200})
        for database in paths:
            self.odoo("shell", "-d", database, "--no-http", input=FOLD)
            counts = self.sql(
                database, "SELECT state, open_count FROM mail_tracking_email ORDER BY id"
            )
            opened = sorted(count for state, count in counts if state == "opened")
            self.assertEqual(opened, [1] * (MAILS - 1) + [CLIENTS], database)
        self.assertEqual(self.log_lines(), [])

    def test_users_of_one_database_are_strangers_to_the_other(self):
        paths = {database: self.send(database)[0] for database in (self.first, self.second)}
        filtered = f"--db-filter=^({self.first}|{self.second})$"
        with self.server("--load=base,web,mail_tracking", filtered) as base:
            client = requests.Session()
            client.headers["User-Agent"] = BROWSER % CLIENTS
            login = {"db": self.first, "login": "admin", "password": "admin"}
            answer = client.post(
                f"{base}/web/session/authenticate",
                data=json.dumps({"params": login}),
                headers={"Content-Type": "application/json"},
                timeout=60,
            ).json()
            self.assertTrue(answer["result"]["uid"])
            for path in paths.values():
                self.assertEqual(client.get(base + path, timeout=60).status_code, 200)
        query = "SELECT open_kind FROM mail_tracking_event WHERE event_type = 'open'"
        query += " AND user_agent = %s"
        kinds = {db: self.sql(db, query, [BROWSER % CLIENTS]) for db in paths}
        self.assertEqual(kinds, {self.first: [("self",)], self.second: [("person",)]})
        self.assertEqual(self.log_lines(), [])

    def test_a_database_that_was_renamed_is_found_by_the_request(self):
        """Its mails name it in a way that fits none; the copy has another name, and its key."""
        [path, *_others] = self.send(self.first)
        renamed = self.new_database("process_renamed", template=self.first)
        with self.server("--load=base,web,mail_tracking", f"--db-filter=^{renamed}$") as base:
            self.assertEqual(self.get(base + path, BROWSER % CLIENTS), 200)
        query = "SELECT count(*) FROM mail_tracking_event WHERE event_type = 'open'"
        query += " AND user_agent = %s"
        found = [self.sql(db, query, [BROWSER % CLIENTS])[0][0] for db in (self.first, renamed)]
        self.assertEqual(found[1] - found[0], 1)
        self.assertEqual(self.log_lines(), [])

    def test_databases_without_the_addon_are_left_as_they_are(self):
        """An empty one, one without the addon, and one in which it is being installed."""
        empty, other, half = (f"{self.tested}_process_{name}" for name in ("0", "no", "half"))
        for name in (empty, other, half):
            self.sql("postgres", f'DROP DATABASE IF EXISTS "{name}"')
            self.addClassCleanup(self.sql, "postgres", f'DROP DATABASE IF EXISTS "{name}"')
            self.sql("postgres", f'CREATE DATABASE "{name}" TEMPLATE template0')
        for name, state in ((other, "uninstalled"), (half, "to install")):
            self.sql(name, "CREATE TABLE ir_module_module (name varchar, state varchar)")
            self.sql(name, f"INSERT INTO ir_module_module VALUES ('mail_tracking', '{state}')")
        tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        before = {name: self.sql(name, tables) for name in (empty, other, half)}
        self.assertEqual(before[empty], [])
        with self.server("--load=base,web,mail_tracking") as base:
            for name in before:
                secret = "0" * 32
                token = tokens.pixel_token(name, 1, secret)
                image = tokens.image_token(b"k" * 32, name, tokens.TRACKING, 1)
                for path in (
                    f"/mail_tracking/open/{token}.gif",
                    f"/mail_tracking/open/{image}.gif",
                    f"/mail/tracking/open/{name}/1/{secret}/blank.gif",
                    f"/mail/tracking/open/{name}/1/blank.gif",
                ):
                    self.assertEqual(self.get(base + path), 200, path)
                url = f"{base}/mail_tracking/webhook/standard/{token}"
                self.assertEqual(requests.post(url, data=b"{}", timeout=60).status_code, 404)
                self.assertEqual(self.sql(name, tables), before[name], name)
        self.assertEqual(self.log_lines(), [])
