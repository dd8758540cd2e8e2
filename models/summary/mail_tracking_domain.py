from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import dns_client, mail_hosts
from ...tools.authentication import answers
from ...tools.authentication.hosts import mx_hosts

#: days after which DNS is asked again, and after which where it did not answer
ASK_AGAIN, ASK_UNKNOWN_AGAIN = timedelta(days=60), timedelta(days=1)
#: characters of a name in DNS
MAX_NAME = 253
GC_BATCH = 1_000


class MailTrackingDomain(models.Model):
    """Who runs the mail servers of a domain that emails go to."""

    _name = "mail.tracking.domain"
    _description = "Recipient domain"
    _order = "name"

    name = fields.Char(required=True, readonly=True, help="The part after the @.")
    provider = fields.Char(readonly=True, help="Who runs its mail servers. Empty if unknown.")
    checked_on = fields.Datetime(readonly=True, help="When its MX records were looked up.")

    _name_unique = models.UniqueIndex("(name)")
    _checked_idx = models.Index("(checked_on)")

    @api.model
    def _get_providers(self, names):
        """Who runs the mail servers of these domains, as far as that is known.

        Asks no name server.

        :param names: names of domains, in lower case
        :return: name -> provider, "" where it is not known
        """
        # sudo: mail.tracking.domain - a domain may belong to one person; its provider does not
        domains = self.sudo().search_fetch([("name", "in", list(names))], ["name", "provider"])
        known = {domain.name: domain.provider for domain in domains}
        return {
            name: mail_hosts.provider_of_domain(name) or known.get(name) or "" for name in names
        }

    @api.model
    def _look_up(self, names, seconds):
        """Find out who runs the mail servers of those of these domains that are not known.

        DNS is asked about those that are not well known.

        :param names: names of domains, in lower case
        :param float seconds: that it may take; the others stay unknown
        """
        client = self.env["mail.tracking.sending.domain"]._make_client(seconds)
        now, names = fields.Datetime.now(), self._filter_unknown(names)
        providers = {name: mail_hosts.provider_of_domain(name) for name in names}
        rows = [(name, provider, now) for name, provider in providers.items() if provider]
        for name in names if dns_client.is_available() else ():
            if providers[name]:
                continue
            answer = client(name, "MX")
            if client.is_over:
                break
            # where DNS did not answer, it is asked again tomorrow
            is_sure = answer.status != answers.FAILED
            checked_on = now if is_sure else now - ASK_AGAIN + ASK_UNKNOWN_AGAIN
            provider = mail_hosts.provider_of_hosts(mx_hosts(answer))
            rows.append((name, provider or None, checked_on))
        if not rows:
            return
        self.env.execute_query(
            SQL(
                "INSERT INTO mail_tracking_domain (name, provider, checked_on) VALUES %s"
                " ON CONFLICT (name) DO UPDATE"
                " SET provider = EXCLUDED.provider, checked_on = EXCLUDED.checked_on",
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_unused(self):
        """Forget domains that nobody has written to for long: those in use are looked up anew."""
        before = fields.Datetime.now() - 2 * ASK_AGAIN
        old = self.search([("checked_on", "<", before)], order="checked_on", limit=GC_BATCH)
        old.unlink()
        return len(old), len(old) == GC_BATCH

    @api.model
    def _filter_unknown(self, names):
        """Those of these domains that were not looked up lately."""
        since = fields.Datetime.now() - ASK_AGAIN
        domain = [("name", "in", list(names)), ("checked_on", ">=", since)]
        known = set(self.search(domain).mapped("name"))
        return [
            name for name in dict.fromkeys(names) if name not in known and 0 < len(name) <= MAX_NAME
        ]
