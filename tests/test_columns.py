from datetime import date, datetime

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..models.columns import column_of, differing, names_of, read_columns, table

TEXTS = [
    "plain",
    "",
    "NULL",
    "null",
    '"',
    "\\",
    '\\"',
    "{a,b}",
    "a,b",
    " spaces ",
    "line\nbreak\ttab\r",
    "it's %s %(name)s ;--",
    "E'\\x41'",
    "\u202eright to left \u00e9 \U0001f4e7",
    "\u007f\u0001",
    False,
]
NAMES = ["tracking_email_id", "user_agent", "error_details", "timestamp", "time", "date", "mobile"]


@tagged("post_install", "-at_install")
class TestColumns(TransactionCase):
    """What is written past the ORM arrives as it was."""

    def read_back(self, vals_list):
        Event = self.env["mail.tracking.event"]
        fields = [Event._fields[name] for name in NAMES]
        columns = read_columns(fields, Event, vals_list)
        rows = table(fields, columns)
        found = self.env.execute_query(SQL("SELECT place, %s FROM %s r", names_of(fields), rows))
        self.assertEqual([row[0] for row in found], list(range(1, len(vals_list) + 1)))
        return [row[1:] for row in found], list(zip(*columns, strict=True))

    def prepare_vals(self, number, text):
        moment = datetime(1970 + number, 1 + number % 12, 3, 4, 5, 6, 789 * (number % 2))
        return {
            "tracking_email_id": 1 + number,
            "user_agent": text,
            "error_details": text,
            "timestamp": 1e9 / 7 + number,
            "time": moment if text else False,
            "date": moment.date() if text else False,
            "mobile": bool(number % 2),
        }

    def test_values_arrive_as_they_were(self):
        vals_list = [self.prepare_vals(number, text) for number, text in enumerate(TEXTS)]
        found, given = self.read_back(vals_list)
        self.assertEqual(found, given)
        self.assertEqual(
            [row[1] for row in found], [text or (text if text == "" else None) for text in TEXTS]
        )
        self.assertIsInstance(found[0][4], datetime)
        self.assertIsInstance(found[0][5], date)

    def test_what_all_have_in_common(self):
        for text in TEXTS:
            for number in (1, 3):
                with self.subTest(text=text, number=number):
                    found, given = self.read_back([self.prepare_vals(1, text)] * number)
                    self.assertEqual(found, given)

    def test_a_text_with_a_zero_byte_is_refused(self):
        with self.assertRaises(ValueError), mute_logger("odoo.sql_db"):
            self.read_back([self.prepare_vals(0, "a\x00b"), self.prepare_vals(1, "c")])

    def test_values_that_differ(self):
        partners = self.env["res.partner"].create([{"name": "A", "color": 1}, {"name": "B"}])
        self.env.flush_all()
        partners.invalidate_recordset()
        self.assertEqual(column_of(partners, "name"), ["A", "B"])
        self.assertEqual(column_of(partners, "comment"), [None, None])
        first, second = partners._ids
        given = {
            first: {"name": "A", "color": 0, "function": None},
            second: {"name": "C", "color": 0, "function": ""},
        }
        self.assertEqual(differing(partners, given), {first: {"color": 0}, second: {"name": "C"}})
        self.assertEqual(differing(partners, {first: {}, second: {}}), {})
