"""The table of the state rule, made of what ``tools.state.fold`` answers.

Nothing is read out of the rule's own tables: the fold is asked about each pair of events, in
both orders of time.
"""

import functools
import itertools

from tools import events as ev
from tools import state


def fold(*events):
    return state.fold(ev.Event(*event) for event in events)


def unproven(word, time=1):
    return ev.Event(word, time, unproven=True)


def is_stronger(one, other):
    """Compare two event types: 1, -1, or 0 where the later event decides."""
    answers = [fold((one, first), (other, 3 - first)).event.type for first in (1, 2)]
    if answers == [one, other]:
        raise ValueError(f"Of {one} and {other} the earlier one decides: draw that.")
    return 0 if answers == [other, one] else 1 if answers[0] == one else -1


def ladder():
    """Return the event types in groups of one strength, the strongest first."""
    ordered = sorted(ev.EVENT_TYPES, key=functools.cmp_to_key(is_stronger), reverse=True)
    groups = []
    for word in ordered:
        if groups and is_stronger(groups[-1][0], word) == 0:
            groups[-1].append(word)
        else:
            groups.append([word])
    for stronger, weaker in itertools.combinations(groups, 2):
        if any(is_stronger(a, b) != 1 for a, b in itertools.product(stronger, weaker)):
            raise ValueError(f"{stronger} and {weaker} cannot be put into one order: draw that.")
    return groups


def keyless():
    """Say what events do that carry no key, by asking about each of them."""
    told = {word: state.fold([unproven(word)]).state for word in ev.EVENT_TYPES}
    idle = [word for word in told if not told[word]]
    failures = [word for word in told if state.is_failed(told[word])]
    news = [word for word in told if told[word] and word not in failures]
    for word, failure in itertools.product(news, failures):
        if state.fold([ev.Event(failure, 1), unproven(word, 2)]).event.unproven:
            raise ValueError(f"{word} without a key beats {failure}: draw that.")
    changed = [f"{word} leads to {told[word]}" for word in failures if told[word] != shown(word)]
    # delivered beats them without a key only
    weak = [
        word
        for word in failures
        if fold((ev.DELIVERED, 1), (word, 2)).event.type == word
        and state.fold([ev.Event(ev.DELIVERED, 1), unproven(word, 2)]).event.type == ev.DELIVERED
    ]
    return (
        f"- a failure warns: {', '.join(failures)}; {', '.join(changed)}",
        f"- and stands on the rung of soft_bounce: {', '.join(weak)}",
        f"- no good news settles a failure that has one: {', '.join(news)}",
        f"- no change at all by: {', '.join(idle)}",
    )


def shown(word):
    return fold((word, 1)).state


def named(word):
    """Return a state in words; a failure says so."""
    return f"{word} (failure)" if state.is_failed(word) else word or "waiting"


def table():
    """Return the rule as a table in Markdown, with what it cannot show."""
    lines = ["| Rung | Event | State | Of several on one rung decides |", "|---|---|---|---|"]
    groups = ladder()
    for number, group in enumerate(groups, 1):
        events = "<br>".join(f"`{word}`" for word in group)
        states = "<br>".join(named(shown(word)) for word in group)
        first = fold(*((word, 1) for word in group)).event.type
        tie = f"the later one; at the same instant `{first}`" if len(group) > 1 else ""
        lines.append(f"| {number} | {events} | {states} | {tie} |")
    lines.append(f"| {len(groups) + 1} | no event at all | {named(fold().state)} | |")
    counted = [kind for kind in ev.OPEN_KINDS if fold((ev.OPEN, 1, kind)).open_count]
    others = [kind for kind in ev.OPEN_KINDS if kind not in counted]
    notes = (
        f"- An open or a click counts when it was made by: {', '.join(counted)}. It is kept and",
        f"  does not count when made by: {', '.join(others)}.",
        "- Events without a key, which anybody could have made up:",
        *(f"  {note}" for note in keyless()),
    )
    return "\n".join([*lines, "", *notes])
