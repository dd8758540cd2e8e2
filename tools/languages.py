# Part of mail_tracking. Licence: LGPL-3.
"""Which of the installed languages a reader gets."""

from collections.abc import Iterable

#: more wishes than anybody has
MAX_WISHES = 20


def choose(wishes: Iterable[str], installed: list[str]) -> str:
    """The first installed language that somebody wishes, empty where there is none.

    A language of another country will do: German of Germany for somebody from Austria.

    :param wishes: what a browser says, the best first: `de-AT`, `de`, `*`
    :param installed: codes of Odoo: `de_DE`, `ar_001`, `sr@latin`
    """
    for _number, wish in zip(range(MAX_WISHES), wishes, strict=False):
        wanted = wish.strip().lower().replace("-", "_")
        for code in installed:
            if code.lower() == wanted:
                return code
        for code in installed:
            if base(code) == base(wanted):
                return code
    return ""


def base(code: str) -> str:
    """The language without country and script."""
    return code.partition("@")[0].partition("_")[0].lower()
