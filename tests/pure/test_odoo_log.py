# Part of mail_tracking. Licence: LGPL-3.
"""Which warnings in Odoo's log fail ``./dev test``."""

import pytest

from devtools import odoo_log

PREFIX = "2026-11-24 10:00:00,001 7"
#: as Odoo 19 writes it: a logger without a name of a test, a blank at the end of the line
SHUTDOWN = "WARNING db odoo.tests.common: Error during browser shutdown "
TRACEBACK = """Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/odoo/tests/common.py", line 1643, in _websocket_request
    return f.result(timeout=timeout * self.throttling_factor)
  File "/usr/lib/python3.11/concurrent/futures/_base.py", line 458, in result
    raise TimeoutError()
TimeoutError

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/odoo/tests/common.py", line 1369, in stop
    self._websocket_request('Page.stopLoading')
  File "/usr/lib/python3/dist-packages/odoo/tests/common.py", line 1645, in _websocket_request
    raise TimeoutError(f'{method}({params or ""})')
TimeoutError: Page.stopLoading() """


@pytest.fixture
def unexpected(tmp_path):
    def unexpected(entry, rest=""):
        log = tmp_path / "odoo.log"
        log.write_text(f"{PREFIX} {entry}\n{rest}\n")
        return bool(odoo_log.summary(log).unexpected)

    return unexpected


def test_a_browser_that_does_not_answer_at_the_end_fails_nothing(unexpected):
    assert not unexpected(SHUTDOWN, TRACEBACK)


@pytest.mark.parametrize(
    "entry",
    [
        SHUTDOWN.replace("WARNING", "ERROR"),
        SHUTDOWN.replace("odoo.tests.common", "odoo.addons.mail_tracking.tests.common"),
        SHUTDOWN.replace("odoo.tests.common", "odoo.tests.common.x"),
        SHUTDOWN.replace("shutdown", "shutdown of mail"),
        SHUTDOWN.replace("Error", "Another Error"),
    ],
)
def test_what_only_looks_like_it_does(unexpected, entry):
    assert unexpected(entry, TRACEBACK)


def test_another_exception_there_does(unexpected):
    assert unexpected(SHUTDOWN)
    assert unexpected(SHUTDOWN, TRACEBACK.replace("TimeoutError", "ValueError"))
    assert unexpected(SHUTDOWN, TRACEBACK.replace("in stop", "in start"))


def test_warnings_and_errors_do_and_notes_do_not(unexpected):
    assert unexpected("WARNING db odoo.addons.mail_tracking.models.guard: odd ")
    assert unexpected("ERROR db odoo.sql_db: bad query ")
    assert not unexpected("INFO db odoo.sql_db: fine ")


def test_only_libraries_may_use_what_is_outdated(unexpected):
    warning = "{} db py.warnings: {}/x.py:1: DeprecationWarning: old"
    assert not unexpected(warning.format("WARNING", "/venv/lib/site-packages/lib"))
    assert unexpected(warning.format("WARNING", "/srv/addons/mail_tracking"))
    assert unexpected(warning.format("ERROR", "/venv/lib/site-packages/lib"))
