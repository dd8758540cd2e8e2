import pytest

from tools.addresses import is_public_host


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
