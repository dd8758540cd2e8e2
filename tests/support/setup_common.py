"""Run the checks of the set-up, and look at what they say."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from odoo.tests import HttpCase

from .common import MailTrackingCommon, PatientBrowser


class SetupCommon(MailTrackingCommon, PatientBrowser, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Setup = cls.env["mail.tracking.setup"].with_user(cls.user_admin)
        cls.params = cls.env["ir.config_parameter"]

    def run_check(self, name):
        """Results of a check; the server of this test answers while it runs."""
        self.env.flush_all()
        with self.allow_requests(all_requests=True):
            results = self.Setup.run_check(name)
        self.env.invalidate_all()
        self.assertTrue(results)
        for result in results:
            self.assertIn(result["verdict"], ("ok", "unknown", "warning", "problem", "info"))
            self.assertTrue(result["title"] and result["sentence"])
            if result["verdict"] == "problem":
                self.assertTrue(result["hint"], "how to fix it")
        return results

    def assert_result(self, result, verdict, words):
        self.assertEqual((result["verdict"], result["sentence"]), (verdict, result["sentence"]))
        self.assertIn(words, result["sentence"])

    @contextlib.contextmanager
    def web_server(self, status=200, body=b"", headers=()):
        """A web server that always says the same; yields its address and who asked for what."""
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                asked.append((self.path, dict(self.headers)))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
