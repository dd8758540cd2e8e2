# Part of mail_tracking. Licence: LGPL-3.
"""Which of several answers about tracking holds for one recipient."""

from datetime import datetime
from typing import NamedTuple

from .modes import ASKED, NO


class Answer(NamedTuple):
    """The latest answer of one contact, or of the owner of an address, for one purpose."""

    ref: tuple  #: when it was given, and the number of its line: greater ones are later
    key: str  #: stands for the address
    partner_id: int  #: the contact today, 0 where there is none any more
    number: int  #: the contact when it answered; 0: anybody with the address
    answer: str  #: `YES` or `NO`; `ASKED` where it is the latest question
    way: str = ""  #: how it was given


class Known(NamedTuple):
    """What is known of one recipient and purpose."""

    holds: Answer | None  #: the answer that holds
    asked: datetime | None  #: when they were asked last


def deciding(answers, key: str, partner_id: int = 0) -> Answer | None:
    """The answer that holds for a mail to an address, of a contact or of none.

    The latest answer decides. An answer for the whole address takes the place of what its
    contacts said before. Of two contacts with one address, and of two that were merged, a No
    wins. A No goes with a contact to another address, until that address answers; a Yes does not.

    :param answers: of one purpose: the latest one of each address and contact (`Answer`)
    :param key: stands for the address of the mail; empty where the contact has none
    :param partner_id: the contact that the mail is for
    """
    here = [each for each in answers if key and each.key == key]
    wide = next((each for each in here if not each.number), None)
    standing = [max(each, wide) if wide else each for each in here if each.number]
    if wide and (not standing or partner_id not in {each.partner_id for each in standing}):
        standing.append(wide)
    if partner_id:
        numbers = {each.number: each for each in sorted(answers) if each.partner_id == partner_id}
        standing += [
            each
            for each in numbers.values()
            if each.answer == NO and each not in here and (not wide or each > wide)
        ]
    refusals = [each for each in standing if each.answer == NO]
    return max(refusals or standing, default=None)


def known(lines, key: str, partner_id: int = 0) -> Known:
    """What the latest answers and questions of one purpose say, see `deciding`."""
    questions = [line for line in lines if line.answer == ASKED]
    answers = [line for line in lines if line.answer != ASKED]
    asked = max((line.ref[0] for line in questions), default=None)
    return Known(deciding(answers, key, partner_id), asked)
