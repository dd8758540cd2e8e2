"""The list of dead addresses, and what is done about them."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from odoo.addons.mail_tracking.models.dead_addresses.ir_ui_menu import CONTACTS_MENU

from .support.common import MailTrackingCommon, PatientBrowser

REFUSAL = "550 5.1.1 User unknown"


class DeadAddressCommon(MailTrackingCommon):
    def setUp(self):
        super().setUp()
        self.handler.refuse_rcpt["anna@example.com"] = REFUSAL
        self.user_employee.group_ids += self.env.ref("base.group_partner_manager")

    def send_in_vain(self, partner=None):
        """A message of the employee does not reach Anna; returns it."""
        message = self.post(partner or self.anna)
        self.process_pending()
        return message

    def list_of(self, user):
        """The list, as a user sees it."""
        action = self.env["ir.actions.act_window"].with_user(user)
        action = action._for_xml_id("mail_tracking.action_dead_addresses")
        fields = ["email", "email_bounced_reason", "complete_name", "mail_tracking_waiting_count"]
        Partner = self.env["res.partner"].with_user(user)
        domain = [("email_bounced", "=", True), ("id", "in", (self.anna | self.bob).ids)]
        self.assertEqual(action["domain"], "[('email_bounced', '=', True)]")
        return Partner.search(domain).read(fields)


@tagged("post_install", "-at_install")
class TestDeadAddressList(DeadAddressCommon):
    def mine(self, partner):
        """A contact, as the employee sees it."""
        return partner.with_user(self.user_employee)

    def correct(self, partner, new_address):
        action = self.mine(partner).action_mail_tracking_correct()
        correction = self.env[action["res_model"]].with_user(self.user_employee)
        correction = correction.browse(action["res_id"])
        with Form(correction) as form:
            form.new_address = new_address
        return correction.action_correct()

    def test_what_the_list_says(self):
        self.assertEqual(self.list_of(self.user_employee), [])
        self.send_in_vain()
        self.send_in_vain()
        [line] = self.list_of(self.user_employee)
        self.assertEqual((line["email"], line["complete_name"]), ("anna@example.com", "Anna"))
        self.assertIn("Address does not exist", line["email_bounced_reason"])
        self.assertEqual(line["mail_tracking_waiting_count"], 2)
        self.assertTrue(self.anna.email_bounced_date)

    def test_the_emails_that_wait_are_those_that_the_user_may_see(self):
        message = self.send_in_vain()
        postmaster = new_test_user(
            self.env, "postmaster", "mail_tracking.group_postmaster,base.group_partner_manager"
        )
        other = new_test_user(self.env, "other", "base.group_user")
        for user, count in ((self.user_employee, 1), (postmaster, 1), (other, 0)):
            with self.subTest(user.login):
                [line] = self.list_of(user)
                self.assertEqual(line["mail_tracking_waiting_count"], count)
                action = self.anna.with_user(user).action_mail_tracking_waiting()
                found = self.env["mail.tracking.email"].with_user(user).search(action["domain"])
                self.assertEqual(found, self.rows(message) if count else found.browse())
        self.rows(message).with_user(self.user_employee).action_review()
        self.env.invalidate_all()
        [line] = self.list_of(self.user_employee)
        self.assertEqual(line["mail_tracking_waiting_count"], 0)

    def test_correct_and_resend_all_that_failed(self):
        messages = self.send_in_vain() | self.send_in_vain()
        twin = self.anna.copy({"name": "Twin", "email": "Anna <ANNA@example.com>"})
        self.assertTrue(twin.email_bounced)
        action = self.correct(self.anna, " Anna@Example.net ")
        self.assertEqual(action["tag"], "mail_tracking.corrected")
        self.assertEqual((self.anna | twin).mapped("email"), ["anna@example.net"] * 2)
        self.assertFalse((self.anna | twin).filtered("email_bounced"))
        rows = self.env["mail.tracking.email"].with_user(self.user_employee)
        rows = rows.browse(action["params"]["tracking_ids"])
        self.assertEqual(rows.sudo(), self.rows(messages).sorted(lambda r: -r.id))
        choices = rows.action_resend_choices(rows.ids)
        self.assertEqual(choices["doubtful"], [])
        [group] = choices["groups"]
        self.assertTrue(group["selected"])
        with self.smtp():
            rows.browse(group["tracking_ids"]).action_confirm_resend()
            self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).send()
        got = [to for _from, to, _mail in self.handler.envelopes]
        self.assertEqual(got, [["anna@example.net"]] * 2)
        self.assertFalse(any(messages.mapped("mail_tracking_needs_action")))

    def test_several_addresses_of_one_contact(self):
        self.anna.email = "Anna <anna@example.com>, second@example.com"
        self.send_in_vain()
        self.correct(self.anna, "anna@example.net")
        self.assertEqual(self.anna.email, "anna@example.net, second@example.com")

    def test_what_is_no_address(self):
        self.send_in_vain()
        for text in ("anna", "a@example.net, b@example.net", "ANNA@example.com", "x@y@z"):
            with self.subTest(text), self.assertRaises(UserError):
                self.correct(self.anna, text)
        self.assertTrue(self.anna.email_bounced)

    def test_it_works_again(self):
        self.send_in_vain()
        twin = self.anna.copy({"name": "Twin", "email": "anna@example.com"})
        self.bob.email_bounced = True
        self.mine(self.anna | self.bob | self.carl).action_mail_tracking_works()
        self.assertFalse((self.anna | twin | self.bob).filtered("email_bounced"))
        self.assertFalse(self.env["mail.tracking.email"]._search_dead({"anna@example.com"}))
        note = self.anna.message_ids[0]
        self.assertEqual(note.author_id, self.user_employee.partner_id)
        self.assertIn("This email address works again: anna@example.com", note.body)
        self.assertNotIn("works again", " ".join(self.carl.message_ids.mapped("body")))

    def test_only_those_who_may_change_the_contact(self):
        self.send_in_vain()
        self.user_employee.group_ids -= self.env.ref("base.group_partner_manager")
        anna = self.mine(self.anna)
        for action in (anna.action_mail_tracking_works, anna.action_mail_tracking_correct):
            with self.subTest(action.__name__), self.assertRaises(AccessError):
                action()
        Correction = self.env["mail.tracking.correction"].with_user(self.user_employee)
        vals = {"partner_id": anna.id, "new_address": "x@example.net"}
        correction = Correction.sudo().create(vals).sudo(False)
        with self.assertRaises(AccessError):
            correction.action_correct()
        self.assertTrue(self.anna.email_bounced)
        self.assertEqual(self.anna.email, "anna@example.com")

    def test_a_dialog_shows_nothing_of_contacts_that_one_may_not_read(self):
        self.send_in_vain()
        self.anna.company_id = self.env["res.company"].create({"name": "Other"})
        Correction = self.env["mail.tracking.correction"].with_user(self.user_employee)
        for name in ("address", "reason", "waiting_count", "holder_ids"):
            correction = Correction.sudo().create({"partner_id": self.anna.id}).sudo(False)
            self.env.invalidate_all()
            with self.subTest(name), self.assertRaises(AccessError):
                correction.read([name])

    def test_contacts_of_others_keep_the_dead_address(self):
        self.send_in_vain()
        other = self.env["res.company"].create({"name": "Other"})
        twin = self.anna.copy({"email": "anna@example.com", "company_id": other.id})
        self.correct(self.anna, "anna@example.net")
        self.assertEqual(twin.email, "anna@example.com")
        self.assertTrue(twin.email_bounced)

    def test_the_list_costs_the_same_for_one_and_eighty(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"dead{i}@example.com"} for i in range(80)]
        )
        rows = self.env["mail.tracking.email"].create(
            [{"recipient": partner.email, "author_id": self.author.id} for partner in partners]
        )
        rows.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.process_pending()
        self.assertTrue(all(partners.mapped("email_bounced")))

        def count(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            values = self.mine(partners).read(["email", "mail_tracking_waiting_count"])
            self.assertEqual(
                [each["mail_tracking_waiting_count"] for each in values], [1] * len(values)
            )
            return self.env.cr.sql_log_count - before

        count(partners[:1])  # fill what is remembered
        self.assertEqual(count(partners), count(partners[:1]))

    def test_the_menu_in_contacts_goes_with_its_app(self):
        """Where Contacts is installed, there is a menu in it; it is made once, and named as one."""
        Menu = self.env["ir.ui.menu"]
        parent = self.env.ref("contacts.menu_contacts", raise_if_not_found=False)
        if not parent:
            self.assertFalse(self.env.ref(CONTACTS_MENU, raise_if_not_found=False))
            parent = Menu.create({"name": "Contacts"})
            self.env["ir.model.data"].create(
                {
                    "module": "contacts",
                    "name": "menu_contacts",
                    "model": Menu._name,
                    "res_id": parent.id,
                }
            )
        for _i in range(2):
            Menu._add_dead_addresses_menu()
        menu = self.env.ref(CONTACTS_MENU)
        self.assertEqual(parent.child_id.filtered(lambda m: m.name == "Dead addresses"), menu)
        self.assertEqual(menu.action, self.env.ref("mail_tracking.action_dead_addresses"))


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestDeadAddressTours(DeadAddressCommon, PatientBrowser, HttpCase):
    browser_size = "1500x900"

    def test_correct_archive_and_works_again(self):
        wordy = f"{REFUSAL} in virtual mailbox table {'of this mail server ' * 5}"
        for name in ("anna", "bob", "carl"):
            self.handler.refuse_rcpt[f"{name}@example.com"] = wordy
        message = self.send_in_vain(self.anna | self.bob | self.carl)
        with self.smtp():
            self.start_tour(
                "/odoo/action-mail_tracking.action_dead_addresses",
                "mail_tracking_dead_addresses",
                login="employee",
            )
        self.assertEqual(self.anna.email, "anna@example.net")
        self.assertFalse(self.bob.active)
        self.assertFalse(self.carl.email_bounced)
        row = self.rows(message).filtered(lambda r: r.recipient_address == "anna@example.net")
        self.assertEqual(row.resent_by_id, self.user_employee)


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestDeadAddressToursPhone(TestDeadAddressTours):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True
