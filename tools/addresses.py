# Part of mail_tracking. Licence: LGPL-3.
"""What an address, or the name of a host, tells by itself."""

import ipaddress
import re

_ATOM = "[A-Za-z0-9_+-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
#: as Odoo writes a recipient: an address, or a name in quotes and an address, nothing special
_PLAIN = re.compile(
    rf"""(?:"[^"\\@(),:;<>\[\]\x00-\x1f\x7f]*"\ <(?P<named>{_DOT_ATOM}@{_DOT_ATOM})>
    |(?P<bare>{_DOT_ATOM}@{_DOT_ATOM}))""",
    re.VERBOSE,
)

#: names that no public name server knows: RFC 2606, RFC 6761, RFC 6762, RFC 8375, and habits
_INTERNAL_ENDINGS = (
    "corp",
    "example",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "test",
)


def plain_address(text: str) -> str:
    """The normalised address in a recipient that needs no parser.

    Nearly all are like that, and a parser takes fifty times as long.

    :param str text: a recipient of a mail
    :return: the address in lower case; empty where somebody has to look closer
    """
    found = _PLAIN.fullmatch(text)
    return (found["named"] or found["bare"]).lower() if found else ""


def is_public_host(host: str | None) -> bool:
    """Tell whether a host can be meant for the whole internet, judged by its name alone.

    No name server is asked: True is no promise that there is such a host.

    :param str host: a host name or IP address, as it stands in a URL.
    """
    host = (host or "").rstrip(".").lower()
    try:
        return ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:  # a name
        is_internal = any(host == end or host.endswith(f".{end}") for end in _INTERNAL_ENDINGS)
        return "." in host and not is_internal
