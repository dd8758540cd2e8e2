# Part of mail_tracking. Licence: LGPL-3.
"""A stranger's mail carries no keys of others, and is otherwise left alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.links import strip_keys

HOST = "odoo.example.com"
BASE = f"https://{HOST}"
UUID = "3f2b1c9a-1f00-4c3d-9a7e-0123456789ab"


def stripped(address):
    html = f'<p>Hello <a href="{address}" target="_blank">there</a></p>'
    prefix, suffix = html.split(address)
    result = strip_keys(html, [HOST])
    assert result.startswith(prefix) and result.endswith(suffix)
    return result[len(prefix) : -len(suffix)]


@pytest.mark.parametrize(
    ("address", "bare"),
    [
        (f"{BASE}/my/orders/5?access_token={UUID}", f"{BASE}/my/orders/5"),
        (
            f"{BASE}/mail/view?access_token=a&amp;hash=b&amp;model=sale.order&amp;pid=7&amp;res_id=5",
            f"{BASE}/mail/view?model=sale.order&amp;res_id=5",
        ),
        (f"{BASE}/mail/view?auth_signup_token=x&amp;res_id=5", f"{BASE}/mail/view?res_id=5"),
        (f"{BASE}/mail/view?auth_login=marc&amp;res_id=5", f"{BASE}/mail/view?res_id=5"),
        (f"{BASE}/web/reset_password?db=d&amp;token=x", f"{BASE}/web/reset_password?db=d"),
        (f"{BASE}/web/signup?token=x&signup_email=a%40b.c", f"{BASE}/web/signup"),
        (f"{BASE}/a?answer_token=x&hash_token=y&tickets_hash=z", f"{BASE}/a"),
        (f"{BASE}/a?id=5&amp;%74oken=x", f"{BASE}/a?id=5"),
        (f"{BASE}/web/login?redirect=%2Fmy%2F5%3Faccess_token%3Dx", f"{BASE}/web/login"),
        (f"{BASE}/web/login?redirect=%252Fmy%253Ftoken%253Dx", f"{BASE}/web/login"),
        (f"{BASE}/web#id=5&amp;access_token=x", f"{BASE}/web#id=5"),
        (f"{BASE}/rate/{UUID.replace('-', '')}/5", f"{BASE}/"),
        (f"{BASE}/survey/start/{UUID}?x=1", f"{BASE}/"),
        (f"HTTPS://{HOST.upper()}/a?token=x", f"https://{HOST.upper()}/a"),
        (f"//{HOST}/a?token=x", f"//{HOST}/a"),
        ("/my/orders/5?access_token=x", "/my/orders/5"),
        ("my/orders/5?access_token=x", "my/orders/5"),
        (f"https://{HOST}:443/a?token=x", f"https://{HOST}:443/a"),
        (f"https://u@{HOST}/a?token=x", f"https://u@{HOST}/a"),
        (f"{BASE}/a?a='&amp;access_token=x", f"{BASE}/a?a=&#x27;"),
        (f"{BASE}/a?a=1;access_token=x", f"{BASE}/a?a=1"),
        (f"{BASE}/report/{UUID}.pdf", f"{BASE}/"),
        (f"{BASE}/web/content/5?access_token=x", f"{BASE}/web/content/5"),
    ],
)
def test_links_to_this_odoo_lose_their_keys(address, bare):
    assert stripped(address) == bare


@pytest.mark.parametrize(
    "address",
    [
        f"{BASE}/odoo/contacts/7?debug=1&amp;view_type=form",
        f"{BASE}/mail/view?model=sale.order&amp;res_id=5",
        f"{BASE}/blog/our-blog-1/a-rather-long-title-of-a-post-about-keys-and-tokens-12",
        f"{BASE}/web/image/5?access_token=x",
        "https://other.example/doc?token=x&amp;key=y",
        f"https://{HOST}.evil.example/?token=x",
        "mailto:anna@example.com",
        "https://[broken/?token=x",
    ],
)
def test_other_links_stay_as_they_are(address):
    assert stripped(address) == address


def test_an_address_in_the_text_loses_its_keys_as_well():
    html = (
        f'<a href="{BASE}/a?token=x">{BASE}/a?token=x&amp;b=1</a> or <b>{BASE}/c?pid=5</b>, token=y'
    )
    bare = f'<a href="{BASE}/a">{BASE}/a?b=1</a> or <b>{BASE}/c</b>, token=y'
    assert strip_keys(html, [HOST]) == bare
    assert strip_keys("", [HOST]) == ""
    assert strip_keys(f"<b>{HOST}/my/5?access_token=x</b>", [HOST]) == f"<b>{HOST}/my/5</b>"
    assert strip_keys(f"anna@{HOST}/a?token=x", [HOST]) == f"anna@{HOST}/a?token=x"


@given(st.text(alphabet="/:?&=#<>\"' ahtpsoken;[]%25", max_size=60))
def test_whatever_comes_is_taken(text):
    once = strip_keys(text, ["h"])
    assert strip_keys(once, ["h"]) == once


def test_long_texts_take_linear_time():
    start = time.monotonic()
    strip_keys("//" * 150_000 + '"/' * 150_000 + "&token=x" * 100_000, [HOST])
    assert time.monotonic() - start < 5
