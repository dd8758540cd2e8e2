from urllib.parse import urlsplit

from odoo import api, fields, models

from ...tools import dns_client
from ...tools.addresses import is_public_host
from ...tools.authentication import rules, texts
from .mail_tracking_setup import INFO, MAX_RECORDS, OK, PROBLEM, SETTINGS, UNKNOWN

#: domains and mail servers whose findings are read
MAX_CHECKED = 400
#: days whose complaints are counted
COMPLAINT_DAYS = 30
#: the worst comes first
ORDER = (texts.PROBLEM, texts.WARNING, texts.UNKNOWN, texts.OK)


class MailTrackingSetup(models.AbstractModel):
    """Whether our emails prove that they are ours, and what large providers ask of us."""

    _inherit = "mail.tracking.setup"

    @api.model
    def _refresh_authentication(self):
        if dns_client.is_available():
            # sudo: mail.tracking.sending.domain - written by checks alone; access was checked
            self.env["mail.tracking.sending.domain"].sudo()._refresh()

    @api.model
    def _check_authentication(self):
        # sudo: mail.tracking.sending.domain - administrators alone get here
        checked = (
            self.env["mail.tracking.sending.domain"]
            .sudo()
            .search([("checked_on", "!=", False)], limit=MAX_CHECKED)
        )
        if not dns_client.is_available():
            return [self._prepare_no_dns_result()]
        if not checked:
            sentence = self.env._("DNS has not been asked so far.")
            hint = self.env._('Click "Check again". It is also asked every day.')
            return [self._prepare_result(self.env._("Look-up"), UNKNOWN, sentence, hint)]
        results = [self._prepare_look_up_result(checked)]
        for record in checked[:MAX_RECORDS]:
            results += self._prepare_findings(record)
        if len(checked) > MAX_RECORDS:
            sentence = self.env._(
                "%(number)s more are not shown.", number=len(checked) - MAX_RECORDS
            )
            results.append(self._prepare_result(self.env._("Others"), UNKNOWN, sentence))
        return results + self._check_rules(checked)

    @api.model
    def _prepare_no_dns_result(self):
        return self._prepare_result(
            self.env._("Look-up"),
            UNKNOWN,
            self.env._(
                "DNS cannot be asked: the Python package dnspython is not installed on the server "
                "of Odoo."
            ),
            self.env._(
                "Install it with pip install dnspython, or on Debian and Ubuntu with apt install "
                "python3-dnspython, and restart Odoo."
            ),
        )

    @api.model
    def _prepare_look_up_result(self, checked):
        oldest = min(checked.mapped("checked_on"))
        return self._prepare_result(
            self.env._("Look-up"),
            INFO,
            self.env._(
                "What follows is what DNS said on %(time)s.", time=self._format_time(oldest)
            ),
            self.env._('"Check again" asks it again.'),
        )

    @api.model
    def _prepare_findings(self, record):
        """The results of one domain or mail server, the worst first."""
        return sorted(
            (self._prepare_finding(record, each) for each in self._get_findings(record)),
            key=lambda result: ORDER.index(result["verdict"]),
        )

    @api.model
    def _get_findings(self, records):
        """What was found, without what another version of the addon called otherwise."""
        found = (each for record in records for each in record.results or ())
        return [each for each in found if each["code"] in texts.TEXTS]

    @api.model
    def _prepare_finding(self, record, finding):
        title, text = texts.TITLES[finding["kind"]], texts.TEXTS[finding["code"]]
        sentence = self.env._(text.sentence, **finding["values"])
        subject, detail = record.name, finding["detail"]
        return self._prepare_result(
            self.env._(title),
            text.verdict,
            sentence,
            self.env._(text.hint) if text.hint else "",
            subject=subject,
            detail="" if detail == subject else detail,
            enter=finding["enter"],
        )

    # ------------------------------------------------------------
    # RULES OF LARGE PROVIDERS
    # ------------------------------------------------------------

    @api.model
    def _check_rules(self, records):
        findings = self._get_findings(records)
        verdicts = [(rule, rules.verdict_of(findings, rule.kinds)) for rule in rules.RULES]
        verdicts.append((rules.COMPLAINTS, self._get_complaints_verdict()))
        verdicts.append((rules.ONE_CLICK, self._get_one_click_verdict()))
        return [self._prepare_rule_result(rule, verdict) for rule, verdict in verdicts]

    @api.model
    def _prepare_rule_result(self, rule, verdict):
        """One line of the list of rules: met, not met, or not known."""
        hint, action = "", False
        if verdict == OK:
            sentence = self.env._("Met. Required by %(names)s.", names=rule.sources)
        elif verdict == PROBLEM:
            sentence = self.env._("Not met. Required by %(names)s.", names=rule.sources)
            hint = self.env._("What to do is described above.")
        else:
            sentence = self.env._("Not known. Required by %(names)s.", names=rule.sources)
        if rule == rules.COMPLAINTS:
            hint = self.env._(
                "Google shows complaints only in its Postmaster Tools: register your domain there."
            )
        elif rule == rules.ONE_CLICK and verdict == PROBLEM:
            hint = self.env._("Mailings need a public address of Odoo that begins with https://.")
            action = SETTINGS
        return self._prepare_result(self.env._(rule.title), verdict, sentence, hint, action=action)

    @api.model
    def _get_complaints_verdict(self):
        since = fields.Date.subtract(fields.Date.today(), days=COMPLAINT_DAYS)
        # sudo: mail.tracking.day.total - of all companies: providers judge the whole server
        Total = self.env["mail.tracking.day.total"].sudo()
        [numbers] = Total._get_numbers([("day", ">=", since)]).values()
        return rules.complaints_verdict(numbers["complaints"], numbers["tried"] - numbers["failed"])

    @api.model
    def _get_one_click_verdict(self):
        """Mailings have the header (RFC 8058); what it needs is an address that works."""
        if "mailing.mailing" not in self.env:
            return OK
        url = urlsplit(self.env["mail.mail"].get_base_url())
        return OK if url.scheme == "https" and is_public_host(url.hostname) else PROBLEM
