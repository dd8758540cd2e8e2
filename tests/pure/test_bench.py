# Part of mail_tracking. Licence: LGPL-3.
"""The benchmarks' numbers: what is met, what is not, and how both are shown."""

import json

import pytest

from bench import figures, fill, page
from bench.figures import AT_LEAST, MORE, PLAIN, RATIO, VALUE, Figure, Line, Sample
from bench.stage import Stage

MACHINE = {
    "date": "2026-01-02",
    "processor": "Example 1",
    "cores": 2,
    "memory_gib": 4,
    "system": "Debian",
    "python": "3.11.2",
    "postgresql": "15.1",
    "version": "19.0.1.0.0",
    "quick": False,
    "loads": [0.5, 2.2],
}


def record(*found, **values):
    """Return what is written down of a line."""
    return {**MACHINE, **values, "figures": [one.as_dict() for one in found]}


def figure(ours, how=VALUE, budget=None, base=None, measure="time", line="line", size=1000):
    return Figure(line, size, measure, ours, how, budget, base, PLAIN if base else "")


@pytest.mark.parametrize(
    ("found", "value", "passed", "verdict"),
    [
        (figure(0.11, RATIO, 1.1, 0.1), 1.1, True, "met"),
        (figure(0.15, RATIO, 1.1, 0.1), 1.5, False, "missed by 0.40"),
        (figure(21, MORE, 2, 19, "queries"), 2, True, "met"),
        (figure(23, MORE, 2, 19, "queries"), 4, False, "missed by 2"),
        (figure(1.41, MORE, 0.8, 0.5, "queries per e-mail"), 0.91, False, "missed by 0.11"),
        (figure(2, VALUE, 2, measure="queries"), 2, True, "met"),
        (figure(3, VALUE, 2, measure="queries"), 3, False, "missed by 1"),
        (figure(95, AT_LEAST, 0.9, 100, "hits per second"), 0.95, True, "met"),
        (figure(50, AT_LEAST, 0.9, 100, "hits per second"), 0.5, False, "missed by 0.40"),
        (figure(7), 7, None, ""),
        (figure(7, RATIO, None, 10), 0.7, None, ""),
    ],
)
def test_verdicts(found, value, passed, verdict):
    # what is measured in parts of a second does not end in a decimal fraction
    assert round(found.value, 9) == value
    assert figures.verdict(found) == verdict
    assert found.passed is passed


def test_a_ratio_to_nothing_is_no_division_by_zero():
    assert figure(3, RATIO, 2, 0).value == 1
    assert figure(0, RATIO, 2, 0).value == 0


def test_a_figure_comes_back_from_json():
    found = figure(21, MORE, 2, 19, "queries")
    assert Figure(**json.loads(json.dumps(found.as_dict()))) == found
    assert Figure(**figure(0, VALUE, 0).as_dict()) == figure(0, VALUE, 0)


def test_median_and_exact_counts():
    sample = Sample([{"time": s, "queries": q} for s, q in ((3, 7), (1, 7), (90, 8))])
    assert sample.of("time") == 3
    assert sample.of("queries") == 8, "the worst, where a count varies"


def test_a_line_yields_figures_of_its_own_and_beside_another_thing():
    ours, base = (Sample([{"time": s, "queries": q}]) for s, q in ((3, 7), (2, 5)))
    line = Line("line", 1000, ours, base, PLAIN)
    assert line.figure("queries", MORE, 2) == figure(7, MORE, 2, 5, "queries")
    assert line.figure("time", RATIO, 1.1) == figure(3, RATIO, 1.1, 2)
    assert line.figure("queries", VALUE, 9) == figure(7, VALUE, 9, measure="queries")
    assert line.figure("time") == figure(3)
    more = line + Line("line", 1000, Sample([{"time": 9, "queries": 8}]), base, PLAIN)
    assert more.figure("queries", MORE, 2) == figure(8, MORE, 2, 5, "queries")
    assert more.figure("time", RATIO, 1.1) == figure(6, RATIO, 1.1, 2)


def test_what_is_measured_beside_plain_odoo_is_asked_of_both():
    asked = []

    class Probe:
        def __init__(self, *place):
            self.place = place

        def ask(self, job, **values):
            asked.append((*self.place, job, values))
            return {"time": len(self.place[0])}

    stage = Stage(None, None, (1000, 5000), quick=True)
    stage.probe = Probe
    line = stage.beside_plain("line", 2, "file.job", login="me")
    assert (line.size, line.ours.of("time"), line.base.of("time")) == (5000, 5, 5)
    assert len(asked) == 2 * (1 + 2)
    assert {place[0] for place in asked} == {"addon", "plain"}
    assert all(call[2:] == ("file.job", {"login": "me"}) for call in asked)


def test_things_are_measured_in_turn_after_a_warm_up():
    calls = []
    asks = {name: lambda name=name: calls.append(name) or {"n": len(calls)} for name in "ab"}
    found = Stage(None, None, (1000,), quick=True).alternate(asks, 3)
    assert "".join(calls) == "ab" + "ba" + "ab" + "ba"
    assert [len(found[name].results) for name in "ab"] == [3, 3]


def test_the_table_names_units_budgets_and_verdicts():
    text = figures.text_table(
        [
            figure(0.0123, RATIO, 1.1, 0.01),
            figure(2048, RATIO, 1.25, 1024, "bytes"),
            figure(12.5),
            figure(1234.4, AT_LEAST, 0.9, 1000, "hits per second"),
            figure(0.05, MORE, 0.03, 0.01),
            figure(70, VALUE, 60),
        ]
    )
    for words in (
        "10.0 ms",
        "12.3 ms",
        "1.23 ×",
        "≤ 1.1 ×",
        "2.0 KiB",
        "12.5 s",
        "1,234/s",
        "≥ 0.9",
        "+40.0 ms  ≤ 30 ms more  missed by 10.0 ms",
        "≤ 60 s        missed by 10.0 s",
    ):
        assert words in text
    assert len({len(line.split("  ")[0]) for line in text.splitlines()}) <= 2


def test_the_page_shows_every_figure_and_how_cost_grows():
    found = [
        figure(0.02, RATIO, 1.15, 0.01, line="start", size=1_000),
        figure(0.04, RATIO, 1.15, 0.01, line="start", size=1_000_000),
        figure(0.01, line="once", size=1_000_000),
    ]
    text = page.text({"starts": record(*found)})
    assert "Example 1, 2 cores, 4 GiB" in text
    assert "0.5 to 2.2" in text
    assert "0 of 2 budgets met" in text
    assert "| start | 20.0 ms (plain 10.0 ms) | 40.0 ms (plain 10.0 ms) |" in text
    assert text.count("| once |") == 1, "what was measured at one size alone does not grow"


@pytest.mark.parametrize("size", [1_000, 1_000_000])
def test_the_filled_records_do_not_share_numbers(size):
    script = fill.plain(size)
    assert "%(" not in script
    assert fill.PARTNERS + size // 50 < fill.MESSAGES
    assert fill.MESSAGES + size // fill.RECIPIENTS < fill.CHATTER
    chatter = sum(count for _record, count, _recipients in fill.CHATTERS.values())
    assert fill.CHATTER + chatter < fill.ROWS


def test_what_is_missed_is_explained_once():
    name = "queue of 200 x 5 through SMTP"
    found = [
        Figure(name, size, "time", ours, RATIO, 1.1, 1.0, "plain Odoo")
        for size, ours in ((1_000, 1.05), (1_000_000, 1.2))
    ]
    (sentence,) = page.missed(found)
    assert sentence.startswith(f"{name}: each email leaves a tracking")
    text = page.text({"queue": record(*found)})
    assert f"Why not:\n\n- {sentence}\n\n## How" in text
    met = page.text({"queue": record(found[0])})
    assert "Why not" not in met
    assert "|\n\n## How" in met


def test_a_run_of_some_lines_renews_these_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(page, "DATA", tmp_path / "page.json")
    page.PAGE.write_text(f"# Cost\n\n{page.BEGIN}\nold\n{page.END}\n\nBy hand: `\\1`.\n")
    page.renew({"one": record(figure(7, line="first")), "two": record(figure(8, line="second"))})
    later = {"date": "2026-02-03", "quick": True, "loads": [9.5, 3.0], "version": "19.0.2.0.0"}
    page.renew({"two": record(figure(9, line="second"), **later)})
    text = page.PAGE.read_text()
    assert "| first | 1,000 | time |  |  | 7,000.0 ms |  |  |  | 2026-01-02 |" in text
    assert "| second | 1,000 | time |  |  | 9,000.0 ms |  |  |  | 2026-02-03, quick |" in text
    assert text.count("| second |") == 1
    assert "on 2026-01-02 to 2026-02-03, of version 19.0.1.0.0, 19.0.2.0.0; do not" in text
    assert "0.5 to 9.5" in text
    assert "old" not in text
    assert text.startswith("# Cost\n\n<!--")
    assert text.endswith("\n\nBy hand: `\\1`.\n"), "what people wrote stays as it is"
    assert page.page() == text


def test_the_page_is_what_its_data_says():
    assert page.page() == page.PAGE.read_text()
