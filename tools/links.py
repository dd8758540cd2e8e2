# Part of mail_tracking. Licence: LGPL-3.
"""The links to this Odoo in a mail for somebody who is not known to be its recipient.

Odoo puts keys into them: who follows such a link reads a record, answers or makes an account
as the person that the mail was rendered for.
"""

import re
from collections.abc import Iterable
from html import escape, unescape
from urllib.parse import unquote, urlsplit, urlunsplit

#: addresses in HTML: as the value of an attribute, and in the text, where hosts may stand alone
_ATTRIBUTE = re.compile(
    r"""(\b(?:href|src|action)\s{0,9}=\s{0,9})(?:"([^"<>]{0,4000})"|'([^'<>]{0,4000})')""",
    re.IGNORECASE,
)
_IN_TEXT = r"""(?:https?:)?//[^\s"'<>]+|(?<=["'])\s*/[^\s"'<>]*"""
#: names of parameters: access_token, auth_signup_token, hash_token, pid, auth_login, signature ...
_KEY_NAME = r"\w*(?:token|hash|signature|secret|password)\w*|auth_\w+|signup_\w+|pid|key"
_KEY = re.compile(rf"(?:{_KEY_NAME})(?:=|\Z)", re.IGNORECASE | re.ASCII)
#: a parameter that holds another address, such as where to go after the log-in
_WRAPPED_KEY = re.compile(rf"[?&#](?:{_KEY_NAME})=", re.IGNORECASE | re.ASCII)
#: keys that are part of the path: UUIDs, with or without hyphens, and longer ones
_PATH_KEY = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12,}", re.IGNORECASE)
#: pictures of the text itself
_PICTURES = "/web/image/"


def strip_keys(html: str, hosts: Iterable[str]) -> str:
    """Take the keys out of all links to this Odoo; other links stay as they are.

    :param str html: of a mail; may be empty.
    :param hosts: the hosts of this Odoo; ports do not matter.
    :return str: the same HTML, with links that lead no further than anybody gets.
    """
    names = {host.lower().partition(":")[0] for host in hosts} - {""}
    alone = "|".join(map(re.escape, sorted(names)))
    in_text = f"{_IN_TEXT}|(?<![\\w@./:-])(?:{alone})/[^\\s\"'<>]*" if alone else _IN_TEXT

    def strip(address: str) -> str:
        bare = _without_keys(unescape(address), {"", *names})
        return address if bare == unescape(address) else escape(bare)

    def strip_value(match: re.Match) -> str:
        quote = '"' if match[2] is not None else "'"
        return f"{match[1]}{quote}{strip(match[2] or match[3] or '')}{quote}"

    html = _ATTRIBUTE.sub(strip_value, html or "")
    return re.sub(in_text, lambda match: strip(match[0]), html, flags=re.IGNORECASE)


def _without_keys(address: str, ours: set[str]) -> str:
    try:
        parts = urlsplit(address.strip())
    except ValueError:  # an unclosed bracket in the host
        return address
    if (parts.hostname or "") not in ours or parts.path.startswith(_PICTURES):
        return address
    if any(_PATH_KEY.match(step) for step in parts.path.split("/")):
        return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
    query, fragment = _keyless(parts.query), _keyless(parts.fragment)
    if (query, fragment) == (parts.query, parts.fragment):
        return address
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, fragment))


def _keyless(query: str) -> str:
    """The parameters that are no keys, as they are written."""
    return "&".join(
        parameter
        for parameter in re.split("[&;]", query)
        if not _KEY.match(unquote(parameter))
        and not _WRAPPED_KEY.search(unquote(unquote(parameter)))
    )
