# Part of mail_tracking. Licence: LGPL-3.
"""Headers that carry JSON, which other addons may have filled already."""

import json
from collections.abc import Mapping


def json_header(existing: Mapping[str, str], name: str, path: tuple, value: str) -> dict[str, str]:
    """Put a value into the JSON object of a header.

    :param Mapping existing: headers of the mail.
    :param str name: name of the header.
    :param tuple path: keys one below the other.
    :return dict: the header, ASCII, with spaces where it may be folded; empty when somebody else
        put something there that is no such object, for that is theirs to answer for.
    """
    found = next((key for key in existing if key.lower() == name.lower()), name)
    try:
        content = json.loads(existing.get(found) or "{}")
    except (ValueError, RecursionError):
        return {}
    place = content
    for key in path[:-1]:
        place = place.setdefault(key, {}) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        return {}
    place[path[-1]] = value
    return {found: json.dumps(content)}
