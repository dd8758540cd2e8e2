"""An address that is proved dead is dead on every contact that has it."""

from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .support.report_common import FULL, UNKNOWN, ReportCommon

DEAD = "gone@example.com"


@tagged("post_install", "-at_install")
class TestDeadAddresses(ReportCommon):
    def prove(self, address=DEAD):
        """A mail to an address comes back for good; returns its row."""
        mail = self.send_mail(email_to=address, subject="Secret of another company")
        row = self.rows(mail.mail_message_id)
        self.report((address, "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertEqual(row.state, "bounced")
        return row

    def new_contact(self, email=DEAD, **vals):
        return self.env["res.partner"].create({"name": "New", "email": email, **vals})

    def tell(self):
        """Do what is done a moment later."""
        self.process_pending()

    def assert_marked(self, partner, row):
        self.assertTrue(partner.email_bounced)
        self.assertIn("User unknown", partner.email_bounced_reason)
        # one of them may be rounded to the next second
        apart = partner.email_bounced_date - row.state_time
        self.assertLessEqual(abs(apart.total_seconds()), 1)
        self.assertEqual(partner.email_bounced_source, "mx.example.net")

    def assert_unmarked(self, partner):
        self.assertFalse(partner.email_bounced or partner.email_bounced_reason)
        self.assertFalse(partner.email_bounced_date or partner.email_bounced_source)

    def test_a_late_failure_of_an_email_that_had_arrived_revives_nobody(self):
        mail = self.send_mail(email_to=DEAD, subject="Before")
        arrived = self.rows(mail.mail_message_id)
        arrived.event_create("delivered", {})
        row, contact = self.prove(), self.new_contact()
        self.tell()
        self.assert_marked(contact, row)
        late = arrived.event_create("soft_bounce", {"error_type": "mailbox_full"})
        self.assertEqual((arrived.state, late.is_pending), ("delivered", False))
        self.tell()
        self.assert_marked(contact, row)

    # ------------------------------------------------------------
    # WHO GETS IT
    # ------------------------------------------------------------

    def test_each_way_to_get_the_address(self):
        row = self.prove()
        Partner = self.env["res.partner"]
        with Form(Partner) as form:
            form.name, form.email = "Form", DEAD
        imported = Partner.load(["name", "email"], [["Import", DEAD]])["ids"]
        written, both = self.new_contact("works@example.com"), self.new_contact("two@example.com")
        written.email = DEAD
        (both | self.carl).write({"email": DEAD})
        child = self.new_contact(False, parent_id=self.record.id)
        child.email = DEAD
        user = self.env["res.users"].create({"name": "U", "login": DEAD, "email": DEAD})
        ways = {
            "created": self.new_contact(),
            "other case": self.new_contact("Gone <GONE@Example.com>"),
            "several": self.new_contact(f"{DEAD}, other@example.com"),
            "form": form.record,
            "imported": Partner.browse(imported),
            "copied": self.new_contact().copy(),
            "written": written,
            "written together": both,
            "child": child,
            "user": user.partner_id,
            "found or created": Partner.find_or_create(f"X <{DEAD}>"),
            "archived": self.new_contact(active=False),
        }
        for way, partner in ways.items():
            with self.subTest(way):
                self.assert_marked(partner, row)
        self.assert_marked(self.carl, row)

    def test_an_address_that_is_changed_and_changed_back(self):
        self.anna.email = DEAD
        row = self.prove()
        self.assert_marked(self.anna, row)
        self.anna.email = "anna@example.com"
        self.assert_unmarked(self.anna)
        self.anna.email = DEAD.upper()
        self.assert_marked(self.anna, row)
        self.anna.email = False
        self.assert_unmarked(self.anna)

    def test_who_holds_it_when_it_is_proved(self):
        archived = self.new_contact(active=False)
        holder = self.new_contact()
        row = self.prove()
        self.assert_marked(holder | archived and holder, row)
        self.assert_marked(archived, row)

    def test_nobody_else_gets_it(self):
        self.prove()
        for email in ("notgone@example.com", "gone@example.com.org", "gone", False, ""):
            with self.subTest(email):
                self.assert_unmarked(self.new_contact(email))

    def test_who_may_create_contacts_need_not_see_the_mail(self):
        """Another company wrote it: the mark tells the reason, and nothing of the mail."""
        row = self.prove()
        row.company_id = self.env["res.company"].create({"name": "Other"})
        self.user_employee.group_ids += self.env.ref("base.group_partner_manager")
        partner = self.new_contact()
        mine = self.env["res.partner"].with_user(self.user_employee)
        mine = mine.create({"name": "Mine", "email": DEAD})
        self.assert_marked(mine, row)
        texts = [*mine.message_ids.mapped("body"), mine.email_bounced_reason]
        self.tell()
        texts += mine.message_ids.mapped("body")
        self.assertNotIn("Secret", " ".join(texts))
        self.assertTrue(partner.email_bounced)

    def test_what_proves_nothing_marks_nobody(self):
        mail = self.send_mail(email_to=DEAD)
        row = self.rows(mail.mail_message_id)
        self.report((DEAD, "failed", "5.1.1", UNKNOWN), headers=f"Message-ID: {row.message_id}")
        self.assert_unmarked(self.new_contact())
        mail = self.send_mail(email_to=DEAD)
        self.report(
            (DEAD, "failed", "5.2.2", FULL),
            headers=self.by_token(self.rows(mail.mail_message_id)),
        )
        self.assert_unmarked(self.new_contact())

    def test_each_kind_of_proof(self):
        with self.subTest("event"):
            row = self.env["mail.tracking.email"].create({"recipient": "one@example.com"})
            row.event_create("hard_bounce", {"error_description": "550 no such user"})
            self.assertTrue(self.new_contact("one@example.com").email_bounced)
        with self.subTest("refused by our own server"):
            self.handler.refuse_rcpt["two@example.com"] = "550 5.1.1 no such user"
            with mute_logger("odoo.addons.mail.models.mail_mail"):
                self.send_mail(email_to="two@example.com")
            self.tell()
            partner = self.new_contact("two@example.com")
            self.assertTrue(partner.email_bounced)
            self.assertIn("no such user", partner.email_bounced_reason)
        with self.subTest("soft bounces in a row"):
            self.env["ir.config_parameter"].set_param("mail_tracking.soft_bounces_to_flag", 1)
            mail = self.send_mail(email_to="three@example.com")
            self.report(
                ("three@example.com", "failed", "5.2.2", FULL),
                headers=self.by_token(self.rows(mail.mail_message_id)),
            )
            self.assertTrue(self.new_contact("three@example.com").email_bounced)

    # ------------------------------------------------------------
    # WHAT ENDS IT
    # ------------------------------------------------------------

    def test_what_ends_it_ends_it_for_all_to_come(self):
        def arrives(_partner, _row):
            mail = self.send_mail(email_to=DEAD)
            row = self.rows(mail.mail_message_id)
            self.report((DEAD, "delivered", "2.0.0", "250"), headers=self.by_token(row))

        def is_opened(_partner, row):
            row.event_create("open", {"open_kind": "person"})

        def by_hand(partner, _row):
            self.env.invalidate_all()
            with Form(partner) as form:
                form.email_bounced = False

        def by_code(partner, _row):
            partner.email_bounced = False

        def writes(_partner, _row):
            self.deliver(
                f"From: Gone <{DEAD}>\nTo: x@test.mycompany.com\nSubject: Hello\n"
                "Message-ID: <hello@example.com>\n\nHere I am.\n"
            )

        for end in (arrives, is_opened, by_hand, by_code, writes):
            with self.subTest(end.__name__):
                row = self.prove()
                partner, other = self.new_contact(), self.new_contact(name="Other")
                self.assert_marked(partner, row)
                end(partner, row)
                self.env.invalidate_all()
                self.assert_unmarked(partner)
                if end not in (by_hand, by_code):
                    self.assert_unmarked(other)
                self.assert_unmarked(self.new_contact())
                other.email = "elsewhere@example.com"
                other.email = DEAD
                self.assert_unmarked(other)
                again = self.prove()
                self.assert_marked(partner, again)
                self.assert_marked(self.new_contact(), again)
                self.env["res.partner"].search([("email_normalized", "=", DEAD)]).write(
                    {"email": False, "email_bounced": False}
                )

    def test_it_goes_with_the_new_address_that_is_said_to_work(self):
        row = self.prove()
        self.bob.write({"email": DEAD, "email_bounced": False})
        self.assert_unmarked(self.bob)
        self.assert_unmarked(self.new_contact())
        self.assertTrue(row.exists())

    def test_it_stays_while_nothing_arrives(self):
        row = self.prove()
        row.event_create("open", {"open_kind": "machine"})
        self.send_mail(email_to=DEAD)
        self.prove()
        self.assert_marked(self.new_contact(), row)

    # ------------------------------------------------------------
    # MERGING
    # ------------------------------------------------------------

    def merge(self, partners, survivor):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge(partners.ids, survivor)
        self.env.invalidate_all()
        return survivor

    def test_merging_leaves_the_mark_where_the_address_is(self):
        row = self.prove()
        for name, addresses, is_marked in (
            ("the survivor's works", (DEAD, "works@example.com"), False),
            ("the survivor's is dead", ("works@example.com", DEAD), True),
            ("the survivor gets the dead one", (DEAD, False), True),
            ("the survivor gets the one that works", ("works@example.com", False), False),
            ("the last one wins", (DEAD, "works@example.com", False), False),
            ("both are dead", (DEAD, DEAD.upper()), True),
        ):
            with self.subTest(name):
                *_, last = partners = [self.new_contact(email) for email in addresses]
                survivor = self.merge(self.env["res.partner"].union(*partners), last)
                if is_marked:
                    self.assert_marked(survivor, row)
                else:
                    self.assert_unmarked(survivor)
        self.assert_marked(self.new_contact(), row)

    def test_merging_leaves_a_mark_that_somebody_made(self):
        other = self.new_contact("works@example.com")
        other.email_bounced = True
        survivor = self.merge(other | self.bob, self.bob)
        self.assert_unmarked(survivor)
        other = self.new_contact(survivor.email)
        other.write({"email_bounced": True, "email_bounced_reason": "He left"})
        survivor = self.merge(other | self.bob, self.bob)
        self.assertEqual(survivor.email_bounced_reason, "He left")

    # ------------------------------------------------------------
    # COST
    # ------------------------------------------------------------

    def test_many_contacts_cost_as_many_queries_as_one(self):
        for number in range(80):
            row = self.env["mail.tracking.email"].create({"recipient": f"d{number}@example.com"})
            row.event_create("hard_bounce", {})
        Partner = self.env["res.partner"]

        def count(domain, numbers):
            self.env.flush_all()
            self.env.invalidate_all()
            vals_list = [{"name": "P", "email": f"d{n}@{domain}"} for n in numbers]
            before = self.env.cr.sql_log_count
            partners = Partner.create(vals_list)
            self.env.flush_all()
            queries = self.env.cr.sql_log_count - before
            self.assertEqual(all(partners.mapped("email_bounced")), domain == "example.com")
            return queries, partners

        count("example.com", range(2))  # fill what is remembered
        few, _partners = count("example.com", range(2))
        many, partners = count("example.com", range(80))
        self.assertLessEqual(many, few)
        with self.count_our_queries() as queries:
            count("works.example.org", range(80))
        self.assertEqual(len(queries), 1)
        with self.count_our_queries() as queries:
            Partner.create([{"name": "Without"}] * 3).write({"name": "Still without"})
            partners.write({"name": "The same address", "phone": "1"})
            self.env.flush_all()
        self.assertEqual(queries, [])

    def test_proofs_do_not_grow_with_the_mails_to_an_address(self):
        for _i in range(3):
            self.prove()
        self.assertEqual(
            self.env["mail.tracking.email"].search_count(
                [("recipient_address", "=", DEAD), ("is_address_dead", "=", True)]
            ),
            1,
        )
