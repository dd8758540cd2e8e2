# Part of mail_tracking. Licence: LGPL-3.
"""What the last email of a record came to, in one word: lists have little space."""

from . import events as ev

FAILED, COMPLAINED, UNSUBSCRIBED = "failed", "complained", "unsubscribed"
CANCELLED, DELAYED, WAITING = "cancelled", "delayed", "waiting"
UNOPENED, UNANSWERED, UNKNOWN = "unopened", "unanswered", "unknown"
SENT, DELIVERED, OPENED, ANSWERED = "sent", "delivered", "opened", "answered"

#: From what needs somebody most to what needs nobody: the worst recipient stands for the email.
OUTCOMES = (
    FAILED,
    COMPLAINED,
    UNSUBSCRIBED,
    CANCELLED,
    DELAYED,
    WAITING,
    UNKNOWN,
    UNOPENED,
    UNANSWERED,
    SENT,
    DELIVERED,
    OPENED,
    ANSWERED,
)
#: What says enough by itself, whatever else is known.
BY_STATE = {
    ev.SPAM: COMPLAINED,
    ev.UNSUB: UNSUBSCRIBED,
    ev.DEFERRED: DELAYED,
}
#: So many days are nobody's delay: people answer later than that when they are reminded.
PATIENCE_DAYS = 3


def outcome(
    state: str,
    *,
    is_failed: bool = False,
    is_cancelled: bool = False,
    is_answered: bool = False,
    is_answerable: bool = True,
    is_open_knowable: bool = False,
    is_overdue: bool = False,
) -> str:
    """What an email came to for one recipient.

    :param state: of the tracking, empty while the email waits
    :param is_failed: whether that state is a failure
    :param is_answered: whether anybody answered the email
    :param is_answerable: whether an answer could be expected: not to a mailing
    :param is_open_knowable: whether an open of this recipient could be seen
    :param is_overdue: whether the email was sent longer ago than `PATIENCE_DAYS`
    :return: one of `OUTCOMES`
    """
    if state in BY_STATE:
        return BY_STATE[state]
    if is_failed:
        return FAILED
    if not state:
        return CANCELLED if is_cancelled else WAITING
    if is_answered:
        return ANSWERED
    if state == ev.OPENED:
        return UNANSWERED if is_overdue and is_answerable else OPENED
    if is_open_knowable:
        return UNOPENED if is_overdue else DELIVERED if state == ev.DELIVERED else SENT
    if is_overdue and is_answerable:
        return UNANSWERED
    return DELIVERED if state == ev.DELIVERED else UNKNOWN
