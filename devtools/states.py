"""The picture of the state rule, made of what ``tools.state.fold`` answers.

Nothing is read out of the rule's own tables: the fold is asked about each pair of events, in
both orders of time.
"""

import functools
import itertools
from html import escape

from tools import events as ev
from tools import state

WIDTH, LINE, GAP, TOP = 760, 34, 16, 96
# Light and dark; an own ground, as nobody knows on what page the picture stands.
STYLE = """
    text { font: 14px sans-serif; fill: #1f2328; }
    .ground { fill: #ffffff; }
    .small { font-size: 12px; fill: #59636e; }
    .head { font-weight: bold; }
    .event { fill: #eef1f4; stroke: #818b98; }
    .state { fill: #e6f0fb; stroke: #2f6fb3; }
    .failed { fill: #fdecea; stroke: #b3261e; stroke-width: 2.5; }
    .arrow { stroke: #59636e; fill: none; }
    @media (prefers-color-scheme: dark) {
        text { fill: #e6e9ed; }
        .ground { fill: #1b1f24; }
        .small { fill: #a9b2bc; }
        .event { fill: #2c333b; stroke: #818b98; }
        .state { fill: #17324f; stroke: #6ba7e6; }
        .failed { fill: #4a1d1b; stroke: #f08a80; }
        .arrow { stroke: #a9b2bc; }
    }
"""


def fold(*events):
    """Fold events, each a type, a time and more."""
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


def text(x, y, words, kind=""):
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>'


def box(x, y, width, words, kind):
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="26" rx="6" class="{kind}"/>'
        + f'<text x="{x + width / 2}" y="{y + 18}" text-anchor="middle">{escape(words)}</text>'
    )


def arrow(y):
    return f'<path d="M 214 {y + 13} h 44 m -7 -5 l 7 5 l -7 5" class="arrow"/>'


def state_box(y, word):
    """Draw a state; a failure says so in a word, not by its colour alone."""
    if state.is_failed(word):
        return box(264, y, 180, f"{word} (failure)", "failed")
    return box(264, y, 180, word or "waiting", "state")


def rungs():
    """Draw the groups of events with the states that they ask for; return them and their end."""
    parts, y, groups = [], TOP, ladder()
    for number, group in enumerate(groups, 1):
        parts.append(text(24, y + 18, f"{number}", "head"))
        for word in group:
            parts += [box(60, y, 150, word, "event"), arrow(y), state_box(y, shown(word))]
            y += LINE
        first = fold(*((word, 1) for word in group)).event.type
        tie = f"the later one; at the same instant {first}" if len(group) > 1 else ""
        parts.append(text(462, y - LINE * len(group) / 2 + 1, tie, "small"))
        y += GAP
    parts.append(text(24, y + 18, f"{len(groups) + 1}", "head"))
    parts.append(text(64, y + 18, "no event at all", "small"))
    parts += [arrow(y), state_box(y, fold().state)]
    return parts, y + LINE + GAP


def picture():
    """Return the picture as SVG."""
    parts, end = rungs()
    counted = [kind for kind in ev.OPEN_KINDS if fold((ev.OPEN, 1, kind)).open_count]
    others = [kind for kind in ev.OPEN_KINDS if kind not in counted]
    notes = (
        f"An open or a click counts when it was made by: {', '.join(counted)}.",
        f"It is kept and does not count when made by: {', '.join(others)}.",
        "The order in which events arrive never matters, nor does an event that comes twice.",
        "Of events without a key, which anybody could have made up:",
        *keyless(),
    )
    height = end + 24 * len(notes)
    title = "Of all events of a mail, the one on the highest rung decides its state"
    columns = {24: "rung", 60: "event", 264: "state", 462: "of several on one rung decides"}
    head = [text(24, 34, title, "head"), *(text(x, 72, columns[x], "small") for x in columns)]
    foot = [text(24, end + 18 + 22 * index, note) for index, note in enumerate(notes)]
    body = "\n".join(f"  {part}" for part in [*head, *parts, *foot])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}"'
        f' width="{WIDTH}" height="{height:g}" role="img" aria-labelledby="title">\n'
        f'  <title id="title">Which event decides the state of a mail</title>\n'
        f"  <style>{STYLE}  </style>\n"
        f'  <rect width="100%" height="100%" class="ground"/>\n{body}\n</svg>\n'
    )
