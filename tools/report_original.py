# Part of mail_tracking. Licence: LGPL-3.
"""The text of a report as it arrived, for people who want to read it themselves."""

import re
from email.message import Message

from . import report_parts as rp

#: characters kept of a report
MAX_ORIGINAL = 20_000
MAX_HEADERS = 200
#: where the rest was left out
CUT = "\n[…]"
#: what is put in the place of a key
HIDDEN = "*" * 32
_KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def original_text(message: Message) -> str:
    """Headers and readable parts of a report; of the mail that it returns, the headers.

    :param Message message: parsed with any policy from any bytes.
    :return str: at most `MAX_ORIGINAL` characters. Never raises.
    """
    pieces, size = [_headers(message)], 0
    for leaf in rp.parts(message):
        size += len(pieces[-1])
        if size > MAX_ORIGINAL:
            break
        kind = rp.content_type(leaf)
        if kind in rp.ORIGINAL_TYPES:
            pieces.append(f"[{kind}]\n" + rp.source(leaf).lstrip("\n").partition("\n\n")[0])
        elif kind in ("text/plain", "text/html") or kind.startswith("message/"):
            pieces.append(f"[{kind}]\n" + rp.source(leaf).strip("\n"))
        else:
            pieces.append(f"[{kind}]")
    text = shortened("\n\n".join(pieces), MAX_ORIGINAL).replace("\x00", "")
    return text.encode("utf-8", "replace").decode()


def without_keys(text: str, keys: set[str] | None = None) -> str:
    """Black out the keys by which the database knows its mails: a proof is handed on.

    :param set keys: of 32 hexadecimal digits; None for all that look like one
    """
    return _KEY.sub(lambda found: HIDDEN if keys is None or found[0] in keys else found[0], text)


def shortened(text: str, limit: int) -> str:
    """The beginning of a long text, which says that there was more.

    :param int limit: characters
    """
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


def _headers(message: Message) -> str:
    lines = []
    for name, value in list(message.raw_items())[:MAX_HEADERS]:
        value = rp.repaired(str(value)[: rp.MAX_VALUE])
        lines.append(f"{name}: {value.strip()}")
    return "\n".join(lines)
