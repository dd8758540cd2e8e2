import importlib.util
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import file_path

from .support.common import MailTrackingCommon

FOLDER = "mail_tracking/migrations/19.0.2.0.0"
NEW_COLUMNS = """
    mail_id_int author_id company_id recipient_domain is_cc state_time needs_action smtp_server
    first_open last_open open_count machine_open_count click_count
""".split()
MOMENT = "2024-01-01 10:00:0"


@tagged("post_install", "-at_install")
class TestUpgradeRows(MailTrackingCommon):
    """The steps of the upgrade, each with rows of every shape; ``test_upgrade`` runs them all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.before = cls.load("pre-10-rows")
        cls.after = cls.load("post-10-leftovers")

    @classmethod
    def load(cls, name):
        path = Path(file_path(f"{FOLDER}/{name}.py"))
        spec = importlib.util.spec_from_file_location(name.replace("-", "_"), path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def make_rows(self, *values):
        """Rows of the other addon: the columns of this one are empty."""
        rows = self.env["mail.tracking.email"].create([{"name": "Offer"} for _row in values])
        self.env.flush_all()
        self.env.cr.execute("DROP INDEX IF EXISTS mail_tracking_email__token_uniq")
        for (index,) in self.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'mail_tracking_email'"
            " AND indexdef LIKE 'CREATE UNIQUE%(token)%'"
        ):
            self.env.cr.execute(f'DROP INDEX "{index}"')
        empty = ", ".join(f"{name} = NULL" for name in (*NEW_COLUMNS, "token", "state"))
        self.env.cr.execute(
            f"UPDATE mail_tracking_email SET {empty}, time = %s WHERE id IN %s",
            [f"{MOMENT}0", rows._ids],
        )
        for row, changes in zip(rows, values, strict=True):
            for name, value in changes.items():
                self.env.cr.execute(
                    f"UPDATE mail_tracking_email SET {name} = %s WHERE id = %s", [value, row.id]
                )
        return rows

    def execute(self, query, params=None):
        self.env.cr.execute(query, params)
        return self.env.cr.fetchall()

    def column(self, rows, name):
        found = dict(
            self.execute(f"SELECT id, {name} FROM mail_tracking_email WHERE id IN %s", [rows._ids])
        )
        return [found[row.id] for row in rows]

    def add_event(self, row, event_type, second, server=None, timestamp=None):
        self.env.cr.execute(
            """INSERT INTO mail_tracking_event
                      (tracking_email_id, event_type, time, timestamp, smtp_server)
               VALUES (%s, %s, %s, %s, %s)""",
            [row.id, event_type, f"{MOMENT}{second}", timestamp, server],
        )

    def make_mails(self, *states):
        return self.env["mail.mail"].create(
            [{"subject": "Offer", "state": state} for state in states]
        )

    # ------------------------------------------------------------
    # TOKENS
    # ------------------------------------------------------------

    def test_tokens_are_unique_and_mails_that_are_to_leave_have_one(self):
        self.env.cr.execute("ALTER TABLE mail_tracking_email ADD COLUMN mail_id int4")
        outgoing, failed, sent, again = self.make_mails("outgoing", "exception", "sent", "outgoing")
        rows = self.make_rows(
            {"token": "kept"},
            {"token": "kept"},
            {"token": ""},
            {"mail_id": outgoing.id},
            {"mail_id": failed.id},
            {"mail_id": sent.id},
            {"mail_id": again.id, "token": "own"},
            {},
        )
        self.before.prepare_tokens(self.env.cr)
        tokens = self.column(rows, "token")
        self.assertEqual(tokens[:3], ["kept", None, None])
        self.assertRegex(tokens[3], "^[0-9a-f]{32}$")
        self.assertRegex(tokens[4], "^[0-9a-f]{32}$")
        self.assertNotEqual(tokens[3], tokens[4])
        self.assertEqual(tokens[5:], [None, "own", None])

    # ------------------------------------------------------------
    # ROWS
    # ------------------------------------------------------------

    def test_what_events_say_of_a_row(self):
        opened, sent, stateless, other = rows = self.make_rows(
            {"state": "opened"}, {"state": "sent"}, {"state": ""}, {"state": "bounced"}
        )
        for second, event_type in enumerate(("sent", "open", "open", "click", "delivered"), 1):
            self.add_event(opened, event_type, second, server=f"{event_type}.example.com")
        self.add_event(sent, "sent", 1, server="a.example.com")
        self.add_event(sent, "sent", 2, server="b.example.com")
        self.add_event(other, "soft_bounce", 3)
        self.add_event(other, "hard_bounce", 2, timestamp=1704103206.7)
        self.add_event(other, "deferral", 4, timestamp=0)
        self.before.fill_rows(self.env.cr)
        self.assertEqual(
            [time and str(time)[-2:] for time in self.column(rows, "state_time")],
            ["04", "02", None, "06"],
            "the last event that speaks for the state; a click does for an opening",
        )
        self.assertEqual(self.column(rows, "state"), ["opened", "sent", None, "bounced"])
        self.assertEqual(
            self.column(rows, "smtp_server"), ["sent.example.com", "b.example.com", None, None]
        )
        self.assertEqual(self.column(rows, "open_count"), [2, 0, 0, 0])
        self.assertEqual(self.column(rows, "click_count"), [1, 0, 0, 0])
        self.assertEqual(self.column(rows, "machine_open_count"), [0] * 4)
        self.assertEqual(self.column(rows, "is_cc"), [False] * 4)
        (first,), (last,) = (self.column(opened, name) for name in ("first_open", "last_open"))
        self.assertEqual((str(first)[-2:], str(last)[-2:]), ("02", "03"))
        self.assertEqual(self.column(sent, "first_open"), [None])

    def test_each_type_of_event_speaks_for_its_state(self):
        pairs = {
            "deferral": "deferred",
            "hard_bounce": "bounced",
            "soft_bounce": "soft-bounced",
            "open": "opened",
            "click": "opened",
            "reject": "rejected",
            **{word: word for word in ("sent", "error", "delivered", "spam", "unsub")},
        }
        rows = self.make_rows(*({"state": state} for state in pairs.values()))
        for row, event_type in zip(rows, pairs, strict=True):
            self.add_event(row, event_type, 7)
            self.add_event(row, "sent" if event_type != "sent" else "open", 9)
        self.before.fill_rows(self.env.cr)
        self.assertEqual({str(time)[-1] for time in self.column(rows, "state_time")}, {"7"})

    def test_what_is_known_without_events(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        message, orphan = self.env["mail.message"].create(
            [
                {"author_id": self.author.id, "record_company_id": self.env.company.id},
                {"author_id": gone.id},
            ]
        )
        rows = self.make_rows(
            {
                "mail_message_id": message.id,
                "recipient_address": "anna@Example.com",
                "state": "error",
                "error_smtp_server": "smtp.example.com",
                "mail_id_int": 17,
            },
            {"mail_message_id": orphan.id, "recipient_address": "no address", "state": "sent"},
            {"recipient_address": '"a@b"@example.org'},
        )
        self.before.fill_rows(self.env.cr)
        self.assertEqual(self.column(rows, "author_id"), [self.author.id, gone.id, None])
        self.assertEqual(self.column(rows, "company_id")[0], self.env.company.id)
        self.assertEqual(
            self.column(rows, "recipient_domain"), ["example.com", None, "example.org"]
        )
        self.assertEqual(self.column(rows, "smtp_server"), ["smtp.example.com", None, None])
        self.assertEqual(self.column(rows, "mail_id_int"), [17, None, None])
        times = self.column(rows, "state_time")
        self.assertEqual([time and str(time) for time in times], [f"{MOMENT}0"] * 2 + [None])

    def test_the_mail_of_a_row_is_that_of_the_other_addon(self):
        self.env.cr.execute("ALTER TABLE mail_tracking_email ADD COLUMN mail_id int4")
        rows = self.make_rows({"mail_id": 5}, {"mail_id": 5, "mail_id_int": 6}, {"mail_id_int": 7})
        self.before.fill_rows(self.env.cr)
        self.assertEqual(self.column(rows, "mail_id_int"), [5, 5, 7])

    def test_failures_are_to_be_reviewed_where_their_message_is(self):
        marked, unmarked = self.env["mail.message"].create([{}, {}])
        marked.sudo().mail_tracking_needs_action = True
        states = ("error", "rejected", "spam", "bounced", "soft-bounced", "sent", "opened", "")
        rows = self.make_rows(*({"mail_message_id": marked.id, "state": s} for s in states))
        others = self.make_rows(
            {"mail_message_id": unmarked.id, "state": "error"}, {"state": "error"}
        )
        self.before.fill_rows(self.env.cr)
        self.assertEqual(self.column(rows, "needs_action"), [True] * 5 + [False] * 3)
        self.assertEqual(self.column(others, "needs_action"), [False, False])

    def test_rows_are_filled_in_batches_none_left_out(self):
        rows = self.make_rows(*({"state": "sent"} for _number in range(5)))
        for second, row in enumerate(rows, 1):
            self.add_event(row, "sent", second)
        with patch.object(self.before, "BATCH", 2):
            self.before.fill_rows(self.env.cr)
        self.assertEqual([str(time)[-1] for time in self.column(rows, "state_time")], list("12345"))

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def flags(self, records):
        table = records._table
        found = dict(
            self.execute(
                f"SELECT id, mail_tracking_needs_action FROM {table} WHERE id IN %s", [records._ids]
            )
        )
        return [bool(found[record.id]) for record in records]

    def test_only_messages_with_a_failure_stay_marked(self):
        messages = self.env["mail.message"].create([{} for _number in range(6)])
        failed, exception, bounced, delivered, nothing, unmarked = messages
        notifications = self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": message.id,
                    "res_partner_id": self.anna.id,
                    "notification_type": "email",
                    "notification_status": status,
                }
                for message, status in (
                    (exception, "exception"),
                    (bounced, "bounce"),
                    (delivered, "sent"),
                    (unmarked, "exception"),
                )
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET mail_tracking_needs_action = id <> %s WHERE id IN %s",
            [unmarked.id, messages._ids],
        )
        self.make_rows(
            {"mail_message_id": failed.id, "needs_action": True},
            {"mail_message_id": delivered.id, "needs_action": False},
        )
        self.before.settle_messages(self.env.cr)
        self.assertEqual(self.flags(messages), [True, True, True, False, False, False])
        self.env.cr.execute(
            "UPDATE mail_notification SET mail_tracking_needs_action = FALSE WHERE id IN %s",
            [notifications._ids],
        )
        self.after.mark_notifications(self.env.cr)
        self.assertEqual(self.flags(notifications), [True, True, False, False])

    def test_addresses_become_cores_where_it_has_none(self):
        for name in ("email_to", "email_cc"):
            self.env.cr.execute(f"ALTER TABLE mail_message ADD COLUMN {name} varchar")
        messages = self.env["mail.message"].create([{} for _number in range(4)])
        self.env.flush_all()
        for message, (old, core) in zip(
            messages,
            (("a@b.c", None), ("a@b.c", ""), ("a@b.c", "own@b.c"), ("", None)),
            strict=True,
        ):
            self.env.cr.execute(
                """UPDATE mail_message SET email_to = %(old)s, email_cc = 'cc ' || %(old)s,
                          incoming_email_to = %(core)s, incoming_email_cc = %(core)s
                    WHERE id = %(id)s""",
                {"old": old, "core": core, "id": message.id},
            )
        self.before.keep_addresses(self.env.cr)
        for name, prefix in (("incoming_email_to", ""), ("incoming_email_cc", "cc ")):
            found = dict(
                self.execute(f"SELECT id, {name} FROM mail_message WHERE id IN %s", [messages._ids])
            )
            values = [found[message.id] or "" for message in messages]
            expected = [f"{prefix}a@b.c", f"{prefix}a@b.c", "own@b.c", "cc " if prefix else ""]
            self.assertEqual([v.strip() for v in values], [e.strip() for e in expected])

    # ------------------------------------------------------------
    # LEFTOVERS
    # ------------------------------------------------------------

    def forgotten_model(self, name, module="mail_tracking", rows=0):
        table = name.replace(".", "_")
        self.env.cr.execute(f"CREATE TABLE {table} (id serial)")
        for _row in range(rows):
            self.env.cr.execute(f"INSERT INTO {table} DEFAULT VALUES")
        [(model_id,)] = self.execute(
            """INSERT INTO ir_model (model, name, "order", state)
               VALUES (%s, '{"en_US": "Forgotten"}', 'id', 'base') RETURNING id""",
            [name],
        )
        for owner in module.split(","):
            self.env.cr.execute(
                "INSERT INTO ir_model_data (module, name, model, res_id)"
                " VALUES (%s, %s, 'ir.model', %s)",
                [owner, f"model_{table}", model_id],
            )
        return table

    def test_empty_tables_of_forgotten_models_go(self):
        gone = self.forgotten_model("mail.tracking.forgotten")
        full = self.forgotten_model("mail.tracking.full", rows=1)
        others = self.forgotten_model("mail.other", module="mail")
        shared = self.forgotten_model("mail.shared", module="mail,mail_tracking")
        self.after.drop_forgotten_tables(self.env)
        left = {
            name
            for (name,) in self.execute(
                "SELECT tablename FROM pg_tables WHERE tablename IN %s",
                [(gone, full, others, shared, "mail_tracking_email")],
            )
        }
        self.assertEqual(left, {full, others, shared, "mail_tracking_email"})

    def test_columns_of_ours_that_are_computed_now_go_and_no_others(self):
        self.env.cr.execute("ALTER TABLE mail_tracking_email ADD COLUMN mail_id int4")
        self.env.cr.execute("ALTER TABLE mail_tracking_email ADD COLUMN display_name varchar")
        self.env.cr.execute("ALTER TABLE mail_tracking_email ADD COLUMN of_another_addon int4")
        self.env.cr.execute("ALTER TABLE res_partner ADD COLUMN email_formatted varchar")
        self.env.cr.execute("ALTER TABLE mail_tracking_event ADD COLUMN display_name varchar")
        for model in ("mail.tracking.email", "mail.tracking.event", "res.partner"):
            self.after.drop_columns(self.env.cr, self.env[model])
        columns = {
            name
            for (name,) in self.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name IN ('mail_tracking_email', 'mail_tracking_event', 'res_partner')"
                " AND (table_name, column_name) <> ('res_partner', 'display_name')"
            )
        }
        self.assertFalse(columns & {"mail_id", "display_name"})
        self.assertLessEqual({"of_another_addon", "email_formatted", "recipient_address"}, columns)

    def test_only_keys_of_ours_that_are_gone_leave_odoos_list(self):
        for name, kind, module in (
            ("gone_of_ours", "f", "mail_tracking"),
            ("gone_of_mail", "f", "mail"),
            ("unique_of_ours", "u", "mail_tracking"),
        ):
            self.env.cr.execute(
                """INSERT INTO ir_model_constraint (name, type, module, model)
                   SELECT %s, %s, ir_module_module.id, ir_model.id FROM ir_module_module, ir_model
                    WHERE ir_module_module.name = %s AND ir_model.model = 'mail.tracking.email'""",
                [name, kind, module],
            )
        query = "SELECT name FROM ir_model_constraint"
        before = self.execute(query)
        self.after.forget_lost_keys(self.env.cr)
        self.assertEqual(set(before) - set(self.execute(query)), {("gone_of_ours",)})

    def test_notifications_follow_their_message(self):
        message = self.env["mail.message"].create({})
        notification = self.env["mail.notification"].create(
            {"mail_message_id": message.id, "res_partner_id": self.anna.id}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET mail_tracking_needs_action = TRUE WHERE id = %s", [message.id]
        )
        self.assertEqual(self.flags(notification), [False])
        self.after.migrate(self.env.cr, "19.0.1.0.0")
        self.assertEqual(self.flags(notification), [True])

    def test_nothing_is_done_to_a_new_database(self):
        (row,) = self.make_rows({"token": "", "state": "sent"})
        index = "mail_tracking_email__author_id_index"
        self.env.cr.execute("ALTER TABLE mail_tracking_email ADD COLUMN display_name varchar")
        self.env.cr.execute(f"CREATE INDEX IF NOT EXISTS {index} ON mail_tracking_email (id)")

        def left():
            return self.column(row, "token") + [
                bool(self.execute(query))
                for query in (
                    f"SELECT 1 FROM pg_indexes WHERE indexname = '{index}'",
                    "SELECT 1 FROM information_schema.columns"
                    " WHERE table_name = 'mail_tracking_email' AND column_name = 'display_name'",
                )
            ]

        for module in (self.before, self.after):
            module.migrate(self.env.cr, False)
        self.assertEqual(left(), ["", True, True])
        for module in (self.before, self.after):
            module.migrate(self.env.cr, "19.0.1.0.0")
        self.assertEqual(left(), [None, False, False])
