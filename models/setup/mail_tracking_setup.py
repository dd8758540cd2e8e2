from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import format_datetime

from ..guard import tracking_guard

#: the verdicts, from good to bad; "info" is a measure and no finding
INFO, OK, UNKNOWN, WARNING, PROBLEM = "info", "ok", "unknown", "warning", "problem"
#: records of one kind that are checked; the lists show the others
MAX_RECORDS = 20
SETTINGS = "base_setup.action_general_configuration"


class MailTrackingSetup(models.AbstractModel):
    """The checks of the set-up page.

    Another addon adds a check by an entry in ``_get_checks`` and a method ``_check_<name>``.
    Results are copied for people who help from outside: what identifies anybody belongs in
    ``subject``, ``detail`` or ``action``, which are shown and never copied.
    """

    _name = "mail.tracking.setup"
    _description = "Email tracking: set-up check"

    # ------------------------------------------------------------
    # HOOKS
    # ------------------------------------------------------------

    @api.model
    def _get_checks(self):
        """The checks in their order: pairs of a name, for ``_check_<name>``, and a title."""
        titles = {
            "incidents": self.env._("Incidents"),
            "pixel": self.env._("Open tracking"),
            "privacy": self.env._("Privacy"),
            "databases": self.env._("Databases on this server"),
            "bounces": self.env._("Bounces"),
            "mail_servers": self.env._("Outgoing mail servers"),
            "webhooks": self.env._("Webhooks of email services"),
            "live": self.env._("Live updates"),
            "retention": self.env._("Retention and size"),
            "delivery_coverage": self.env._("Recent emails"),
            "versions": self.env._("Versions"),
        }
        return list(titles.items())

    @api.model
    def _prepare_result(self, title, verdict, sentence, hint="", **values):
        """One line of a check.

        :param str title: what was checked
        :param str verdict: ``ok``, ``unknown``, ``warning``, ``problem``, or ``info``
        :param str sentence: what was found
        :param str hint: how to fix it
        :param values: ``subject``: which record, for the screen alone; ``detail``: words
            of others, for the screen alone; ``action``: where to fix it, an external id or an
            action with a name; ``ask``: id of a mail server that can be asked; ``live``: the
            result to show once a live update has arrived
        :rtype: dict
        """
        action = values.get("action") or {}
        link = self.env.ref(action).name if isinstance(action, str) else action.get("name")
        return {
            "title": title,
            "verdict": verdict,
            "sentence": sentence,
            "hint": hint,
            "subject": "",
            "detail": "",
            "action": False,
            "link": link or self.env._("Open"),
            "ask": False,
            "live": False,
            **values,
        }

    @api.model
    def _search_some(self, model, domain, check_one):
        """Check the first records of a model; a last result says how many are left out."""
        number = self.env[model].search_count(domain)
        results = [check_one(each) for each in self.env[model].search(domain, limit=MAX_RECORDS)]
        if number > MAX_RECORDS:
            sentence = self.env._("%(number)s more were not checked.", number=number - MAX_RECORDS)
            results.append(self._prepare_result(self.env._("Others"), UNKNOWN, sentence))
        return results

    @api.model
    def _format_time(self, time):
        return format_datetime(self.env, time, dt_format="short")

    @api.model
    def _prepare_open_action(self, record):
        return {
            "name": record.display_name,
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [[False, "form"]],
        }

    # ------------------------------------------------------------
    # CLIENT
    # ------------------------------------------------------------

    @api.model
    def get_checks(self):
        """List the checks, as dicts with ``name`` and ``title``.

        :raise AccessError: for anybody but administrators
        """
        self._check_is_system()
        return [{"name": name, "title": title} for name, title in self._get_checks()]

    @api.model
    def run_check(self, name):
        """Run one check.

        :param str name: as ``get_checks`` gave it
        :return: list of results, see ``_prepare_result``; empty for an unknown name
        :raise AccessError: for anybody but administrators
        """
        self._check_is_system()
        title = dict(self._get_checks()).get(name)
        return self._run_guarded(f"_check_{name}", title) if title else []

    @api.model
    def ask_mail_server(self, server_id):
        """Ask an outgoing mail server what it offers, without sending anything.

        :param int server_id: id of an ``ir.mail_server``
        :return: list of results, see ``_prepare_result``; empty without such a server
        :raise AccessError: for anybody but administrators
        """
        self._check_is_system()
        server = self.env["ir.mail_server"].browse(server_id).exists()
        if not server:
            return []
        return self._run_guarded("_ask_server", self.env._("Outgoing mail server"), server)

    @api.model
    def _check_is_system(self):
        if not self.env.is_system():
            raise AccessError(self.env._("Only administrators may check the set-up."))

    @api.model
    def _run_guarded(self, method, title, *args):
        """The results of a method, or one that says that the check failed."""
        results = None
        goes_on = "the other checks go on"
        with tracking_guard(f"running {method}", goes_on), self.env.cr.savepoint():
            results = getattr(self, method)(*args)
        if results is not None:
            return results
        sentence = self.env._("This could not be checked; the log of the server says why.")
        return [self._prepare_result(title, UNKNOWN, sentence)]
