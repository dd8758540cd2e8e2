import random
import threading

from odoo.tests import HttpCase, tagged

from ..models.opens import mail_tracking_email as hot
from ..tools import events as ev
from ..tools import state
from .support.common import MailTrackingCommon

SEED = 20260505
START = 1_700_000_000.0
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.%s"
MANY = 100


@tagged("post_install", "-at_install")
class TestHot(MailTrackingCommon, HttpCase):
    """Mails whose image is loaded again and again."""

    def setUp(self):
        super().setUp()
        self.tracking = self.row(self.post(self.anna), self.anna)
        self.tracking.tracking_event_ids.timestamp = START - 3600
        self.env.flush_all()

    def log(self, row, number, choose):
        """So many events of a row, at once."""
        row._apply_events(
            [
                {
                    "tracking_email_id": row.id,
                    "event_key": f"{row.id}:{index}:{number}",
                    **choose(index),
                }
                for index in range(number)
            ]
        )

    def log_opens(self, number):
        self.log(
            self.tracking,
            number,
            lambda index: {
                "event_type": "open",
                "open_kind": "person",
                "timestamp": START + index,
            },
        )

    def hit(self, agent="1"):
        url = self.tracking._get_pixel_url()
        self.url_open(url[url.index("/mail_tracking/") :], headers={"User-Agent": AGENT % agent})
        self.env.invalidate_all()

    def test_some_hits_stand_for_all(self):
        """The fold of those that are read is that of all, whatever the events are."""
        rng = random.Random(SEED)  # noqa: S311
        for _turn in range(20):
            rows = self.rows(self.post(self.anna | self.bob))
            for row in rows:
                self.log(
                    row,
                    rng.randrange(25),
                    lambda _index: {
                        "event_type": rng.choice([ev.OPEN, ev.CLICK, *ev.EVENT_TYPES]),
                        "open_kind": rng.choice([False, *ev.OPEN_KINDS]),
                        "timestamp": START + rng.randrange(4),
                        "is_unproven": rng.random() < 0.3,
                    },
                )
            short = rows.env["mail.tracking.event"]._lock_and_read(rows)
            for row in rows:
                full = [
                    ev.Event(
                        event.event_type,
                        event.timestamp,
                        event.open_kind or "",
                        ref=event.id,
                        unproven=event.is_unproven,
                    )
                    for event in row.tracking_event_ids
                ]
                told, all_told = state.fold(short[row.id]), state.fold(full)
                self.assertEqual(told.event and told.event._replace(count=1), all_told.event)
                self.assertEqual(told._replace(event=None), all_told._replace(event=None))

    def test_a_hit_reads_the_same_however_many_came_before(self):
        self.log_opens(MANY)
        read = {}
        for number in (0, 900):
            self.log(
                self.tracking,
                number,
                lambda index: {
                    "event_type": "open",
                    "open_kind": "machine" if index % 2 else "person",
                    "timestamp": START + 1000 + index,
                },
            )
            self.env.flush_all()
            self.env.invalidate_all()
            read[number] = self.rows_read(self.tracking, number)
        self.assertEqual(self.tracking.open_count, MANY + 1 + 450 + 1)
        self.assertEqual(self.tracking.machine_open_count, 450)
        self.assertLess(read[900], 20)

    def rows_read(self, row, number):
        """How many records of any table a hit reads."""
        found, thread = [], threading.current_thread()

        def note(cursor, *_args):
            found.append(max(cursor._obj.rowcount, 0))

        before = getattr(thread, "query_hooks", ())
        thread.query_hooks = (*before, note)
        try:
            metadata = {"user_agent": AGENT % number, "ip": "192.0.2.1"}
            self.assertTrue(row.browse(row.id)._pixel_hit(row.id, row.token, metadata))
        finally:
            thread.query_hooks = before
        return max(found)

    def test_repeats_are_told_apart_as_ever(self):
        self.log_opens(MANY + 1)
        self.hit()
        self.hit()
        self.assertEqual(self.tracking.open_count, MANY + 2)
        self.hit("2")
        self.assertEqual(self.tracking.open_count, MANY + 3)
        self.assertEqual(len(self.tracking.tracking_event_ids), MANY + 4)

    def test_hits_have_an_end(self):
        self.patch(hot, "MAX_HITS", 4)
        for number in range(6):
            self.hit(number)
        self.assertEqual(self.tracking.open_count, 4)
        self.assertEqual(len(self.tracking.tracking_event_ids), 5)
        self.assertEqual(self.tracking.state, "opened")
