"""What people see of their emails in the apps that they send from."""

from datetime import timedelta

from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.mail_tracking.tests.support.common import PatientBrowser
from odoo.addons.mail_tracking.tests.support.reminder_common import ReminderCommon
from odoo.addons.mail_tracking.tests.support.rule_common import RuleCommon


@tagged("post_install", "-at_install")
class TestApps(PatientBrowser, RuleCommon, ReminderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.user_admin.company_id
        # else the first quotation and invoice ask for it
        company.external_report_layout_id = cls.env.ref("web.external_layout_standard")
        if not company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company, False)
        cls.customer = cls.env["res.partner"].create(
            {"name": "Lumber Works", "email": "info@gmial.com"}
        )

    def check(self, app, action, record):
        """A user writes to a customer, and comes back when days have gone by.

        :param str app: names how this app sends, in the tours
        :param str action: XML id of the app's list
        :param record: what the email is about
        """
        record.copy()  # nothing is sent about this one
        rule = self.rule(
            "not_answered",
            model_id=self.env["ir.model"]._get(record._name).id,
            activity_type_id=self.todo.id,
            activity_summary="Call them",
        )
        with self.smtp():
            url = f"/odoo/action-{action}/{record.id}"
            self.start_tour(url, f"mail_tracking_apps_{app}_sent", login="admin")
        self.env.invalidate_all()
        row = self.env["mail.tracking.email"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.model, row.res_id), (record._name, record.id))
        self.received("info@gmial.com")

        self.expire(self.Reminder.search([("message_id", "=", row.mail_message_id.id)]))
        self.process_due()
        row.time -= timedelta(days=4)
        self.days_pass(rule, row)
        self.assertEqual(self.ran(rule), row)
        self.start_tour(
            f"/odoo/action-{action}?view_type=list", "mail_tracking_apps_found", login="admin"
        )

    def test_lead(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "Garden house",
                "type": "lead",
                "partner_id": self.customer.id,
                "user_id": self.user_admin.id,
            }
        )
        self.check("lead", "crm.crm_lead_all_leads", lead)

    def test_task(self):
        task = self.env["project.task"].create(
            {
                "name": "Build the garden house",
                "project_id": self.env["project.project"].create({"name": "Gardens"}).id,
                "partner_id": self.customer.id,
                "user_ids": self.user_admin.ids,
            }
        )
        self.check("task", "project.action_view_all_task", task)

    def quotation(self):
        product = self.env["product.product"].create({"name": "Plank", "list_price": 10})
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.user_admin.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )

    def test_quotation(self):
        order = self.quotation()
        self.check("quotation", "sale.action_quotations_with_onboarding", order)

    def invoice(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"name": "Plank", "price_unit": 10})],
            }
        )
        invoice.action_post()
        return invoice

    def test_invoice(self):
        self.check("invoice", "account.action_move_out_invoice_type", self.invoice())

    def test_what_a_user_sends_to_a_dead_address(self):
        """The dialogs send it, as the user was warned; what is sent by itself stays here."""
        order, invoice = self.quotation(), self.invoice()
        self.user_admin.company_id.mail_tracking_skip_dead = True
        proof = self.env["mail.tracking.email"].create({"recipient": self.customer.email})
        proof.event_create("hard_bounce", {"error_type": "user_unknown"})
        admin = self.env(user=self.user_admin.id)

        action = order.with_env(admin).action_quotation_send()
        Composer = admin["mail.compose.message"].with_context(**action["context"])
        self.assertEqual(self.mails_of(Form(Composer).save().action_send_mail), 1)
        Wizard = admin["account.move.send.wizard"].with_context(
            active_model=invoice._name, active_ids=invoice.ids
        )
        self.assertEqual(self.mails_of(Wizard.create({}).action_send_and_print), 1)
        self.assertEqual(self.mails_of(order.with_env(admin)._send_order_confirmation_mail), 0)
        row = self.env["mail.tracking.email"].search(
            [("partner_id", "=", self.customer.id)], order="id desc", limit=1
        )
        self.assertEqual((row.res_id, row.error_type), (order.id, "address_dead"))

    def mails_of(self, send):
        """How many mails leave for the customer."""
        self.handler.envelopes.clear()
        with self.smtp():
            send()
        return len([to for _from, to, _mail in self.handler.envelopes if self.customer.email in to])
