# Part of mail_tracking. Licence: LGPL-3.
"""What is obviously misspelt, and what may be somebody's own name."""

import pytest

from tools.typos import PROVIDERS, get_suggestion


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("hotmial.fr", "hotmail.fr"),
        ("homail.com", "hotmail.com"),
        ("outlok.be", "outlook.be"),
        ("yaho.co.uk", "yahoo.co.uk"),
        ("yahooo.com", "yahoo.com"),
        ("iclud.com", "icloud.com"),
        ("googlmail.com", "googlemail.com"),
    ],
)
def test_misspelt(domain, meant):
    assert get_suggestion(f"anna.b@{domain}") == f"anna.b@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        *("gmail.com", "mail.com", "ymail.com", "email.com", "hmail.com", "webmail.com"),
        *("cloud.com", "gmx.dk", "gmail.de", "gmal.de", "protonmail.ch", "proton.me"),
        *("outlook.be", "hotmail.nl", "yahoo.ie", "live.com", "example.com", "company.co"),
        *("company.con", "com", "gmail", "localhost"),
    ],
)
def test_may_be_right(domain):
    assert get_suggestion(f"anna@{domain}") is None


@pytest.mark.parametrize("address", ["", "anna", "@gmial.com", "anna@", "gmial.com"])
def test_no_address(address):
    assert get_suggestion(address) is None


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_right_stays(name):
    assert get_suggestion(f"anna@{name}.com") is None
