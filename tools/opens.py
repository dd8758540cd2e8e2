# Part of mail_tracking. Licence: LGPL-3.
"""Who fetched a pixel or followed a link: what can honestly be said from the request.

An open proves little and its absence proves nothing. Every hit is kept; this only says which hits
count, and why.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from .events import MACHINE, PERSON, PROXY, SELF, UNKNOWN
from .translate import _lt

#: seconds after sending within which no person opens a mail, but scanners do
TOO_FAST_SECONDS = 2.0
#: so many opens within so many seconds are a burst, which the cron counts
BURST_EVENTS = 5
BURST_SECONDS = 1.0
#: more of a user agent is never looked at, characters
MAX_USER_AGENT = 1000

#: reason code -> what it means; people read those of machines, in their language
REASONS = {
    "self": "The sender or Odoo itself displayed the mail.",
    "no_user_agent": "The request did not say what program made it.",
    "unrecognised": "The program that made the request is not known.",
    "apple_prefetch": _lt(
        "Apple Mail loaded the images in advance; nobody need have read the email."
    ),
    "gmail_proxy": "Gmail loaded the images, usually because the mail was displayed.",
    "gmail_prefetch": _lt("Gmail loaded the images in advance."),
    "yahoo_proxy": "Yahoo or AOL loaded the images, usually because the mail was displayed.",
    "image_proxy": "The mail service loaded the images, usually because the mail was displayed.",
    "scanner": _lt("A security scanner checked the email."),
    "link_preview": _lt("A program made a preview of the link."),
    "headless": _lt("A script or a browser without a screen made the request."),
    "too_fast": _lt("It happened so soon after sending that it was most likely a scanner."),
    "known_client": "A mail program displayed the mail.",
    "ordinary": "An ordinary browser or mail program made the request.",
}


class Opening(NamedTuple):
    """What a hit is taken for."""

    kind: str  #: one of `events.OPEN_KINDS`
    reason: str  #: a key of `REASONS`


def _rule(kind: str, reason: str, pattern: str) -> tuple[re.Pattern, Opening]:
    return re.compile(pattern, re.IGNORECASE | re.ASCII), Opening(kind, reason)


#: First match decides. Names before looks: scanners and proxies say who they are inside what
#: otherwise reads like a browser.
_RULES = (
    # Mail Privacy Protection fetches all images some time after delivery, shown or not.
    _rule(MACHINE, "apple_prefetch", r"^Mozilla/5\.0$"),
    # Gmail fetches on display; geography and device are Google's.
    _rule(PROXY, "gmail_proxy", r"GoogleImageProxy|ggpht\.com"),
    _rule(PROXY, "yahoo_proxy", r"YahooMailProxy"),
    _rule(PROXY, "image_proxy", r"DuckDuckGo-Image-Proxy|ProtonMail.*proxy|FastmailProxy"),
    # An Edge of 2015 that nobody uses any more, from Google's addresses right after delivery.
    _rule(MACHINE, "gmail_prefetch", r"Chrome/42\.0\.2311\.135 .*Edge/12\.246"),
    _rule(
        MACHINE,
        "scanner",
        r"Barracuda|Mimecast|Proofpoint|Symantec|MessageLabs|TrendMicro|Trend Micro|IronPort"
        r"|Cisco.?(?:Email|Umbrella|Secure)|FireEye|Trustwave|Sophos|Fortinet|FortiGuard"
        r"|Forcepoint|Zscaler|SafeLinks|Microsoft Office (?:Existence|Protocol) Discovery"
        r"|urlscan|virustotal|netcraft|\bscanner\b",
    ),
    _rule(
        MACHINE,
        "link_preview",
        r"SkypeUriPreview|BingPreview|Slack-?(?:bot|ImgProxy)|facebookexternalhit|WhatsApp/"
        r"|TelegramBot|Twitterbot|LinkedInBot|Discordbot|Google-PageRenderer|Iframely|Embedly",
    ),
    _rule(
        MACHINE,
        "headless",
        r"Headless|PhantomJS|Selenium|Puppeteer|Playwright|python-|\bPython/|aiohttp|\bcurl/"
        r"|libcurl|\bWget\b|Go-http-client|\bJava/|Apache-HttpClient|okhttp|libwww|axios/"
        r"|node-fetch|undici|\bRuby\b|GuzzleHttp|\bPHP/|PostmanRuntime|HTTPie|Scrapy",
    ),
    _rule(MACHINE, "link_preview", r"(?:bot|crawler|spider|preview)\b"),
    # Outlook on the desktop asks before it loads images, or shows the mail in its preview pane.
    _rule(PERSON, "known_client", r"Microsoft Outlook|ms-office|MSOffice|Outlook-(?:iOS|Android)"),
    _rule(
        PERSON,
        "known_client",
        r"Thunderbird|K-9|K9Mail|FairEmail|Evolution/|KMail|Claws ?Mail|Lotus-?Notes|HCL-?Notes"
        r"|eM ?Client|Airmail|Postbox|The Bat!|Mailbird|Zimbra|SeaMonkey|Apple ?Mail|\bMail/\d"
        r"|BlueMail|AquaMail|SamsungEmail|Betterbird",
    ),
    _rule(
        PERSON,
        "ordinary",
        r"^Mozilla/[45]\.0 \(.*(?:AppleWebKit|Gecko|Trident|MSIE )|^Opera/|^Dalvik/|CFNetwork/",
    ),
)


def classify(
    user_agent: str | None, seconds_after_sent: float | None = None, *, is_self: bool = False
) -> Opening:
    """Say who most likely made a request.

    :param str user_agent: the `User-Agent` header; may be empty.
    :param float seconds_after_sent: seconds between sending and the request, None when unknown;
        negative ones (fetched while our server was still being answered) are too fast as well.
    :param bool is_self: the request is known to come from the sender or from Odoo itself.
    :return Opening: kind and reason. Never raises.
    """
    if is_self:
        return Opening(SELF, "self")
    opening = _by_name((user_agent or "")[:MAX_USER_AGENT].strip())
    too_fast = seconds_after_sent is not None and seconds_after_sent < TOO_FAST_SECONDS
    # A mail program that names itself may show a mail at once: its preview pane is open.
    if too_fast and opening.kind != MACHINE and opening.reason != "known_client":
        return Opening(MACHINE, "too_fast")
    return opening


@lru_cache(maxsize=256)  # few programs load most images
def _by_name(user_agent: str) -> Opening:
    if not user_agent:
        return Opening(UNKNOWN, "no_user_agent")
    for pattern, opening in _RULES:
        if pattern.search(user_agent):
            return opening
    return Opening(UNKNOWN, "unrecognised")
