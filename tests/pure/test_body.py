# Part of mail_tracking. Licence: LGPL-3.
"""Exactly one pixel goes in, all of ours come out, and nothing else changes."""

import base64
import time
from email import message_from_bytes, policy
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


@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "7bit"])
def test_a_long_mail_has_its_pixel_near_the_top_however_it_is_encoded(cte):
    html = "<html><body><p>Hello</p>" + "<p>some words</p>\n" * 8_000 + "</body></html>\n"
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content(html, subtype="html", charset="utf-8", cte=cte)
    assert body.add_pixel_to_message(mail, URL)
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    written = read.get_content().replace("\r\n", "\n")
    assert written == html.replace("<body>", "<body>" + PIXEL)


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


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>Hello</p>",
        "<body>Grüße, 世界 \U0001f600</body>",
        "<p>" + "x" * 5_000 + "</p>",
        "a\nb\n",
        *(f"<html><body>{'é' * count}{'x' * count}</body></html>\n" for count in range(80)),
        *(f'<body class="a">{"x" * count}</BODY></html>' for count in range(60, 80)),
        "<body><!-- </body> --></body>",
        "<body><p title=\"a'>x</p></body></html>",
        # the end tag is but a part of something that has no end
        *(
            f"<body>{opener}</body></html>"
            for opener in (
                *("<!-- ", "<p title='", '<p title="'),
                *("<SCRIPT>", "<style>", "<textarea>", "<title>", "<xmp>"),
            )
        ),
        "<body>" + "=" * 200 + "é</body >\n</html>\n",
        # in base64, and the end tag at every place of its lines
        *(f"<body>{'é' * 300}{'x' * count}</body></html>" for count in range(60)),
        *(f"<body>{'世' * count}</body\n></html>\n\n" for count in range(20)),
    ],
)
def test_a_mail_gets_its_pixel_in_the_html_part_alone(html):
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = "Hello"
    mail.add_alternative("Hello", subtype="plain", charset="utf-8")
    mail.add_alternative(html, subtype="html", charset="utf-8")
    mail.add_attachment(b"data", "application", "octet-stream", filename="a.bin")
    assert body.add_pixel_to_message(mail, URL)
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    written = read.get_body(("html",)).get_content()
    assert "".join(written.replace(PIXEL, "").split()) == "".join(html.split())
    assert "".join(written.split()) == "".join(body.add_pixel(html, URL).split())
    assert written.count(PIXEL) == 1
    assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())
    assert "tracking" not in read.get_body(("plain",)).get_content()
    assert [part.get_filename() for part in read.iter_attachments()] == ["a.bin"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", ""),
        lambda text: text.rstrip("\n"),
        lambda text: " " + text,
        lambda text: text[:100] + "\n" + text[100:],
        lambda text: text[:-40] + "\n" + text[-40:],
    ],
)
def test_base64_that_others_wrote_gets_its_pixel_as_well(spoil):
    html = f"<body>{'é' * 500}</body></html>"
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content(html, subtype="html", charset="utf-8", cte="base64")
    mail.set_payload(spoil(mail.get_payload()))
    assert body.add_pixel_to_message(mail, URL)
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert read.get_content().strip() == body.add_pixel(html, URL)


def test_base64_that_is_no_text_gets_its_pixel_as_well():
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content("<p>", subtype="html", charset="utf-8", cte="base64")
    mail.set_payload(base64.encodebytes(b"<body>\xff</body></html>").decode())
    assert body.add_pixel_to_message(mail, URL)
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert read.get_content().strip() == body.add_pixel("<body>\ufffd</body></html>", URL)


def sealed(kind, inner):
    """A mail around another one, as programs that sign make it."""
    outer = EmailMessage(policy=policy.SMTP)
    outer["Content-Type"] = kind
    outer.set_payload([inner])
    return outer


@pytest.mark.parametrize(
    "seal",
    [
        lambda inner: sealed('multipart/signed; protocol="application/pgp-signature"', inner),
        lambda inner: sealed('multipart/signed; protocol="application/pkcs7-signature"', inner),
        lambda inner: sealed("multipart/encrypted", inner),
        # of a list that adds a line of its own
        lambda inner: sealed("multipart/mixed", sealed("multipart/signed", inner)),
    ],
)
def test_what_is_signed_stays_as_it_is(seal):
    inner = EmailMessage(policy=policy.SMTP)
    inner.set_content("Hello")
    inner.add_alternative("<body>Hello</body>", subtype="html")
    mail = seal(inner)
    before = mail.as_bytes()
    assert not body.add_pixel_to_message(mail, URL)
    assert mail.as_bytes() == before


@pytest.mark.parametrize("kind", ["application/pkcs7-mime", "application/x-pkcs7-mime"])
def test_what_is_signed_in_one_piece_stays_as_it_is(kind):
    mail = message_from_bytes(
        b"Content-Type: %s; smime-type=signed-data; name=smime.p7m\n"
        b"Content-Transfer-Encoding: base64\n\nPGJvZHk+SGVsbG88L2JvZHk+\n" % kind.encode(),
        policy=policy.SMTP,
    )
    before = mail.as_bytes()
    assert not body.add_pixel_to_message(mail, URL)
    assert mail.as_bytes() == before


def test_what_the_domain_has_signed_stays_as_it_is():
    mail = EmailMessage(policy=policy.SMTP)
    mail["DKIM-Signature"] = "v=1; bh=x"
    mail.set_content("<body>Hello</body>", subtype="html")
    before = mail.as_bytes()
    assert not body.add_pixel_to_message(mail, URL)
    assert mail.as_bytes() == before


def test_what_is_signed_and_only_attached_costs_no_pixel():
    forwarded = sealed("multipart/signed", EmailMessage(policy=policy.SMTP))
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content("<body>Hello</body>", subtype="html")
    mail.add_attachment(b"invoice", "application", "pkcs7-mime", filename="invoice.xml.p7m")
    mail.add_attachment(forwarded)
    assert body.add_pixel_to_message(mail, URL)
    assert mail.get_body(("html",)).get_content().count(PIXEL) == 1


def test_a_mail_without_html_stays_as_it_is():
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content("Hello")
    before = mail.as_bytes()
    assert not body.add_pixel_to_message(mail, URL)
    assert mail.as_bytes() == before


def test_a_mail_that_cannot_be_read_stays_as_it_is():
    mail = message_from_bytes(
        b"Content-Type: text/html; charset=no-such-set\n\n<p>Hello</p>\n", policy=policy.SMTP
    )
    before = mail.as_bytes()
    with pytest.raises(LookupError):
        body.add_pixel_to_message(mail, URL)
    assert mail.as_bytes() == before


@pytest.mark.parametrize("cte", ["7bit", "quoted-printable", "base64"])
@pytest.mark.parametrize(
    "html",
    [
        f"<body><p>Hello</p><blockquote>{PIXEL}</blockquote></body></html>",
        f"<body><p>Hello {PIXEL.replace('abc', 'def')}</p>{'x' * 400}</body></html>",
        "<body>one</body><p>two</p></body></html>",
        "<body>one</body>\n<body>two</body></html>\n",
        "<body><p title='</body>'>it's</p></body></html>",
        "<body><p>it's = 'quoted'</p></body></html>",
    ],
)
def test_whatever_the_encoding_the_mail_gets_what_its_html_would(cte, html):
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content(html, subtype="html", charset="utf-8", cte=cte)
    assert body.add_pixel_to_message(mail, URL)
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    written = read.get_content()
    assert written.count("<img") == 1 and written.count(PIXEL) == 1
    assert "".join(written.split()) == "".join(body.add_pixel(html, URL).split())
