# Part of mail_tracking. Licence: LGPL-3.
"""The line at the foot goes where readers see it, and changes nothing else."""

import time

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import body

URL = "https://odoo.example.com/mail_tracking/privacy/0123abcd"
FOOT = body.Foot("What is noted.", "Change it", URL, "de-DE", "ltr")
LINE = body.add_foot("", FOOT)
PIXEL_URL = "https://odoo.example.com/mail_tracking/open/abc.gif"
SIZE = 300_000


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", "%s"),
        (None, "%s"),
        ("<p>Hello</p>", "<p>Hello</p>%s"),
        ("Hello", "Hello%s"),
        ("<html><body>x</body></html>", "<html><body>x%s</body></html>"),
        ("<html>x</html>", "<html>x%s</html>"),
        ("<body>a<!-- </body> -->b</BODY >", "<body>a<!-- </body> -->b%s</BODY >"),
        ("<p>x</p><!-- unfinished", "<p>x</p>%s<!-- unfinished"),
    ],
)
def test_it_is_the_end_of_the_content(html, expected):
    assert body.add_foot(html, FOOT) == expected % LINE


@pytest.mark.parametrize("html", ["<p>x</p>", "<html><body>x</body></html>", "x" * SIZE])
def test_the_pixel_does_not_stand_before_it_but_in_a_long_mail(html):
    both = body.add_pixel(body.add_foot(html, FOOT), PIXEL_URL)
    assert (both.index("<img") < both.index(LINE)) == (len(html) == SIZE)
    assert body.strip_pixels(both) == body.add_foot(html, FOOT)


@given(st.builds(body.Foot, *[st.text() for _field in body.Foot._fields]))
def test_whatever_it_says_is_text(foot):
    line = body.add_foot("", foot)
    assert line.count("<") == 4
    assert line.count(">") == 4
    assert line.count('"') == 2 * 6


def test_a_reader_finds_words_and_link():
    hostile = body.Foot("<b>&</b>", 'say "so"', URL + "?a=1&b=\"'><i>", 'x"y')
    foot = lxml.html.fromstring(body.add_foot("", hostile))
    [link] = foot.iter("a")
    assert (foot.text.strip(), link.text) == ("<b>&</b>", 'say "so"')
    assert (link.get("href"), foot.get("lang")) == (hostile.url, hostile.lang)


def test_the_plain_text_ends_with_it():
    line = f"What is noted.\nChange it\n{URL}\n"
    assert body.add_text_foot("Hello\n\n\n", FOOT) == f"Hello\n\n{line}"
    assert body.add_text_foot(" \n", FOOT) == line


def test_a_long_mail_takes_linear_time():
    start = time.process_time()
    for piece in ("<p ", "<!--", "<b>x</b>", "<style>"):
        body.add_foot(piece * (SIZE // len(piece)), FOOT)
    assert time.process_time() - start < 3
