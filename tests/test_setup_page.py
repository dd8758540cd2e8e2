"""The page of the set-up check, in a browser."""

from odoo.tests import tagged

from .support.common import free_port
from .support.setup_common import SetupCommon


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestSetupPage(SetupCommon):
    def test_check_ask_copy_and_open(self):
        # the request of the page holds this test's only cursor: nobody could answer in between
        self.params.set_param("mail_tracking.base.url", f"http://127.0.0.1:{free_port()}")
        with self.smtp():
            self.start_tour("/odoo/tracking-setup", "mail_tracking_setup", login="admin")
        self.assertEqual(self.mail_server.mail_tracking_dsn_offer, "no")
        self.assertEqual(self.handler.envelopes, [])
