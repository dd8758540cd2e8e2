# Part of mail_tracking. Licence: LGPL-3.
"""What may be known of the opens of an email, and why: the strictest of all who have a say."""

from typing import NamedTuple

#: the image of this mail; every open is an event
IDENTIFIED = "identified"
#: the same for notices that a law requires: the open is evidence, and is kept as long as the proof
LEGAL = "legal"
#: the image of this mail; only the date of the last open of the address is kept
HYGIENE = "hygiene"
#: one image for all mails of a message, or of a day; only their number is kept
COUNTED = "counted"
#: no image
OFF = "off"

#: from the least strict to the strictest
STRICTNESS = (IDENTIFIED, LEGAL, HYGIENE, COUNTED, OFF)
MODES = STRICTNESS
#: modes that tell when a single person opened a single email
PERSONAL = (IDENTIFIED, LEGAL)

OPENS, CLICKS = PURPOSES = ("opens", "clicks")
YES, NO, ASKED = ("yes", "no", "asked")

#: country -> the mode of people there who never agreed; where it is not here, the company decides.
#: CNIL, deliberation 2026-042, and Garante, provvedimento 284, both of 2026.
COUNTRY_MODES = {"FR": COUNTED, "IT": COUNTED}

#: who decided, in a word that is stored; what it means is worded where it is shown
REASONS = (
    "agreed",  # the recipient said yes
    "not_asked",  # the recipient never answered, and the company's rule for these holds
    "refused",  # the recipient said no
    "country",  # the recipient never answered, and lives where that means no
    "company",
    "database",  # the switch of the whole database, or another addon
    "server",
    "template",
    "model",
    "envelope",  # somebody else on the same email
)


#: those that are for our image alone
SWITCHES = ("database", "server")


class Decision(NamedTuple):
    """A mode, and who decided it."""

    mode: str
    reason: str


class Decisions(NamedTuple):
    """What may be known of the opens and clicks of one recipient, or of all on one email."""

    opens: Decision
    clicks: Decision
    #: Opens that another addon notes by an image of its own: the switches of the database and the
    #: server are for ours, and say nothing of it.
    other_opens: Decision


class Rules(NamedTuple):
    """What the settings say of one email; an empty mode says nothing.

    :param str unanswered: the mode of people who never answered
    """

    company: str = IDENTIFIED
    unanswered: str = IDENTIFIED
    follows_country: bool = False
    database: str = ""
    server: str = ""
    template: str = ""
    model: str = ""


def strictest(decisions) -> Decision:
    """The strictest of several decisions, the first one where they are equal.

    :param decisions: at least one `Decision`
    """
    return max(decisions, key=lambda decision: STRICTNESS.index(decision.mode))


def decide(rules: Rules, answer: str = "", country: str = "") -> Decision:
    """What may be known of the opens of one recipient.

    :param rules: what the settings say
    :param answer: what the recipient said of opens: `YES`, `NO`, or neither
    :param country: ISO code of the recipient's country, in capitals
    """
    person = Decision(IDENTIFIED, "agreed") if answer == YES else None
    legal = next((name for name in ("template", "model") if getattr(rules, name) == LEGAL), "")
    if answer == NO:
        person = Decision(OFF, "refused")
    elif legal:
        person = Decision(LEGAL, legal)
    elif not person:
        person = Decision(rules.unanswered, "not_asked")
        if rules.follows_country and country in COUNTRY_MODES:
            person = strictest([person, Decision(COUNTRY_MODES[country], "country")])
    settings = [
        Decision(getattr(rules, name), name)
        for name in (*SWITCHES, "company", "template", "model")
        if getattr(rules, name)
    ]
    # where a setting says as much, it is no matter of the person who was not asked
    if person.mode not in PERSONAL and person.reason != "refused":
        return strictest([*settings, person])
    return strictest([person, *settings])


def decide_all(rules: Rules, said: dict, country: str = "") -> Decisions:
    """What may be known of one recipient.

    :param said: purpose -> answer
    """
    answer = said.get(OPENS, "")
    return Decisions(
        opens=decide(rules, answer, country),
        clicks=decide_clicks(rules, said.get(CLICKS, ""), country),
        other_opens=decide(without_switches(rules), answer, country),
    )


def shared(alone) -> Decisions:
    """What may be known of one email: the strictest of all who are on it.

    :param alone: the `Decisions` of each, at least one
    """
    return Decisions(*(strictest(each) for each in zip(*alone, strict=True)))


def without_switches(rules: Rules) -> Rules:
    """The rules without the switches for our image, of the database and the server."""
    return rules._replace(**dict.fromkeys(SWITCHES, ""))


def decide_clicks(rules: Rules, answer: str = "", country: str = "") -> Decision:
    """What may be known of the clicks of one recipient: `IDENTIFIED`, or `OFF`.

    The switches for the image, of the database and the server, say nothing of links.

    :param answer: what the recipient said of clicks
    """
    mode, reason = decide(without_switches(rules), answer, country)
    return Decision(IDENTIFIED if mode in PERSONAL else OFF, reason)
