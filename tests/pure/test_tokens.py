# Part of mail_tracking. Licence: LGPL-3.
"""Tokens: they come back whole, or not at all."""

import base64
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import tokens

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = tokens.pixel_token("db", 7, SECRET)


def packed(value) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def test_new_tokens_are_hexadecimal_and_differ():
    found = {tokens.new_token() for _number in range(200)}
    assert len(found) == 200
    assert all(len(token) == 32 and set(token) <= set(string.hexdigits) for token in found)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.integers(1, tokens.MAX_ROW),
)
def test_a_pixel_token_comes_back(db, row_id):
    token = tokens.pixel_token(db, row_id, SECRET)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    assert len(token) <= tokens.MAX_LENGTH
    assert tokens.read_pixel_token(token) == (db, row_id, SECRET)


@pytest.mark.parametrize("row_id", [0, -1, tokens.MAX_ROW + 1])
def test_no_database_id(row_id):
    with pytest.raises(ValueError):
        tokens.pixel_token("db", row_id, SECRET)


def test_the_longest_token():
    """512 characters of base64 are 384 bytes; the rest of it takes 41."""
    token = tokens.pixel_token("d" * 343, 1, SECRET)
    assert len(token) == 512
    assert tokens.read_pixel_token(token) == ("d" * 343, 1, SECRET)
    with pytest.raises(ValueError):
        tokens.pixel_token("d" * 344, 1, SECRET)


def test_ids_of_a_database():
    """They are integers of 32 bits with a sign."""
    assert tokens.read_pixel_token(tokens.pixel_token("db", 1, SECRET)).row_id == 1
    largest = tokens.pixel_token("db", 2_147_483_647, SECRET)
    assert tokens.read_pixel_token(largest).row_id == 2_147_483_647
    assert tokens.read_pixel_token(packed(["db", 2_147_483_648, SECRET])) is None


def test_too_long():
    with pytest.raises(ValueError):
        tokens.pixel_token("d" * 500, 1, SECRET)


@pytest.mark.parametrize(
    "value",
    [
        "",
        None,
        7,
        b"x",
        TOKEN + "=",
        TOKEN + "\n",
        TOKEN[:-1],
        "x" + TOKEN,
        "A" * 513,
        "A" * 100_000,
        packed("[" * 300),
        packed(["db", "7", SECRET]),
        packed(["db", True, SECRET]),
        packed(["db", 0, SECRET]),
        packed(["db", 2**31, SECRET]),
        packed(["db", 7.0, SECRET]),
        packed(["db", 7]),
        packed(["db", 7, None]),
        packed({"a": 1, "b": 2, "c": 3}),
        packed('["db", 7, "x"]'),
        packed("null"),
        "é" * 8,
    ],
)
def test_other_words_are_refused(value):
    assert tokens.read_pixel_token(value) is None


@given(st.one_of(st.text(), st.text(string.ascii_letters + string.digits + "-_", max_size=200)))
def test_any_text_raises_nothing(text):
    found = tokens.read_pixel_token(text)
    assert found is None or tokens.pixel_token(*found) == text


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(string.ascii_letters + string.digits))
def test_a_changed_token_is_never_the_same(position, character):
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    if changed != TOKEN:
        assert tokens.read_pixel_token(changed) != ("db", 7, SECRET)


@pytest.mark.parametrize(
    "a, b, expected",
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a", "aa", False),
        ("", "", False),
        (None, None, False),
        ("a", None, False),
        ("é", "é", False),
        (b"a", b"a", False),
    ],
)
def test_same(a, b, expected):
    assert tokens.same(a, b) is expected
