"""Nobody gets at what is not theirs: by any model, method, field or route of this addon.

All of it is found in the registry, so that a new method is tried without a line here. One
that asks for something unheard of fails the test until ``ARGUMENTS`` has a value for it.
"""

import inspect
import json
import re

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.fields import Domain
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.tools import tokens

from .support.common import MailTrackingCommon

OURS = "odoo.addons.mail_tracking."
MARK = "zx-secret-81549300"
#: what refuses; whatever else is raised is a defect
REFUSALS = (AccessError, MissingError, UserError, ValidationError)
#: what core's own methods raise besides when a client calls what is not meant for it
CONFUSIONS = (AttributeError, KeyError, TypeError, ValueError)
#: methods of every model that a client may call
ORM_READ = {
    "search_read": {},
    "read": {},
    "web_read": {"specification": {}},
    "web_search_read": {"domain": [], "specification": {}},
    "search_count": {"domain": []},
    "name_search": {},
    "export_data": {"fields_to_export": ["display_name", "id"]},
    "formatted_read_group": {"domain": [], "groupby": ["id"], "aggregates": ["__count"]},
    "web_read_group": {"domain": [], "groupby": ["id"], "aggregates": ["__count"]},
    "copy": {},
    "get_metadata": {},
    "fields_get": {},
    "get_views": {"views": [[False, "list"], [False, "form"], [False, "search"]]},
}
ORM_WRITE = {
    "write": {"vals": {"display_name": "x"}},
    "unlink": {},
    "web_save": {"vals": {}, "specification": {}},
}
#: abstract models with methods for clients
ABSTRACT = ("mail.thread", "mail.tracking.dashboard", "mail.tracking.setup")
TABLES = (
    "mail_mail",
    "mail_message",
    "mail_notification",
    "mail_tracking_address",
    "mail_tracking_consent",
    "mail_tracking_count",
    "mail_tracking_email",
    "mail_tracking_event",
    "mail_tracking_reminder",
    "mail_tracking_webhook",
    "mail_tracking_webhook_day",
    "mail_tracking_erasure",
    "mail_tracking_privacy",
    "mail_tracking_wording",
    "mail_tracking_rule",
    "mail_tracking_rule_run",
    "mail_tracking_escalation",
    "mail_tracking_domain",
    "mail_tracking_selector",
    "mail_tracking_sending_domain",
    "mail_tracking_incident",
    "ir_mail_server",
    "res_partner",
    "res_company",
)


@tagged("post_install", "-at_install")
class TestAccessAll(MailTrackingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_portal_user()
        cls.stranger = cls.env["res.users"].create(
            {
                "name": "Stranger",
                "login": "stranger_user",
                "password": "stranger_user",
                "group_ids": [(6, 0, cls.env.ref("base.group_user").ids)],
            }
        )
        cls.users = {
            "portal": cls.user_portal,
            "public": cls.env.ref("base.public_user"),
            "internal": cls.stranger,
        }
        # nobody but its author's colleagues by name may see the record
        cls.env["ir.rule"].create(
            {
                "name": "Secret record",
                "model_id": cls.env.ref("base.model_res_partner").id,
                "domain_force": f"[('id', '!=', {cls.record.id})]"
                f" if user.id in ({cls.stranger.id}, {cls.user_portal.id}) else []",
            }
        )
        cls.make_victims()

    @classmethod
    def make_victims(cls):
        """A message that failed, with all that is known of it marked as secret."""
        cls.record.name = f"{MARK} record"
        cls.bob.write({"name": f"{MARK} bob", "email": f"{MARK}@example.com"})
        # core keeps a mail that may yet be sent
        cls.handler.refuse_rcpt[f"{MARK}@example.com"] = f"451 4.3.0 {MARK} later"
        case = cls("make_victims")  # for its helpers
        cls.message = case.post(cls.bob, subject=f"{MARK} subject")
        cls.row = case.row(cls.message, cls.bob)
        cls.row.event_create("open", {"user_agent": f"{MARK} agent", "ip": MARK})
        cls.env["mail.tracking.address"]._note_open([f"{MARK}@example.com"])
        cls.env["mail.tracking.count"]._count_open(tokens.MESSAGE, cls.message.id)
        cls.webhook = cls.env["mail.tracking.webhook"].create(
            {
                "name": f"{MARK} webhook",
                "provider": "sparkpost",
                "base_url": f"https://{MARK}.example",
            }
        )
        cls.webhook.new_secret = f"{MARK} password"
        cls.env["mail.tracking.webhook.day"].create(
            {"webhook_id": cls.webhook.id, "date": "2026-01-01", "refusal_reason": MARK}
        )
        cls.env["mail.tracking.event"].create(
            {
                "webhook_id": cls.webhook.id,
                "event_key": MARK,
                "token": MARK,
                "data": MARK,
                "until": "2099-01-01",
            }
        )
        cls.env["mail.tracking.consent"].record_answer(
            f"{MARK}@example.com", "opens", "no", "form", wording=MARK, partner=cls.bob
        )
        cls.env["mail.tracking.answer"].create({"partner_id": cls.bob.id, "wording": MARK})
        cls.env["mail.tracking.correction"].create({"partner_id": cls.bob.id, "new_address": MARK})
        cls.env["mail.tracking.proof.check"].create({"mail_name": MARK})
        erasure = cls.env["mail.tracking.erasure"].create({"address_hash": MARK, "addresses": MARK})
        cls.env["mail.tracking.privacy"].create({"addresses": MARK, "erasure_id": erasure.id})
        rule = cls.env["mail.tracking.rule"].create(
            {
                "name": MARK,
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "has_note": True,
                "note": MARK,
            }
        )
        run = {"tracking_email_id": cls.row.id, "message_key": MARK}
        cls.env["mail.tracking.rule.run"].create({"rule_id": rule.id, **run})
        cls.env["mail.tracking.day"].create({"key": MARK, "server": MARK})
        cls.env["mail.tracking.day.total"].create({"provider": MARK})
        cls.env["mail.tracking.escalation"].create({"user_id": cls.env.uid})
        cls.env["mail.tracking.domain"].create({"name": MARK, "provider": MARK})
        domain = cls.env["mail.tracking.sending.domain"].create({"name": MARK, "results": [MARK]})
        domain.selector_ids.create({"domain_id": domain.id, "signer": MARK, "name": MARK})
        now, root = "2026-01-01 00:00:00", cls.env.user.id
        cls.env["mail.tracking.incident"].create(
            {"kind": "server", "key": MARK, "subject": MARK, "reason": MARK, "opened_on": now}
        )
        cls.env["mail.tracking.reminder"].create(
            {"message_id": cls.message.id, "user_id": root, "kind": "tell", "since": now}
        )
        cls.env.flush_all()
        cls.secrets = [MARK, cls.row.token, cls.webhook.path_secret]

    # ------------------------------------------------------------
    # WHAT THERE IS
    # ------------------------------------------------------------

    def own_models(self):
        """The models of this addon that have records."""
        return [
            model
            for name, model in sorted(self.env.items())
            if self.env.registry[name]._original_module == "mail_tracking" and not model._abstract
        ]

    def own_methods(self):
        """Pairs of a model and a method of ours that a client may call."""
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract and name not in ABSTRACT:
                continue
            for method in self.public_methods(type(model)):
                yield ("res.partner" if name == "mail.thread" else name), method

    def public_methods(self, cls):
        found = {
            method: function
            for base in cls.__mro__
            if base.__module__.startswith(OURS)
            for method, function in vars(base).items()
            if not method.startswith("_") and inspect.isfunction(function)
        }
        return sorted(m for m in found if not getattr(getattr(cls, m), "_api_private", False))

    def own_fields(self):
        """Triples of a model, a field of ours, and a record that has a secret there."""
        victims = {
            "mail.message": self.message,
            "mail.notification": self.message.notification_ids[:1],
            "mail.mail": self.env["mail.mail"].search([("mail_message_id", "=", self.message.id)]),
            "res.partner": self.record,
            "ir.mail_server": self.mail_server,
        }
        for name, victim in victims.items():
            for field in self.env[name]._fields.values():
                if "mail_tracking" in field._modules:
                    yield name, field, victim

    def own_routes(self):
        """The routes of this addon: pattern, endpoint."""
        for rule in self.env["ir.http"].routing_map().iter_rules():
            if rule.endpoint.func.__module__.startswith(OURS):
                yield rule

    # ------------------------------------------------------------
    # ARGUMENTS
    # ------------------------------------------------------------

    @property
    def arguments(self):
        """Name of a parameter -> a value that would hurt, if it were believed."""
        return {
            "message_ids": self.message.ids,
            "tracking_id": self.row.id,
            "days": 30,
            "name": "webhooks",
            "numbers": str(self.row.id),
            "res_ids": self.record.ids,
            "server_id": self.mail_server.id,
            "recipients": [{"key": f"row-{self.row.id}", "email": "eve@example.com", "save": True}],
            "tracking_ids": self.row.ids,
            "notification_type": "email",
            "fetch_params": {"limit": 30, "search_term": MARK},
            "message": "From: eve@example.com",
            "message_dict": {"message_id": self.message.message_id},
            "autodetect_max_email_size": False,
            "kind": "tell",
            "reminder_id": self.env["mail.tracking.reminder"].search([], limit=1).id,
            "vals": {},
            "vals_list": [{}],
            "specification": {},
            "db": self.env.cr.dbname,
            "tracking_email_id": self.row.id,
            "provider": "sparkpost",
            "privacy_id": self.env["mail.tracking.privacy"].search([], limit=1).id,
            "token": tokens.pixel_token(self.env.cr.dbname, self.row.id, "0" * 32),
        }

    def values_for(self, function):
        """Arguments for a function, out of those that are known here."""
        parameters = list(inspect.signature(function).parameters.values())
        named = [
            p
            for p in parameters
            if p.name != "self" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        ]
        unknown = [p.name for p in named if p.name not in self.arguments and p.default is p.empty]
        self.assertFalse(unknown, f"teach ARGUMENTS what {function.__qualname__} wants")
        return {p.name: self.arguments[p.name] for p in named if p.name in self.arguments}

    # ------------------------------------------------------------
    # CHECKING
    # ------------------------------------------------------------

    def stored(self):
        """What the tables hold, in short."""
        self.env.flush_all()
        self.env.cr.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', count(*), md5(string_agg(t::text, '' ORDER BY id))"
                f" FROM {table} t"
                for table in TABLES
            )
        )
        return self.env.cr.fetchall()

    def assert_nothing_told(self, result):
        text = json.dumps(result, default=str)
        for secret in self.secrets:
            self.assertNotIn(secret, text)

    def is_of_core(self, model, method):
        """Whether a method of ours only adds to one of core."""
        return any(
            method in vars(base) and not base.__module__.startswith(OURS)
            for base in type(self.env[model]).__mro__
            if base.__module__.startswith("odoo.addons.")
        )

    def try_call(self, user, model, method, ids=None, **kwargs):
        """Call as a client does; nothing may come of it.

        :return: ``refused``, or ``nothing`` where it is done without effect
        """
        refusals = REFUSALS + CONFUSIONS * self.is_of_core(model, method)
        records = self.env[model].with_user(user)
        args = [] if ids is None else [list(ids)]
        before = self.stored()
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.addons.base.models.ir_model"):
                result = call_kw(records, method, args, kwargs)
                self.env.flush_all()
                self.assert_nothing_told(result)
                self.assertEqual(self.stored(), before, "something was written")
        except refusals as refusal:
            self.assert_nothing_told(str(refusal))
            self.env.invalidate_all(flush=False)
            return "refused"
        self.env.invalidate_all()
        return "nothing"

    def for_each_user(self, text, check):
        """Check something for each of those who may do nothing."""
        for kind, user in self.users.items():
            with self.subTest(f"{kind}: {text}"):
                check(user)

    # ------------------------------------------------------------
    # TESTS
    # ------------------------------------------------------------

    def test_models_can_neither_be_read_nor_written(self):
        models = self.own_models()
        self.assertGreaterEqual(len(models), 4)
        for model in models:
            victims = model.sudo().search([])
            self.assertTrue(victims, f"{model._name} has no record to steal")
            self.for_each_user(model._name, lambda user, all=victims: self.rob(user, all))

    def rob(self, user, victims):
        """Try what every model offers."""
        model = victims.browse()
        for method, kwargs in ORM_READ.items():
            ids = victims.ids if self.takes_ids(model, method) else None
            self.try_call(user, model._name, method, ids, **kwargs)
        for method, kwargs in ORM_WRITE.items():
            outcome = self.try_call(user, model._name, method, victims.ids, **kwargs)
            self.assertEqual(outcome, "refused", method)
        outcome = self.try_call(user, model._name, "create", vals_list=[{}])
        self.assertEqual(outcome, "refused", "create")

    def takes_ids(self, model, method):
        return not getattr(getattr(type(model), method), "_api_model", False)

    def test_methods_of_ours_tell_and_change_nothing(self):
        victims = {
            "mail.message": self.message,
            "res.partner": self.record,
            "mail.mail": self.env["mail.mail"].search([("mail_message_id", "=", self.message.id)]),
            "mail.notification": self.message.notification_ids,
            "ir.mail_server": self.mail_server,
            "res.company": self.env.company,
        }
        methods = list(self.own_methods())
        self.assertIn(("mail.message", "get_tracking_details"), methods)
        self.assertIn(("mail.message", "resend_to"), methods)
        for method in ("ask_mail_server", "get_checks", "refresh_check", "run_check"):
            self.assertIn(("mail.tracking.setup", method), methods)
            self.for_each_user(
                method,
                lambda user, method=method: self.assertEqual(
                    self.try_call(
                        user,
                        "mail.tracking.setup",
                        method,
                        **self.values_for(getattr(type(self.env["mail.tracking.setup"]), method)),
                    ),
                    "refused",
                ),
            )
        for name, method in methods:
            model = self.env[name]
            if method in ("create", "write", "unlink", "read"):
                continue  # core's, with all its checks; ours are tried above
            victim = victims.get(name, model)
            if not victim and not model._abstract:
                victim = model.sudo().search([], limit=1)
            kwargs = self.values_for(getattr(type(model), method))
            ids = (victim or model).ids if self.takes_ids(model, method) else None
            self.for_each_user(
                f"{name}.{method}",
                lambda user, args=(name, method, ids), kwargs=kwargs: self.try_call(
                    user, *args, **kwargs
                ),
            )

    def test_methods_that_expose_rows_or_events_are_private(self):
        """Whatever a dependent addon may call on our models, a client may not."""
        # what all records with a chatter have is tried with them
        of_thread = set(self.public_methods(type(self.env["mail.thread"])))
        for model in self.own_models():
            methods = set(self.public_methods(type(model)))
            for method in methods - (of_thread if "message_ids" in model._fields else set()):
                self.assertRegex(
                    method,
                    r"^(action_\w+|create|write|unlink|read|web_read)$",
                    f"{model._name}.{method}",
                )

    def test_fields_of_ours_on_other_models_tell_nothing_of_hidden_records(self):
        found = list(self.own_fields())
        self.assertGreater(len(found), 15)
        for name, field, victim in found:
            self.assertTrue(victim, name)
            self.for_each_user(
                f"{name}.{field.name}",
                lambda user, args=(name, field, victim): self.assert_hidden(user, *args),
            )

    def assert_hidden(self, user, name, field, victim):
        """The field of a hidden record can neither be read nor searched."""
        outcome = self.try_call(user, name, "read", victim.ids, fields=[field.name])
        self.assertEqual(outcome, "refused")
        if not field.store and not field.search:
            return
        values = [False]
        if field.type in ("char", "text"):
            values.append("")
        for value in values:
            for operator in ("=", "!="):
                domain = Domain("id", "in", victim.ids) & Domain(field.name, operator, value)
                self.assertFalse(self.count(user, name, domain), f"{operator} {value!r}")

    def test_whoever_may_copy_a_record_may_read_what_is_copied_of_ours(self):
        """A copy reads all that it copies, under the rights of its user."""
        for name in self.registry:
            model = self.env[name].with_user(self.user_employee)
            if model.has_access("create"):
                ours = [f for f in model._fields.values() if "mail_tracking" in f._modules]
                copied = [field for field in ours if field.copy]
                hidden = [field for field in copied if not model._has_field_access(field, "read")]
                self.assertFalse(hidden, name)

    def test_secrets_of_trackings_cannot_be_guessed_by_searching(self):
        for path in (
            "mail_tracking_ids.token",
            "mail_tracking_ids.recipient_address",
            "mail_tracking_ids.error_description",
        ):
            domain = [("id", "=", self.message.id), (path, "like", "%")]
            self.for_each_user(
                path,
                lambda user, domain=domain: self.assertFalse(
                    self.count(user, "mail.message", domain)
                ),
            )

    def count(self, user, model, domain):
        try:
            with mute_logger("odoo.addons.base.models.ir_model"):
                return self.env[model].with_user(user).search_count(domain)
        except REFUSALS:
            return 0

    @mute_logger("odoo.http")
    def test_routes_tell_and_change_nothing(self):
        rules = list(self.own_routes())
        self.assertGreaterEqual(len({rule.endpoint for rule in rules}), 5)
        for rule in rules:
            self.for_each_user(rule.rule, lambda user, rule=rule: self.assert_closed(user, rule))

    def assert_closed(self, user, rule):
        login = user.login if user != self.users["public"] else None
        self.authenticate(login, login)
        before = self.stored()
        response = self.ask(rule)
        self.env.invalidate_all()
        self.assertLess(response.status_code, 500)
        self.assert_nothing_told(response.text)
        self.assert_nothing_told(dict(response.headers))
        self.assertEqual(self.stored(), before)

    def ask(self, rule):
        """Ask a route for what is not the asker's."""
        values = self.values_for(rule.endpoint.func)
        path = re.sub(
            r"<(?:[^<>:]+:)?(\w+)>", lambda match: str(self.arguments[match[1]]), rule.rule
        )
        routing = rule.endpoint.routing
        if routing["type"] == "jsonrpc":
            params = {name: value for name, value in values.items() if f"<{name}" not in path}
            body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
            return self.url_open(
                path, data=json.dumps(body), headers={"Content-Type": "application/json"}
            )
        if "GET" in (routing.get("methods") or ["GET"]):
            return self.url_open(path)
        data = {"csrf_token": http.Request.csrf_token(self)} if routing["csrf"] else b"[]"
        return self.url_open(path, data=data, headers={"Content-Type": "application/json"})
