"""Where lines measure: databases of each kind and size, and processes inside Odoo with them."""

from contextlib import ExitStack, contextmanager
from functools import partial

from .figures import PLAIN, Line, Sample
from .probe import Probe

KINDS = ("addon", "plain")
#: So many processes with and without the addon, in turn, where tenths count.
PAIRS = 3


class Stage:
    """Opens copies of databases as they are needed, and closes them at the end."""

    def __init__(self, odoo, databases, sizes, *, quick):
        self.odoo = odoo
        self.databases = databases
        self.sizes = sizes
        #: The smallest size, which others are compared with.
        self.small, self.large = sizes[0], sizes[-1]
        self.quick = quick
        self.stack = ExitStack()
        self.names = {}
        self.probes = {}

    def repeats(self, full, quick=5):
        return quick if self.quick else full

    def budget(self, number):
        """Return a budget that holds for the full measurement alone."""
        return None if self.quick else number

    def database(self, kind, size):
        """Return the name of a copy of a filled database."""
        if (kind, size) not in self.names:
            self.names[kind, size] = self.stack.enter_context(self.databases.copy(kind, size))
        return self.names[kind, size]

    def probe(self, kind="addon", size=None):
        """Return a process inside Odoo with that database, by default the largest."""
        size = size or self.large
        if (kind, size) not in self.probes:
            database = self.database(kind, size)
            self.probes[kind, size] = self.stack.enter_context(Probe(self.odoo, database))
        return self.probes[kind, size]

    @contextmanager
    def copy(self, word):
        """Give a process with a database of its own, which may be spoiled."""
        with self.databases.copy("addon", self.large, word) as database:
            with Probe(self.odoo, database) as probe:
                yield probe

    def ask(self, job, kind="addon", size=None, **values):
        """Return a function that has a job done."""
        return partial(self.probe(kind, size).ask, job, **values)

    # ------------------------------------------------------------
    # MEASURE
    # ------------------------------------------------------------

    def alternate(self, asks, repeats):
        """Measure several things in turn, after each was done once to warm up.

        ``asks`` are functions by name, each measures once and returns a dict.
        """
        for ask in asks.values():
            ask()
        found = {name: [] for name in asks}
        for number in range(repeats):
            # each of them first as often as last
            names = list(asks) if number % 2 else list(reversed(asks))
            for name in names:
                found[name].append(asks[name]())
        return {name: Sample(results) for name, results in found.items()}

    def beside(self, name, repeats, ours, base, base_name):
        """Return a line of what is measured in turn with something else."""
        found = self.alternate({"ours": ours, "base": base}, repeats)
        return Line(name, self.large, **found, base_name=base_name)

    def beside_plain(self, name, repeats, job, size=None, **values):
        """Return a line of a job that is done with and without the addon."""
        asks = {kind: self.ask(job, kind, size, **values) for kind in KINDS}
        return self.with_and_without(name, repeats, asks, size)

    def with_and_without(self, name, repeats, asks, size=None):
        """Return a line of what is measured by functions by kind."""
        found = self.alternate(asks, repeats)
        return Line(name, size or self.large, found["addon"], found["plain"], PLAIN)

    def alone(self, name, ask, repeats=0):
        """Return a line of what is measured by itself; without repetition it is done once."""
        found = self.alternate({"ours": ask}, repeats) if repeats else {"ours": Sample([ask()])}
        return Line(name, self.large, **found)

    def in_pairs(self, measure):
        """Return lines that are measured with fresh processes: how fast one is, is luck as well.

        :param measure: given the processes by kind, yields lines
        """
        lines = {}
        for _number in range(self.repeats(PAIRS, 1)):
            with ExitStack() as stack:
                probes = {
                    kind: stack.enter_context(
                        Probe(self.odoo, self.database(kind, self.large), "pair")
                    )
                    for kind in KINDS
                }
                for line in measure(probes):
                    known = lines.get(line.name)
                    lines[line.name] = known + line if known else line
        return lines.values()

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return self.stack.__exit__(*details)


def check(condition, what):
    """Make sure that something was measured at all."""
    if not condition:
        raise AssertionError(f"This should hold: {what}.")
