# Part of mail_tracking. Licence: LGPL-3.
"""Header values that need no work: nothing to encode, nothing to fold."""

import re

#: no character is special
_PLAIN = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
#: one word: nothing that could end the line or begin another header
_WORD = re.compile(r"[!-~]+", re.ASCII)
#: name and value in one line, with what stands between (RFC 5322 section 2.1.1)
_MAX_LENGTH = 76
#: what no line may exceed (the same section)
_MAX_LINE = 990


class PlainHeader(str):
    """The value of a header, which goes out as it is.

    :mod:`email` parses each value into a tree and writes it anew from there, which costs more
    than all else that is done for one recipient. A value that brings its name and a ``fold`` of
    its own is spared both: see `email.policy.EmailPolicy.header_store_parse` and `fold`.

    :ivar str name: of the header
    """

    name: str

    def fold(self, *, policy) -> str:
        """Return the line with its end, as `email.headerregistry.BaseHeader.fold` does."""
        return f"{self.name}: {self}{policy.linesep}"


def plain(name: str, value: str) -> str:
    """Make the value of a header that goes out as it is.

    :param str name: of the header
    :param str value: anything
    :return: an equal text; the very same one where it is not as plain as that
    """
    if len(name) + len(value) > _MAX_LENGTH or not _PLAIN.fullmatch(value):
        return value
    header = PlainHeader(value)
    header.name = name
    return header


def whole(name: str, value: str) -> str:
    """Make the value of a header that is one word, such as an address, and stays in one line.

    :mod:`email` encodes a word that is longer than a line, and what it makes of an address is
    none any more.

    :param str name: of the header
    :param str value: anything
    :return: an equal text; the very same one where it is no such word
    """
    if len(name) + len(value) > _MAX_LINE or not _WORD.fullmatch(value):
        return value
    header = PlainHeader(value)
    header.name = name
    return header


def all_plain(headers: dict) -> dict:
    """Do that with headers of nobody else's meaning: those whose names begin with ``X-``.

    :param dict headers: of a mail, names and values
    :return: a copy
    """
    return {
        name: plain(name, value) if type(value) is str and name.startswith("X-") else value
        for name, value in headers.items()
    }
