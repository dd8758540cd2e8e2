"""Where lines measure: databases of each kind and size, and processes inside Odoo with them."""

from contextlib import ExitStack, contextmanager

from . import figures
from .probe import Probe

#: So many processes with and without the addon, in turn, where tenths count.
PAIRS = 3


class Sample:
    """What was measured several times of one thing."""

    def __init__(self, results):
        self.results = results

    def median(self, name):
        return figures.median([result[name] for result in self.results])

    def __add__(self, other):
        return Sample(self.results + other.results)

    def exact(self, name):
        """Return a number that must not vary; the worst where it does."""
        return max(result[name] for result in self.results)

    def values(self, name):
        return [result[name] for result in self.results]


class Stage:
    """Opens copies of databases as they are needed, and closes them at the end."""

    def __init__(self, odoo, databases, sizes, *, quick):
        self.odoo = odoo
        self.databases = databases
        self.sizes = sizes
        self.quick = quick
        self.stack = ExitStack()
        self.names = {}
        self.probes = {}

    @property
    def small(self):
        """The smallest size, which others are compared with."""
        return self.sizes[0]

    @property
    def large(self):
        return self.sizes[-1]

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

    def probe(self, kind, size):
        """Return a process inside Odoo with that database."""
        if (kind, size) not in self.probes:
            database = self.database(kind, size)
            self.probes[kind, size] = self.stack.enter_context(Probe(self.odoo, database))
        return self.probes[kind, size]

    @contextmanager
    def pair(self, size):
        """Give fresh processes by their kind: how fast one is depends on luck as well."""
        with ExitStack() as stack:
            yield {
                kind: stack.enter_context(Probe(self.odoo, self.database(kind, size), "pair"))
                for kind in ("plain", "addon")
            }

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

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return self.stack.__exit__(*details)
