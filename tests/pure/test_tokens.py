"""A pixel token gives back exactly what was packed, and nothing else is one."""

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools import tokens

# what PostgreSQL allows as a name: 63 bytes, no NUL
databases = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=15
)
rows = st.integers(1, tokens.MAX_ROW)
secrets = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)


def pack(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_new_tokens_differ_and_fit_a_header():
    made = {tokens.new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in made)


@given(databases, rows, secrets)
def test_round_trip(db, row_id, secret):
    token = tokens.pixel_token(db, row_id, secret)
    assert re.fullmatch("[A-Za-z0-9_-]{1,512}", token)
    assert tokens.read_pixel_token(token) == tokens.PixelRef(db, row_id, secret)


@given(databases, rows, secrets, st.integers(0, 600), st.characters())
def test_a_changed_token_is_another_or_none(db, row_id, secret, position, character):
    token = tokens.pixel_token(db, row_id, secret)
    position %= len(token)
    changed = token[:position] + character + token[position + 1 :]
    if changed != token:
        assert tokens.read_pixel_token(changed) != tokens.PixelRef(db, row_id, secret)


@given(databases, rows, secrets)
def test_every_cut_token_is_refused(db, row_id, secret):
    token = tokens.pixel_token(db, row_id, secret)
    assert not any(tokens.read_pixel_token(token[:end]) for end in range(len(token)))


@given(st.one_of(st.text(), st.from_regex("[A-Za-z0-9_-]*", fullmatch=True)))
def test_reading_never_raises(text):
    ref = tokens.read_pixel_token(text)
    assert ref is None or tokens.pixel_token(*ref) == text


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_reading_never_raises_on_other_json(value):
    assert tokens.read_pixel_token(pack(value)) is None


@pytest.mark.parametrize(
    "value",
    [
        ["db", 0, "s"],
        ["db", -1, "s"],
        ["db", 2**31, "s"],
        ["db", True, "s"],
        ["db", 1.0, "s"],
        ["db", "1", "s"],
        ["db", 1],
        ["db", 1, "s", "t"],
        [None, 1, "s"],
        ["db", 1, None],
        [["db"], 1, "s"],
        {"db": 1, "row_id": 2, "secret": 3},
        "abc",
        7,
    ],
)
def test_wrong_contents(value):
    assert tokens.read_pixel_token(pack(value)) is None


def test_only_one_spelling_is_read():
    good = tokens.pixel_token("db", 1, "s")
    spaced = base64.urlsafe_b64encode(b'["db", 1, "s"]').rstrip(b"=").decode()
    assert tokens.read_pixel_token(good)
    assert tokens.read_pixel_token(spaced) is None
    assert tokens.read_pixel_token(good + "=") is None
    assert tokens.read_pixel_token(good + "\n") is None


@pytest.mark.parametrize("token", [None, b"abc", 5, "", "é", "A" * 513, "W1tb" * 128])
def test_not_a_token(token):
    assert tokens.read_pixel_token(token) is None


@pytest.mark.parametrize(
    "parts", [("db", 0, "s"), ("db", 2**31, "s"), ("d" * 500, 1, "s"), ("\ud800", 1, "s")]
)
def test_what_could_not_be_read_is_not_written(parts):
    with pytest.raises(ValueError):
        tokens.pixel_token(*parts)


def test_the_longest_database_name_fits():
    assert tokens.read_pixel_token(tokens.pixel_token("\u00e9" * 31, 2**31 - 1, "f" * 32))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("abc", "abc", True),
        ("abc", "abd", False),
        ("abc", "ab", False),
        ("", "", False),
        (None, None, False),
        ("abc", None, False),
        ("é", "é", False),
        (b"abc", b"abc", False),
        (False, "abc", False),
    ],
)
def test_same(a, b, expected):
    assert tokens.same(a, b) is expected


@given(st.text(), st.text())
def test_same_never_raises(a, b):
    assert tokens.same(a, b) is (a == b and a != "" and a.isascii())
