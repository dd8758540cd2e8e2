# Part of mail_tracking. Licence: LGPL-3.
"""The pixel: one goes in, ours go out, nothing else changes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import body

URL = "https://odoo.example.com/mail/tracking/open/abc_-1?a=1&b=2"
PIXEL = body.add_pixel("", URL)
HTML = st.lists(
    st.sampled_from(
        [
            "<p>", "</p>", "</body>", "</html>", "<!--", "-->", "<img src='x.png'>", "<", ">", "=",
            "<script>", "</script>", "<title>", "</title>", '"', "'", " ", "tracking", "é",
            "<img src=", PIXEL, "/mail/tracking/open/", "<!DOCTYPE html>", "<img ", "src", "/",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


def test_the_address_is_escaped():
    assert "a=1&amp;b=2" in PIXEL
    assert PIXEL.startswith("<img ") and PIXEL.endswith("/>")


@pytest.mark.parametrize(
    "html, expected",
    [
        ("", "@"),
        (None, "@"),
        ("<p>a</p>", "<p>a</p>@"),
        ("<body>a</body>", "<body>a@</body>"),
        ("<html><BODY>a</BODY ></html>", "<html><BODY>a@</BODY ></html>"),
        ("<html>a</html>", "<html>a@</html>"),
        ("a</body>b</body>", "a</body>b@</body>"),
        ("<!-- </body> --><p>a", "<!-- </body> --><p>a@"),
        ("<title></body></title>a", "<title></body></title>a@"),
        ("a<!-- unfinished", "a@<!-- unfinished"),
        ("a<img alt='", "a@<img alt='"),
        ('a<b title="</body>">c</b>', 'a<b title="</body>">c</b>@'),
        ("a <3 b", "a <3 b@"),
        ("<!-->a</body>", "<!-->a@</body>"),
    ],
)
def test_where_the_pixel_goes(html, expected):
    assert body.add_pixel(html, URL) == expected.replace("@", PIXEL)


@pytest.mark.parametrize(
    "image",
    [
        PIXEL,
        '<img src="https://other.example/mail/tracking/open/x">',
        "<IMG width=1 SRC='/mail_tracking/open/x'>",
        "<img src=http://h/mail/tracking/open/x/blank.gif>",
        '<img src="https://ci3.googleusercontent.com/proxy/x=s0-d#https://h/mail/tracking/open/x">',
        '<img src="https://ecp.yusercontent.com/mail?url=https%3A%2F%2Fh%2Fmail%2Ftracking%2Fopen%2Fx">',
        '<img src="https://h&#47;mail/tracking/open/x">',
    ],
)
def test_our_pixels_go_out(image):
    assert body.strip_pixels(f"<p>a</p>{image}<p>b</p>") == "<p>a</p><p>b</p>"


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>tracking</p>",
        '<img src="https://h/logo.png?tracking=1">',
        '<img src="https://h/tracking/open/x">',
        '<img src="https://h/x?u=mail/tracking/" alt="/mail/tracking/open/x">',
        '<a href="https://h/mail/tracking/open/x">open</a>',
        '<!-- <img src="/mail/tracking/open/x"> -->',
        '<img src="http://[/mail/tracking/open/x">',
        '<img data-src="/mail/tracking/open/x" src="tracking.png">',
    ],
)
def test_other_things_stay_the_very_same(html):
    assert body.strip_pixels(html) is html


def test_sending_again_replaces_the_pixel():
    once = body.add_pixel("<body><p>a</p></body>", URL)
    again = body.add_pixel(once, URL + "2")
    assert again.count("<img") == 1
    assert URL.replace("&", "&amp;") + "2" in again


@given(HTML)
def test_adding_twice_is_adding_once(html):
    once = body.add_pixel(html, URL)
    assert body.add_pixel(once, URL) == once
    assert PIXEL in once


@given(HTML)
def test_what_was_added_goes_out_again(html):
    clean = body.strip_pixels(html)
    added = body.add_pixel(clean, URL)
    position = added.rindex(PIXEL)
    assert added[:position] + added[position + len(PIXEL) :] == clean or body.strip_pixels(added)


@given(st.text())
def test_any_text_keeps_its_characters(text):
    assert body.add_pixel(text, URL).replace(PIXEL, "") == text
    assert body.strip_pixels(text) is text or "tracking" in text


@pytest.mark.parametrize(
    "piece",
    ["<", "<img ", "<!--", "<img src=tracking ", "<a b='", "<script>", "=", "<a" + " x" * 50],
)
def test_hostile_html_takes_little_time(piece):
    begin = time.perf_counter()
    body.add_pixel(piece * (400_000 // len(piece)) + "tracking", URL)
    assert time.perf_counter() - begin < 3
