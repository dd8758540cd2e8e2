# Part of mail_tracking. Licence: LGPL-3.
"""What ``./dev neighbours`` reads out of Odoo's log, and how it compares."""

from dataclasses import asdict

import pytest

from devtools import neighbours, outcomes

END = "INFO db odoo.tests.result: 1 failed, 0 error(s) of 3 tests when loading database 'db'"
FILE = "odoo.addons.mail.tests.test_message"
BROWSER = "odoo.addons.web.tests.test_js.WebSuite.test_unit_desktop.browser"


@pytest.fixture
def read(tmp_path):
    def read(*entries):
        log = tmp_path / "odoo.log"
        # Odoo's lines end in a blank
        stamped = [f"2026-11-24 10:00:00,001 7 {entry} \n" for entry in entries]
        log.write_text("".join(stamped))
        return outcomes.read(log, 5)

    return read


def started(name):
    return f"INFO db {FILE}: Starting {name} ..."


def failed(name, *lines, flavour="FAIL"):
    return "\n".join([f"ERROR db {FILE}: {flavour}: {name}", *lines])


def test_each_test_has_one_outcome(read):
    found = read(
        started("TestA.test_good"),
        started("TestA.test_bad"),
        failed("TestA.test_bad", "Traceback (most recent call last):", "AssertionError: 1 != 2"),
        started("TestA.test_skipped"),
        f"INFO db {FILE}: skipped TestA.test_skipped : no such thing",
        END,
    )
    assert found.is_complete
    assert found.tests == {
        "mail/test_message:TestA.test_good": "passed",
        "mail/test_message:TestA.test_bad": "AssertionError: 1 != 2",
        "mail/test_message:TestA.test_skipped": "skipped",
    }


def test_an_interrupted_run_is_not_complete(read):
    assert not read(started("TestA.test_good")).is_complete


def test_a_failed_subtest_fails_its_test(read):
    found = read(started("TestA.test_a"), failed("Subtest TestA.test_a (x=1)", "ValueError: no"))
    assert found.tests == {"mail/test_message:TestA.test_a": "ValueError: no"}


def test_queries_are_counted_and_fail_nothing(read):
    counted = "Query count {} than expected for user emma: {} in test_a at mail/tests/a.py:7"
    found = read(
        started("TestA.test_a"),
        failed("Subtest TestA.test_a ", f"AssertionError: {counted.format('more', '12 > 10')}"),
        failed("Subtest TestA.test_a ", f"AssertionError: {counted.format('more', '13 > 10')}"),
        f"INFO db {FILE}: {counted.format('less', '9 < 10').replace('emma', 'noel')}",
    )
    assert found.tests == {"mail/test_message:TestA.test_a": "passed"}
    assert found.queries == {"mail/tests/a.py:7 emma": 5, "mail/tests/a.py:7 noel": -1}


def test_a_class_that_cannot_be_set_up_is_named(read):
    name = f"setUpClass ({FILE}.TestA)"
    entry = failed(name, "KeyError: 'x'", flavour="ERROR").replace(FILE, "odoo.tests.suite", 1)
    assert read(entry).tests == {"mail/test_message:TestA.setUpClass": "KeyError: 'x'"}


def test_unit_tests_of_the_client_count_one_by_one(read):
    found = read(
        f'INFO db {BROWSER}: [HOOT] Test "@mail/a/it\'s shown" passed (assertions: 1 / time: 3 ms)',
        f'ERROR db {BROWSER}: [HOOT] Test "@mail/a/it goes" failed:\n- expected 1',
        "INFO db odoo.addons.web.tests.test_js: Starting WebSuite.test_unit_desktop ...",
        "ERROR db odoo.addons.web.tests.test_js: FAIL: WebSuite.test_unit_desktop\nfailed",
    )
    assert found.tests == {
        "hoot:@mail/a/it's shown": "passed",
        "hoot:@mail/a/it goes": "- expected 1",
    }


def test_what_the_addon_logs_is_kept(read):
    found = read(
        "ERROR db odoo.addons.mail_tracking.models.guard: E-mail tracking failed\nTraceback",
        "INFO db odoo.addons.mail_tracking.models.mail_thread: Report",
        "WARNING db odoo.addons.mail.models.mail_thread: other",
    )
    assert found.told == ["ERROR odoo.addons.mail_tracking.models.guard: E-mail tracking failed"]


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("mail/test_message:TestA.test_a", "/mail:TestA.test_a"),
        ("mail/test_message:TestA.setUpClass", "/mail:TestA"),
        ("hoot:@mail/a/it goes", "/web:WebSuite.test_unit_desktop[@mail/a/it goes]"),
        ("hoot:@mail/a/one, two", "/web:WebSuite.test_unit_desktop[@mail/a]"),
    ],
)
def test_a_test_can_be_run_alone(name, tag):
    assert outcomes.tag_of(name) == tag


def side(**tests):
    return outcomes.Outcomes({f"mail/f:T.{name}": outcome for name, outcome in tests.items()})


def test_suspects_fail_with_the_addon_only():
    without = side(a="passed", b="bad", c="passed", d="passed", e="skipped")
    with_addon = side(a="bad", b="bad", c="passed", d="skipped", e="skipped")
    assert outcomes.suspects(without, with_addon) == {
        "mail/f:T.a": "bad",
        "mail/f:T.d": "was not run with the addon",
    }


def test_a_class_that_cannot_be_set_up_is_one_suspect():
    without = side(a="passed", b="passed")
    assert outcomes.suspects(without, side(setUpClass="bad")) == {"mail/f:T.setUpClass": "bad"}


def test_the_excess_is_what_the_addon_adds():
    without = outcomes.Outcomes(
        queries={"mail/a.py:1 x": -1, "mail/a.py:2 x": 3, "mail/b.py:1 x": 1}
    )
    with_addon = outcomes.Outcomes(queries={"mail/a.py:1 x": 2, "mail/a.py:2 x": 3})
    assert outcomes.excess(without, with_addon) == {"mail/a.py:1 x": 3, "mail/b.py:1 x": -1}


def test_the_page_names_what_is_broken():
    without = side(a="passed", b="bad")
    with_addon = side(a="worse", b="bad")
    with_addon.told.append("ERROR logger: text")
    comparison = {
        "name": "mail",
        "part": "server",
        "without": asdict(without),
        "with": asdict(with_addon),
        "suspects": {"mail/f:T.a": "worse", "mail/f:T.c": "other"},
        "confirmed": {"mail/f:T.a": "worse"},
        "purposes": {"mail/f:T.c": "because"},
        "outdated": ["mail/f:T.d"],
        "excess": {"mail/tests/a.py:7 emma": 5},
    }
    page = neighbours.markdown([comparison])
    assert "| mail | server | 2 | 1 | 2 | 1 | 1 | +5 | 1 | 0 / 0 |" in page
    assert "Broken by the addon\n\n- `mail/f:T.a`: worse\n" in page
    assert "Different on purpose\n\n- `mail/f:T.c`: because\n" in page
    assert "Not different any more\n\n- `mail/f:T.d`: take it off the list\n" in page
    assert "Failed both ways\n\n- `mail/f:T.b`: bad\n" in page
    assert "Queries\n\n- `mail/tests/a.py:7 emma`: +5\n" in page
    assert "Failed once" not in page


def test_the_parts_share_out_the_tests():
    server, client = (neighbours.test_tags(["im_livechat"], part) for part in neighbours.PARTS)
    assert server == "/im_livechat,-/im_livechat:ExternalTestSuite"
    assert client == (
        "/web:WebSuite.test_unit_desktop[@im_livechat],/im_livechat:ExternalTestSuite"
    )


def test_what_cannot_matter_does_not_change_the_key(monkeypatch):
    everything = neighbours.lint.tracked()
    key = neighbours.addon_key()
    code = [
        n
        for n in everything
        if not n.startswith(("bench/", "devtools/", "tests/", "README", "static/tests/"))
    ]
    monkeypatch.setattr(neighbours.lint, "tracked", lambda: code)
    assert neighbours.addon_key() == key
    monkeypatch.setattr(neighbours.lint, "tracked", lambda: code[:-1])
    assert neighbours.addon_key() != key
