# Part of mail_tracking. Licence: LGPL-3.
"""Obvious typing errors in the domains of well-known providers."""

#: Providers of mailboxes -> whether they have domains of many countries, as yahoo.fr.
PROVIDERS = {
    "gmail": False,
    "googlemail": False,
    "hotmail": True,
    "icloud": False,
    "outlook": True,
    "protonmail": False,
    "yahoo": True,
}
#: What is meant to be "com". Some are endings of countries, where these providers have no domain.
COM_TYPOS = ("cm", "cmo", "co", "comm", "con", "coom", "ocm", "om", "vom", "xom")


def _misspell(name: str) -> set[str]:
    """A name with a letter left out, twice, or in the wrong order; its first letter is right."""
    found = set()
    for i in range(1, len(name)):
        found.add(name[:i] + name[i + 1 :])
        found.add(name[:i] + name[i] + name[i:])
        found.add(name[:i] + name[i + 1 : i + 2] + name[i] + name[i + 2 :])
    return found - {name}


_PROVIDER_BY_TYPO = {typo: name for name in PROVIDERS for typo in _misspell(name)}


def get_suggestion(address: str) -> str | None:
    """The address that was meant, where the domain of a well-known provider is misspelt.

    Only what nobody would call a name of its own counts: "gmial.com" does, "mail.com" does not.

    :param str address: a bare address in lower case
    :return: the same mailbox at the right domain; None where nothing is obviously wrong
    """
    mailbox, _at, domain = address.rpartition("@")
    name, _dot, ending = domain.partition(".")
    provider = _PROVIDER_BY_TYPO.get(name, name)
    right_ending = "com" if ending in COM_TYPOS else ending
    if not mailbox or provider not in PROVIDERS or (provider, right_ending) == (name, ending):
        return None
    if right_ending != "com" and not PROVIDERS[provider]:
        return None
    return f"{mailbox}@{provider}.{right_ending}"
