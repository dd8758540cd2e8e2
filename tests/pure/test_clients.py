# Part of mail_tracking. Licence: LGPL-3.
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
