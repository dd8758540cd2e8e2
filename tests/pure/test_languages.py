# Part of mail_tracking. Licence: LGPL-3.
"""Readers get the installed language that they like best."""

import itertools

import pytest

from tools import languages

INSTALLED = ["ar_001", "de_DE", "en_US", "pt_BR", "pt_PT", "sr@latin", "fil_PH"]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (["de-DE"], "de_DE"),
        (["DE_de"], "de_DE"),
        (["de-AT", "en"], "de_DE"),
        (["pt-PT"], "pt_PT"),
        (["pt"], "pt_BR"),
        (["ar-EG"], "ar_001"),
        (["sr-RS"], "sr@latin"),
        (["fi"], ""),
        (["tlh", "en-GB"], "en_US"),
        (["*"], ""),
        (["", " ", "-", "@"], ""),
        ([], ""),
    ],
)
def test_the_best_one_that_is_there(wishes, expected):
    assert languages.choose(wishes, INSTALLED) == expected


def test_endless_wishes_end():
    assert languages.choose(itertools.repeat("tlh"), INSTALLED) == ""
    assert languages.choose(["tlh"] * languages.MAX_WISHES + ["de"], INSTALLED) == ""


def test_nothing_is_installed():
    assert languages.choose(["de"], []) == ""
