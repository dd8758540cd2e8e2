# Part of mail_tracking. Licence: LGPL-3.
"""A person whose data is shown or erased, and texts without that person."""

import re
from functools import cached_property

#: what stands in a text where a person was named
GAP = "…"
#: Shorter words of a name are also words of the language: "Al", "de", "Li".
MIN_WORD = 3
#: what can stand in an address, so that anna@example.com is not found in joanna@example.com
_IN_ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]"
_ANY_ADDRESS = re.compile(rf"{_IN_ADDRESS}+@[\w-]+(?:\.[\w-]+)*")


class Person:
    """The addresses and names of one person.

    :param addresses: normalised
    :param names: as they are written
    """

    def __init__(self, addresses=(), names=()):
        self.addresses = sorted({address.lower() for address in addresses if address})
        self.names = sorted({name for name in names if name})

    @cached_property
    def _address(self):
        found = "|".join(re.escape(address) for address in self.addresses)
        # a full stop after an address ends the sentence, and one before a letter does not
        return re.compile(rf"(?<!{_IN_ADDRESS})(?:{found})(?![\w-]|\.\w)", re.IGNORECASE)

    @cached_property
    def _words(self):
        words = {
            word for name in self.names for word in re.findall(r"\w+", _ANY_ADDRESS.sub(" ", name))
        }
        words |= {address.rpartition("@")[0] for address in self.addresses}
        words = sorted((w for w in words if len(w) >= MIN_WORD), key=len, reverse=True)
        found = "|".join(map(re.escape, words))
        return re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE) if words else None

    def is_in(self, text: str) -> bool:
        """Whether a text holds one of the addresses, as a whole and in any case."""
        return bool(self.addresses) and bool(self._address.search(text))

    def take_out(self, text: str, is_prose: bool = True) -> str:
        """A text with a gap for each address, no matter whose, and each word of the names.

        Servers quote addresses in many forms, and those of aliases behind them.

        :param bool is_prose: False where a word like "report" means something to programs, and
            is no part of report@example.com
        """
        text = _ANY_ADDRESS.sub(GAP, text)
        return self._words.sub(GAP, text) if is_prose and self._words else text
