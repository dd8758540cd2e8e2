# Part of mail_tracking. Licence: LGPL-3.
"""Exactly one pixel goes in, all of ours come out, and nothing else changes."""

import time
from email import policy
from email.message import EmailMessage

import lxml.html
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools import body

#: characters; quadratic time would show long before
SIZE = 300_000
URL = "https://odoo.example.com/mail/tracking/open/abc/blank.gif?a=1&b=2"
PIXEL = body.add_pixel("", URL)

soup = st.lists(
    st.sampled_from(
        """<img src=" "> ' > < <p </p> <body> </body> </BODY > </html> <!-- --> <!--> <style>
        </style> <script> </script> <title> </ / = a= b "x" é text <!doctype html> <![endif]-->
        <br/> <td alt=' <img <IMG src=/a.gif> tracking <!--[if mso]> <textarea/> """.split(" ")
    ),
    max_size=25,
).map(" ".join)


def pixels(html):
    """Count our pixels the way a reader's program would find them."""
    if not html.strip():
        return 0
    return sum(
        "/mail/tracking/open/" in image.get("src", "")
        for image in lxml.html.document_fromstring(html).iter("img")
    )


def test_images_are_taken_out_by_a_part_of_their_address():
    image = '<img alt="" src="https://odoo.example.com/mail/track/7/abc/blank.gif"/>'
    html = '<p>Hi <a href="/mail/track/7/">x</a></p>%s<img src="/mail/track/71/a.gif">'
    assert body.strip_images(html % image, "/mail/track/7/") == html % ""
    plain = "<p>nothing of the kind</p>"
    assert body.strip_images(plain, "/mail/track/7/") is plain
    assert body.strip_images("", "/mail/track/7/") == ""


def test_the_number_of_a_recipient_is_taken_off_short_links():
    html = (
        "<a href=\"http://o/r/Ab1%s\">x</a> <a href='http://o/r/Ab1%s?x=1#y'>y</a> http://o/r/c%s"
    )
    number = "/m/12"
    assert body.strip_recipient(html % (number, number, number), 12) == html % ("", "", "")
    for other in ("/m/123", "/m/1", "/m/12/3", "/s/12", "/x/m/12"):
        kept = f'<a href="http://o/r/Ab1{other}">x</a>'
        assert body.strip_recipient(kept, 12) == kept
    assert body.strip_recipient("", 12) == ""


def test_the_pixel_itself():
    (image,) = lxml.html.fragments_fromstring(PIXEL)
    assert image.tag == "img"
    assert image.get("src") == URL
    assert (image.get("width"), image.get("height"), image.get("alt")) == ("1", "1", "")
    assert "data-odoo-mail-tracking" in image.attrib
    assert "&amp;" in PIXEL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("plain words, 1 < 2", ""),
        ("a <3 b", ""),
        ('a<b title="</body>">c</b>', ""),
        ("<p>Hello</p>", ""),
        ("<p>never <b>closed", ""),
        ("<html><body><p>Hello</p>", "</body></html>"),
        ("<HTML><BODY>Hello", "</BODY\n></HTML>"),
        ("<!DOCTYPE html>\n<html><head><title></body></title></head><body>x", "</body>"),
        ("<html>x", "</html>"),
        ("<body>quoted</body><p>reply", "</body>"),
        ("<body><!--[if mso]></body><![endif]-->x", "</body><!-- </body> -->"),
        ("<style>a:after{content:'</body>'}</style>x", ""),
        ("<p>x</p>", "<!-- never closed </body>"),
        ("<p>x</p>", "<td title='never closed"),
        ("<p>x</p>", "<style>never closed"),
        ("<p title='</body>'>x", "</body>"),
        ("x<!--></body>", "</body>"),
        ("İİİİ<p>ß</p>", "</body>"),
    ],
)
def test_where_the_pixel_goes(before, after):
    assert body.add_pixel(before + after, URL) == before + PIXEL + after


LONG = "<p>" + "x" * body.MAX_SHOWN + "</p>"
HIDDEN = '<div style="display:none">Look at this</div>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "words first <b>then a tag</b>"),
        ("", "<table><tr><td>"),
        ("", HIDDEN),
        ("<!DOCTYPE html>", "<p>x</p>"),
        ("\n<?xml version='1.0'?>\n<!doctype html>", "\n<p>x</p>"),
        ("<html><body>", HIDDEN),
        (
            "<!DOCTYPE html>\n<HTML lang='en'><head><title><body></title></head><BODY class='a>b'>",
            "",
        ),
        ("<html><head><style>p{}</style></head>", "<p>x</p>"),
        ("<style>body{}</style>", "<p>x</p>"),
        ("<meta charset='utf-8'><title>x</title>", "x"),
        ("<html>", "<p>no body at all"),
        # Outlook's
        (
            "<html><!--[if mso]><body class='mso'><![endif]--><body>",
            "<!--[if mso]><table><![endif]-->",
        ),
        ("<html><head><noscript><xml></xml></noscript></head><body>", ""),
        ("<html><!--[if !mso]><!--><body>", "<!--<![endif]-->"),
        # a body that is quoted is not that of the mail
        ("", "<p>reply</p><body>quoted"),
        ("<html><head></head>", "<p>reply</p>" + "y" * body.MAX_SHOWN + "<body>quoted"),
        # nothing that has no end swallows it
        ("", "<!-- <body>"),
        ("<html>", "<style><body>"),
        ("<html>", "<p title='"),
    ],
)
def test_where_the_pixel_of_a_long_mail_goes(before, after):
    html = before + after + LONG
    assert body.add_pixel(html, URL) == before + PIXEL + after + LONG
    assert body.add_pixel(body.add_pixel(html, URL), URL) == before + PIXEL + after + LONG


def test_long_is_what_gmail_would_cut():
    for letter, size in (("x", 1), ("é", 2), ("世", 3), ("\U0001f600", 4)):
        short = f"<p>{letter * ((body.MAX_SHOWN - 10) // size)}</p>"
        long = f"<p>{letter * (body.MAX_SHOWN // size)}</p>"
        assert body.add_pixel(short, URL) == short + PIXEL
        assert body.add_pixel(long, URL) == PIXEL + long
        assert len(body.add_pixel(short, URL).encode()) < 102_000


def test_no_body_at_all():
    assert body.add_pixel(None, URL) == PIXEL
    assert body.add_pixel(False, URL) == PIXEL


def test_markup_is_not_escaped_again():
    class Markup(str):
        """The part of markupsafe's class that bites: what is added to it is escaped."""

        def __add__(self, other):
            return Markup(str(self) + other.replace("<", "&lt;"))

        def __radd__(self, other):
            return Markup(other.replace("<", "&lt;") + str(self))

        def __getitem__(self, key):
            return Markup(str.__getitem__(self, key))

    html = Markup("<body>Hello</body>")
    assert body.add_pixel(html, URL) == "<body>Hello" + PIXEL + "</body>"


def test_sending_again_leaves_one_pixel():
    once = body.add_pixel("<body><p>Hello</p></body>", URL)
    again = body.add_pixel(once, URL.replace("abc", "def"))
    assert pixels(again) == 1
    assert "/def/" in again
    assert body.add_pixel(again, URL) == once


@pytest.mark.parametrize(
    "image",
    [
        PIXEL,
        '<img src="http://h/mail/tracking/open/db/1/blank.gif">',
        '<img src="https://h:8069/mail_tracking/open/db/1/t/blank.gif"/>',
        '<img src="/mail/tracking/open/x">',
        '<img src="//h/mail/tracking/open/x">',
        '<img src="https://h//mail/tracking/open/x">',
        "<IMG WIDTH=1 SRC='HTTPS://H/mail/tracking/open/x' >",
        "<img src=https://h/mail/tracking/open/x>",
        "<img\n  alt='a > b'\n  src = \"\n https://h/mail/tracking/open/x\"\n>",
        '<img/src="https://h/mail/tracking/open/x"/>',
        '<img src="https://h/mail/tracking/open/x?a=1&amp;b=2" alt="">',
        '<img src="https:&#47;&#x2f;h/mail/tracking/open/x">',
        '<img src="https://ci3.googleusercontent.com/meips/ADKq=s0-d-e1-ft'
        '#http://h/mail/tracking/open/x/blank.gif" class="CToWUd">',
        '<img src="https://ecp.yusercontent.com/mail?url=https%3A%2F%2Fh%2Fmail%2Ftracking'
        '%2Fopen%2Fx&amp;t=1&amp;sig=z">',
        '<img <img src="https://h/mail/tracking/open/x">',
        '<img src="https://h/mail/tracking/open/x" src="other.gif">',
    ],
)
def test_pixels_come_out(image):
    html = f"<p>Hi</p>{image}<blockquote>quoted {image}</blockquote>\r\n &nbsp;é"
    assert body.strip_pixels(html) == "<p>Hi</p><blockquote>quoted </blockquote>\r\n &nbsp;é"


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>Hello</p>",
        '<img src="https://h/logo.png" alt="tracking">',
        '<a href="https://h/mail/tracking/open/x">look</a>',
        '<img src="https://h/x/mail/tracking/open/x">',
        '<img src="https://h/mail/tracking/opened">',
        '<img src="cid:/mail/tracking/open/x">',
        '<img src="other.gif" src="https://h/mail/tracking/open/x">',
        '<img data-src="https://h/mail/tracking/open/x">',
        '<imgs src="https://h/mail/tracking/open/x">',
        '<!-- <img src="https://h/mail/tracking/open/x"> -->',
        '<img src="https://h/mail/tracking/open/x"',
        '<img src="https://[h/mail/tracking/open/x">',
        '<img src="https://h/logo.png?tracking=1">',
        '<img src="https://h/x?u=mail/tracking/" alt="/mail/tracking/open/x">',
        "https://h/mail/tracking/open/x",
    ],
)
def test_everything_else_stays_the_same_object(html):
    assert body.strip_pixels(html) is html


@given(soup)
@example("<title></ ")
def test_soup_gets_exactly_one_pixel_and_keeps_every_other_character(html):
    tracked = body.add_pixel(html, URL)
    assert tracked.count(PIXEL) == 1
    assert tracked.replace(PIXEL, "") == html
    assert body.strip_pixels(tracked) == html
    assert body.add_pixel(tracked, URL) == tracked


@given(st.text(alphabet="<>/!-='\"& abimgsrc\n\u0130"), st.text())
def test_any_text(html, url):
    body.strip_pixels(html + url + "tracking")
    tracked = body.add_pixel(html, "https://h/mail/tracking/open/" + url)
    assert len(tracked) > len(html)
    assert body.strip_pixels(tracked) == html


@given(st.lists(st.sampled_from(["<p>x</p>", "words", "<br>", "<b>y</b>", "<hr/>"])).map("".join))
def test_a_parser_sees_one_pixel(html):
    quoted = f"{html}<blockquote>{body.add_pixel(html, URL)}</blockquote>"
    assert pixels(body.add_pixel(quoted, URL)) == 1


@pytest.mark.parametrize(
    "piece",
    [
        "<img <img",
        "<img ",
        "<img src=",
        "<img src='",
        '<img a="',
        "<!--",
        "<!-- <img ",
        "<style>",
        "<style",
        "</",
        "<",
        "<a ",
        "a=",
        " ",
        "\n",
        "<?xml>",
        "<head>",
        "<body",
        "/mail/tracking/open/",
        "<img src='/mail/tracking/open/x'>",
        "<img src='#/tracking#?a=/tracking&b=/'>",
    ],
)
def test_much_trouble_takes_linear_time(piece):
    html = "<img tracking " + piece * (SIZE // len(piece))
    start = time.process_time()
    body.strip_pixels(html)
    body.add_pixel("tracking " + piece * (SIZE // len(piece)), URL)
    assert time.process_time() - start < 3


def sealed(kind, inner):
    """A mail around another one, as programs that sign make it."""
    outer = EmailMessage(policy=policy.SMTP)
    outer["Content-Type"] = kind
    outer.set_payload([inner])
    return outer
