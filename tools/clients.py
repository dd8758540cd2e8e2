# Part of mail_tracking. Licence: LGPL-3.
"""The names of mail programs, which parsers of browsers' names do not know."""

import re

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
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _NAMES)
_MAX = 500

#: What parsers of browsers' names say in lower case -> how it is spelled.
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


def name_of(user_agent: str) -> str:
    """The name of the mail program that a client claims to be.

    :param user_agent: what the client sent; only its beginning is read
    :return: a name, or ``""`` where no mail program is recognised
    """
    text = user_agent[:_MAX]
    return next((name for name, pattern in _PATTERNS if pattern.search(text)), "")


def spelled(name: str) -> str:
    """The name of a program or system as people spell it.

    :param name: what a parser or a service called it
    :return: the same, where nothing better is known
    """
    return _SPELLINGS.get(name, name)
