"""The column *Last email*, and the timeline of a contact."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .support.common import MailTrackingCommon

COLUMN = "mail_tracking_last_email_column"
VALUE = "mail_tracking_last_email"


@tagged("post_install", "-at_install")
class TestLastEmailColumn(MailTrackingCommon):
    def view(self, arch, model="res.partner", user=None, view_type="list"):
        """The view as the client gets it."""
        view = self.env["ir.ui.view"].create(
            {"name": "test", "model": model, "type": view_type, "arch": arch}
        )
        result = self.env[model].with_user(user or self.user_employee).get_view(view.id, view_type)
        return etree.fromstring(result["arch"])

    def columns(self, arch, **kwargs):
        return [node.get("name") or node.tag for node in self.view(arch, **kwargs)]

    def test_it_comes_once_behind_the_other_columns_and_is_hidden(self):
        arch = """<list><header><button name="toggle_active" type="object"/></header>
            <field name="name"/><field name="email"/>
            <button name="toggle_active" type="object"/></list>"""
        for _each in ("first", "from the cache"):
            root = self.view(arch)
            names = [node.get("name") or node.tag for node in root]
            self.assertEqual(names, ["header", "name", "email", COLUMN, "toggle_active"])
            [column] = root.xpath(f"//field[@name='{COLUMN}']")
            self.assertEqual(column.get("optional"), "hide")
            self.assertEqual(column.get("string"), "Last email")

    def test_the_client_can_neither_sort_nor_group_nor_export_it(self):
        Partner = self.env["res.partner"].with_user(self.user_employee)
        for name in (COLUMN, VALUE):
            field = Partner.fields_get([name])[name]
            for key in ("sortable", "groupable", "store"):
                self.assertFalse(field[key], (name, key))
            self.assertIs(field.get("exportable"), False, name)
        views = Partner.get_views([(False, "list")])
        self.assertIn(COLUMN, views["models"]["res.partner"]["fields"])

    def test_a_view_that_names_the_field_is_left_alone(self):
        for name in (COLUMN, VALUE):
            for attrs in ('optional="show"', 'column_invisible="1"'):
                own = f'<list><field name="{name}" {attrs}/><field name="name"/></list>'
                with self.subTest(own):
                    self.assertEqual(self.columns(own), [name, "name"])

    def test_models_without_chatter_and_portal_users_have_none(self):
        arch = '<list><field name="name"/></list>'
        self.assertEqual(self.columns(arch, model="res.country"), ["name"])
        portal = self._create_portal_user()
        self.assertEqual(self.columns(arch, user=portal), ["name"])
        with self.assertRaises(AccessError):
            self.record.with_user(portal).read([COLUMN])

    def test_who_may_not_read_the_messages_of_a_model_has_none(self):
        self.patch(self.env["res.partner"]._fields["message_ids"], "groups", "base.group_system")
        arch = '<list><field name="name"/></list>'
        self.assertEqual(self.columns(arch), ["name"])
        self.assertEqual(self.columns(arch, user=self.user_admin), ["name", COLUMN])

    def test_lists_inside_of_forms_have_none(self):
        arch = '<list><field name="name"/></list>'
        self.assertEqual(self.columns(arch), ["name", COLUMN])
        view = self.env["ir.ui.view"].create(
            {"name": "test", "model": "res.partner", "type": "list", "arch": arch}
        )
        self.env["ir.model.data"].create(
            {
                "module": "mail_tracking",
                "name": "test_list",
                "model": "ir.ui.view",
                "res_id": view.id,
            }
        )
        context = "context=\"{'list_view_ref': 'mail_tracking.test_list'}\""
        for children in (
            f'<field name="child_ids" mode="list" {context}/>',
            f'<field name="child_ids">{arch}</field>',
        ):
            with self.subTest(children):
                form = f'<form><field name="name"/>{children}</form>'
                root = self.view(form, view_type="form")
                self.assertEqual(root.xpath("//list/field/@name"), ["name"])

    def test_a_list_reads_nothing_for_a_hidden_column(self):
        self.post(self.anna)
        partners = self.record | self.anna | self.bob
        Partner = self.env["res.partner"].with_user(self.user_employee)
        domain = [("id", "in", partners.ids)]

        def read(*names):
            self.env.invalidate_all()
            with self.count_our_queries() as queries:
                Partner.web_search_read(domain, {name: {} for name in names})
            return queries

        self.assertEqual(read("name", COLUMN), [])
        self.assertTrue(read("name", VALUE))

    def test_contacts_show_it(self):
        Partner = self.env["res.partner"].with_user(self.user_employee)
        root = etree.fromstring(Partner.get_view(view_type="list")["arch"])
        [column] = root.xpath(f"//field[@name='{COLUMN}']")
        self.assertEqual(column.get("optional"), "show")
        root = etree.fromstring(Partner.get_view(view_type="kanban")["arch"])
        self.assertTrue(root.xpath(f"//field[@name='{VALUE}']"))

    def test_eighty_rows_cost_as_much_as_one(self):
        partners = self.env["res.partner"].create(
            [{"name": f"R{number}", "email": f"r{number}@example.com"} for number in range(80)]
        )
        for partner in partners:
            self.post(partner, partner)
        Partner = self.env["res.partner"].with_user(self.user_employee)

        def count(ids, *names):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            # what the client asks for
            found = Partner.search_read([("id", "in", ids)], names)
            self.assertEqual(len(found), len(ids))
            return self.env.cr.sql_log_count - before, found

        count(partners.ids, VALUE)
        plain, _found = count(partners.ids, "name")
        eighty, found = count(partners.ids, VALUE)
        one, _found = count(partners[:1].ids, VALUE)
        self.assertTrue(all(record[VALUE] for record in found))
        self.assertEqual(eighty, one)
        self.assertLessEqual(eighty - plain, 2)


@tagged("post_install", "-at_install")
class TestContactEmails(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env["ir.actions.act_window"]._for_xml_id(
            "mail_tracking.action_contact_emails"
        )

    def timeline(self, partner, user=None):
        """The messages of a contact, as the action finds and shows them."""
        Message = self.env["mail.message"].with_user(user or self.user_employee)
        Message = Message.with_context(mail_tracking_correspondent_id=partner.id)
        return Message.search([("mail_tracking_correspondent_id", "=", partner.id)])

    def receive(self, partner, record=None, **values):
        return (record or self.record).message_post(
            author_id=partner.id, body="Hello", message_type="email", **values
        )

    def test_mails_in_and_out_newest_first_with_status_and_record(self):
        out = self.post(self.anna)
        received = self.receive(self.anna)
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        failed = self.post(self.anna | self.bob)
        self.post(self.bob)
        self.receive(self.bob)
        self.record.message_post(author_id=self.anna.id, body="By hand", message_type="comment")
        timeline = self.timeline(self.anna)
        self.assertEqual(timeline, failed | received | out)
        self.assertEqual(timeline.ids, sorted(timeline.ids, reverse=True))
        self.assertEqual(timeline.mapped("mail_tracking_direction"), ["sent", "received", "sent"])
        self.assertEqual(set(timeline.mapped("record_name")), {"Acme Tracked"})
        status = timeline.mapped("mail_tracking_status")
        self.assertFalse(status[1])
        shown = [(out, status[2], "sent"), (failed, status[0], "error")]
        for message, value, word in shown:
            self.assertEqual(value["message_id"], message.id)
            [recipient] = value["recipients"]
            self.assertEqual(recipient["recipient"], "Anna")
            self.assertEqual(recipient["status"], word)

    def test_a_mail_that_was_passed_on_is_sent_for_who_got_it(self):
        self.record.message_subscribe(self.bob.ids)
        with self.smtp():
            message = self.receive(self.anna, subtype_xmlid="mail.mt_comment")
        self.assertEqual(self.timeline(self.anna).mail_tracking_direction, "received")
        forwarded = self.timeline(self.bob)
        self.assertEqual(forwarded, message)
        self.assertEqual(forwarded.mail_tracking_direction, "sent")
        self.assertTrue(forwarded.mail_tracking_status)

    def test_mails_from_before_the_contact_existed(self):
        senders = ("new@example.com", '"New, Person" <NEW@example.com>', "new@example.com.evil.com")
        found, named, other = (
            self.receive(self.env["res.partner"], email_from=sender) for sender in senders
        )
        self.assertFalse((found | named | other).author_id)
        contact = self.env["res.partner"].create({"name": "New", "email": "New@Example.com"})
        self.assertEqual(self.timeline(contact), named | found)
        self.assertEqual(
            self.timeline(contact).mapped("mail_tracking_direction"), ["received", "received"]
        )
        contact.parent_id = self.record
        self.assertEqual(self.timeline(self.record), named | found)

    def test_a_company_shows_the_mails_of_its_people(self):
        self.anna.parent_id = self.record
        message = self.post(self.anna)
        self.assertEqual(self.timeline(self.record), message)
        self.assertEqual(
            self.timeline(self.record).mail_tracking_status["recipients"][0]["recipient"],
            self.anna.name,
        )

    def test_only_what_the_user_may_read(self):
        message = self.post(self.anna)
        self.assertEqual(self.timeline(self.anna), message)
        rule = {
            "name": "not Acme",
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "domain_force": f"[('id', '!=', {self.record.id})]",
        }
        self.env["ir.rule"].create(rule)
        other = self._create_other_employee()
        self.assertFalse(self.timeline(self.anna, other))

    def _create_other_employee(self):
        return self.env["res.users"].create(
            {
                "name": "Olga",
                "login": "olga",
                "group_ids": [(4, self.env.ref("base.group_user").id)],
            }
        )

    def test_portal_users_find_nothing(self):
        self.post(self.anna)
        portal = self._create_portal_user()
        message = self.record.message_ids[:1].with_user(portal)
        for operator in ("=", "!="):
            with self.assertRaises(AccessError):
                message.search([("mail_tracking_correspondent_id", operator, self.anna.id)])
        with self.assertRaises(AccessError):
            message.read(["mail_tracking_status"])

    def test_the_list_costs_the_same_for_one_mail_and_for_thirty(self):
        view = self.env.ref("mail_tracking.mail_message_view_list_emails")
        names = etree.fromstring(view.arch).xpath("//field/@name")

        def count(partner):
            Message = self.env["mail.message"].with_user(self.user_employee)
            Message = Message.with_context(mail_tracking_correspondent_id=partner.id)
            domain = [("mail_tracking_correspondent_id", "=", partner.id)]
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = Message.web_search_read(domain, {name: {} for name in names}, limit=80)
            return self.env.cr.sql_log_count - before, len(found["records"])

        self.post(self.anna)
        for _number in range(30):
            self.post(self.bob)
        count(self.bob)
        (one, number_of_one), (thirty, number_of_thirty) = count(self.anna), count(self.bob)
        self.assertEqual((number_of_one, number_of_thirty), (1, 30))
        self.assertEqual(one, thirty)

    def test_the_records_open_from_the_list(self):
        message = self.post(self.anna)
        action = message.with_user(self.user_employee).action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("res.partner", self.record.id))
        self.assertEqual(self.action["res_model"], "mail.message")
