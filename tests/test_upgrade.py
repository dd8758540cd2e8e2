"""From the other addon of this name to this one, and away again, in real processes."""

import contextlib

import psycopg2
from aiosmtpd.controller import Controller

from odoo.tests import tagged

from .support import other_addon, other_addon_rows
from .support.common import RecordingHandler, free_port
from .support.database_queries import RECORDS, STRUCTURE, TRACES
from .support.process_common import ProcessCase

ROWS = 330
FAILED = ("error", "rejected", "spam", "bounced", "soft-bounced")
EVENT_STATES = {
    "deferral": "deferred",
    "hard_bounce": "bounced",
    "soft_bounce": "soft-bounced",
    "open": "opened",
    "click": "opened",
    "reject": "rejected",
}
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
UNINSTALL = """
from odoo import api
from odoo.modules.registry import Registry
env["ir.module.module"].search([("name", "=", "mail_tracking")]).button_immediate_uninstall()
with Registry(env.cr.dbname).cursor() as cr:
    env = api.Environment(cr, api.SUPERUSER_ID, {})
    assert "mail.tracking.email" not in env
    env["ir.mail_server"].create({"name": "Loopback", "smtp_host": "127.0.0.1",
        "smtp_port": %d, "smtp_encryption": "none"})
    partner = env["res.partner"].create({"name": "Anna", "email": "anna@example.com"})
    message = partner.message_post(body="Hello", partner_ids=partner.ids, author_id=3,
        message_type="comment", subtype_xmlid="mail.mt_comment", force_send=False)
    env["mail.mail"].search([("mail_message_id", "=", message.id)]).send()
    print("STATUS", message.notification_ids.notification_status)
    cr.rollback()
"""


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestUpgrade(ProcessCase):
    maxDiff = 3000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.new_database("upgrade")
        cls.untouched = {**cls.look(STRUCTURE), **cls.look(TRACES)}
        with contextlib.closing(psycopg2.connect(**{**cls.info, "database": cls.database})) as db:
            with db.cursor() as cr:
                other_addon.build(cr)
                other_addon_rows.fill(cr, ROWS)
                cr.execute("UPDATE res_partner SET email_bounced = TRUE WHERE id = 3")
                cls.dead, cls.alive = cls.add_addresses(cr)
                cr.execute(
                    'UPDATE ir_model SET name = name || \'{"fr_FR": "Personne"}\''
                    " WHERE model = 'res.partner'"
                )
                cr.execute("UPDATE res_company SET mail_tracking_show_aliases = TRUE")
                cr.execute(
                    """UPDATE res_partner
                          SET country_id = (SELECT id FROM res_country WHERE code = 'FR')
                        WHERE id IN (SELECT partner_id FROM res_company)"""
                )
            db.commit()
        cls.before = cls.content()
        cls.odoo("-d", cls.database, "-u", "mail_tracking", "--stop-after-init")
        cls.after = cls.content()
        cls.upgraded = cls.look({**STRUCTURE, **RECORDS})

    @classmethod
    def add_addresses(cls, cr):
        """Let some addresses that failed be held by contacts, or have got a mail since.

        :return: addresses that are dead, and that are not
        """
        query = """SELECT recipient_address FROM mail_tracking_email
                    WHERE state = %s AND recipient_address <> '' ORDER BY id"""
        cr.execute(query, ["bounced"])
        arrived, marked, cleared, *others = [address for (address,) in cr.fetchall()]
        cr.execute(query, ["soft-bounced"])
        soft, *softs = [address for (address,) in cr.fetchall()]
        cr.execute(
            """UPDATE mail_tracking_email SET recipient_address = %s
                WHERE id = (SELECT max(id) FROM mail_tracking_email WHERE state = 'opened')""",
            [arrived],
        )
        holders = (marked, True), (cleared, False), (soft, True)
        for address, is_bounced in holders:
            cr.execute(
                """INSERT INTO res_partner (name, complete_name, email, email_normalized, active,
                          type, email_bounced) VALUES ('P', 'P', %s, %s, TRUE, 'contact', %s)""",
                [address, address, is_bounced],
            )
        return {marked, soft, *others}, {arrived, cleared, *softs}

    @classmethod
    def look(cls, queries, database=None):
        """Sorted results of queries."""
        return {
            key: sorted(cls.sql(database or cls.database, query), key=repr)
            for key, query in queries.items()
        }

    @classmethod
    def content(cls):
        """All that people put in: table -> id -> values by column."""
        return {
            table: {
                row["id"]: row
                for (row,) in cls.sql(cls.database, f"SELECT to_jsonb(t) FROM {table} t {where}")  # noqa: S608
            }
            for table, where in (
                ("mail_tracking_email", ""),
                ("mail_tracking_event", ""),
                ("mail_message", ""),
                ("mail_mail", ""),
                ("res_partner", ""),
                ("res_company", ""),
                ("ir_config_parameter", "WHERE key LIKE '%%tracking%%'"),
            )
        }

    def test_all_that_was_known_is_kept(self):
        moved = {
            "mail_tracking_email": {"display_name", "mail_id", "forgotten_field"},
            "mail_message": {"email_to", "email_cc", "incoming_email_to", "incoming_email_cc"}
            | {"mail_tracking_needs_action"},
        }
        self.assert_kept(self.before, self.after, moved)

    def test_addresses_that_are_known_to_be_dead(self):
        rows = self.after["mail_tracking_email"].values()
        dead = {row["recipient_address"] for row in rows if row["is_address_dead"]}
        self.assertEqual(dead, self.dead)
        self.assertTrue(dead.isdisjoint(self.alive))

    def assert_kept(self, before, after, moved=()):
        """All values are what they were, except for those of some columns.

        :param moved: table -> names of columns
        """
        for table, rows in before.items():
            self.assertTrue(rows, table)
            gone = dict(moved).get(table, set())
            if not table.startswith("mail_tracking"):
                gone |= {"write_date"}  # Odoo loads its own contacts and companies again
            for row_id, row in rows.items():
                kept = {key: value for key, value in row.items() if key not in gone}
                new = after[table][row_id]
                self.assertEqual(kept, {key: new.get(key, "missing") for key in kept}, table)
            # an update may leave some of its own, and writes down what states rest on
            if table not in ("mail_message", "mail_tracking_event"):
                self.assertEqual(rows.keys(), after[table].keys(), table)

    def test_new_columns_say_what_is_known(self):
        events = {}
        for event in self.before["mail_tracking_event"].values():
            events.setdefault(event["tracking_email_id"], []).append(event)
        for row_id, old in self.before["mail_tracking_email"].items():
            new = self.after["mail_tracking_email"][row_id]
            expected = self.expected(old, events.get(row_id, []))
            self.assertEqual(expected, {key: new[key] for key in expected}, old)

    def expected(self, old, events):
        """The new columns of a row, computed another way than the upgrade does."""
        message = self.before["mail_message"].get(old["mail_message_id"])
        by_type = {}
        for event in sorted(events, key=lambda event: event["timestamp"]):
            by_type.setdefault(event["event_type"], []).append(event)
        opens = by_type.get("open", [])
        decisive = [
            event["time"]
            for event in events
            if EVENT_STATES.get(event["event_type"], event["event_type"]) == old["state"]
        ]
        sent = by_type.get("sent", [])
        return {
            "mail_id_int": old["mail_id"],
            "author_id": message and message["author_id"],
            "company_id": message and message["record_company_id"],
            "recipient_domain": old["recipient_address"]
            and old["recipient_address"].partition("@")[2],
            "is_cc": False,
            "state_time": old["state"] and (max(decisive) if decisive else old["time"]),
            "needs_action": bool(message and message["mail_tracking_needs_action"])
            and old["state"] in FAILED,
            "smtp_server": sent[0]["smtp_server"] if sent else old["error_smtp_server"],
            "first_open": opens[0]["time"] if opens else None,
            "last_open": opens[-1]["time"] if opens else None,
            "open_count": len(opens),
            "machine_open_count": 0,
            "click_count": len(by_type.get("click", [])),
        }

    def test_no_mode_changes(self):
        query = """SELECT mail_tracking_open_mode, mail_tracking_unanswered,
                          mail_tracking_follows_country, mail_tracking_foot FROM res_company"""
        for modes in self.sql(self.database, query):
            self.assertEqual(modes, ("identified", "identified", None, None))
        query = "SELECT key FROM ir_config_parameter WHERE key LIKE 'mail_tracking.client%'"
        self.assertEqual(self.sql(self.database, query), [])

    def test_only_marks_of_failures_stay(self):
        failed = {
            row["mail_message_id"]
            for row in self.before["mail_tracking_email"].values()
            if row["state"] in FAILED
        }
        marks = {True: 0, False: 0}
        for message_id, old in self.before["mail_message"].items():
            new = self.after["mail_message"][message_id]["mail_tracking_needs_action"]
            expected = bool(old["mail_tracking_needs_action"]) and message_id in failed
            self.assertEqual(bool(new), expected, message_id)
            marks[expected] += 1
        self.assertTrue(all(marks.values()))

    def test_addresses_of_received_mails_are_cores(self):
        for message_id, old in self.before["mail_message"].items():
            new = self.after["mail_message"][message_id]
            for mine, cores in (
                ("email_to", "incoming_email_to"),
                ("email_cc", "incoming_email_cc"),
            ):
                self.assertEqual(new[cores], old[cores] or old[mine])
                self.assertNotIn(mine, new)

    def test_nothing_tells_the_database_from_a_new_one(self):
        fresh = self.look({**STRUCTURE, **RECORDS}, self.tested)
        for key, expected in fresh.items():
            self.assertTrue(expected or key == "view groups", key)
            found = self.upgraded[key]
            # a field of another addon is named by whichever is loaded first
            found = set(found) | {
                each for each in expected if "__message_has_sms_error" in str(each)
            }
            self.assertEqual(set(found) - set(expected), set(), f"{key}: too many")
            self.assertEqual(set(expected) - set(found), set(), f"{key}: missing")

    def test_translations_of_others_stay(self):
        query = "SELECT name->>'fr_FR' FROM ir_model WHERE model = %s"
        self.assertEqual(self.sql(self.database, query, ["res.partner"]), [("Personne",)])
        self.assertEqual(self.sql(self.database, query, ["mail.tracking.email"]), [(None,)])

    def test_z_later_a_second_upgrade_old_images_and_the_end(self):
        """The second half of the story, in its order."""
        rows = self.before["mail_tracking_email"].values()
        sent = [row for row in rows if row["state"] == "sent" and row["token"]]
        keyed, guessed, scanned = sent[0], sent[1], next(r for r in sent if r["id"] % 5 == 0)
        keyless = next(row for row in rows if row["state"] == "sent" and not row["token"])
        server = self.server("-d", self.database, "-u", "mail_tracking", "--load=base,web")
        with server as base:
            self.assertEqual(self.look({**STRUCTURE, **RECORDS}), self.upgraded)
            self.assert_kept(self.after, self.content())
            path = f"{base}/mail/tracking/open/{self.database}"
            self.get(f"{path}/{keyed['id']}/{keyed['token']}/blank.gif", THUNDERBIRD)
            self.get(f"{path}/{guessed['id']}/blank.gif", THUNDERBIRD)
            self.get(f"{path}/{keyless['id']}/blank.gif", THUNDERBIRD)
            self.get(f"{path}/{scanned['id']}/{scanned['token']}/blank.gif", "curl/8.0")
        self.assertEqual(self.log_lines(), [])
        now = self.content()["mail_tracking_email"]
        self.assertEqual(now[keyed["id"]]["state"], "opened")
        self.assertEqual(now[guessed["id"]]["state"], "sent", "the key is needed")
        self.assertEqual(now[keyless["id"]]["state"], "opened", "there is no key")
        self.assertEqual(now[scanned["id"]]["state"], "sent", "a state without events stays")
        self.assertEqual(now[scanned["id"]]["machine_open_count"], 1)
        self.uninstall()

    def uninstall(self):
        self.sql(
            self.database,
            "INSERT INTO ir_filters (name, model_id, domain, context, sort, active) VALUES"
            " ('Mine', 'mail.tracking.email', '[]', '{}', '[]', true)",
        )
        handler = RecordingHandler()
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
        controller.start()
        try:
            script = UNINSTALL % controller.port
            output = self.odoo("shell", "-d", self.database, "--no-http", input=script)
        finally:
            controller.stop()
        self.assertIn("STATUS sent", output)
        ((_sender, recipients, _mail),) = handler.envelopes
        self.assertEqual(recipients, ["anna@example.com"], "mail works on")
        left = self.look({**STRUCTURE, **TRACES})
        for key, expected in self.untouched.items():
            self.assertEqual(set(left[key]) - set(expected), set(), f"{key}: left behind")
            self.assertEqual(set(expected) - set(left[key]), set(), f"{key}: lost")
