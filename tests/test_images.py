"""What a hit on an image notes, by what its address allows."""

import time
from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from odoo.addons.mail_tracking.controllers.main import PIXEL
from odoo.addons.mail_tracking.models.privacy import mail_tracking_count as counts
from odoo.addons.mail_tracking.tools import modes, tokens

from .support.common import MailTrackingCommon

THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
APPLE = "Mozilla/5.0"  # loads all images in advance
#: who loads images, and nobody need have read anything
MACHINES = (APPLE, "curl/8.0", "Barracuda", "Mozilla/5.0 (compatible; Googlebot/2.1)")
REFUSED_HITS = 1_000


@tagged("post_install", "-at_install")
class TestImages(MailTrackingCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.message = self.post(self.anna | self.bob)
        self.tracking = self.row(self.message, self.anna)
        for row in self.rows(self.message):
            row.tracking_event_ids.timestamp -= 3600  # nobody opens a mail at once
        self.rows(self.message).state_time = fields.Datetime.now() - timedelta(hours=1)
        self.env.flush_all()
        self.Count = self.env["mail.tracking.count"]
        self.Address = self.env["mail.tracking.address"]

    def url(self, mode, is_alone=False, row=None):
        return (row or self.tracking)._get_image_url(mode, is_alone)

    def token(self, kind, number, key=None, db=None):
        key, token = key or self.tracking._get_sealing_key("image"), ""
        if kind in tokens.TOKEN_KINDS and 0 < number <= tokens.MAX_ROW:
            token = self.tracking.browse(number).exists().token or ""
        return tokens.image_token(key, db or self.env.cr.dbname, kind, number, token)

    def hit(self, url, agent=THUNDERBIRD, method=None):
        """Load an image, by its URL or the word in it; it is the same for everybody."""
        path = url[url.index("/mail_tracking/") :] if "/" in url else self.path(url)
        self.env.flush_all()
        response = self.url_open(path, headers={"User-Agent": agent}, method=method)
        self.env.invalidate_all()
        self.assertEqual(response.status_code, 200)
        if method != "HEAD":
            self.assertEqual(response.content, PIXEL)
        self.assertEqual(response.headers["Content-Type"], "image/gif")
        self.assertIn("no-store", response.headers["Cache-Control"])
        self.assertNotIn("Set-Cookie", response.headers)
        return response

    def path(self, word):
        return f"/mail_tracking/open/{word}.gif"

    def kept(self):
        """All that hits could have written."""
        self.env.flush_all()
        tables = ("mail_tracking_event", "mail_tracking_email", *self.small_tables())
        query = " UNION ALL ".join(f"SELECT '{t}', t::text FROM {t} AS t" for t in tables)
        return self.env.execute_query(SQL(f"{query} ORDER BY 1, 2"))

    def small_tables(self):
        return "mail_tracking_count", "mail_tracking_address"

    # ------------------------------------------------------------
    # ADDRESSES
    # ------------------------------------------------------------

    def test_an_address_says_nothing(self):
        urls = [
            self.url(mode, is_alone, row)
            for row in self.rows(self.message)
            for mode in modes.MODES
            for is_alone in (True, False)
            if mode != modes.OFF
        ]
        for url in urls:
            word = url.rpartition("/")[2].removesuffix(".gif")
            self.assertEqual(len(word), tokens.SEALED_LENGTH)
            self.assertEqual(url, f"{self.base_url()}{self.path(word)}")
        self.assertEqual(self.url(modes.OFF), "")

    def test_images_of_a_message_and_of_a_day_tell_nobody_apart(self):
        bob = self.row(self.message, self.bob)
        other = self.row(self.post(self.carl), self.carl)
        found = [
            {self.url(modes.COUNTED, is_alone, row) for row in rows}
            for is_alone, rows in (
                (False, self.tracking | bob),
                (True, self.tracking | bob | other),  # of one company, on one day
                (False, other),
            )
        ]
        self.assertEqual([len(urls) for urls in found], [1, 1, 1])
        self.assertEqual(len(set.union(*found)), 3)
        for mode in (modes.IDENTIFIED, modes.LEGAL, modes.HYGIENE):
            self.assertNotEqual(self.url(mode), self.url(mode, row=bob))

    def test_other_words_change_nothing(self):
        # a word of our own, for the names of things that never were
        before, number = self.kept(), self.tracking.id
        good = self.token(tokens.TRACKING, number)
        for name, word in (
            ("forged", "A" * tokens.SEALED_LENGTH),
            ("first character", ("B" if good[0] == "A" else "A") + good[1:]),
            ("truncated", good[:-1]),
            ("longer", f"{good}A"),
            ("other key", self.token(tokens.TRACKING, number, key=b"k" * 32)),
            ("no such tracking", self.token(tokens.TRACKING, 2**31 - 1)),
            ("no id", self.token(tokens.TRACKING, 0)),
            ("too great", self.token(tokens.TRACKING, 2**64 - 1)),
            ("no such address", self.token(tokens.ADDRESS, 2**31 - 1)),
            ("no such message", self.token(tokens.MESSAGE, 2**31 - 1)),
            ("message too great", self.token(tokens.MESSAGE, 2**64 - 1)),
            ("no such company", self.token(tokens.DAY, tokens.day_number(date.today(), 2**32 - 1))),
            ("check", self.token(tokens.CHECK, number)),
        ):
            with self.subTest(name):
                self.hit(word)
                self.assertEqual(self.kept(), before)

    def test_an_image_is_not_that_of_another_mail_with_its_id(self):
        """An old backup was restored: the ids of mails that were sent since come again."""
        urls = [self.url(mode) for mode in (modes.IDENTIFIED, modes.LEGAL, modes.HYGIENE)]
        self.tracking.token = tokens.new_token()
        before = self.kept()
        for url in urls:
            self.hit(url)
        self.assertEqual(self.kept(), before)
        self.hit(self.url(modes.IDENTIFIED))
        self.assertEqual(self.tracking.state, "opened")

    def test_a_database_that_was_renamed_goes_on_noting(self):
        self.hit(self.token(tokens.TRACKING, self.tracking.id, db="former_name"))
        self.assertEqual(self.tracking.state, "opened")

    def test_only_get_and_only_people_count(self):
        before = self.kept()
        urls = [self.url(modes.COUNTED), self.url(modes.COUNTED, True), self.url(modes.HYGIENE)]
        for url in urls:
            for method in ("HEAD", "OPTIONS"):
                self.hit(url, method=method)
            for agent in MACHINES:
                self.hit(url, agent)
        self.authenticate(self.user_employee.login, self.user_employee.login)
        for url in urls:
            self.hit(url)
        self.assertEqual(self.kept(), before)

    # ------------------------------------------------------------
    # OPENS OF A PERSON
    # ------------------------------------------------------------

    def test_identified_and_legal_are_events(self):
        for mode, partner in ((modes.IDENTIFIED, self.anna), (modes.LEGAL, self.bob)):
            row = self.row(self.message, partner)
            row.open_mode = mode
            self.hit(self.url(mode, row=row))
            self.assertEqual((row.state, row.open_count), ("opened", 1), mode)

    def test_a_mode_that_is_not_personal_logs_nothing_whatever_the_address(self):
        """The image is of the recipient, and the mode that was decided is stricter."""
        row = self.tracking
        old = tokens.pixel_token(self.env.cr.dbname, row.id, row.token)
        oldest = f"/mail/tracking/open/{self.env.cr.dbname}/{row.id}/{row.token}/blank.gif"
        for mode in (modes.HYGIENE, modes.COUNTED, modes.OFF):
            row.open_mode = mode
            before = self.kept()
            self.hit(row._get_pixel_url())
            self.hit(old)
            self.url_open(oldest, headers={"User-Agent": THUNDERBIRD})
            self.env.invalidate_all()
            self.assertEqual(self.kept(), before, mode)
        row.open_mode = False
        self.hit(old)
        self.assertEqual(row.state, "opened", "sent by an earlier version")

    def test_a_no_holds_for_mails_that_were_sent_already(self):
        row = self.tracking
        old = tokens.pixel_token(self.env.cr.dbname, row.id, row.token)
        oldest = f"/mail/tracking/open/{self.env.cr.dbname}/{row.id}/{row.token}/blank.gif"
        row.opens_refused = True
        before = self.kept()
        for mode in (modes.IDENTIFIED, modes.LEGAL, modes.HYGIENE):
            self.hit(self.url(mode))
        self.hit(old)
        self.url_open(oldest, headers={"User-Agent": THUNDERBIRD})
        self.env.invalidate_all()
        self.assertEqual(self.kept(), before)

    def test_a_thousand_hits_after_a_no_leave_nothing(self):
        """Each reads the tracking, and that is all."""
        rows = self.rows(self.message)
        rows.opens_refused = True
        before = self.kept()
        blocks = [
            tokens.split_image_token(self.token(kind, row.id))[0]
            for row in rows
            for kind in (tokens.TRACKING, tokens.ADDRESS)
        ]
        self.image_hit(blocks[0])  # fills caches
        for number in range(REFUSED_HITS):
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                self.image_hit(blocks[number % len(blocks)], agent=f"{THUNDERBIRD} {number}")
        self.assertEqual(self.kept(), before)

    def image_hit(self, block, agent=THUNDERBIRD):
        metadata = {"ip": "192.0.2.1", "user_agent": agent}
        return self.env["mail.tracking.email"].sudo()._image_hit(block, metadata)

    def test_a_hit_costs_as_many_statements_as_ever(self):
        """Of a mail to one, opened again by the same client, and by another."""
        other = self.row(self.message, self.bob)
        block, warm = (
            tokens.split_image_token(self.token(tokens.TRACKING, row.id))[0]
            for row in (self.tracking, other)
        )
        self.image_hit(warm)  # fills caches
        self.env.flush_all()
        found = []
        for agent in (THUNDERBIRD, THUNDERBIRD, f"{THUNDERBIRD} 2"):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.image_hit(block, agent)
            self.env.flush_all()
            found.append(self.env.cr.sql_log_count - before)
        self.assertEqual(found, [13, 6, 10])
        self.assertEqual(self.tracking.open_count, 2)

    # ------------------------------------------------------------
    # LIST HYGIENE
    # ------------------------------------------------------------

    def test_hygiene_keeps_the_day_alone(self):
        before = self.kept()
        url = self.url(modes.HYGIENE)
        for day in (date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 5)):
            with patch.object(fields.Date, "today", return_value=day):
                self.hit(url)
            self.assertEqual(self.last_opens(), {"anna@example.com": day})
        after = self.kept()
        added = [line for line in after if line not in before]
        self.assertEqual(len(added), 1)
        self.assertRegex(added[0][1], r"^\(\d+,anna@example.com,2026-03-05\)$")
        self.assertEqual([line for line in before if line not in after], [])
        self.assertEqual(self.tracking.state, "sent")

    def last_opens(self):
        return {row.address: row.last_open for row in self.Address.search([])}

    def test_hygiene_writes_once_a_day(self):
        block = tokens.split_image_token(self.token(tokens.ADDRESS, self.tracking.id))[0]
        self.image_hit(block)
        query = SQL("SELECT xmin, cmin, ctid FROM mail_tracking_address")
        version = self.env.execute_query(query)
        with self.assertQueryCount(2):  # the tracking, and the statement that writes nothing
            self.env.invalidate_all()
            self.image_hit(block)
        self.assertEqual(self.env.execute_query(query), version)

    def test_hygiene_of_a_mail_to_several_is_of_any_of_them(self):
        mail = self.send_mail(email_to="dora@example.com, emil@example.com")
        rows = self.rows(mail.mail_message_id)
        rows.state_time = fields.Datetime.now() - timedelta(hours=1)
        self.hit(self.url(modes.HYGIENE, row=rows[0]))
        self.assertEqual(set(self.last_opens()), {"dora@example.com", "emil@example.com"})

    def test_hygiene_right_after_sending_is_a_machine(self):
        self.tracking.state_time = fields.Datetime.now()
        self.tracking.tracking_event_ids.timestamp = time.time() + 60
        self.hit(self.url(modes.HYGIENE), "Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 Chrome/141")
        self.assertEqual(self.last_opens(), {})

    def test_hygiene_without_an_address(self):
        self.tracking.recipient_address = False
        self.hit(self.url(modes.HYGIENE))
        self.assertEqual(self.last_opens(), {})

    # ------------------------------------------------------------
    # COUNTED
    # ------------------------------------------------------------

    def count(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.Count.search(domain).mapped("open_count")

    def test_opens_of_a_message_are_a_number(self):
        before = self.kept()
        for row in self.rows(self.message):
            for agent in (THUNDERBIRD, *MACHINES, ""):
                self.hit(self.url(modes.COUNTED, row=row), agent)
        self.assertEqual(self.count(mail_message_id=self.message.id), [4])
        added = [line for line in self.kept() if line not in before]
        self.assertEqual(len(added), 1)
        self.assertRegex(added[0][1], rf"^\(\d+,{self.message.id},,4,\)$|^\(\d+,[\d,]*,4.*\)$")
        self.assertEqual(self.rows(self.message).mapped("state"), ["sent", "sent"])
        self.message.unlink()
        self.assertEqual(self.Count.search([]), self.Count)

    def test_opens_of_a_day_are_a_number(self):
        url = self.url(modes.COUNTED, True)
        for _number in range(3):
            self.hit(url)
        today, company = fields.Date.today(), self.env.company
        self.assertEqual(self.count(date=today, company_id=company.id), [3])
        self.hit(self.url(modes.COUNTED))
        self.assertEqual(len(self.Count.search([])), 2)
        with patch.object(fields.Date, "today", return_value=today + timedelta(days=1)):
            self.assertNotEqual(self.url(modes.COUNTED, True), url)
            self.hit(url)
        self.assertEqual(self.count(date=today, company_id=company.id), [4], "sent on that day")

    def test_a_number_has_an_end(self):
        self.hit(self.url(modes.COUNTED))
        self.Count.search([]).open_count = counts.MAX_COUNT - 1
        for _number in range(2):
            self.hit(self.url(modes.COUNTED))
        self.assertEqual(self.count(mail_message_id=self.message.id), [counts.MAX_COUNT])

    def test_to_count_is_one_statement(self):
        words = [self.token(tokens.MESSAGE, self.message.id), self.url(modes.COUNTED, True)[-31:-4]]
        for word in words:
            block = tokens.split_image_token(word)[0]
            self.image_hit(block)
            for _number in range(2):
                self.env.invalidate_all()
                with self.assertQueryCount(1):
                    self.image_hit(block)
        self.assertEqual(self.Count.search([]).mapped("open_count"), [3, 3])

    # ------------------------------------------------------------
    # MANY
    # ------------------------------------------------------------

    def test_eighty_recipients(self):
        """Bodies of counted mails hold one and the same image; the others each their own."""
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(80)]
        )
        rows = self.rows(self.post(partners))
        self.assertEqual(len(rows), 80)
        self.assertEqual(len({self.url(modes.COUNTED, row=row) for row in rows}), 1)
        own = {self.url(modes.IDENTIFIED, row=row) for row in rows}
        self.assertEqual(len(own), 80)
        rows.state_time = fields.Datetime.now() - timedelta(hours=1)
        rows[:3].opens_refused = True
        for row in rows[:6]:
            self.hit(row._get_pixel_url())
            self.hit(self.url(modes.COUNTED, row=row))
        self.assertEqual(rows[:6].mapped("state"), ["sent"] * 3 + ["opened"] * 3)
        self.assertEqual(self.count(mail_message_id=rows.mail_message_id.id), [6])
