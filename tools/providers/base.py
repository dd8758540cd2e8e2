# Part of mail_tracking. Licence: LGPL-3.
"""What the adapter of an e-mail service is: headers for outgoing mails, a check, a reader.

An adapter never sees a database. `ADDING_PROVIDERS.md` shows how to write one.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .. import events as ev
from .. import reasons
from ..translate import _lt
from . import values
from .errors import Malformed, NotConfigured, Refused, Unavailable, WebhookError

#: a header that the addon puts on every mail; some services hand the headers back
TOKEN_HEADER = "X-Odoo-MailTracking-Token"
#: what the token is called in the metadata of a service
TOKEN_KEY = "odoo_token"
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
#: more of an original event is not kept, characters
MAX_RAW = 2_000

#: what servers did; the rest is what people did, of whom no more is kept than the fields say
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

#: reasons of a service that do not contradict its word that an address is dead
_MAY_BE_DEAD = reasons.HARD_REASONS | {reasons.UNKNOWN}


@dataclass(frozen=True)
class Settings:
    """What an administrator set for one webhook, secrets aside.

    :param str url: the address as it was entered at the service, to the letter.
    :param Mapping values: what is in the `setup_fields` of the adapter.
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
    :param str key: what tells it from other events of the service.
    :param float time: seconds since the epoch, None when not told.
    :param str token: our token, empty when it did not come back.
    :param str message_id: Message-ID of our mail, with angle brackets.
    :param str recipient: bare address, lower case; empty when not told.
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
    """The adapter of one e-mail service. Subclasses fill `_verify` and `_read`."""

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
    #: fields of the webhook's form that this service wants; others are hidden
    setup_fields: Sequence[str] = ()
    #: seconds for which a used key is remembered though its mail is unknown: where the signature
    #: does not cover the content, the same signature could come again with another one
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
        """Return what proves that the service sent something; nothing means that nothing does."""
        return stored

    def check_setup(self) -> None:
        """Make sure that what is in the set-up fields can work.

        :raise SetupError: otherwise.
        """

    def check_fetched(self, content: bytes) -> None:
        """Make sure that what was fetched is of use, so that it is kept.

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
        """Make sure that the service sent this, and sent it now.

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
        """Read the events of a verified request; broken ones cost nothing but themselves.

        :raise Malformed: when the whole of it cannot be read.
        """
        events = []
        for index, item in enumerate(self._items(body)):
            if index >= MAX_EVENTS or len(events) >= MAX_EVENTS:
                raise Malformed("too_large")
            if isinstance(item, dict):
                events += [self._finish(event, item) for event in self._read(item)]
            else:
                events.append(WebhookEvent(kind="", known=False))
        return events

    def answer(self, body: bytes) -> bytes:
        """Return what the service wants to read in the answer to a verified request, as JSON."""
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

    # -- to be filled --------------------------------------------------------------------------

    def _verify(self, headers, body, secrets, now) -> None:
        raise NotImplementedError

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

    def _finish(self, event: WebhookEvent, item: dict) -> WebhookEvent:
        event = judged(event)
        event = event._replace(text=event.text or event.note, note="")
        if event.type not in _SERVER_EVENTS:
            return event
        return event._replace(raw=json.dumps(item)[:MAX_RAW])


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
    final = event.type != ev.DEFERRAL
    verdict = reasons.judge(status, code, event.text, final=final)
    label = event.reason if event.reason in reasons.REASONS else reasons.UNKNOWN
    reason = label if verdict.reason == reasons.UNKNOWN else verdict.reason
    event_type = event.type
    permanent = status.startswith("5") or 500 <= (code or 0) < 600
    temporary = status.startswith("4") or 400 <= (code or 0) < 500
    trusted = reason in _MAY_BE_DEAD and verdict.reason == reasons.UNKNOWN and not temporary
    if event_type == ev.HARD_BOUNCE and not (verdict.hard or trusted):
        event_type = ev.SOFT_BOUNCE
    if event_type == ev.SOFT_BOUNCE and verdict.hard and permanent:
        event_type = ev.HARD_BOUNCE
    if label != reasons.UNKNOWN and not (code or status) and event_type == event.type:
        reason = label
    return event._replace(type=event_type, code=code, status=status, reason=reason)
