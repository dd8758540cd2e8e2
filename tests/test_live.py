import json
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged

from odoo.addons.bus.models.bus import json_dump

from .support.common import MailTrackingCommon


class LiveCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(
            cls.env, "live_colleague", groups="base.group_user,base.group_partner_manager"
        )

    def pushes(self, action):
        """What a piece of code tells the clients: (channel, type, payload)."""
        self.env.cr.precommit.run()
        Bus = self.env["bus.bus"].sudo()
        last = Bus.search([], order="id desc", limit=1).id
        action()
        self.env.cr.precommit.run()
        sent = []
        for bus in Bus.search([("id", ">", last)], order="id"):
            message = json.loads(bus.message)
            if message["type"].startswith("mail_tracking/"):
                sent.append((json.loads(bus.channel)[1:], message["type"], message["payload"]))
        return sent


@tagged("-at_install", "post_install")
class TestLivePush(LiveCommon):
    def test_a_new_state_is_told_once_to_those_who_look_at_the_record(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        pushed = self.pushes(lambda: row.event_create("open", {"open_kind": "person"}))
        channel = [self.record._name, self.record.id, "mail_tracking"]
        self.assertEqual(
            pushed, [(channel, "mail_tracking/updated", {"message_ids": [message.id]})]
        )

    def test_an_event_that_changes_nothing_tells_nobody(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        row.event_create("open", {"open_kind": "person"})
        self.assertFalse(self.pushes(lambda: row.event_create("delivered", {})))

    def test_a_whole_batch_of_events_is_one_bus_message_for_each_record(self):
        first, second = self.post(self.anna | self.bob), self.post(self.anna)
        rows = self.rows(first) | self.rows(second)
        pushed = self.pushes(lambda: rows.event_create("delivered", {}))
        self.assertEqual([p[2]["message_ids"] for p in pushed], [[first.id, second.id]])

    def test_a_mail_of_the_queue_tells_that_it_was_sent(self):
        message = self.post_queued(self.anna)
        mail = self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        self.forget_this_transaction()
        with self.smtp():
            pushed = self.pushes(mail.send)
        self.assertEqual([p[2] for p in pushed], [{"message_ids": [message.id]}])
        self.assertEqual(self.status(message), {"Anna": "sent"})

    def test_a_failure_finds_author_and_notified_users_and_leaves_them_when_settled(self):
        inbox = self.user_admin.partner_id
        self.user_admin.notification_type = "inbox"
        message = self.post(self.anna | inbox)
        row = self.row(message, self.anna)
        pushed = self.pushes(lambda: row.event_create("hard_bounce", {}))
        failed = [p for p in pushed if p[1] == "mail_tracking/failed"]
        owners = {self.user_employee.partner_id.id, inbox.id}
        self.assertEqual({channel[1] for channel, _type, _payload in failed}, owners)
        self.assertEqual(len(failed), len(owners), "one bus message for each user")
        pushed = self.pushes(lambda: message.with_user(self.user_employee).set_need_action_done())
        settled = [p for p in pushed if p[1] == "mail_tracking/failed"]
        self.assertEqual({channel[1] for channel, _type, _payload in settled}, owners)

    def post_queued(self, partners):
        return (
            self.record.with_user(self.user_employee)
            .with_context(mail_notify_force_send=False)
            .message_post(
                body="x", partner_ids=partners.ids, message_type="comment", force_send=False
            )
            .sudo()
        )

    def forget_this_transaction(self):
        self.env.flush_all()
        self.env.cr.cache.clear()


@tagged("-at_install", "post_install")
class TestLiveChannels(LiveCommon):
    def channels(self, *names, user=None):
        """The channels of ours that a user's client really gets."""
        env = self.env(user=user or self.colleague)
        return ours(self.subscribe(env, names))

    def subscribe(self, env, names):
        request = SimpleNamespace(session=SimpleNamespace(uid=env.uid))
        with patch("odoo.addons.bus.models.ir_websocket.wsrequest", request):
            return env["ir.websocket"]._build_bus_channel_list(list(names))

    def name(self, record):
        return f"mail_tracking/{record._name}/{record.id}"

    def test_readers_of_a_record_may_watch_it(self):
        self.assertEqual(
            [json_dump(c[0].id) for c in self.channels(self.name(self.record))],
            [json_dump(self.record.id)],
        )

    def test_channels_that_another_addon_put_in_are_left_alone(self):
        own = [self.anna, (self.bob, "x")]
        found = self.subscribe(self.env(user=self.colleague), [*own, self.name(self.record)])
        self.assertEqual(found[:2], own)
        self.assertIn(self.record, [channel[0] for channel in ours(found)])

    def test_who_may_not_read_a_record_watches_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self.env["res.partner"].create({"name": "Hidden", "company_id": other.id})
        self.assertFalse(self.channels(self.name(hidden)))

    def test_portal_and_public_watch_nothing(self):
        portal = new_test_user(self.env, "live_portal", groups="base.group_portal")
        portal.partner_id.message_subscribe(portal.partner_id.ids)
        for user in (portal, self.env.ref("base.public_user")):
            self.assertFalse(self.channels(self.name(portal.partner_id), user=user))

    def test_names_that_no_client_of_ours_sends_are_left_out(self):
        for name in (
            "mail_tracking/res.partner/0",
            "mail_tracking/res.partner/-1",
            "mail_tracking/res.partner/99999999999",
            "mail_tracking/no.such.model/1",
            "mail_tracking/ir.config_parameter/1",
            "mail_tracking/mail.thread/1",
            "mail_tracking/mail.thread.cc/1",
            "mail_tracking/base/1",
            "mail_tracking/res.partner/1/x",
            "mail_tracking/",
        ):
            with self.subTest(name=name):
                found = self.subscribe(self.env(user=self.colleague), [name])
                self.assertFalse([c for c in found if isinstance(c, str) and c == name])
                self.assertFalse(ours(found))

    def test_many_records_cost_no_more_queries_than_one(self):
        partners = self.env["res.partner"].create([{"name": f"L{i}"} for i in range(30)])
        counts = []
        for records in (partners[:1], partners[:1], partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(
                len(self.channels(*[self.name(record) for record in records])), len(records)
            )
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("-at_install", "post_install")
class TestLiveRoute(LiveCommon, HttpCase):
    def ask(self, user, message_ids):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request("/mail_tracking/messages", {"message_ids": message_ids})

    def test_a_reader_gets_the_news_of_the_messages_that_they_may_read(self):
        message = self.post(self.anna)
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self.env["res.partner"].create({"name": "Hidden", "company_id": other.id})
        secret = hidden.message_post(body="x", message_type="comment")
        data = self.ask(self.colleague, [message.id, secret.id, 2**40, "1", None, True])
        found = {m["id"]: m for m in data["mail.message"]}
        self.assertEqual(set(found), {message.id})
        self.assertEqual(
            [(t["recipient"], t["status"]) for t in self.trackings(data, message)],
            [("Anna", "sent")],
        )
        self.assertIs(found[message.id]["mail_tracking_needs_action"], False)

    def test_portal_users_get_nothing_and_strangers_are_sent_away(self):
        message = self.post(self.anna)
        portal = new_test_user(self.env, "live_portal", groups="base.group_portal")
        self.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "res_partner_id": portal.partner_id.id,
                "notification_type": "inbox",
            }
        )
        self.assertFalse(self.ask(portal, [message.id]).get("mail.message"))
        self.authenticate(None, None)
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request("/mail_tracking/messages", {"message_ids": [message.id]})

    def test_of_very_many_messages_the_first_two_hundred_are_looked_at(self):
        messages = self.env["mail.message"].create(
            [
                {"model": "res.partner", "res_id": self.record.id, "message_type": "comment"}
                for _i in range(203)
            ]
        )
        data = self.ask(self.colleague, messages.ids)
        self.assertEqual({m["id"] for m in data["mail.message"]}, set(messages[:200].ids))


def ours(channels):
    return [c for c in channels if isinstance(c, tuple) and c[1] == "mail_tracking"]
