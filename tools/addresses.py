# Part of mail_tracking. Licence: LGPL-3.
"""What the name of a host alone tells about who can reach it."""

import ipaddress

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
