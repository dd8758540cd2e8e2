from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import format_datetime

from ..guard import tracking_guard

#: the verdicts, from good to bad; "unknown" is neither
OK, UNKNOWN, WARNING, PROBLEM = "ok", "unknown", "warning", "problem"
#: records of one kind that are looked at; the lists show the rest
MAX_RECORDS = 20
#: the action that opens the settings
SETTINGS = "base_setup.action_general_configuration"


class MailTrackingSetup(models.AbstractModel):
    """Is email tracking set up well? Checks that tell so in plain words.

    Another addon adds a check by an entry in ``_get_checks`` and a method
    ``_check_<name>``. What a result says is meant for people who help from outside as
    well: nothing that identifies anybody belongs there but in ``subject`` and ``detail``,
    which are shown and never copied.
    """

    _name = "mail.tracking.setup"
    _description = "Email tracking: set-up check"

    # ------------------------------------------------------------
    # HOOKS
    # ------------------------------------------------------------

    @api.model
    def _get_checks(self):
        """The checks, in the order in which they are shown.

        :return: pairs of a name, for ``_check_<name>``, and a title
        :rtype: list[tuple]
        """
        titles = {
            "pixel": self.env._("Image that tells of opens"),
            "databases": self.env._("Databases on this server"),
            "bounces": self.env._("Bounces"),
            "mail_servers": self.env._("Outgoing mail servers"),
            "webhooks": self.env._("Webhooks of email services"),
            "live": self.env._("Live updates"),
            "retention": self.env._("Retention and size"),
            "delivery_coverage": self.env._("Emails of which nothing more is known"),
            "versions": self.env._("Versions"),
        }
        return list(titles.items())

    @api.model
    def _prepare_result(self, title, verdict, sentence, hint="", **values):
        """One line of a check.

        :param str title: what was looked at, in some words
        :param str verdict: ``ok``, ``unknown``, ``warning`` or ``problem``
        :param str sentence: what was found, and no more than is known
        :param str hint: how to correct it
        :param values: ``subject``: which record, for the screen alone; ``detail``: words
            of others, for the screen alone; ``action``: an action that opens what is to be
            corrected; ``ask``: number of a mail server that can be asked; ``live``: what to
            show instead of ``verdict`` and ``sentence`` when a live update arrives
        :rtype: dict
        """
        return {
            "title": title,
            "verdict": verdict,
            "sentence": sentence,
            "hint": hint,
            "subject": "",
            "detail": "",
            "action": False,
            "ask": False,
            "live": False,
            **values,
        }

    @api.model
    def _search_some(self, model, domain, check_one):
        """Look at the first records of a kind, and say how many are left out.

        :param str model: name of the model
        :param list domain: which records
        :param check_one: method that makes a result of one record
        :return: results, none where there are no records
        :rtype: list[dict]
        """
        number = self.env[model].search_count(domain)
        results = [check_one(each) for each in self.env[model].search(domain, limit=MAX_RECORDS)]
        if number > MAX_RECORDS:
            sentence = self.env._(
                "%(number)s more were not looked at here.", number=number - MAX_RECORDS
            )
            results.append(self._prepare_result(self.env._("The rest"), UNKNOWN, sentence))
        return results

    @api.model
    def _format_time(self, time):
        return format_datetime(self.env, time, dt_format="short")

    @api.model
    def _prepare_open_action(self, record):
        """An action that opens the form of a record.

        :rtype: dict
        """
        return {
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
        """The checks that there are.

        :return: dicts with ``name`` and ``title``
        :rtype: list[dict]
        :raise AccessError: for anybody but administrators
        """
        self._check_is_system()
        return [{"name": name, "title": title} for name, title in self._get_checks()]

    @api.model
    def run_check(self, name):
        """Check one thing, now.

        :param str name: as ``get_checks`` gave it
        :return: results, see ``_prepare_result``; none for a name that is not known
        :rtype: list[dict]
        :raise AccessError: for anybody but administrators
        """
        self._check_is_system()
        title = dict(self._get_checks()).get(name)
        return self._run_guarded(f"_check_{name}", title) if title else []

    @api.model
    def ask_mail_server(self, server_id):
        """Ask an outgoing mail server what it offers, without sending anything.

        :param int server_id: number of an ``ir.mail_server``
        :return: results, see ``_prepare_result``; none where there is no such server
        :rtype: list[dict]
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
        """The results of a method; one that breaks costs no more than its own result."""
        results = None
        goes_on = "the other checks go on"
        with tracking_guard(f"running {method}", goes_on), self.env.cr.savepoint():
            results = getattr(self, method)(*args)
        if results is not None:
            return results
        sentence = self.env._("This could not be checked; the log of the server says why.")
        return [self._prepare_result(title, UNKNOWN, sentence)]
