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


#: programs that name themselves: what they are, and how they may look besides
NAMED = {
    ("proxy", "gmail_proxy"): "GoogleImageProxy|via ggpht.com",
    ("proxy", "yahoo_proxy"): "YahooMailProxy",
    ("proxy", "image_proxy"): "DuckDuckGo-Image-Proxy|ProtonMail image proxy|FastmailProxy",
    ("machine", "scanner"): (
        "Barracuda Sentinel|Mimecast|Proofpoint|Symantec|MessageLabs|TrendMicro|Trend Micro"
        "|IronPort|Cisco Email|Cisco-Umbrella|CiscoSecure|FireEye|Trustwave|Sophos|Fortinet"
        "|FortiGuard|Forcepoint|Zscaler|SafeLinks|Microsoft Office Existence Discovery"
        "|Microsoft Office Protocol Discovery|urlscan|virustotal|netcraft|a scanner"
    ),
    ("machine", "link_preview"): (
        "SkypeUriPreview|BingPreview/1.0b|Slackbot|Slack-ImgProxy|facebookexternalhit/1.1|WhatsApp/2"
        "|TelegramBot|Twitterbot/1.0|LinkedInBot/1.0|Discordbot|Google-PageRenderer|Iframely|Embedly"
        "|Googlebot/2.1|a crawler|some spider|mypreview"
    ),
    ("machine", "headless"): (
        "HeadlessChrome/130|PhantomJS|Selenium|Puppeteer|Playwright|python-requests/2|Python/3.11"
        "|aiohttp/3|curl/8|libcurl-agent|Wget/1|Go-http-client/2|Java/17|Apache-HttpClient/4"
        "|okhttp/4|libwww-perl|axios/1|node-fetch|undici|Ruby|GuzzleHttp/7|PHP/8|PostmanRuntime/7"
        "|HTTPie/3|Scrapy/2"
    ),
    ("person", "known_client"): (
        "Microsoft Outlook 16|ms-office|MSOffice 16|Outlook-iOS/2|Outlook-Android/2|Thunderbird/128"
        "|K-9 Mail|K9Mail|FairEmail|Evolution/3|KMail/5|Claws Mail|ClawsMail|Lotus-Notes|LotusNotes"
        "|HCL-Notes|HCLNotes|eM Client|eMClient|Airmail 5|Postbox/7|The Bat!|Mailbird|Zimbra"
        "|SeaMonkey/2|Apple Mail|AppleMail|Mail/3|BlueMail|AquaMail|SamsungEmail|Betterbird/128"
    ),
    ("person", "ordinary"): "Opera/9.80 (X11)|Dalvik/2.1.0|MyApp CFNetwork/1490",
}
NAMED_AGENTS = [(name, *found) for found, names in NAMED.items() for name in names.split("|")]
BROWSERS = [
    CHROME,
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)",
    "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like",
    "Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36",
]


@pytest.mark.parametrize("name, kind, reason", NAMED_AGENTS)
def test_programs_that_name_themselves(name, kind, reason):
    assert opens.classify(name) == (kind, reason)
    assert opens.classify(name.upper()) == (kind, reason)
    if reason != "ordinary":  # whatever they pretend to be besides
        assert opens.classify(f"{CHROME} {name}") == (kind, reason)


@pytest.mark.parametrize("agent", BROWSERS)
def test_browsers(agent):
    assert opens.classify(agent) == ("person", "ordinary")
    assert opens.classify(f"x {agent}") == ("unknown", "unrecognised")


def test_of_several_names_the_machine_counts():
    assert opens.classify("Thunderbird/128 Barracuda Sentinel").reason == "scanner"
    assert opens.classify("GoogleImageProxy curl/8").reason == "gmail_proxy"


def test_only_the_beginning_of_a_name_is_read():
    assert opens.classify(" " + "x" * 900 + " curl/8").reason == "headless"
    assert opens.classify("x" * 1000 + " curl/8").reason == "unrecognised"


def test_every_reason_has_a_sentence():
    for name, _kind, _reason in NAMED_AGENTS:
        assert opens.REASONS[opens.classify(name).reason].endswith(".")
    assert all(key and text.endswith(".") for key, text in opens.REASONS.items())


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
    assert opens.classify(CHROME, 2.0).kind == "person"
    assert opens.classify(CHROME, 1.99).kind == "machine"
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
