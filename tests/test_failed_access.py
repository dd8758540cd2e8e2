"""Who may review a failure, and send a message again; one reason at a time."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_failed import FailedCommon


@tagged("post_install", "-at_install")
class TestFailedAccess(FailedCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            name: new_test_user(cls.env, f"only_{name}", groups)
            for name, groups in {
                "author": "base.group_user",
                "notified": "base.group_user",
                "addressed": "base.group_user",
                "follower": "base.group_user",
                "reader": "base.group_user",
                "writer": "base.group_user,base.group_partner_manager",
                "postmaster": "mail_tracking.group_postmaster",
                "administrator": "base.group_system",
            }.items()
        }
        cls.people["portal"] = cls.user_portal
        cls.allowed = {"author", "notified", "writer", "postmaster", "administrator"}

    def make_message(self):
        """A failed message whose author, notified and so on are people of one reason each."""
        people = self.people
        self.record.message_subscribe(people["follower"].partner_id.ids)
        message = self.make_failed(
            author_id=people["author"].partner_id.id,
            partner_ids=people["addressed"].partner_id.ids,
        )
        self.notify(message, people["notified"])
        return message

    def test_each_reason_is_enough_to_review_and_no_other_is(self):
        for name, user in self.people.items():
            with self.subTest(name):
                message = self.make_message()
                if name in self.allowed:
                    message.with_user(user).set_need_action_done()
                else:
                    with self.assertRaises(AccessError):
                        message.with_user(user).set_need_action_done()
                self.assertEqual(message.mail_tracking_needs_action, name not in self.allowed)

    def test_each_reason_is_enough_to_send_again_and_no_other_is(self):
        for name, user in self.people.items():
            with self.subTest(name):
                message = self.make_message()
                own = message.with_user(user)
                self.handler.envelopes.clear()
                recipient = {"key": f"row-{self.row(message, self.bob).id}"}
                recipient["email"] = "bob@example.com"
                if name in self.allowed:
                    [line] = own.get_resend_details()["recipients"]
                    self.assertEqual(line["key"], recipient["key"])
                    with self.smtp():
                        self.assertFalse(own.resend_to([recipient])["errors"])
                    self.received("bob@example.com")
                    continue
                with self.assertRaises(AccessError):
                    own.get_resend_details()
                with self.smtp(), self.assertRaises(AccessError):
                    own.resend_to([recipient])
                self.assertFalse(self.handler.envelopes)

    def test_one_message_that_is_not_theirs_spoils_the_review_of_all(self):
        author = self.people["author"]
        mine, other = self.make_message(), self.make_failed()
        with self.assertRaises(AccessError):
            (mine | other).with_user(author).set_need_action_done()
        self.assertTrue(mine.mail_tracking_needs_action and other.mail_tracking_needs_action)

    def test_a_record_that_cannot_be_read_any_more(self):
        """Who took part may review, and sends nothing: not even the postmaster."""
        names = ("author", "notified", "postmaster")
        for name in names:
            message = self.make_message()
            self.env["ir.rule"].create(
                {
                    "name": "Hidden from the people of this test",
                    "model_id": self.env.ref("base.model_res_partner").id,
                    "domain_force": f"[('id', '!=', {self.record.id})]"
                    f" if user.id == {self.people[name].id} else [(1, '=', 1)]",
                }
            )
            own = message.with_user(self.people[name])
            with self.subTest(name):
                with self.assertRaises(AccessError):
                    own.get_resend_details()
                with self.assertRaises(AccessError):
                    own.resend_to([])
                if name == "postmaster":
                    with self.assertRaises(AccessError):
                        own.set_need_action_done()
                else:
                    own.set_need_action_done()
                    self.assertFalse(message.mail_tracking_needs_action)
