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


# -- sealed words --------------------------------------------------------------------------------

KEY = bytes(range(32))
OTHER_KEY = b"k" * 32
NUMBERS = st.integers(0, 2**64 - 1)
KINDS = st.sampled_from(tokens.KINDS)
#: what PostgreSQL takes as a name
NAMES = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1, max_size=60)
WORD = tokens.image_token(KEY, "db", tokens.TRACKING, 7)
LETTERS = string.ascii_letters + string.digits + "-_"


def image(db, kind, number, key=KEY):
    """A word, with a token where there is one."""
    token = SECRET if kind in tokens.TOKEN_KINDS else ""
    return tokens.image_token(key, db, kind, number, token)


def opened(word, key=KEY, token=SECRET):
    """Kind and number of a word, None for anything else."""
    sealed = tokens.split_image_token(word)
    found = sealed and tokens.open_block(key, sealed[0])
    if not found or (found[0] in tokens.TOKEN_KINDS and not tokens.is_checked(found[2], token)):
        return None
    return found[:2]


@given(NAMES, KINDS, NUMBERS)
def test_an_image_comes_back(db, kind, number):
    word = image(db, kind, number)
    assert len(word) == tokens.SEALED_LENGTH and set(word) <= set(LETTERS)
    assert word == image(db, kind, number)
    assert opened(word) == (kind, number)
    block, tag = tokens.split_image_token(word)
    assert tokens.db_tag(db, block) == tag


@given(NAMES, NAMES, KINDS, NUMBERS)
def test_an_image_is_told_to_be_of_its_database_alone(db, other, kind, number):
    block, tag = tokens.split_image_token(image(db, kind, number))
    assert (tokens.db_tag(other, block) == tag) == (other == db)


@given(KINDS, NUMBERS)
def test_another_key_opens_no_image(kind, number):
    assert opened(image("db", kind, number), OTHER_KEY) is None


@given(KINDS, NUMBERS, st.integers(0, 20), st.sampled_from(LETTERS))
def test_a_forged_image_opens_nothing(kind, number, position, character):
    """The first 21 characters are of the block alone; what follows names the database too."""
    word = image("db", kind, number)
    forged = word[:position] + character + word[position + 1 :]
    assert forged == word or opened(forged) is None


@given(st.integers(0, 100))
def test_a_truncated_image_is_none(length):
    word = (WORD * 4)[:length]
    assert (tokens.split_image_token(word) is None) == (length != tokens.SEALED_LENGTH)


@given(st.one_of(st.text(), st.text(LETTERS, min_size=27, max_size=27)))
def test_any_text_is_no_image(text):
    assert opened(text) is None


@given(st.binary(min_size=16, max_size=16))
def test_any_block_is_no_image(block):
    found = tokens.open_block(KEY, block)
    assert found is None or not tokens.is_checked(found[2], SECRET)


TOKENS = st.one_of(st.text(string.hexdigits, min_size=1, max_size=40), st.text(min_size=1))


@given(st.sampled_from(tokens.TOKEN_KINDS), NUMBERS, TOKENS, TOKENS)
def test_an_image_is_that_of_its_token_alone(kind, number, token, other):
    """Ids come again where an old backup is restored; tokens do not."""
    word = tokens.image_token(KEY, "db", kind, number, token)
    assert opened(word, token=token) == (kind, number)
    assert opened(word, token="") is None and opened(word, token=None) is None
    check = tokens.open_block(KEY, tokens.split_image_token(word)[0])[2]
    another = tokens.image_token(KEY, "db", kind, number, other)
    assert tokens.is_checked(check, other) == (word == another)


@given(st.sampled_from(tokens.TOKEN_KINDS), NUMBERS)
def test_another_token_is_another_image(kind, number):
    word = tokens.image_token(KEY, "db", kind, number, SECRET)
    assert opened(word, token=tokens.new_token()) is None


def test_images_are_not_sequential():
    """Of two that follow each other, half of all bits differ, give or take."""
    blocks = [
        tokens.split_image_token(tokens.image_token(KEY, "db", tokens.TRACKING, number))[0]
        for number in range(200)
    ]
    for one, other in zip(blocks, blocks[1:], strict=False):
        different = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
        assert 30 < different.bit_count() < 98
    assert len(set(blocks)) == 200


def test_no_image_is_an_old_word():
    """They are told apart by their length: an old one holds 32 characters of a secret."""
    shortest = tokens.pixel_token("", 1, SECRET)
    assert len(shortest) > tokens.SEALED_LENGTH
    assert tokens.read_pixel_token(WORD) is None
    assert tokens.split_image_token(shortest) is None


@pytest.mark.parametrize("kind, number", [(0, 1), (256, 1), (1, -1), (1, 2**64)])
def test_what_cannot_be_sealed(kind, number):
    try:
        word = image("db", kind, number)
    except (ValueError, OverflowError):
        return
    assert opened(word) is None


@given(st.dates(), st.integers(1, tokens.MAX_ROW))
def test_a_day_comes_back(day, company_id):
    number = tokens.day_number(day, company_id)
    assert opened(tokens.image_token(KEY, "db", tokens.DAY, number)) == (tokens.DAY, number)
    assert tokens.split_day_number(number) == (day, company_id)


JSON = st.lists(
    st.one_of(st.none(), st.integers(-(2**40), 2**40), st.text(max_size=20)), max_size=5
)


@given(NAMES, JSON)
def test_a_link_comes_back(db, values):
    word = tokens.link_token(KEY, db, values)
    assert set(word) <= set(LETTERS)
    sealed, tag = tokens.split_link_token(word)
    assert tokens.db_tag(db, sealed) == tag
    assert tokens.open_link(KEY, sealed) == values
    assert tokens.open_link(OTHER_KEY, sealed) is None


@given(st.integers(0, 400), st.sampled_from(LETTERS))
def test_a_forged_link_opens_nothing(position, character):
    word = tokens.link_token(KEY, "db", ["anna@example.com", 7])
    position %= len(word)
    forged = word[:position] + character + word[position + 1 :]
    for text in (forged, word[:position], word + character):
        if text == word or not (split := tokens.split_link_token(text)):
            continue
        sealed, tag = split
        is_same_text = sealed == tokens.split_link_token(word)[0]
        assert tokens.open_link(KEY, sealed) is None or is_same_text or position == len(word) - 1


@given(st.one_of(st.text(), st.text(LETTERS, min_size=88, max_size=300)))
def test_any_text_is_no_link(text):
    split = tokens.split_link_token(text)
    assert split is None or tokens.open_link(KEY, split[0]) is None
