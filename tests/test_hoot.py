from odoo.tests import HttpCase, no_retry, tagged


class HootCase(HttpCase):
    """Run the client's unit tests of this addon in a headless browser."""

    suite = "@mail_tracking_x"

    def _get_suite_id(self):
        """Return the id under which HOOT knows the suite: a hash of its name."""
        suite_id = 0
        for char in self.suite:
            suite_id = ((suite_id << 5) - suite_id + ord(char)) & 0xFFFFFFFF
        return f"{suite_id:08x}"

    def _run_suite(self, preset, **params):
        query = "".join(f"&{key}={value}" for key, value in params.items())
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset={preset}&timeout=15000&id={self._get_suite_id()}{query}",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
        )


@tagged("post_install", "-at_install")
class TestHootDesktop(HootCase):
    @no_retry
    def test_desktop(self):
        self._run_suite("desktop")
