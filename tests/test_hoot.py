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
    def _get_suite_id(self, suite):
        """Return the id under which HOOT knows a suite: a hash of its name."""
        suite_id = 0
        for char in suite:
            suite_id = ((suite_id << 5) - suite_id + ord(char)) & 0xFFFFFFFF
        return f"{suite_id:08x}"

    def _run_suite(self, preset, suite="@mail_tracking"):
        """Run a suite of the client's unit tests in a headless browser.

        Any error on the console stops the run and fails it. HOOT drops an id that it does not
        know and runs all tests of all addons instead, and is content with none at all: so its
        report has to name the suite, and to count nothing else.
        """
        with Console(self) as console:
            self.browser_js(
                f"/web/tests?headless&loglevel=2&preset={preset}&timeout=60000"
                f"&id={self._get_suite_id(suite)}",
                "",
                login="admin",
                timeout=1200,
                success_signal=SUCCESS,
            )
        output = "\n".join(console.lines)
        ours = re.findall(rf"^\[HOOT\] Test ['\"]{suite}/.* passed \(", output, re.MULTILINE)
        total = re.search(r"^\[HOOT\] Passed (\d+) tests", output, re.MULTILINE)
        self.assertTrue(ours, f"no test of {suite} ran")
        self.assertEqual(len(ours), int(total[1]), "other tests ran")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestHootDesktop(HootCase):
    @no_retry
    def test_desktop(self):
        self._run_suite("desktop")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestHootMobile(HootCase):
    browser_size = "375x667"
    touch_enabled = True

    @no_retry
    def test_mobile(self):
        self._run_suite("mobile")


# Odoo's own tests of what we patch. They take their time: ./dev test core_hoot
@tagged("post_install", "-at_install", "-standard", "core_hoot")
class TestHootCore(HootCase):
    @no_retry
    def test_core_message(self):
        self._run_suite("desktop", "@mail/message")

    @no_retry
    def test_core_chatter(self):
        self._run_suite("desktop", "@mail/chatter")

    @no_retry
    def test_core_discuss_app(self):
        self._run_suite("desktop", "@mail/discuss_app")

    @no_retry
    def test_core_messaging_menu(self):
        self._run_suite("desktop", "@mail/messaging_menu")

    @no_retry
    def test_core_thread(self):
        self._run_suite("desktop", "@mail/thread")
