# Part of mail_tracking. Licence: LGPL-3.
"""The vocabulary: what can happen to one mail on its way to one recipient, and what state follows.

Event types and states are stored in databases and known to other addons: the words never change.
Where an event and a state mean the same thing (``sent``, ``error``, ``delivered``, ``unsub``,
``spam``) they are the same word and share one constant.
"""

from typing import NamedTuple

# -- event types -------------------------------------------------------------------------------

#: our mail server took the mail; nothing is known yet about the recipient's side
SENT = "sent"
#: an SMTP attempt of ours failed
ERROR = "error"
#: the recipient's mail exchanger took the mail; this is neither "in the inbox" nor "read"
DELIVERED = "delivered"
#: a server on the way passed the mail on to one that does not report delivery (RFC 3461)
RELAYED = "relayed"
#: a temporary failure: the sending server still tries
DEFERRAL = "deferral"
#: given up, for a reason that does not prove the address bad (quota, policy, content, time)
SOFT_BOUNCE = "soft_bounce"
#: given up because the address or its domain does not exist or is closed for good
HARD_BOUNCE = "hard_bounce"
#: the mail service itself did not try (suppression list, invalid input, its own quota)
REJECT = "reject"
#: somebody, or something, fetched the pixel
OPEN = "open"
#: somebody, or something, followed a link
CLICK = "click"
#: the recipient answered: the mail arrived, and somebody read it
REPLY = "reply"
#: the recipient opted out
UNSUB = "unsub"
#: the recipient complained
SPAM = "spam"

#: a mail came back that nobody understood; kept for people to read, it decides nothing
UNRECOGNIZED = "unrecognized"

#: what can happen to a mail
EVENT_TYPES = (
    SENT,
    ERROR,
    DELIVERED,
    RELAYED,
    DEFERRAL,
    SOFT_BOUNCE,
    HARD_BOUNCE,
    REJECT,
    OPEN,
    CLICK,
    REPLY,
    UNSUB,
    SPAM,
)

#: what is reported of mails that did not arrive
FAILURES = frozenset({ERROR, SOFT_BOUNCE, HARD_BOUNCE, REJECT, SPAM})

# -- states ------------------------------------------------------------------------------------

#: nothing happened yet
WAITING = ""
#: the last word is a deferral
DEFERRED = "deferred"
#: the last word is a soft bounce
SOFT_BOUNCED = "soft-bounced"
#: the mail service refused to try
REJECTED = "rejected"
#: the address is dead
BOUNCED = "bounced"
#: displayed, a link in it followed, or answered, as far as anybody can honestly say
OPENED = "opened"

STATES = (
    WAITING,
    ERROR,
    SENT,
    DEFERRED,
    SOFT_BOUNCED,
    DELIVERED,
    REJECTED,
    BOUNCED,
    OPENED,
    UNSUB,
    SPAM,
)

#: the states somebody should look at
FAILED_STATES = frozenset({ERROR, REJECTED, SPAM, BOUNCED, SOFT_BOUNCED})

# -- who fetched a pixel or followed a link ----------------------------------------------------

#: a mail program or browser on somebody's screen
PERSON = "person"
#: the image proxy of a mailbox provider, which usually fetches when somebody displays the mail
PROXY = "proxy"
#: nothing can be said
UNKNOWN = "unknown"
#: a scanner, a prefetcher, a script
MACHINE = "machine"
#: the sender, or Odoo itself
SELF = "self"

OPEN_KINDS = (PERSON, PROXY, UNKNOWN, MACHINE, SELF)

#: the kinds that count as an open or a click; the empty kind of old data counts as unknown
COUNTED_OPEN_KINDS = frozenset({PERSON, PROXY, UNKNOWN})


class Event(NamedTuple):
    """One thing that happened to one mail for one recipient.

    Two events equal in all fields are the same event.

    :param str type: one of `EVENT_TYPES`; other words are carried, and ignored by the fold.
    :param float time: when it happened, seconds since the epoch, UTC.
    :param str open_kind: one of `OPEN_KINDS`, for opens and clicks; empty counts as unknown.
    :param str key: its identity at its source, for example the id of a webhook event.
    :param int ref: database id; identity and last tie-break only.
    :param int count: how many alike this one stands for, none of which decides if it does not.
    :param bool unproven: it carries no key, so anybody could have made it up.
    :param tuple claim: `state.Claim` of a type that is none of `EVENT_TYPES`.
    """

    type: str
    time: float
    open_kind: str = ""
    key: str = ""
    ref: int = 0
    count: int = 1
    unproven: bool = False
    claim: tuple | None = None
