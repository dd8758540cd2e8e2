"""Who opened: names first, then time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools import opens
from tools.events import OPEN_KINDS

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.3.1"
OUTLOOK = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; "
    "Microsoft Outlook 16.0.5266; ms-office; MSOffice 16)"
)
EDGE_2015 = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)


@pytest.mark.parametrize(
    ("user_agent", "kind", "reason"),
    [
        ("", "unknown", "no_user_agent"),
        (None, "unknown", "no_user_agent"),
        ("  ", "unknown", "no_user_agent"),
        ("Mozilla/5.0", "machine", "apple_prefetch"),
        (" Mozilla/5.0 ", "machine", "apple_prefetch"),
        (GMAIL, "proxy", "gmail_proxy"),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy", "proxy", "yahoo_proxy"),
        (EDGE_2015, "machine", "gmail_prefetch"),
        ("Barracuda Sentinel (EE)", "machine", "scanner"),
        ("Mimecast URL Protect", "machine", "scanner"),
        (CHROME + " Proofpoint", "machine", "scanner"),
        ("Microsoft Office Existence Discovery", "machine", "scanner"),
        (CHROME + " SkypeUriPreview Preview/0.5", "machine", "link_preview"),
        (CHROME + " BingPreview/1.0b", "machine", "link_preview"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "machine", "link_preview"),
        (CHROME.replace("Chrome/", "HeadlessChrome/"), "machine", "headless"),
        ("python-requests/2.31.0", "machine", "headless"),
        ("curl/8.5.0", "machine", "headless"),
        ("Wget/1.21.4", "machine", "headless"),
        ("Go-http-client/1.1", "machine", "headless"),
        ("Java/17.0.2", "machine", "headless"),
        ("okhttp/4.9.0", "machine", "headless"),
        (OUTLOOK, "person", "known_client"),
        ("Microsoft Office/16.0 (Microsoft Outlook 16.0.17628; Pro)", "person", "known_client"),
        (THUNDERBIRD, "person", "known_client"),
        ("K-9 Mail/6.802", "person", "known_client"),
        (IPHONE, "person", "ordinary"),
        (CHROME, "person", "ordinary"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
            "person",
            "ordinary",
        ),
        ("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A)", "person", "ordinary"),
        ("Mozilla/5.0 (compatible)", "unknown", "unrecognised"),
        ("SomethingNew/1.0", "unknown", "unrecognised"),
    ],
)
def test_by_name(user_agent, kind, reason):
    assert opens.classify(user_agent) == (kind, reason)
    assert opens.classify(user_agent, 3600.0) == (kind, reason)


@pytest.mark.parametrize("user_agent", ["", CHROME, IPHONE, GMAIL, "SomethingNew/1.0"])
@pytest.mark.parametrize("seconds", [-30.0, 0.0, 1.9])
def test_nobody_reads_that_fast(user_agent, seconds):
    assert opens.classify(user_agent, seconds) == ("machine", "too_fast")


@pytest.mark.parametrize("seconds", [None, 2.0, float("nan")])
def test_no_judgement_by_time_later_or_without_one(seconds):
    assert opens.classify(CHROME, seconds) == ("person", "ordinary")


def test_a_mail_program_with_an_open_preview_is_no_scanner():
    assert opens.classify(OUTLOOK, 0.5) == ("person", "known_client")


def test_a_named_scanner_keeps_its_name_when_fast():
    assert opens.classify("Barracuda Sentinel (EE)", 0.5).reason == "scanner"


def test_self_beats_everything():
    assert opens.classify(CHROME, 0.5, is_self=True) == ("self", "self")
    assert opens.classify("curl/8", is_self=True) == ("self", "self")


@given(st.text(), st.one_of(st.none(), st.floats()), st.booleans())
def test_any_request_gets_a_known_answer(user_agent, seconds, is_self):
    opening = opens.classify(user_agent, seconds, is_self=is_self)
    assert opening.kind in OPEN_KINDS
    assert opening.reason in opens.REASONS


def test_every_reason_can_occur():
    given_by_rules = {opening.reason for _pattern, opening in opens._RULES}
    assert given_by_rules | {"self", "no_user_agent", "too_fast", "unrecognised"} == set(
        opens.REASONS
    )


def test_a_huge_user_agent_is_cut():
    assert opens.classify("x" * 2_000_000 + "curl/8") == ("unknown", "unrecognised")
