import logging
import re

from odoo.tests import HttpCase, no_retry, tagged

SUCCESS = "[HOOT] Test suite succeeded"


class Console(logging.Handler):
    """What the browser wrote to its console during a test."""

    def __init__(self, test_case):
        super().__init__()
        self.lines = []
        self.logger = test_case._logger.getChild("browser")

    def emit(self, record):
        self.lines.append(record.getMessage())

    def __enter__(self):
        self.level_before = self.logger.level
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(self)
        return self

    def __exit__(self, *exc_info):
        self.logger.removeHandler(self)
        self.logger.setLevel(self.level_before)


class HootCase(HttpCase):
    suite = "@mail_tracking"

    def _get_suite_id(self):
        """Return the id under which HOOT knows the suite: a hash of its name."""
        suite_id = 0
        for char in self.suite:
            suite_id = ((suite_id << 5) - suite_id + ord(char)) & 0xFFFFFFFF
        return f"{suite_id:08x}"

    def _run_suite(self, preset):
        """Run the client's unit tests of this addon in a headless browser.

        Any error on the console stops the run and fails it. HOOT drops an id that it does not
        know and runs all tests of all addons instead, and is content with none at all: so its
        report has to name our suite, and to count nothing else.
        """
        with Console(self) as console:
            self.browser_js(
                f"/web/tests?headless&loglevel=2&preset={preset}&timeout=15000"
                f"&id={self._get_suite_id()}",
                "",
                login="admin",
                timeout=600,
                success_signal=SUCCESS,
            )
        output = "\n".join(console.lines)
        ours = re.search(rf'^\[HOOT\] "{self.suite}" ended \(passed: (\d+)', output, re.MULTILINE)
        total = re.search(r"^\[HOOT\] Passed (\d+) tests", output, re.MULTILINE)
        self.assertTrue(ours and int(ours[1]), f"no test of {self.suite} ran")
        self.assertEqual(ours[1], total[1], "tests of other addons ran")


@tagged("post_install", "-at_install")
class TestHootDesktop(HootCase):
    @no_retry
    def test_desktop(self):
        self._run_suite("desktop")


@tagged("post_install", "-at_install")
class TestHootMobile(HootCase):
    browser_size = "375x667"
    touch_enabled = True

    @no_retry
    def test_mobile(self):
        self._run_suite("mobile")
