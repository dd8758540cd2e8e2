# Part of mail_tracking. Licence: LGPL-3.
"""What may be known of opens: the strictest of all who have a say."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import modes
from tools.modes import Decision, Rules, decide, decide_clicks, strictest

UNANSWERED = ("identified", "counted", "off")
SETTINGS = ("company", "database", "server", "template", "model")
RULES = st.builds(
    Rules,
    company=st.sampled_from(["identified", "hygiene", "counted", "off"]),
    unanswered=st.sampled_from(UNANSWERED),
    follows_country=st.booleans(),
    database=st.sampled_from(["", "off"]),
    server=st.sampled_from(["", "off"]),
    template=st.sampled_from(["", *modes.MODES[1:]]),
    model=st.sampled_from(["", *modes.MODES[1:]]),
)
ANSWERS = st.sampled_from(["", "yes", "no", "asked"])
COUNTRIES = st.sampled_from(["", "DE", "FR", "IT"])
DECISIONS = st.builds(Decision, st.sampled_from(modes.MODES), st.sampled_from(modes.REASONS))


def strictness(mode):
    return modes.STRICTNESS.index(mode)


@given(st.lists(DECISIONS, min_size=1, max_size=5))
def test_the_strictest_does_not_depend_on_the_order(decisions):
    found = strictest(decisions)
    assert found in decisions
    assert all(strictness(found.mode) >= strictness(each.mode) for each in decisions)
    for order in itertools.permutations(decisions):
        assert strictest(order).mode == found.mode


@given(RULES, ANSWERS, COUNTRIES)
def test_no_setting_is_overruled(rules, answer, country):
    mode, reason = decide(rules, answer, country)
    assert reason in modes.REASONS
    for name in SETTINGS:
        if getattr(rules, name):
            assert strictness(mode) >= strictness(getattr(rules, name))


@given(RULES, COUNTRIES)
def test_a_no_is_the_end_of_it(rules, country):
    assert decide(rules, "no", country).mode == "off"
    assert decide_clicks(rules, "no", country).mode == "off"


@given(RULES, COUNTRIES)
def test_who_never_answered_is_not_known_better_than_the_rule_for_them(rules, country):
    mode = decide(rules, "", country).mode
    assert decide(rules, "asked", country).mode == mode
    assert strictness(mode) >= strictness(decide(rules, "yes", country).mode)
    if "legal" not in (rules.template, rules.model):
        assert strictness(mode) >= strictness(rules.unanswered)
        if rules.follows_country and country in modes.COUNTRY_MODES:
            assert strictness(mode) >= strictness(modes.COUNTRY_MODES[country])


@given(RULES, ANSWERS, COUNTRIES, st.sampled_from((*SETTINGS, "unanswered")), st.data())
def test_a_stricter_setting_never_widens(rules, answer, country, name, data):
    """But for the mark of a notice that a law requires, which is an exemption."""
    choices = {"unanswered": UNANSWERED}.get(name, modes.MODES)
    before = getattr(rules, name) or "identified"
    stricter = [m for m in choices if m != "legal" and strictness(m) >= strictness(before)]
    changed = rules._replace(**{name: data.draw(st.sampled_from(stricter))})
    for function in (decide, decide_clicks):
        old, new = (function(each, answer, country).mode for each in (rules, changed))
        assert strictness(new) >= strictness(old)


@given(RULES, ANSWERS, COUNTRIES)
def test_clicks_are_known_where_opens_would_be_but_for_the_image(rules, answer, country):
    clicks = decide_clicks(rules, answer, country).mode
    assert clicks in ("identified", "off")
    opens = decide(rules._replace(database="", server=""), answer, country).mode
    assert (clicks == "identified") == (opens in modes.PERSONAL)


@pytest.mark.parametrize(
    ("rules", "answer", "country", "expected"),
    [
        (Rules(), "", "FR", ("identified", "not_asked")),
        (Rules(), "yes", "", ("identified", "agreed")),
        (Rules(), "no", "", ("off", "refused")),
        (Rules(unanswered="counted"), "", "", ("counted", "not_asked")),
        (Rules(company="off", unanswered="off"), "", "", ("off", "company")),
        (Rules(unanswered="counted"), "yes", "FR", ("identified", "agreed")),
        (Rules(follows_country=True), "", "IT", ("counted", "country")),
        (Rules(follows_country=True), "", "DE", ("identified", "not_asked")),
        (Rules(follows_country=True), "yes", "IT", ("identified", "agreed")),
        (Rules(company="hygiene"), "yes", "", ("hygiene", "company")),
        (Rules(database="off"), "yes", "", ("off", "database")),
        (Rules(server="off"), "yes", "", ("off", "server")),
        (Rules(template="counted"), "yes", "", ("counted", "template")),
        (Rules(model="hygiene"), "", "", ("hygiene", "model")),
        (Rules(unanswered="off", template="legal"), "", "", ("legal", "template")),
        (Rules(unanswered="off", model="legal"), "no", "", ("off", "refused")),
        (Rules(company="off", model="legal"), "", "", ("off", "company")),
    ],
)
def test_who_decided_is_said(rules, answer, country, expected):
    assert decide(rules, answer, country) == expected
