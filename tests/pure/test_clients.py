# Part of mail_tracking. Licence: LGPL-3.
from types import SimpleNamespace

import pytest

from tools import clients

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX.replace("Firefox", "Thunderbird"), "Thunderbird"),
        ("Mozilla/5.0 (Windows NT 5.1) Firefox/11.0 (via ggpht.com GoogleImageProxy)", "Gmail"),
        ("YahooMailProxy; https://help.example.com", "Yahoo Mail"),
        ("Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "Outlook"),
        (IPHONE + " (KHTML, like Gecko) Mobile/15E148", "Apple Mail"),
        ("GoogleImageProxy", "Gmail"),
        ("via ggpht.com", "Gmail"),
        ("Betterbird/128.5", "Thunderbird"),
        ("Icedove/38", "Thunderbird"),
        ("ms-office", "Outlook"),
        ("MSOffice 16", "Outlook"),
        ("Microsoft Outlook 16.0", "Outlook"),
        ("Outlook-iOS/2.0", "Outlook"),
        ("Outlook-Android/2.0", "Outlook"),
        ("K-9/6.0", "K-9 Mail"),
        ("K-9 Mail for Android", "K-9 Mail"),
        ("Evolution/3.50", "Evolution"),
        ("KMail/5.24", "KMail"),
        ("Mozilla/5.0 (X11) KHTML/5.0 Kontact/5.24", "KMail"),
        (
            "Mozilla/5.0 (iPad; CPU OS 18_0) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Mobile/15E148",
            "Apple Mail",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
            " (KHTML, like Gecko)",
            "Apple Mail",
        ),
        ("x" * 500 + " Thunderbird/128", ""),
        (" " * 480 + "Thunderbird/128", "Thunderbird"),
        ("Mozilla/5.0 ", ""),
        ("Mozilla/5.0", "Apple Mail"),
        (IPHONE + " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", ""),
        (FIREFOX, ""),
        ("", ""),
    ],
)
def test_mail_programs_have_names(user_agent, name):
    assert clients.name_of(user_agent) == name


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        *(
            (name.lower(), name)
            for name in (
                *("Android", "Chrome", "ChromeOS", "Edge", "Firefox", "iPad", "iPhone", "Linux"),
                *("macOS", "Opera", "Safari", "SeaMonkey", "Windows"),
            )
        ),
        ("msie", "Internet Explorer"),
        ("Thunderbird", "Thunderbird"),
        ("beos", "beos"),
        ("", ""),
    ],
)
def test_names_are_spelled_as_people_do(name, spelled):
    assert clients.spelled(name) == spelled


@pytest.mark.parametrize(
    ("user_agent", "system", "program", "mobile"),
    [
        (FIREFOX, "linux", "firefox", False),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 1) AppleWebKit/537.36 Chrome/130",
            "chromeos",
            "chrome",
            False,
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) Chrome/130 Mobile Safari/537.36",
            "android",
            "chrome",
            True,
        ),
        (IPHONE + " Version/18.0 Mobile/15E148 Safari/604.1", "iphone", "safari", True),
        (IPHONE + " CriOS/130 Mobile/15E148 Safari/604.1", "iphone", "chrome", True),
        (IPHONE + " FxiOS/130 Mobile/15E148 Safari/604.1", "iphone", "firefox", True),
        ("Mozilla/5.0 (iPod; CPU iPhone OS 12) Safari/604.1", "iphone", "safari", True),
        ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Safari/604.1", "ipad", "safari", True),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Safari/604.1", "macos", "safari", False),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/130 Safari/537.36 Edg/130",
            "windows",
            "edge",
            False,
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36 OPR/115",
            "windows",
            "opera",
            False,
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0)", "windows", "msie", False),
        ("Mozilla/5.0 (X11) Firefox/128.0 SeaMonkey/2.53", "linux", "seamonkey", False),
        (FIREFOX.replace("Firefox", "Thunderbird"), "linux", "Thunderbird", False),
        ("x" * 500 + FIREFOX, False, False, False),
        ("curl/8.0", False, False, False),
        ("", False, False, False),
    ],
)
def test_what_a_client_says_of_itself(user_agent, system, program, mobile):
    expected = {"os_family": system, "ua_family": program, "mobile": mobile}
    assert dict(clients.describe(user_agent)) == expected


@pytest.mark.parametrize(
    ("user_agent", "program"),
    [
        (
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com"
            " GoogleImageProxy)",
            "Gmail",
        ),
        ("YahooMailProxy; Windows", "Yahoo Mail"),
        ("Mozilla/5.0 (Windows NT 10.0) HeadlessChrome/128.0", "chrome"),
    ],
)
def test_nobody_knows_the_device_behind_a_proxy_or_a_machine(user_agent, program):
    expected = {"os_family": False, "ua_family": program, "mobile": False}
    assert dict(clients.describe(user_agent)) == expected


def test_what_is_known_of_a_request():
    request = SimpleNamespace(headers={"User-Agent": "K-9/6\x00.0" + "x" * 999}, remote_addr="::1")
    found = clients.request_metadata(request)
    assert (found["ip"], found["ua_family"], len(found["user_agent"])) == ("::1", "K-9 Mail", 500)
    assert "\x00" not in found["user_agent"]
    nobody = clients.request_metadata(SimpleNamespace(headers={}, remote_addr=None))
    assert (nobody["ip"], nobody["user_agent"]) == (False, "")
