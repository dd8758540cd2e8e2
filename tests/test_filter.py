from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..models.failures.mail_thread import EMAIL_FIELDS
from .support.common import MailTrackingCommon

NAME = "failed_message_ids"
ALL = [
    "separator",
    NAME,
    "mail_tracking_not_opened",
    "mail_tracking_not_answered",
    "mail_tracking_address_bounced",
    "separator",
    "mail_tracking_last_date",
]


@tagged("post_install", "-at_install")
class TestFilter(MailTrackingCommon):
    def search_view(self, arch, model="res.partner", user=None):
        """The names of the top elements of a search view, as the client gets it."""
        view = self.env["ir.ui.view"].create(
            {"name": "test", "model": model, "type": "search", "arch": arch}
        )
        result = self.env[model].with_user(user or self.user_employee).get_view(view.id, "search")
        return etree.fromstring(result["arch"])

    def order(self, *args, **kwargs):
        return [node.get("name") or node.tag for node in self.search_view(*args, **kwargs)]

    def failing(self):
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 no such user"
        return self.post(self.bob)

    def test_the_filter_comes_once_after_the_own_filters(self):
        for arch, expected in (
            ("<search/>", ALL),
            ('<search><field name="name"/></search>', ["name", *ALL]),
            (
                """<search><field name="name"/><filter name="a" string="A" domain="[]"/>
                <group><filter name="g" string="G" context="{'group_by': 'country_id'}"/></group>
                <searchpanel><field name="category_id"/></searchpanel></search>""",
                ["name", "a", *ALL, "group", "searchpanel"],
            ),
            (
                """<search><field name="name"/>
                <filter name="g" string="G" context="{'group_by': 'country_id'}"/></search>""",
                ["name", *ALL, "g"],
            ),
        ):
            with self.subTest(arch):
                self.assertEqual(self.order(arch), expected)
                self.assertEqual(self.order(arch), expected, "from the cache")

    def test_a_view_can_keep_it_out_or_place_it_itself(self):
        for own in (
            f'<filter name="{NAME}" invisible="1"/>',
            f'<group><filter name="{NAME}" string="Mine" domain="[]"/></group>',
            f'<field name="{NAME}"/>',
        ):
            with self.subTest(own):
                root = self.search_view(f'<search><field name="name"/>{own}</search>')
                self.assertLessEqual(len(root.xpath(f"//*[@name='{NAME}']")), 1)
                self.assertFalse(root.xpath("//filter[@string='Failed sent messages']"))
                self.assertTrue(root.xpath("//filter[@name='mail_tracking_not_opened']"))

    def test_contacts_have_one_filter_for_bounced_addresses(self):
        arch = self.env["res.partner"].get_view(view_type="search")["arch"]
        self.assertEqual(
            len(etree.fromstring(arch).xpath("//filter[@string='Address bounced']")), 1
        )

    def test_they_are_hidden_for_one_model_or_for_all(self):
        arch = '<search><field name="name"/></search>'
        model = self.env["ir.model"]._get("res.partner")
        for switch in (model, self.env["res.config.settings"].create({})):
            for hidden in (True, False):
                with self.subTest(switch, hidden=hidden):
                    switch.mail_tracking_filters_hidden = hidden
                    if switch != model:
                        switch.execute()
                    expected = ["name"] if hidden else ["name", *ALL]
                    self.assertEqual(self.order(arch), expected)
                    cron = [*(() if hidden and switch != model else ALL)]
                    self.assertEqual(self.order("<search/>", "ir.cron", self.user_admin), cron)

    def test_the_switches_cost_no_query(self):
        self.order("<search/>")
        view = self.env["ir.ui.view"].search(
            [("model", "=", "res.partner"), ("type", "=", "search")]
        )
        Partner = self.env["res.partner"].with_user(self.user_employee)
        Partner.get_view(view[0].id, "search")
        with self.assertQueryCount(0):
            Partner._get_view_cache(view[0].id, "search")

    def test_models_without_chatter_and_portal_users_have_none(self):
        self.assertEqual(
            self.order('<search><field name="name"/></search>', model="res.country"), ["name"]
        )
        portal = self._create_portal_user()
        root = etree.fromstring(
            self.env["res.partner"].with_user(portal).get_view(view_type="search")["arch"]
        )
        self.assertFalse(root.xpath(f"//*[@name='{NAME}']"))

    def test_who_may_not_read_the_messages_of_a_model_has_none(self):
        self.patch(self.env["res.partner"]._fields["message_ids"], "groups", "base.group_system")
        self.assertEqual(self.order("<search/>"), [])
        Partner = self.env["res.partner"].with_user(self.user_employee)
        self.assertFalse({NAME, *EMAIL_FIELDS} & set(Partner.fields_get()))
        self.assertLessEqual({NAME, *EMAIL_FIELDS}, set(self.env["res.partner"].fields_get()))
        with self.assertRaises(AccessError):
            Partner.search([(NAME, "!=", False)])
        self.assertEqual(self.order("<search/>", user=self.user_admin), ALL)

    def test_it_finds_records_also_combined_and_in_favourites(self):
        [element] = self.search_view("<search/>").xpath(f"//filter[@name='{NAME}']")
        domain = safe_eval(element.get("domain"))
        Partner = self.env["res.partner"].with_user(self.user_employee)
        self.assertFalse(Partner.search(domain))
        message = self.failing()
        self.assertEqual(Partner.search(domain), self.record)
        self.assertEqual(Partner.search_count(domain + [("name", "ilike", "acme")]), 1)
        self.assertEqual(Partner.search_count(["!", *domain, ("id", "=", self.record.id)]), 0)
        self.assertEqual(Partner.search_count([(NAME, "=", False), ("id", "=", self.anna.id)]), 1)
        favourite = self.env["ir.filters"].create(
            {"name": "Mine", "model_id": "res.partner", "domain": element.get("domain")}
        )
        self.assertEqual(Partner.search(favourite._get_eval_domain()), self.record)
        message.with_user(self.user_employee).set_need_action_done()
        self.assertFalse(Partner.search(domain))

    def test_the_search_holds_no_list_of_ids_and_costs_one_query(self):
        self.failing()
        Partner = self.env["res.partner"].with_user(self.user_employee)
        Partner.search([(NAME, "!=", False)])
        with self.assertQueryCount(1):
            query = Partner._search([(NAME, "!=", False)])
            sql = str(query.select().code)
            Partner.browse(query)
        self.assertIn("mail_tracking_needs_action", sql)

    def test_the_tracking_list_groups_by_need_of_action(self):
        self.failing()
        arch = self.env["mail.tracking.email"].get_view(view_type="search")["arch"]
        self.assertIn("group_by': 'needs_action'", arch)
        groups = (
            self.env["mail.tracking.email"]
            .with_user(self.user_employee)
            ._read_group([], ["needs_action"], ["__count"])
        )
        self.assertIn((True, 1), groups)
