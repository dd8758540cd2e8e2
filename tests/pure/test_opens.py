# Part of mail_tracking. Licence: LGPL-3.
"""Who made a request: names before looks, looks before nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import events, opens

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
OUTLOOK = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0"

AGENTS = [
    ("Mozilla/5.0", "machine", "apple_prefetch"),
    (" Mozilla/5.0 ", "machine", "apple_prefetch"),
    (GMAIL, "proxy", "gmail_proxy"),
    (PREFETCH, "machine", "gmail_prefetch"),
    ("YahooMailProxy; https://help.yahoo.com/kb/x", "proxy", "yahoo_proxy"),
    (OUTLOOK, "person", "known_client"),
    (THUNDERBIRD, "person", "known_client"),
    (CHROME, "person", "ordinary"),
    (IPHONE, "person", "ordinary"),
    (CHROME + " BingPreview/1.0b", "machine", "link_preview"),
    ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", "machine", "link_preview"),
    ("Barracuda Sentinel (EE)", "machine", "scanner"),
    (CHROME.replace("Chrome", "HeadlessChrome"), "machine", "headless"),
    ("python-requests/2.32", "machine", "headless"),
    ("curl/8.5.0", "machine", "headless"),
    ("Googlebot/2.1", "machine", "link_preview"),
    ("", "unknown", "no_user_agent"),
    (None, "unknown", "no_user_agent"),
    ("Something/1.0", "unknown", "unrecognised"),
]


@pytest.mark.parametrize("agent, kind, reason", AGENTS)
def test_agents(agent, kind, reason):
    assert opens.classify(agent) == (kind, reason)
    assert opens.classify(agent, 60.0) == (kind, reason)


@pytest.mark.parametrize("agent, kind, reason", AGENTS)
def test_too_fast_for_a_person(agent, kind, reason):
    early = opens.classify(agent, 0.5)
    if kind == "machine" or reason == "known_client":
        assert early == (kind, reason)
    else:
        assert early == ("machine", "too_fast")


def test_the_edge_of_too_fast():
    assert opens.classify(CHROME, opens.TOO_FAST_SECONDS).kind == "person"
    assert opens.classify(CHROME, -3.0).kind == "machine"
    assert opens.classify(CHROME, None).kind == "person"


@pytest.mark.parametrize("agent, kind, reason", AGENTS)
def test_the_sender_is_the_sender(agent, kind, reason):
    assert opens.classify(agent, 0.0, is_self=True) == ("self", "self")


@given(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.floats()), st.booleans())
def test_any_request_gets_known_words(agent, seconds, is_self):
    found = opens.classify(agent, seconds, is_self=is_self)
    assert found.kind in events.OPEN_KINDS
    assert found.reason in opens.REASONS


@pytest.mark.parametrize("piece", ["Mozilla/5.0 (", "ProtonMail", "Chrome/42.0.2311.135 ", " "])
def test_long_agents_take_little_time(piece):
    begin = time.process_time()
    opens.classify(piece * 100_000)
    assert time.process_time() - begin < 1
