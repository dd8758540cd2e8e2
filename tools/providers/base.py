# Part of mail_tracking. Licence: LGPL-3.
"""The base class of adapters of email services, and helpers that they share.

An adapter never sees a database. `ADDING_PROVIDERS.md` shows how to write one.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .. import events as ev
from .. import reasons
from ..translate import _lt
from . import values
from .errors import Malformed, NotConfigured, Refused, Stale, Unavailable, WebhookError

#: a header that the addon puts on every mail; some services hand the headers back
TOKEN_HEADER = "X-Odoo-MailTracking-Token"
#: what the token is called in the metadata of a service
TOKEN_KEY = "odoo_token"
#: the header of a password, for services that let one choose headers
SECRET_HEADER = "x-webhook-secret"
#: steps that many services share; the last one is for those that sign nothing
CREATE_HELP = _lt("Create a webhook with this URL.")
EVENTS_HELP = _lt("Choose these events: %(events)s.")
PASSWORD_HELP = _lt(
    "Invent a long password, enter it here as the secret, and give it to the service: "
    "as the password of Basic authentication, as a bearer token, or in a header named "
    "X-Webhook-Secret. Where it only takes a URL, write the password into it: "
    "https://odoo:PASSWORD@example.com"
)
#: events that one request may hold; the services stay far below
MAX_EVENTS = 10_000
#: characters of an original event that are kept
MAX_RAW = 2_000
#: seconds that a clock may run ahead
MAX_AHEAD = 300.0

#: what servers did; of what people did, nothing is kept but the fields of an event
_SERVER_EVENTS = frozenset(
    {
        ev.SENT,
        ev.DELIVERED,
        ev.RELAYED,
        ev.DEFERRAL,
        ev.SOFT_BOUNCE,
        ev.HARD_BOUNCE,
        ev.REJECT,
    }
)

#: reasons of a service that do not contradict its claim that an address is dead
_MAY_BE_DEAD = reasons.HARD_REASONS | {reasons.UNKNOWN}


@dataclass(frozen=True)
class Settings:
    """What an administrator set for one webhook, secrets aside.

    :param str url: the address, exactly as it was entered at the service.
    :param Mapping values: the values of the adapter's `setup_fields`.
    :param Callable fetch: gets an address that the adapter has approved, as bytes; raises
        `Unavailable`.
    """

    url: str = ""
    values: Mapping = field(default_factory=dict)
    fetch: Callable[[str], bytes] | None = None


class WebhookEvent(NamedTuple):
    """One event of a service, in our words.

    :param str kind: the service's own word.
    :param str type: one of `events.EVENT_TYPES`; empty when the event means nothing to us.
    :param bool known: False for a kind that this adapter has never heard of.
    :param str key: identity of the event at the service.
    :param float time: seconds since the epoch, None when not reported.
    :param str token: our token, empty when it did not come back.
    :param str message_id: Message-ID of our mail, with angle brackets.
    :param str recipient: bare address, lower case; empty when not reported.
    :param str text: the answer of a mail server or of the service's own resolver; judged.
    :param str note: what the service says in its own words; shown where no server said anything.
    :param int code: SMTP reply code.
    :param str status: enhanced status code.
    :param str reason: one of `reasons.REASONS`; empty to have it judged.
    :param str server: host name of the recipient's server.
    :param str machine: a key of `opens.REASONS` where the service says a machine did it.
    :param str raw: the original, JSON, bounded.
    """

    kind: str
    type: str = ""
    known: bool = True
    key: str = ""
    time: float | None = None
    token: str = ""
    message_id: str = ""
    recipient: str = ""
    text: str = ""
    note: str = ""
    code: int | None = None
    status: str = ""
    reason: str = ""
    server: str = ""
    url: str = ""
    ip: str = ""
    user_agent: str = ""
    machine: str = ""
    raw: str = ""


class Provider:
    """The adapter of an email service. Subclasses implement `_read` and, if it signs, `_verify`."""

    #: technical name, part of the address
    code = ""
    #: name for people
    label = ""
    #: the steps at the service, marked by `_lt`
    setup_help: Sequence[str] = (CREATE_HELP, EVENTS_HELP, PASSWORD_HELP)
    #: what stands for placeholders in `setup_help`, besides `events`
    setup_details: Mapping[str, str] = {}
    #: the events to choose at the service, opens and clicks aside, as it names them
    setup_events: Sequence[str] = ()
    #: where the service describes its webhooks
    setup_url = ""
    #: whether a secret is entered; if not, `secrets` says what proves a request instead
    uses_secret = True
    #: fields of the webhook's form that this service needs; others are hidden
    setup_fields: Sequence[str] = ()
    #: seconds for which a used key is remembered though its mail is unknown: where the signature
    #: does not cover the content, the same signature could come again with other content
    remember_seconds = 0.0
    #: HTTP status for what was not proved, cannot be read, or should come again
    refused_status = 401
    malformed_status = 400
    retry_status = 503
    #: the service's word -> event type
    KIND_TO_TYPE: Mapping[str, str] = {}
    #: words that are known and mean nothing for a mail
    IGNORED: frozenset = frozenset()
    #: technical name -> adapter, of all that are loaded, whichever addon they belong to: for when
    #: no database can be asked
    by_code: dict = {}

    def __init_subclass__(cls, **kwargs):  # pylint: disable=missing-return
        super().__init_subclass__(**kwargs)
        if cls.code:
            Provider.by_code[cls.code] = cls

    def __init__(self, settings: Settings | None = None):
        self.settings = settings or Settings()

    # -- set-up --------------------------------------------------------------------------------

    def secrets(self, stored: Sequence[str]) -> Sequence[str]:
        """Return what proves that a request comes from the service; empty where nothing can."""
        return stored

    def check_setup(self) -> None:
        """Check the values of the set-up fields.

        :raise SetupError: when they cannot work.
        """

    def check_fetched(self, content: bytes) -> None:
        """Check that what was fetched can be used, before it is kept.

        :raise Unavailable: otherwise.
        """

    # -- outgoing ------------------------------------------------------------------------------

    def headers(self, token: str, existing: Mapping[str, str]) -> dict[str, str]:
        """Return the headers that make this service hand the token back.

        :param str token: unguessable token of the mail, ASCII, under 40 characters.
        :param Mapping existing: headers that the mail has; not to be changed.
        :return dict: headers to set; words of less than 70 characters, so that folding at
            spaces leaves them alone.
        """
        return {}

    # -- incoming ------------------------------------------------------------------------------

    def verify(self, headers: Mapping, body: bytes, secrets: Sequence[str], now: float) -> None:
        """Check that the service sent this, and sent it now.

        :param Mapping headers: HTTP headers, names in lower case.
        :param bytes body: exactly what came.
        :param Sequence secrets: valid secrets, any of which may fit.
        :param float now: seconds since the epoch.
        :raise NotConfigured: without a usable secret.
        :raise Refused: when it is not proved; `Stale` when it is not new.
        :raise Malformed: when it is so broken that there is nothing to check.
        :raise Unavailable: when it cannot be checked just now.
        """
        secrets = [secret.strip() for secret in secrets if secret and secret.strip()]
        if not secrets:
            raise NotConfigured
        self._verify(headers, body, secrets, now)

    def parse(self, body: bytes) -> list[WebhookEvent]:
        """Read the events of a verified request; a broken one does not cost the others.

        :raise Malformed: when the whole of it cannot be read.
        """
        events = []
        for index, item in enumerate(self._items(body)):
            if index >= MAX_EVENTS or len(events) >= MAX_EVENTS:
                raise Malformed("too_large")
            if isinstance(item, dict):
                events += [_complete(event, item) for event in self._read(item)]
            else:
                events.append(WebhookEvent(kind="", known=False))
        return events

    def answer(self, body: bytes) -> bytes:
        """Return what the service expects in the answer to a verified request, as JSON."""
        return b""

    def confirmation_url(self, body: bytes) -> str:
        """Return the address to fetch to confirm a verified subscription; mostly empty."""
        return ""

    def status_of(self, error: WebhookError) -> int:
        """Return the HTTP status that makes the service do what the error calls for.

        What we cannot check (yet) should come again; what is wrong should not.
        """
        if isinstance(error, (NotConfigured, Unavailable)):
            return self.retry_status
        return self.refused_status if isinstance(error, Refused) else self.malformed_status

    # -- to override ---------------------------------------------------------------------------

    def _verify(self, headers, body, secrets, now) -> None:
        """See `verify`; here for services that do not sign."""
        check_password(headers, secrets)

    def _items(self, body: bytes) -> Iterable:
        """Return the single events; a lone object counts as a list of one."""
        content = values.load_json(body)
        if isinstance(content, dict):
            return [content]
        if isinstance(content, list):
            return content
        raise Malformed

    def _read(self, item: dict) -> Iterable[WebhookEvent]:
        raise NotImplementedError

    # -- help for subclasses -------------------------------------------------------------------

    def _typed(self, kind: str, event_type: str | None = None, **fields) -> WebhookEvent:
        """Return an event whose type follows from its kind unless it is given."""
        if event_type is None:
            event_type = self.KIND_TO_TYPE.get(kind)
        known = event_type is not None or kind in self.IGNORED
        return WebhookEvent(kind=kind, type=event_type or "", known=known, **fields)


def _complete(event: WebhookEvent, item: dict) -> WebhookEvent:
    raw = json.dumps(item)[:MAX_RAW] if event.type in _SERVER_EVENTS else ""
    return judged(event)._replace(text=event.text or event.note, note="", raw=raw)


def judged(event: WebhookEvent) -> WebhookEvent:
    """Complete codes and reason; a bounce is hard where the evidence says so.

    Services call many a full mailbox a hard bounce, and some a dead domain a soft one. Their word
    counts where the server's answer says nothing; a clear answer beats it, in both directions. Only
    a permanent answer (class 5) makes a bounce hard. A text without a code may be their word, too.
    """
    if event.type not in (ev.HARD_BOUNCE, ev.SOFT_BOUNCE, ev.DEFERRAL):
        return event
    code, status = reasons.extract_codes(event.text)
    code, status = event.code or code, event.status or status or ""
    verdict = reasons.judge(status, code, event.text, final=event.type != ev.DEFERRAL)
    claimed = event.reason if event.reason in reasons.REASONS else reasons.UNKNOWN
    reason = claimed if verdict.reason == reasons.UNKNOWN else verdict.reason
    permanent = status.startswith("5") or 500 <= (code or 0) < 600
    temporary = status.startswith("4") or 400 <= (code or 0) < 500
    trusted = reason in _MAY_BE_DEAD and verdict.reason == reasons.UNKNOWN and not temporary
    event_type = event.type
    if event_type == ev.HARD_BOUNCE and not (verdict.hard or trusted):
        event_type = ev.SOFT_BOUNCE
    if event_type == ev.SOFT_BOUNCE and verdict.hard and permanent:
        event_type = ev.HARD_BOUNCE
    if claimed != reasons.UNKNOWN and not (code or status) and event_type == event.type:
        reason = claimed
    return event._replace(type=event_type, code=code, status=status, reason=reason)


# -- checks that several services share ----------------------------------------------------------


def same(given: str | bytes, expected: str | bytes) -> bool:
    """Compare in constant time; nothing equals an empty secret."""
    given, expected = (
        value.encode("utf-8", "replace") if isinstance(value, str) else value
        for value in (given, expected)
    )
    return bool(expected) and hmac.compare_digest(given, expected)


def same_as_any(given: str | bytes, expected: Iterable[str | bytes]) -> bool:
    """Compare with all of them in constant time, even after one fits."""
    return any([same(given, one) for one in expected])


def check_age(timestamp: float | None, now: float, window: float) -> None:
    """Check that a request is not older than the window.

    :param float timestamp: seconds since the epoch; None when the request does not say.
    :param float window: seconds.
    :raise Stale: otherwise.
    """
    if timestamp is None or not now - window <= timestamp <= now + MAX_AHEAD:
        raise Stale


def check_password(headers: Mapping[str, str], secrets: Iterable[str]) -> None:
    """Check that a request holds a secret: as Basic password, bearer token or `SECRET_HEADER`.

    :param Iterable secrets: a password, or `user:password` to have the user checked as well.
    :raise Refused: otherwise.
    """
    given = [headers.get(SECRET_HEADER, "")]
    scheme, _space, credentials = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        given.append(credentials.strip())
    elif scheme.lower() == "basic":
        pair = values.decoded(credentials.strip()).decode("utf-8", "replace")
        given += [pair, pair.partition(":")[2]]
    if not any([same_as_any(secret, given) for secret in secrets]):
        raise Refused


# -- headers of outgoing mails -------------------------------------------------------------------


def json_header(existing: Mapping[str, str], name: str, path: tuple, value: str) -> dict[str, str]:
    """Put a value into the JSON object of a header, which other addons may have filled already.

    :param Mapping existing: headers of the mail.
    :param str name: name of the header.
    :param tuple path: keys one below the other.
    :return dict: the header, ASCII, with spaces where it may be folded; empty when the header
        holds anything but such an object, which is left alone.
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
