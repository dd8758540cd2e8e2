from odoo import api, models
from odoo.tools import SQL

from ...tools import sentences, smtp_setup
from .check_server import DAYS, MAX_MAILS
from .mail_tracking_setup import INFO, OK, PROBLEM, SETTINGS, UNKNOWN, WARNING

#: reasons of failures that lie with an account, or with the way to it
REASONS = (*smtp_setup.REASONS, *sentences.ACCOUNT_REASONS, "mail_smtp")


class MailTrackingSetup(models.AbstractModel):
    """Accounts of users, through which they send what they write themselves."""

    _inherit = "mail.tracking.setup"

    @api.model
    def _check_personal_servers(self):
        # also those that are not connected yet
        check = self.with_context(active_test=False)
        failures = check._get_account_failures()
        accounts = check._search_some(
            "ir.mail_server",
            [("owner_user_id", "!=", False)],
            lambda server: check._check_personal_server(server, failures.get(server.owner_user_id)),
        )
        title = self.env._("Accounts of users")
        if not accounts:
            sentence = self.env._("Nobody sends through a mail account of their own.")
            return [self._prepare_result(title, INFO, sentence, action=SETTINGS)]
        if self.env["ir.config_parameter"].get_param("mail.disable_personal_mail_servers"):
            sentence = self.env._(
                "They are switched off by the system parameter mail.disable_personal_mail_servers: "
                "all emails leave through the servers of the company."
            )
            return [self._prepare_result(title, INFO, sentence)]
        return [self._prepare_own_mailbox_result(), *accounts]

    @api.model
    def _prepare_own_mailbox_result(self):
        """What is known of the emails: the same for all accounts."""
        number = self.env["ir.mail_server"].search_count([("owner_user_id", "!=", False)])
        sentence = self.env._(
            "Users who send through a mail account of their own: %(number)s. Bounces go to their "
            "own mailboxes, where Odoo does not see them. Opens and answers are known as for "
            "other emails.",
            number=number,
        )
        hint = self.env._(
            "To see failures here too, set up a rule in each mailbox that redirects bounces to "
            "the bounce address."
        )
        # sudo: mail.alias.domain - the address of the company
        bounce = self.env.company.sudo().bounce_email or ""
        title = self.env._("Emails that come back")
        return self._prepare_result(title, UNKNOWN, sentence, hint, subject=bounce)

    @api.model
    def _check_personal_server(self, server, failure):
        """One account.

        :param failure: time and words of its last failure, None where its last email left
        """
        owner, verdict, hint, detail = server.owner_user_id, OK, "", ""
        connect = self.env._("The owner can connect it in the preferences of the user.")
        if not server.active:
            verdict, hint = WARNING, connect
            sentence = self.env._("The account is not connected, so it is not used.")
        elif owner.outgoing_mail_server_id != server:
            verdict, hint = WARNING, connect
            sentence = self.env._(
                "The account has a different address than the user, so it is not used."
            )
        elif failure:
            verdict, detail = PROBLEM, failure[1] or ""
            sentence = self.env._(
                "The account did not accept the last email, on %(time)s.",
                time=self._format_time(failure[0]),
            )
            hint = self.env._(
                "The owner can connect it again in the preferences of the user, or choose the "
                "default mail server there, and send the failed emails again."
            )
        else:
            sentence = self.env._(
                "Odoo sends up to %(limit)s emails a minute through this account; more than that "
                "wait for the next minutes.",
                limit=server._get_personal_mail_servers_limit(),
            )
        return self._prepare_result(
            self.env._("Account of a user"),
            verdict,
            sentence,
            hint,
            subject=f"{owner.name} ({server.from_filter or server.smtp_user or ''})",
            detail=detail,
            action=self._prepare_open_action(server),
        )

    @api.model
    def _get_account_failures(self):
        """User -> when and in which words their account refused the newest of its emails."""
        Tracking = self.env["mail.tracking.email"]
        Tracking.flush_model(["author_id", "delivery_report", "state", "time", "error_type"])
        query = """
            SELECT DISTINCT ON (author_id)
                   author_id, state = 'error' AND error_type IN %(reasons)s,
                   state_time, error_description
              FROM (SELECT * FROM mail_tracking_email
                     WHERE time > (now() AT TIME ZONE 'UTC') - %(days)s * interval '1 day'
                     ORDER BY time DESC, id DESC LIMIT %(mails)s) AS mail
             WHERE delivery_report = %(personal)s AND state IS NOT NULL AND author_id IS NOT NULL
             ORDER BY author_id, time DESC, id DESC
        """
        rows = self.env.execute_query(
            SQL(query, reasons=REASONS, days=DAYS, mails=MAX_MAILS, personal=sentences.PERSONAL)
        )
        failures = {partner_id: (time, words) for partner_id, failed, time, words in rows if failed}
        users = self.env["res.partner"].browse(failures).user_ids
        return {user: failures[user.partner_id.id] for user in users}
