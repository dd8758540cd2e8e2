from odoo.tests import tagged

from .support.common import MailTrackingCommon


class CustomFieldsCommon(MailTrackingCommon):
    @classmethod
    def add_field(cls, model, name, depends, expression):
        """A stored field as an administrator makes one, that counts records."""
        cls.env["ir.model.fields"].create(
            {
                "name": name,
                "model_id": cls.env["ir.model"]._get_id(model),
                "ttype": "integer",
                "store": True,
                "depends": depends,
                "compute": f"for record in self:\n    record[{name!r}] = len({expression})",
            }
        )


@tagged("post_install", "-at_install")
class TestCustomFieldsOfMessages(CustomFieldsCommon):
    """Stored fields of others, that depend on ours, follow whatever is written past the ORM."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_field(
            "mail.message",
            "x_tried",
            "mail_tracking_ids.state",
            "record.mail_tracking_ids.filtered('state')",
        )
        cls.add_field(
            "mail.message",
            "x_events",
            "mail_tracking_ids.tracking_event_ids.event_type",
            "record.mail_tracking_ids.tracking_event_ids",
        )

    def test_sending(self):
        message = self.post(self.anna | self.bob)
        self.assertEqual((message.x_tried, message.x_events), (2, 2))
        waiting = self.record.with_context(mail_notify_force_send=False).message_post(
            body="Hello",
            partner_ids=self.anna.ids,
            author_id=self.author.id,
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual((waiting.x_tried, waiting.x_events, len(self.rows(waiting))), (0, 0, 1))
        mail = self.env["mail.mail"].search([("mail_message_id", "=", waiting.id)])
        with self.smtp():
            mail.send()
        self.assertEqual((waiting.x_tried, waiting.x_events), (1, 1))

    def test_what_comes_later(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        row.event_create("delivered", {})
        self.assertEqual(message.x_events, 2)
        row._pixel_hit(row.id, row.token, {"user_agent": "Thunderbird", "ip": "192.0.2.1"})
        self.assertEqual(message.x_events, 3)


@tagged("post_install", "-at_install")
class TestCustomFieldsOfRows(CustomFieldsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_field(
            "mail.tracking.email",
            "x_events",
            "tracking_event_ids.event_type",
            "record.tracking_event_ids",
        )

    def test_all_ways(self):
        row = self.row(self.post(self.anna), self.anna)
        self.assertEqual(row.x_events, 1)
        row.event_create("delivered", {})
        self.assertEqual(row.x_events, 2)
        row._pixel_hit(row.id, row.token, {"user_agent": "Thunderbird", "ip": "192.0.2.1"})
        self.assertEqual(row.x_events, 3)
