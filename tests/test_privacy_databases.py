"""The page for recipients, on a server with several databases that the link alone tells apart."""

import re

import requests

from odoo.tests import tagged

from .support.process_common import ProcessCase

ADDRESS = "reader@example.com"
#: run by ``odoo shell``
LINK = """
env["res.company"].search([]).name = env.cr.dbname
env.cr.commit()
print("LINK", env["mail.tracking.consent"]._get_page_url([%r], "en_US"))
"""
ANSWERS = "SELECT purpose, answer FROM mail_tracking_consent WHERE address = %s ORDER BY id"


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestPrivacyDatabases(ProcessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.new_database("privacy_1")
        cls.odoo("-d", cls.first, "-i", "mail_tracking", "--stop-after-init")
        cls.second = cls.new_database("privacy_2", template=cls.first)

    def path(self, database):
        output = self.odoo("shell", "-d", database, "--no-http", input=LINK % ADDRESS)
        return re.search(r"^LINK \S+?(/mail_tracking/privacy/\S+)", output, re.M)[1]

    def test_the_link_tells_the_database(self):
        databases = (self.first, self.second)
        paths = {database: self.path(database) for database in databases}
        filtered = f"--db-filter=^({self.first}|{self.second})$"
        with self.server("--load=base,web,mail_tracking", filtered) as base:
            for database in databases:
                answer = requests.get(base + paths[database], timeout=60)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(f"May {database} note", answer.text)
                self.assertNotIn("Set-Cookie", answer.headers)
            shown = re.search(r'name="shown" value="(\w+)"', answer.text)[1]
            # the answer on the second one, logged in to the first one or not
            client = requests.Session()
            client.get(f"{base}/web?db={self.first}", timeout=60)
            form = {"opens": "no", "lang": "en_US", "shown": shown}
            answer = client.post(base + paths[self.second], data=form, timeout=60)
            self.assertEqual(answer.status_code, 200)
            self.assertIn("Saved", answer.text)
            broken = paths[self.second][:-20] + "A" * 20
            for path in (broken, paths[self.second].replace("privacy/", "privacy/0"), broken[:-9]):
                self.assertEqual(requests.get(base + path, timeout=60).status_code, 404, path)
        self.assertEqual(self.sql(self.first, ANSWERS, [ADDRESS]), [])
        self.assertEqual(self.sql(self.second, ANSWERS, [ADDRESS]), [("opens", "no")])
        self.assertEqual(self.log_lines(), [])
