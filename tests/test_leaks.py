"""What the fields that this addon adds to other models tell, and who may write them."""

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .test_failed import FailedCommon

WORD = "zebra"
#: Refused, or not a way to ask at all.
REFUSALS = (AccessError, ValueError)
#: Plain copies of what core shows to everybody who may read a message.
SHOWN = {"email_to", "email_cc"}


@tagged("post_install", "-at_install")
class TestSearches(FailedCommon):
    """Nobody learns by searching what a message holds that they may not read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addressee = new_test_user(cls.env, "addressee", "base.group_user")
        cls.owner = new_test_user(cls.env, "owner", "base.group_user")
        cls.user_employee.group_ids |= cls.env.ref("base.group_allow_export")
        cls.colleague.group_ids |= cls.env.ref("base.group_allow_export")
        case = cls("make_failed")
        # for its addressee alone, on a contact that everybody may read
        cls.private = case.make_failed(
            record=cls.owner.partner_id,
            message_type="user_notification",
            subject=f"{WORD} subject",
            body=f"<p>{WORD}</p>",
        )
        case.notify(cls.private, cls.addressee)
        cls.env.flush_all()

    def found(self, user, domain, model="res.partner"):
        try:
            with mute_logger("odoo.addons.base.models.ir_model"):
                return self.env[model].with_user(user).search(domain)
        except REFUSALS:
            return self.env[model]

    def test_a_message_for_somebody_else_cannot_be_guessed(self):
        users = (self.colleague, self.user_portal, self.env.ref("base.public_user"))
        for user in users:
            for domain in (
                [("failed_message_ids.body", "ilike", WORD)],
                [("failed_message_ids.subject", "=like", f"{WORD[0]}%")],
                [("failed_message_ids", "ilike", WORD)],
                [("failed_message_ids", "any", [("body", "ilike", WORD)])],
                [("failed_message_ids", "in", self.private.ids)],
                [("failed_message_ids", "=", self.private.id)],
                [("failed_message_ids", "!=", False)],
                [("failed_message_ids.notification_ids.res_partner_id.name", "ilike", "a")],
                [("failed_message_ids.mail_tracking_ids.recipient", "ilike", "bob")],
                [("user_ids.failed_message_ids.body", "ilike", WORD)],
                [("parent_id.child_ids.failed_message_ids.body", "ilike", WORD)],
            ):
                with self.subTest(user=user.login, domain=domain):
                    self.assertFalse(self.found(user, domain))
            with self.subTest(user.login):
                domain = [("failed_message_ids.body", "ilike", WORD)]
                self.assertFalse(self.found(user, domain, "res.users"))

    def test_not_having_it_tells_no_more(self):
        """The other half of each question is all records that the user may read."""
        everybody = self.env["res.partner"].with_user(self.colleague).search([])
        for domain in (
            ["!", ("failed_message_ids.body", "ilike", WORD)],
            [("failed_message_ids", "not any", [("body", "ilike", WORD)])],
            [("failed_message_ids", "not in", self.private.ids)],
            [("failed_message_ids", "=", False)],
        ):
            with self.subTest(domain):
                self.assertEqual(self.found(self.colleague, domain), everybody)

    def test_a_note_on_a_hidden_record_cannot_be_guessed(self):
        self.make_failed(record=self.carl, body=f"<p>{WORD}</p>")
        self.env["ir.rule"].create(
            {
                "name": "Carl is hidden",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": f"[('id', '!=', {self.carl.id})]",
                "groups": [(4, self.env.ref("base.group_user").id)],
            }
        )
        self.record.parent_id = self.carl  # readable, and beside the hidden one
        for path in ("", "parent_id.", "commercial_partner_id."):
            domain = [(f"{path}failed_message_ids.body", "ilike", WORD)]
            with self.subTest(path):
                self.assertFalse(self.found(self.colleague, domain))

    def test_who_may_read_the_message_finds_it(self):
        message = self.make_failed(record=self.anna, body=f"<p>{WORD}</p>")
        for domain in (
            [("failed_message_ids.body", "ilike", WORD)],
            [("failed_message_ids", "in", message.ids)],
            [("failed_message_ids", "!=", False)],
            [("failed_message_ids", "in", [False, message.id]), ("id", "=", self.anna.id)],
        ):
            with self.subTest(domain):
                self.assertEqual(self.found(self.colleague, domain), self.anna)
        self.assertFalse(
            self.found(
                self.colleague,
                [("failed_message_ids", "not in", [False, message.id]), ("id", "=", self.anna.id)],
            )
        )
        self.assertEqual(self.anna.with_user(self.colleague).failed_message_ids, message)
        self.assertFalse(self.owner.partner_id.with_user(self.colleague).failed_message_ids)
        data = self.anna.with_user(self.colleague).export_data(["failed_message_ids/subject"])
        self.assertEqual(data["datas"], [["Offer 0"]])

    def test_secret_columns_of_own_mails_are_no_way_to_sort_or_group(self):
        row = self.row(self.post(self.anna), self.anna)
        for record, name in ((row, "token"), (row.tracking_event_ids, "payload")):
            own = record.browse().with_user(self.user_employee)
            self.assertTrue(own.search([("id", "in", record.ids)]))
            for ask in (
                lambda own=own, name=name: own.search([(name, "=like", "a%")]),
                lambda own=own, name=name: own.search([], order=name),
                lambda own=own, name=name: own._read_group([], [name]),
                lambda own=own, name=name: own._read_group([], [], [f"{name}:array_agg"]),
                lambda own=own, name=name: own.search([]).export_data([name]),
                lambda own=own, name=name: own.search([]).mapped(name),
            ):
                with self.subTest(name), self.assertRaises(AccessError):
                    ask()


@tagged("post_install", "-at_install")
class TestPortalFields(FailedCommon):
    """Portal users and visitors read what core shows them, and nothing of ours."""

    def setUp(self):
        super().setUp()
        self.message = self.make_failed(record=self.user_portal.partner_id)
        self.users = (self.user_portal, self.env.ref("base.public_user"))

    def own_fields(self):
        for name in ("mail.message", "mail.notification", "res.partner", "res.users"):
            for field in self.env[name]._fields.values():
                if "mail_tracking" in field._modules and field.name not in SHOWN:
                    yield name, field

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_no_field_of_ours_can_be_read_searched_sorted_or_grouped(self):
        self.assertGreater(len(list(self.own_fields())), 15)
        for user in self.users:
            for name, field in self.own_fields():
                model = self.env[name].with_user(user)
                asks = (
                    lambda m=model, f=field: m.search([(f.name, "!=", False)]),
                    lambda m=model, f=field: m.search([], order=f.name),
                    lambda m=model, f=field: m._read_group([], [f.name]),
                )
                with self.subTest(f"{user.login}: {name}.{field.name}"):
                    self.assertFalse(model._has_field_access(field, "read"))
                    for ask in asks if field.store else ():
                        self.assertRaises(AccessError, ask)
                    if field.search:
                        self.assertFalse(self.search(model, field))

    def search(self, model, field):
        try:
            return model.search([(field.name, "!=", False)])
        except AccessError:
            return model

    def test_what_core_shows_them_stays_readable(self):
        message = self.message.with_user(self.user_portal)
        self.assertIn(message, self.env["mail.message"].with_user(self.user_portal).search([]))
        [values] = message.read()
        self.assertEqual(values["subject"], "Offer 0")
        self.assertNotIn("mail_tracking_needs_action", values)
        self.env.invalidate_all()
        self.assertEqual(message.subject, "Offer 0")
        self.assertEqual(message.author_id.sudo().name, self.author.name)
        partner = self.user_portal.partner_id.with_user(self.user_portal)
        self.env.invalidate_all()
        self.assertEqual(partner.name, self.user_portal.partner_id.name)
        self.assertTrue(partner.read(["name", "email", "message_ids"]))

    def test_they_can_change_their_own(self):
        self.message.author_id = self.user_portal.partner_id
        self.message.with_user(self.user_portal).write({"body": "y"})
        self.assertIn("y", self.message.body)
        self.assertTrue(self.message.mail_tracking_needs_action)

    def test_the_popover_and_the_counter_are_for_internal_users(self):
        """Also of a message that they may read, and wrote."""
        row = self.rows(self.message)
        self.message.author_id = self.user_portal.partner_id
        self.env.flush_all()
        own = self.message.with_user(self.user_portal)
        own.check_access("read")
        with self.assertRaises(AccessError):
            own.get_tracking_details(row.id)
        self.assertEqual(own.get_failed_count(), 0)
        self.assertEqual(own._get_failed_values()["failed"]["counter"], 0)
        self.assertTrue(self.message.with_user(self.colleague).get_tracking_details(row.id))
        # the same person, once an employee
        self.user_portal.group_ids = self.env.ref("base.group_user")
        self.assertEqual(own.get_failed_count(), 1)


@tagged("post_install", "-at_install")
class TestWrites(FailedCommon):
    """What follows from evidence is written by this addon alone."""

    def setUp(self):
        super().setUp()
        self.users = (self.user_employee, self.user_admin)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_says_that_a_message_failed(self):
        message = self.post(self.anna)
        failed = self.make_failed()
        for user in self.users:
            Message = self.Message.with_user(user)
            values = {"model": "res.partner", "res_id": self.record.id, "body": "x"}
            forged = {"mail_tracking_needs_action": True}
            default = Message.with_context(default_mail_tracking_needs_action=True)
            record = self.record.with_env(default.env)
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    Message.create({**values, **forged})
                with self.assertRaises(AccessError):
                    message.with_user(user).write(forged)
                with self.assertRaises(AccessError):
                    failed.with_user(user).write({"mail_tracking_needs_action": False})
                self.assertFalse(default.create(values).mail_tracking_needs_action)
                self.assertFalse(record.message_post(body="x").mail_tracking_needs_action)
                self.assertFalse(failed.with_user(user).copy().mail_tracking_needs_action)
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertTrue(failed.mail_tracking_needs_action)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_puts_a_message_into_the_mailbox_of_others(self):
        message = self.post(self.anna)
        Notification = self.env["mail.notification"].with_user(self.user_admin)
        values = {
            "mail_message_id": message.id,
            "res_partner_id": self.colleague.partner_id.id,
            "notification_type": "inbox",
        }
        with self.assertRaises(AccessError):
            Notification.create({**values, "mail_tracking_needs_action": True})
        default = Notification.with_context(default_mail_tracking_needs_action=True)
        notification = default.create(values)
        with self.assertRaises(AccessError):
            notification.write({"mail_tracking_needs_action": True})
        self.assertEqual(self.count(self.colleague), 0)

    def test_a_mark_can_be_taken_away_and_not_be_set(self):
        marks = {"email_bounced": True, "email_bounced_reason": "forged"}
        context = {f"default_{name}": value for name, value in marks.items()}
        admin = self.env["res.partner"].with_user(self.user_admin)
        made = admin.create({"name": "Made", "email": "made@example.com", **marks})
        made |= admin.with_context(**context).create({"name": "Made", "email": "m@example.com"})
        self.anna.with_user(self.user_admin).write({**marks, "phone": "+32 1"})
        for partner in made | self.anna:
            self.assertFalse(partner.email_bounced or partner.email_bounced_reason)
        self.assertEqual(self.anna.phone, "+32 1")
        row = self.row(self.post(self.anna), self.anna)
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertTrue(self.anna.email_bounced)
        self.anna.with_user(self.user_admin).email_bounced = False
        self.assertFalse(self.anna.email_bounced or self.anna.email_bounced_reason)

    def test_reviewing_and_new_events_still_write(self):
        failed = self.make_failed()
        failed.with_user(self.user_employee).set_need_action_done()
        self.assertFalse(failed.mail_tracking_needs_action)
        self.rows(failed).event_create("spam", {})
        self.assertTrue(failed.mail_tracking_needs_action)
        self.assertEqual(self.count(self.user_employee), 1)


@tagged("post_install", "-at_install")
class TestScores(FailedCommon):
    """What became of other people's mails is not told by an address that is typed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Other company"})
        cls.neighbour = new_test_user(
            cls.env,
            "neighbour",
            "base.group_user,base.group_partner_manager,mail_tracking.group_postmaster",
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )
        cls.colleague.group_ids |= cls.env.ref("base.group_partner_manager")

    def setUp(self):
        super().setUp()
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertEqual(row.company_id, self.env.company)
        self.env.flush_all()

    def typed(self, user):
        form = Form(self.env["res.partner"].with_user(user))
        form.name, form.email = "New", "bob@example.com"
        return form

    def test_a_typed_address_tells_nothing_of_mails_that_the_user_may_not_see(self):
        for user in (self.neighbour, self.colleague):
            with self.subTest(user.login):
                form = self.typed(user)
                self.assertEqual(form.email_score, 50)
                self.assertFalse(form.email_bounced)
                self.assertFalse(form.tracking_emails_count)

    def test_a_contact_of_several_companies_tells_each_what_it_may_see(self):
        self.env.invalidate_all()
        scores = {
            user: self.bob.with_user(user).email_score
            for user in (self.neighbour, self.colleague, self.user_employee, self.postmaster)
        }
        self.assertEqual(scores[self.neighbour], 50)
        self.assertEqual(scores[self.colleague], 50)
        self.assertEqual(scores[self.user_employee], 0)
        self.assertEqual(scores[self.postmaster], 0)
        self.assertEqual(self.bob.sudo().email_score, 0)

    def test_switching_companies_changes_what_is_told(self):
        self.neighbour.company_ids |= self.env.company
        bob = self.bob.with_user(self.neighbour)
        own, both = (self.other_company.ids, [self.other_company.id, self.env.company.id])
        self.assertEqual(bob.with_context(allowed_company_ids=own).email_score, 50)
        self.assertEqual(bob.with_context(allowed_company_ids=both).email_score, 0)
        self.assertEqual(bob.with_context(allowed_company_ids=own).tracking_emails_count, 0)
        self.assertEqual(bob.with_context(allowed_company_ids=both).tracking_emails_count, 1)

    def test_events_of_other_companies_are_not_shown(self):
        events = self.env["mail.tracking.event"]
        ours = events.sudo().search([("recipient_address", "=", "bob@example.com")])
        self.assertTrue(ours)
        for user, expected in ((self.neighbour, events), (self.postmaster, ours)):
            found = events.with_user(user).search([("id", "in", ours.ids)])
            self.assertEqual(found.sudo(), expected, user.login)
        self.neighbour.company_ids |= self.env.company
        found = events.with_user(self.neighbour).with_context(
            allowed_company_ids=[self.other_company.id, self.env.company.id]
        )
        self.assertEqual(found.search([("id", "in", ours.ids)]).sudo(), ours)
        ours.tracking_email_id.company_id = False
        self.env.flush_all()
        found = events.with_user(self.neighbour).search([("id", "in", ours.ids)])
        self.assertEqual(found.sudo(), ours, "mails of no company are shown as well")
