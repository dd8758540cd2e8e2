# Part of mail_tracking. Licence: LGPL-3.
"""Events whose fields an administrator names, for services without an adapter of their own."""

import json
from collections.abc import Mapping
from functools import cached_property

from .. import events as ev
from ..translate import _lt
from . import values
from .base import Provider
from .errors import Malformed, SetupError

#: where the fields of an event are: keys, or places of a list, with dots between them
DEFAULT_PATHS = {
    "kind": "type",
    "key": "",
    "time": "timestamp",
    "token": "data.odoo_token",
    "message_id": "data.message_id",
    "recipient": "data.email",
    "text": "data.reason",
    "code": "data.code",
    "status": "data.status",
    "url": "data.url",
    "ip": "data.ip",
    "user_agent": "data.user_agent",
}
#: what may be named; errors are of Odoo's own sending
_TYPES = [word for word in ev.EVENT_TYPES if word != ev.ERROR]
DEFAULT_TYPES = {word: word for word in _TYPES} | {f"email.{word}": word for word in _TYPES}


class Mapped(Provider):
    """Reads events by a mapping: `fields` (name -> path), `types` (kind -> event type) and
    `events` (path of the list of events, where they are not the whole of it)."""

    setup_fields = ("mapping",)
    #: what the mapping may hold
    PARTS = frozenset({"fields", "types", "events"})

    @cached_property
    def mapping(self) -> Mapping:
        return self._completed(json.loads(self.settings.values.get("mapping") or "{}"))

    def check_setup(self):
        text = self.settings.values.get("mapping")
        if not text:  # nothing is accepted yet
            return
        try:
            written = json.loads(text)
            wrong = self.mapping_error(written)
        except (ValueError, RecursionError) as error:
            raise SetupError(_lt("The mapping is not valid JSON.")) from error
        if wrong:
            raise SetupError(_lt("The mapping holds what cannot be read: %(names)s"), names=wrong)

    def _items(self, body):
        path = self.mapping.get("events")
        if not path:
            return super()._items(body)
        found = values.dig(values.load_json(body), *path.split("."))
        if not isinstance(found, (list, dict)):
            raise Malformed
        return found if isinstance(found, list) else [found]

    def _read(self, item):
        paths = {**DEFAULT_PATHS, **texts(self.mapping.get("fields"))}
        types = {**DEFAULT_TYPES, **texts(self.mapping.get("types"))}
        found = {name: values.dig(item, *path.split(".")) for name, path in paths.items() if path}
        kind = values.text(found.get("kind"))
        yield self._typed(
            kind,
            types.get(kind),
            # the id of a request is not that of an event; the content is the same at each attempt
            key=values.text(found.get("key"))
            or values.fingerprint(json.dumps(item, sort_keys=True)),
            time=values.seconds(found.get("time")),
            token=values.token(found.get("token")),
            message_id=values.message_id(found.get("message_id")),
            recipient=values.address(found.get("recipient")),
            text=values.long_text(found.get("text")),
            code=values.integer(found.get("code")),
            status=values.status(found.get("status")),
            url=values.text(found.get("url"), 2000),
            ip=values.text(found.get("ip")),
            user_agent=values.text(found.get("user_agent")),
        )

    @classmethod
    def _completed(cls, mapping: Mapping) -> Mapping:
        """Return a mapping with what follows from it."""
        return mapping

    @classmethod
    def mapping_error(cls, mapping) -> str:
        """Return what is wrong with a mapping that an administrator wrote, or an empty text."""
        if not isinstance(mapping, Mapping) or set(mapping) - cls.PARTS:
            return ", ".join(sorted(cls.PARTS))
        for name in ("fields", "types"):
            part = mapping.get(name, {})
            if not isinstance(part, Mapping) or len(texts(part)) != len(part):
                return name
        if not isinstance(mapping.get("events", ""), str):
            return "events"
        if unknown := set(mapping.get("fields", {})) - set(DEFAULT_PATHS):
            return ", ".join(sorted(unknown))
        return ", ".join(sorted(set(mapping.get("types", {}).values()) - {*_TYPES, ""}))


def texts(part) -> dict[str, str]:
    """Return those entries of a JSON object that are texts."""
    return {k: v for k, v in values.mapping(part).items() if isinstance(v, str)}
