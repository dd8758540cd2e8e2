"""How a comparison of neighbours is shown: a table of modules, and what differs."""

import json

NAME = "neighbours"
HEAD = (
    "Module",
    "Part",
    "Tests",
    "Failed both ways",
    "Only with",
    "On purpose",
    "Broken",
    "More queries",
    "Addon's log",
    "Seconds without / with",
)


def write(comparisons, folder):
    """Write what is known so far, for people and for programs.

    :param list comparisons: of :meth:`neighbours.Comparison.run`
    :param Path folder: where to
    """
    (folder / f"{NAME}.md").write_text(markdown(comparisons))
    (folder / f"{NAME}.json").write_text(json.dumps(comparisons, indent=1, sort_keys=True))


def markdown(comparisons):
    """Return the page that is shown.

    :param list comparisons: as above
    :rtype: str
    """
    lines = [_line(HEAD), _line("---" for _cell in HEAD)]
    lines += [_line(row) for comparison in comparisons for row in _rows(comparison)]
    for comparison in comparisons:
        lines += _details(comparison)
    return "\n".join(lines) + "\n"


def _line(cells):
    return f"| {' | '.join(map(str, cells))} |"


def module_of(name):
    """Return the module of a test, or of a place that counts queries."""
    return name.removeprefix("hoot:@").partition("/")[0]


def _failed(side):
    """Return the tests that failed on a side -> why."""
    return {n: why for n, why in side["tests"].items() if why not in ("passed", "skipped")}


def _rows(comparison):
    """Return the lines of one comparison, one for each module."""
    without, with_addon = comparison["without"], comparison["with"]
    both = _failed(without).keys() & _failed(with_addon).keys()
    names = sorted({module_of(name) for name in with_addon["tests"]}) or comparison["modules"]
    for number, module in enumerate(names):

        def count(tests, module=module):
            return sum(module_of(name) == module for name in tests)

        more = sum(n for place, n in comparison["excess"].items() if module_of(place) == module)
        yield (
            module,
            comparison["part"],
            count(with_addon["tests"]),
            count(both),
            count(comparison["suspects"]),
            count(comparison["purposes"]),
            count(comparison["confirmed"]),
            f"{more:+d}" if more else 0,
            # what is not told module by module
            "" if number else len(with_addon["told"]),
            "" if number else f"{without['seconds']} / {with_addon['seconds']}",
        )


def _details(comparison):
    """Return what differs in one comparison, as lines."""
    confirmed, purposes = comparison["confirmed"], comparison["purposes"]
    before = _failed(comparison["without"])
    sections = {
        "Broken by the addon": confirmed,
        "Different on purpose": purposes,
        "Not different any more": dict.fromkeys(comparison["outdated"], "take it off the list"),
        "Failed once with the addon, and not again": {
            name: why
            for name, why in comparison["suspects"].items()
            if name not in confirmed and name not in purposes
        },
        "Failed both ways": {
            name: why for name, why in _failed(comparison["with"]).items() if name in before
        },
        "Queries": {place: f"{number:+d}" for place, number in comparison["excess"].items()},
        "Logged by the addon": {text: "" for text in comparison["with"]["told"]},
    }
    lines = []
    for title, found in sections.items():
        if found:
            lines += ["", f"### {comparison['name']} ({comparison['part']}): {title}", ""]
            lines += [f"- `{name}`: {why}".removesuffix(": ") for name, why in found.items()]
    return lines
