# Part of mail_tracking. Licence: LGPL-3.
"""Names in SPF records that depend on the email (RFC 7208 section 7)."""

import re

_MACRO = re.compile(r"%(?:\{([slodiphcrtv])(\d{0,3})(r?)([.+,/_=-]*)\}|([%_-]))", re.I)
_LITERAL = re.compile(r"[!-$&-~]*", re.ASCII)
#: the length of a name (section 7.3), and of what is read to make one
MAX_NAME = 253
MAX_TEXT = 1_000


def expand(text: str, sender_domain: str, domain: str, ip) -> str:
    """Replace the macros in a name.

    :param str sender_domain: of the bounce address
    :param str domain: whose record it is
    :param ip: address of the server, None where there is none
    :return: a name, shortened from its left side where it is too long
    :raise ValueError: where a macro is none
    """
    values = {
        "s": f"postmaster@{sender_domain}",
        "l": "postmaster",
        "o": sender_domain,
        "d": domain,
        "i": _dotted(ip),
        "p": "unknown",
        "h": sender_domain,
        "v": "ip6" if ip is not None and ip.version == 6 else "in-addr",
    }
    pieces, end = [], 0
    text = text[:MAX_TEXT]
    for macro in _MACRO.finditer(text):
        pieces += [_literal(text[end : macro.start()]), _replaced(macro, values)]
        end = macro.end()
    name = "".join([*pieces, _literal(text[end:])]).lower().rstrip(".")
    while len(name) > MAX_NAME and "." in name:
        name = name.partition(".")[2]
    if not name:
        raise ValueError(text)
    return name


def _literal(text):
    if not _LITERAL.fullmatch(text):
        raise ValueError(text)
    return text


def _replaced(macro, values):
    letter, digits, is_reversed, delimiters, escape = macro.groups()
    if escape:
        return {"%": "%", "_": " ", "-": "%20"}[escape]
    if letter.lower() not in values or digits and not int(digits):
        raise ValueError(macro[0])
    parts = re.split(f"[{re.escape(delimiters or '.')}]", values[letter.lower()])
    if is_reversed:
        parts.reverse()
    return ".".join(parts[-int(digits) :] if digits else parts)


def _dotted(ip):
    if ip is None:
        return "0.0.0.0"
    return str(ip) if ip.version == 4 else ".".join(ip.exploded.replace(":", ""))
