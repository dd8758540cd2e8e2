from odoo import api, fields, models


class MailTrackingDomain(models.Model):
    """Who runs the mail servers of a domain that emails go to."""

    _name = "mail.tracking.domain"
    _description = "Recipient domain"
    _order = "name"

    name = fields.Char(required=True, readonly=True)
    provider = fields.Char(readonly=True, help="Who runs its mail servers. Empty if unknown.")
    checked_on = fields.Datetime(readonly=True, help="When its MX records were looked up.")

    _name_unique = models.UniqueIndex("(name)")

    @api.model
    def _get_providers(self, names):
        """Who runs the mail servers of these domains, as far as that is known.

        Asks no name server.

        :param names: names of domains, in lower case
        :return: name -> provider, "" where it is not known
        :rtype: dict[str, str]
        """
        domains = self.search_fetch([("name", "in", list(names))], ["name", "provider"])
        known = {domain.name: domain.provider for domain in domains}
        return {name: known.get(name) or "" for name in names}

    @api.model
    def _look_up(self, names, seconds):
        """Find out who runs the mail servers of these domains, and remember it.

        :param names: names of domains, in lower case
        :param float seconds: how long it may take
        """
