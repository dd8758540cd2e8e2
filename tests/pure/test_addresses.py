from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.addresses import is_public_host, plain_address


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.odoo.com", True),
        ("WWW.ODOO.COM.", True),
        ("xn--bcher-kva.ch", True),
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("localtest.me", True),
        ("localhost", False),
        ("odoo", False),
        ("odoo.local", False),
        ("odoo.home.arpa", False),
        ("erp.intranet", False),
        ("odoo.example", False),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("[fe80::1]", False),
        ("0.0.0.0", False),
        ("", False),
        (None, False),
    ],
)
def test_who_can_reach_a_host(host, expected):
    assert is_public_host(host) is expected


@pytest.mark.parametrize(
    "ending",
    (
        "corp example home home.arpa internal intranet invalid lan local localdomain localhost test"
    ).split(),
)
def test_names_that_mean_nothing_outside(ending):
    """RFC 2606, RFC 6761, RFC 6762, RFC 8375, and habits."""
    for host in (f"odoo.{ending}", f"a.b.{ending}".upper(), f"odoo.{ending}.", ending):
        assert not is_public_host(host)
    assert is_public_host(f"odoo.my{ending.replace('.', '')}")
    assert is_public_host(f"{ending}.com")


@pytest.mark.parametrize("host", ["[2606:2800:220:1:248:1893:25c8:1946]", "8.8.8.8.", "8.8.8.8"])
def test_numbers_that_the_whole_internet_reaches(host):
    assert is_public_host(host)


atoms = st.text(st.sampled_from("abzAZ09_+-.@ \"\\<>(),:;[]é\n\t'"), max_size=30)
ADDRESSES = [
    "anna@example.com",
    '"Anna" <Anna.B+c@Example.com>',
    '"" <a@b>',
    '"Grüße, 世界" <a@b.example>',
    '"O\'Neill" <o-neill@x_y.example>',
    "a@b, c@d",
    "a@b\n",
    " a@b",
    "a..b@c",
    ".a@b",
    "a@b.",
    '"a" <b@c> ',
    '"a@b" <c@d>',
    '"a\\" <b@c>',
    "@b",
    "a@",
    "",
]


@given(st.one_of(st.sampled_from(ADDRESSES), atoms, atoms.map('"{}" <a@b.c>'.format)))
def test_a_plain_address_is_the_one_that_a_parser_finds(text):
    found = plain_address(text)
    if found:
        assert [address.lower() for _name, address in getaddresses([text])] == [found]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (ADDRESSES[0], "anna@example.com"),
        (ADDRESSES[1], "anna.b+c@example.com"),
        (ADDRESSES[2], "a@b"),
        (ADDRESSES[4], "o-neill@x_y.example"),
        *((text, "") for text in ADDRESSES[5:]),
    ],
)
def test_what_is_plain(text, address):
    assert plain_address(text) == address
