# Part of mail_tracking. Licence: LGPL-3.
"""Asking for delivery reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import dsn, report_dsn


@pytest.mark.parametrize(
    "text, encoded",
    [
        ("0123abcdef", "0123abcdef"),
        ("a+b=c@example.com", "a+2Bb+3Dc@example.com"),
        ("two words", "two+20words"),
        ("jürgen", "j+C3+BCrgen"),
        ("\x7f\n", "+7F+0A"),
    ],
)
def test_xtext(text, encoded):
    assert dsn.xtext(text) == encoded


@given(st.text(max_size=60))
def test_xtext_is_one_word_of_visible_ascii(text):
    encoded = dsn.xtext(text)
    assert encoded.isascii() and "=" not in encoded
    assert all(" " < char < "\x7f" for char in encoded)


def test_a_report_gives_back_the_address_that_was_sent():
    [_notify, orcpt] = dsn.request("all", "x").rcpt_options("a+b=c@example.com")
    assert report_dsn.recipient(orcpt.partition("=")[2]) == "a+b=c@example.com"


@pytest.mark.parametrize(
    "setting, notify",
    [("failures", "NOTIFY=FAILURE,DELAY"), ("all", "NOTIFY=SUCCESS,FAILURE,DELAY")],
)
def test_what_each_setting_asks_for(setting, notify):
    request = dsn.request(setting, "0" * 32)
    assert request.mail_options() == ["RET=HDRS", "ENVID=" + "0" * 32]
    assert request.rcpt_options("a@example.com") == [notify, "ORCPT=rfc822;a@example.com"]


@pytest.mark.parametrize("setting", ["none", "", False, None, "made up"])
def test_anything_else_asks_for_nothing(setting):
    assert dsn.request(setting, "0" * 32) is None


def test_values_that_are_too_long_or_not_ascii_are_left_out():
    request = dsn.request("failures", "=" * 40)
    assert request.mail_options() == ["RET=HDRS"]
    for address in ("=" * 200 + "@example.com", "jürgen@example.com", ""):
        assert request.rcpt_options(address) == ["NOTIFY=FAILURE,DELAY"]


def test_an_empty_envelope_id_is_not_sent():
    assert dsn.request("failures", "").mail_options() == ["RET=HDRS"]


def test_the_longest_envelope_id_is_sent_and_one_more_character_is_not():
    longest = "a" * dsn.MAX_ENVELOPE_ID
    assert dsn.request("all", longest).mail_options()[1:] == [f"ENVID={longest}"]
    assert dsn.request("all", longest + "a").mail_options() == ["RET=HDRS"]


def test_the_longest_recipient_is_named_and_one_more_character_is_not():
    domain = "@example.com"
    longest = "a" * (dsn.MAX_RECIPIENT - len("rfc822;") - len(domain)) + domain
    request = dsn.request("failures", "x")
    assert request.rcpt_options(longest)[1:] == [f"ORCPT=rfc822;{longest}"]
    assert request.rcpt_options("a" + longest) == ["NOTIFY=FAILURE,DELAY"]


def test_the_longest_values():
    """RFC 3461 sections 4.2 and 4.4: 100 and 500 characters."""
    for length, taken in ((100, True), (101, False)):
        options = dsn.request("failures", "x" * length).mail_options()
        assert (f"ENVID={'x' * length}" in options) is taken
    for length, taken in ((500, True), (501, False)):
        address = "a" * (length - len("rfc822;@example.com")) + "@example.com"
        options = dsn.request("failures", "x").rcpt_options(address)
        assert (f"ORCPT=rfc822;{address}" in options) is taken


def test_nothing_to_come_back_is_not_asked_for():
    assert dsn.request("all", "").mail_options() == ["RET=HDRS"]


def test_all_visible_characters_but_two_go_as_they_are():
    literal = "".join(chr(code) for code in range(33, 127) if chr(code) not in "+=")
    assert dsn.xtext(literal) == literal
    assert dsn.xtext(" +=") == "+20+2B+3D"
