"""The addon in real processes: several databases, several workers, many clients at once."""

import contextlib
import email.message
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import URLError
from urllib.request import Request, urlopen

import psycopg2
from aiosmtpd.controller import Controller

from odoo.sql_db import connection_info_for
from odoo.tests import BaseCase, tagged
from odoo.tools import config

from .common import RecordingHandler, free_port

MAILS = 12
CLIENTS = 16
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.%d"
#: run by ``odoo shell``: sends mails for real, and lets the sending lie an hour back
SEND = """
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


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestProcesses(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        name, info = connection_info_for(config["db_name"][0])
        cls.first, cls.second = f"{name}_process_1", f"{name}_process_2"
        cls.info = info
        cls.dir = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.log = os.path.join(cls.dir, "odoo.log")
        for database in (cls.first, cls.second):
            cls.sql("postgres", f'DROP DATABASE IF EXISTS "{database}"')
            cls.addClassCleanup(cls.sql, "postgres", f'DROP DATABASE IF EXISTS "{database}"')
        cls.sql("postgres", f"CREATE DATABASE \"{cls.first}\" TEMPLATE template0 ENCODING 'UTF8'")
        cls.odoo("-d", cls.first, "-i", "mail_tracking", "--stop-after-init")
        cls.sql("postgres", f'CREATE DATABASE "{cls.second}" TEMPLATE "{cls.first}"')

    @classmethod
    def sql(cls, database, query, params=None):
        connection = psycopg2.connect(**{**cls.info, "database": database})
        try:
            connection.autocommit = True
            with connection.cursor() as cr:
                cr.execute(query, params)
                return cr.fetchall() if cr.description else None
        finally:
            connection.close()

    @classmethod
    def command(cls, *args):
        options = {
            "--addons-path": ",".join(config["addons_path"]),
            "--data-dir": cls.dir,
            "--db_host": config["db_host"],
            "--db_port": config["db_port"],
            "--db_user": config["db_user"],
            "--db_password": config["db_password"],
            "--max-cron-threads": "0",
            "--log-level": "warn",
        }
        given = [f"{key}={value}" for key, value in options.items() if value]
        return [sys.executable, "-m", "odoo", *args, *given]

    @classmethod
    def odoo(cls, *args, **kwargs):
        done = subprocess.run(  # noqa: S603
            cls.command(*args), capture_output=True, text=True, timeout=300, **kwargs
        )
        if done.returncode:
            raise AssertionError(done.stderr[-3000:])
        return done.stdout

    @contextlib.contextmanager
    def server(self):
        """A server for several databases, with two workers."""
        port = free_port()
        args = self.command(
            "--http-port",
            str(port),
            "--gevent-port",
            str(free_port()),
            "--workers=2",
            "--http-interface=127.0.0.1",
            "--load=base,web,mail_tracking",
            "--logfile",
            self.log,
            "--db-filter",
            f"^({self.first}|{self.second})$",
        )
        process = subprocess.Popen(args)  # noqa: S603
        try:
            self.wait_for(f"http://127.0.0.1:{port}/web/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)

    def wait_for(self, url, process):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(URLError, ConnectionError, TimeoutError):
                if self.get(url) == 200:
                    return
            time.sleep(0.1)  # between two looks at the condition
        self.fail("the server did not start")

    def get(self, url, agent="test"):
        request = Request(url, headers={"User-Agent": agent})  # noqa: S310
        with urlopen(request, timeout=60) as response:  # noqa: S310
            response.read()
            return response.status

    def send(self, database):
        """Send mails for real; returns the paths of their pixels."""
        handler = RecordingHandler()
        controller = Controller(handler, hostname="127.0.0.1", port=free_port())
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
        with self.server() as base, ThreadPoolExecutor(CLIENTS) as pool:
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
            counts = self.sql(
                database, "SELECT state, open_count FROM mail_tracking_email ORDER BY id"
            )
            opened = sorted(count for state, count in counts if state == "opened")
            self.assertEqual(opened, [1] * (MAILS - 1) + [CLIENTS], database)
        with open(self.log) as log:
            lines = [line for line in log if " ERROR " in line or "serializ" in line]
        self.assertEqual(lines, [])
