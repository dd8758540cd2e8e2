"""The files of translations: complete, and true to the texts as far as a machine can tell."""

import re
from collections import Counter
from pathlib import Path

import polib
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "i18n"
LANGUAGES = ["ar", "ca", "de", "es", "fr", "it", "ja", "nl", "pl", "pt_BR", "zh_CN"]

#: what a program fills in or reads, and a translator has to keep
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")
TAG = re.compile(r"</?[a-z]+")
#: marks that turn the direction of text around invisibly
DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(name="template", scope="module")
def template_fixture():
    return polib.pofile(str(FOLDER / "mail_tracking.pot"))


@pytest.fixture(name="language", scope="module", params=LANGUAGES)
def language_fixture(request):
    return polib.pofile(str(FOLDER / f"{request.param}.po"))


def bare(pattern, text):
    return Counter(pattern.findall(text))


def edges(text):
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def complaints(language, is_right):
    """The texts of which a rule does not hold."""
    return [(entry.msgid, entry.msgstr) for entry in language if not is_right(entry)]


def test_each_language_has_a_file_and_each_file_a_language():
    assert sorted(path.stem for path in FOLDER.glob("*.po")) == LANGUAGES


def test_all_texts_are_translated(template, language):
    assert len(template) > 400
    translated = {entry.msgid for entry in language.translated_entries()}
    assert {entry.msgid for entry in template} - translated == set()


def test_there_is_no_text_that_the_addon_does_not_have(template, language):
    assert {entry.msgid for entry in language} - {entry.msgid for entry in template} == set()
    assert not language.obsolete_entries()
    assert not language.fuzzy_entries()


def test_placeholders_are_kept(language):
    assert not complaints(
        language, lambda e: bare(PLACEHOLDER, e.msgid) == bare(PLACEHOLDER, e.msgstr)
    )


def test_elements_are_kept(language):
    assert not complaints(language, lambda e: bare(TAG, e.msgid) == bare(TAG, e.msgstr))


def test_spaces_at_the_edges_are_kept(language):
    assert not complaints(language, lambda e: edges(e.msgid) == edges(e.msgstr))


def test_no_invisible_mark_turns_the_direction(language):
    assert not complaints(language, lambda e: not DIRECTION_MARKS.search(e.msgstr))


def test_one_text_has_one_translation(language):
    by_text = {}
    for entry in language:
        by_text.setdefault(entry.msgid, set()).add(entry.msgstr)
    assert {text for text, words in by_text.items() if len(words) > 1} == set()
