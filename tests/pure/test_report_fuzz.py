# Part of mail_tracking. Licence: LGPL-3.
"""Every sample with bytes changed at random, the same ones each time.

``MAIL_TRACKING_FUZZ=100`` in the environment makes a hundred times as many.
"""

import os
import random

import pytest
from report_samples import MAILS, check

from tools import report, report_flufl

ROUNDS = 12 * int(os.environ.get("MAIL_TRACKING_FUZZ") or 1)
SPICES = [
    *(
        b"\n",
        b"\n\n",
        b"\r",
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"--",
        b";",
        b":",
        b"<",
        b"=",
        b'"',
    ),
    *(
        b"=?utf-8?b?",
        b"=?x?q?=",
        b"; charset*=",
        b"boundary=",
        b"message/rfc822",
        b"base64",
        b"(",
        b"\\",
    ),
    *(b"Content-Type: ", b"Content-Transfer-Encoding: ", b"Final-Recipient: ", b"Status: 5.1.1\n"),
]


def mutate(data: bytes, chance: random.Random) -> bytes:
    for _number in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        width = chance.choice((0, 1, 1, 2, 8, 60))
        piece = chance.choice(
            (
                b"",
                chance.randbytes(chance.randint(1, 4)),
                chance.choice(SPICES),
                data[at : at + width] * 2,
                data[-at : -at + 200],
            )
        )
        data = data[:at] + piece + data[at + width :]
    return data


@pytest.mark.parametrize("name", sorted(MAILS))
def test_mutated_samples_raise_nothing(name):
    chance = random.Random(name)
    for _number in range(ROUNDS):
        check(report.read_bytes(mutate(MAILS[name], chance)))


def test_mutated_notices_do_not_upset_the_optional_package():
    chance = random.Random("flufl")
    texts = [data for name, data in MAILS.items() if b"multipart/report" not in data]
    for data in texts:
        message = report.parse(mutate(data, chance))
        delayed_and_failed, delayed = report_flufl.recipients(message, data.decode("latin-1"))
        assert delayed <= set(delayed_and_failed)
