from odoo.tests import HttpCase, tagged

from .common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestTours(MailTrackingCommon, HttpCase):
    def test_nine_statuses_beside_the_names_of_the_recipients(self):
        """One message, all nine statuses, in a browser."""
        Partner = self.env["res.partner"]
        partners = {
            name: Partner.create({"name": name, "email": f"{name.lower()}@example.com"})
            for name in ("Errol", "Sentia", "Delia", "Opal", "Wanda")
        }
        self.user_admin.notification_type = "inbox"
        self.handler.refuse_rcpt["errol@example.com"] = "550 5.1.1 User unknown"
        group = self.env["res.partner"].union(*partners.values())
        message = self.post(group | self.nobody | self.user_admin.partner_id)
        self.row(message, partners["Delia"]).event_create("delivered", {})
        self.row(message, partners["Opal"]).event_create("open", {"open_kind": "person"})
        waiting = self.row(message, partners["Wanda"])
        waiting.tracking_event_ids.unlink()
        waiting.state = False
        self.send_mail(
            mail_message_id=message.id, email_to="dora@example.com", email_cc="cc@example.com"
        )
        self.assertEqual(
            set(self.status(message).values()),
            {
                "unknown",
                "waiting",
                "error",
                "sent",
                "delivered",
                "opened",
                "cc",
                "no_email",
                "no_partner",
            },
        )
        self.start_tour(
            f"/odoo/res.partner/{self.record.id}", "mail_tracking_nine_statuses", login="admin"
        )
