# Part of mail_tracking. Licence: LGPL-3.
"""The codes in the answer of a mail server: RFC 5321 (replies), RFC 3463 (enhanced status)."""

import re

#: more of an answer is never looked at, characters
MAX_TEXT = 20_000

_PAIR = re.compile(
    r"(?<![\d.])([245][0-5]\d)[ \t-]+[#(]{0,2}([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII
)
_STATUS = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII)
#: what follows a number that is no code, and what stands before one
_UNIT = (
    r"(?![\s-]{0,2}(?:[kmg]i?b(?:yte)?s?\b|bytes?\b|octets?\b|characters?\b|seconds?\b|minutes?\b"
    r"|hours?\b|days?\b|attempts?\b|%))"
)
_NO_SIZE = (
    r"(?<!size )(?<!size: )(?<!size=)(?<!limit )(?<!limit: )(?<!port )(?<!than )(?<!exceeds )"
    r"(?<!of )(?<!for )"
)
_CODE = re.compile(
    rf"(?:^|[:;#(：]\s?|<<<\s){_NO_SIZE}([245][0-5]\d)(?=[\s\-:;,)#']|$){_UNIT}",
    re.ASCII | re.MULTILINE | re.IGNORECASE,
)
_LONE_CODE = re.compile(
    rf"(?<![^\s'\"]){_NO_SIZE}(421|45[0-5]|5[035]\d)(?=[\s\-:;,)#.]|$){_UNIT}",
    re.ASCII | re.IGNORECASE,
)


def extract_codes(text: str) -> tuple[int | None, str | None]:
    """Find the SMTP code and the enhanced status code in an answer.

    :param str text: such as `550 5.1.1 <x>: User unknown`; only its start is looked at.
    :return tuple: `(550, "5.1.1")`; None for what is not there. Never raises.
    """
    text = (text or "")[:MAX_TEXT]
    if pair := _PAIR.search(text):
        return int(pair[1]), pair[2]
    status = _STATUS.search(text)
    code = _CODE.search(text) or _LONE_CODE.search(text)
    return int(code[1]) if code else None, status[1] if status else None
