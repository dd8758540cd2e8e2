"""Draw the state rule, doc/states.svg, from what ``tools.state.fold`` answers.

Started by ``./dev fmt``, and with ``--check`` by ``./dev lint``. Nothing is read out of the
rule's own tables: the fold is asked about each pair of events, in both orders of time.
"""

import functools
import itertools
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import events as ev  # noqa: E402
from tools import state  # noqa: E402

TARGET = ROOT / "doc/states.svg"
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


def decides(*times):
    """Return the event type that decides, of pairs of type and time."""
    return state.fold(ev.Event(word, time) for word, time in times).event.type


def is_stronger(one, other):
    """Compare two event types: 1, -1, or 0 where the later event decides."""
    answers = {decides((one, first), (other, 3 - first)) for first in (1, 2)}
    if len(answers) > 1:
        if decides((one, 1), (other, 2)) != other:
            raise ValueError(f"Of {one} and {other} the earlier one decides: draw that.")
        return 0
    return 1 if answers == {one} else -1


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


def tie(group):
    """Say which event of one strength decides."""
    if len(group) == 1:
        return ""
    first = decides(*((word, 1) for word in group))
    return f"the later one; at the same instant {first}"


def kinds():
    """Return the kinds of opens that count, and those that do not."""
    counted = [
        kind for kind in ev.OPEN_KINDS if state.fold([ev.Event(ev.OPEN, 1, kind)]).open_count
    ]
    return counted, [kind for kind in ev.OPEN_KINDS if kind not in counted]


def keyless():
    """Say what events do that carry no key, by asking about each of them."""
    told = {word: state.fold([ev.Event(word, 1, unproven=True)]).state for word in ev.EVENT_TYPES}
    idle = [word for word in ev.EVENT_TYPES if not told[word]]
    failures = [word for word in told if state.is_failed(told[word])]
    news = [word for word in told if told[word] and word not in failures]
    for word, failure in itertools.product(news, failures):
        if state.fold([ev.Event(failure, 1), ev.Event(word, 2, unproven=True)]).event.unproven:
            raise ValueError(f"{word} without a key beats {failure}: draw that.")
    changed = [
        f"{word} leads to {told[word]}"
        for word in failures
        if told[word] != state.fold([ev.Event(word, 1)]).state
    ]
    weak = [word for word in failures if is_weaker_without_key(word)]
    return (
        f"- a failure warns: {', '.join(failures)}; {', '.join(changed)}",
        f"- and stands on the rung of soft_bounce: {', '.join(weak)}",
        f"- no good news settles a failure that has one: {', '.join(news)}",
        f"- no change at all by: {', '.join(idle)}",
    )


def is_weaker_without_key(word):
    """Tell whether delivered beats a failure without a key only."""
    answers = [
        state.fold([ev.Event(ev.DELIVERED, 1), ev.Event(word, 2, unproven=unproven)]).event.type
        for unproven in (False, True)
    ]
    return answers == [word, ev.DELIVERED]


def text(x, y, words, kind=""):
    """Draw words."""
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>'


def box(x, y, width, words, kind):
    """Draw words in a box."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="26" rx="6" class="{kind}"/>'
        + f'<text x="{x + width / 2}" y="{y + 18}" text-anchor="middle">{escape(words)}</text>'
    )


def state_box(x, y, word):
    """Draw a state; a failure says so in a word, not by its colour alone."""
    if state.is_failed(word):
        return box(x, y, 180, f"{word} (failure)", "failed")
    return box(x, y, 180, word or "waiting", "state")


def rungs():
    """Draw the groups of events with the states that they ask for; return them and their end."""
    parts, y, number = [], TOP, 0
    for number, group in enumerate(ladder(), 1):
        parts.append(text(24, y + 18, f"{number}", "head"))
        for word in group:
            target = state.fold([ev.Event(word, 1)]).state
            parts.append(box(60, y, 150, word, "event"))
            parts.append(f'<path d="M 214 {y + 13} h 44 m -7 -5 l 7 5 l -7 5" class="arrow"/>')
            parts.append(state_box(264, y, target))
            y += LINE
        parts.append(text(462, y - LINE * len(group) / 2 + 1, tie(group), "small"))
        y += GAP
    parts.append(text(24, y + 18, f"{number + 1}", "head"))
    parts.append(text(64, y + 18, "no event at all", "small"))
    parts.append(f'<path d="M 214 {y + 13} h 44 m -7 -5 l 7 5 l -7 5" class="arrow"/>')
    parts.append(state_box(264, y, state.fold([]).state))
    return parts, y + LINE + GAP


def picture():
    """Return the picture as SVG."""
    parts, end = rungs()
    counted, others = kinds()
    notes = (
        f"An open or a click counts when it was made by: {', '.join(counted)}.",
        f"It is kept and does not count when made by: {', '.join(others)}.",
        "The order in which events arrive never matters, nor does an event that comes twice.",
        "Of events without a key, which anybody could have made up:",
        *keyless(),
    )
    height = end + 24 * len(notes)
    head = [
        text(
            24, 34, "Of all events of a mail, the one on the highest rung decides its state", "head"
        ),
        text(24, 72, "rung", "small"),
        text(60, 72, "event", "small"),
        text(264, 72, "state", "small"),
        text(462, 72, "of several on one rung decides", "small"),
    ]
    foot = [text(24, end + 18 + 22 * index, note) for index, note in enumerate(notes)]
    body = "\n".join(f"  {part}" for part in [*head, *parts, *foot])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}"'
        f' width="{WIDTH}" height="{height:g}" role="img" aria-labelledby="title">\n'
        f'  <title id="title">Which event decides the state of a mail</title>\n'
        f"  <style>{STYLE}  </style>\n"
        f'  <rect width="100%" height="100%" class="ground"/>\n{body}\n</svg>\n'
    )


def main(arguments):
    """Write the picture, or tell whether it is what would be written; return the exit status."""
    content = picture()
    if "--check" not in arguments:
        TARGET.write_text(content)
        return 0
    if TARGET.is_file() and TARGET.read_text() == content:
        return 0
    print(f"{TARGET.relative_to(ROOT)} is older than tools/state.py: ./dev fmt renews it.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
