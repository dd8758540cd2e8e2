# Part of mail_tracking. Licence: LGPL-3.
"""What the programs that load images and follow links say of themselves."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from . import opens
from .events import MACHINE, PROXY

#: The first that fits counts: many programs call themselves Mozilla or Safari as well.
_NAMES = (
    ("Gmail", r"GoogleImageProxy|ggpht\.com"),
    ("Yahoo Mail", r"YahooMailProxy"),
    ("Thunderbird", r"Thunderbird/|Betterbird/|Icedove/"),
    ("Outlook", r"ms-office|MSOffice|Microsoft Outlook|Outlook-(?:iOS|Android)"),
    ("K-9 Mail", r"K-9/|K-9 Mail"),
    ("Evolution", r"Evolution/"),
    ("KMail", r"KMail/|KHTML.*Kontact"),
    (
        "Apple Mail",
        r"(?:iPhone|iPad|Macintosh).*AppleWebKit/[\d.]+ \(KHTML, like Gecko\)(?: Mobile/\w+)?$",
    ),
    ("Apple Mail", r"^Mozilla/5\.0$"),
)
_BROWSERS = (
    ("edge", r"Edg(?:e|A|iOS)?/"),
    ("opera", r"OPR/|Opera"),
    ("seamonkey", r"SeaMonkey/"),
    ("firefox", r"Firefox/|FxiOS/"),
    ("chrome", r"Chrom(?:e|ium)/|CriOS/"),
    ("msie", r"MSIE |Trident/"),
    ("safari", r"Safari/"),
)
_SYSTEMS = (
    ("chromeos", r"\bCrOS\b"),
    ("android", r"Android"),
    ("iphone", r"iPhone|iPod"),
    ("ipad", r"iPad"),
    ("windows", r"Windows|\bWin(?:32|64)\b"),
    ("macos", r"Macintosh|Mac ?OS|Darwin"),
    ("linux", r"Linux|X11"),
)
_MOBILE = ("android", "iphone", "ipad")
#: characters of what a client calls itself that are looked at, and kept
MAX_USER_AGENT = 500

#: how some of these words are spelled
_SPELLINGS = {
    "android": "Android",
    "chrome": "Chrome",
    "chromeos": "ChromeOS",
    "edge": "Edge",
    "firefox": "Firefox",
    "ipad": "iPad",
    "iphone": "iPhone",
    "linux": "Linux",
    "macos": "macOS",
    "msie": "Internet Explorer",
    "opera": "Opera",
    "safari": "Safari",
    "seamonkey": "SeaMonkey",
    "windows": "Windows",
}


def _first(table, text: str) -> str:
    return next((name for name, pattern in table if re.search(pattern, text)), "")


def name_of(user_agent: str) -> str:
    """The name of the mail program that a client claims to be.

    :param user_agent: what the client sent; only its beginning is read
    :return: a name, or ``""`` where no mail program is recognised
    """
    return _first(_NAMES, user_agent[:MAX_USER_AGENT])


@lru_cache(maxsize=256)  # few programs load most images
def describe(user_agent: str) -> Mapping:
    """Values of an event that say which program it was; they are not to be changed."""
    text = user_agent[:MAX_USER_AGENT]
    # what a proxy or a machine calls itself is not the device of a recipient
    is_device = opens.classify(text).kind not in (MACHINE, PROXY)
    system = _first(_SYSTEMS, text) if is_device else ""
    return MappingProxyType(
        {
            "os_family": system or False,
            "ua_family": name_of(text) or _first(_BROWSERS, text) or False,
            "mobile": system in _MOBILE,
        }
    )


def request_metadata(request) -> dict:
    """What is known of the client that sent an HTTP request.

    :param request: a request of werkzeug
    """
    agent = request.headers.get("User-Agent", "").replace("\x00", "")[:MAX_USER_AGENT]
    return {"ip": request.remote_addr or False, "user_agent": agent, **describe(agent)}


def spelled(name: str) -> str:
    """The name of a program or system as people spell it.

    :param name: what a parser or a service called it
    :return: the same, where nothing better is known
    """
    return _SPELLINGS.get(name, name)
