# Part of mail_tracking. Licence: LGPL-3.
"""A plain header is written as any other one would be."""

import copy
import pickle
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from tools import headers

NAME = "X-Odoo-MailTracking-Token"
VALUES = ["7", "0123456789abcdef" * 2, "a", "x" * 50, "1.2-3_4"]
OTHERS = ["", " ", "a b", "é", "a\nb", "a\r\nBcc: b@example.com", "=?utf-8?q?a?=", "x" * 52, "a,b"]
POLICIES = [policy.SMTP, policy.default, policy.SMTPUTF8, policy.compat32]


def written(value, used):
    """Return a mail with this value as a header."""
    mail = EmailMessage(policy=used)
    mail["Subject"] = "Hello"
    mail[NAME] = value
    mail.set_payload("Hello")
    return mail


@pytest.mark.parametrize("used", POLICIES)
@pytest.mark.parametrize("value", VALUES)
def test_it_is_written_as_others_are(value, used):
    header = headers.plain(NAME, value)
    assert isinstance(header, headers.PlainHeader)
    mail = written(header, used)
    assert mail.as_bytes() == written(value, used).as_bytes()
    assert mail.as_string() == written(value, used).as_string()
    assert mail[NAME] == value
    assert message_from_bytes(mail.as_bytes(), policy=policy.default)[NAME] == value


@pytest.mark.parametrize("value", OTHERS)
def test_what_is_not_plain_is_left_to_python(value):
    assert headers.plain(NAME, value) is value


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_a_copy_is_one_too(again):
    header = again(headers.plain(NAME, "abc"))
    mail = written(header, policy.SMTP)
    assert mail.as_bytes() == again(mail).as_bytes()
    assert f"{NAME}: abc\r\n".encode() in mail.as_bytes()


def test_only_headers_of_no_meaning_to_python_are_plain():
    given = {"X-Odoo-Objects": "res.partner-7", "Subject": "7", "Return-Path": "", "X-B": None}
    found = headers.all_plain(given)
    assert found == given
    assert [type(value) for value in found.values()] == [
        headers.PlainHeader,
        str,
        str,
        type(None),
    ]


def test_it_can_be_given_to_another_header():
    mail = EmailMessage(policy=policy.SMTP)
    mail["X-Other"] = headers.plain(NAME, "abc")
    assert mail.as_bytes().startswith(b"X-Other: abc\r\n")


def test_a_line_of_76_characters_is_not_folded_and_one_more_is_left_to_python():
    """RFC 5322 section 2.1.1: 78, with the colon and the blank."""
    longest = "x" * (76 - len(NAME))
    assert isinstance(headers.plain(NAME, longest), headers.PlainHeader)
    assert len(headers.plain(NAME, longest).fold(policy=policy.SMTP)) == 80  # and its end
    assert type(headers.plain(NAME, longest + "x")) is str


def test_only_texts_are_plain():
    class Text(str):
        pass

    given = {"X-A": Text("7"), "X-B": 7, "x-c": "7", "Reply-To": "7", "X-D": "7"}
    assert [type(value) for value in headers.all_plain(given).values()] == [
        Text,
        int,
        str,
        str,
        headers.PlainHeader,
    ]


@pytest.mark.parametrize("used", POLICIES[:3])
@pytest.mark.parametrize("length", [1, 100, 600])
def test_a_long_address_stays_one(length, used):
    name, address = "Disposition-Notification-To", f"bounce+{'0' * length}@example.com"
    mail = EmailMessage(policy=used)
    mail[name] = headers.whole(name, address)
    mail.set_payload("Hello")
    assert f"{name}: {address}\n" in mail.as_string().replace("\r\n", "\n")
    assert message_from_bytes(mail.as_bytes(), policy=policy.default)[name] == address


@pytest.mark.parametrize("value", ["", " ", "a b", "é", "a\nb", "a\r\nBcc: b@x.y", "x" * 991])
def test_what_is_not_one_word_is_left_to_python(value):
    assert headers.whole("N", value) is value
