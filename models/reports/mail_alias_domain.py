import re

from odoo import api, fields, models
from odoo.tools import email_normalize, email_split

#: a bounce address with the token of a tracking: ``bounce+0123…@example.com``; a server on the way
#: may have put its own key before it (BATV: ``prvs=key=bounce+0123…@example.com``)
VERP = re.compile(
    r"(?:(?:ms)?prvs\d*=[^=@]+=|btv1==[^=@]+==)?"
    r"(?P<alias>[^@]+)\+(?P<token>[0-9a-f]{32})@(?P<domain>[^@]+)",
    re.ASCII,
)
#: RFC 5321 section 4.5.3.1.1
MAX_LOCAL_PART = 64


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    mail_tracking_verp = fields.Boolean(
        "Bounce address for each email",
        help="Emails that fail come back to an address of their own, such as "
        "bounce+0123@example.com, which identifies the email even if the report does not. Your "
        "mail server must deliver such addresses to the mailbox of the bounce alias.",
    )

    def _tracking_bounce_headers(self, batch, token, headers):
        """The headers of an email, with a bounce address of its own where this domain has such."""
        if not self.mail_tracking_verp or headers.get("Return-Path") != self.bounce_email:
            return headers
        local, _at, domain = self.bounce_email.partition("@")
        address = f"{local}+{token}@{domain}"
        # an address that the server does not take as sender would send the reports elsewhere
        if len(local) + len(token) >= MAX_LOCAL_PART or not self.env[
            "ir.mail_server"
        ]._match_from_filter(address, batch.sender_filter):
            return headers
        return {**headers, "Return-Path": address}

    @api.model
    def _tracking_tokens_of(self, addresses):
        """The tokens of those of the addresses, as they stand in headers, that are ours.

        Also of domains where the option is off by now: mails may be on their way.
        """
        bare = (email_normalize(each) or each for text in addresses for each in email_split(text))
        found = [match for each in bare if (match := VERP.fullmatch(each.lower()))]
        if not found:
            return []
        # sudo: mail.alias.domain - which addresses are ours
        ours = {domain.bounce_email.lower() for domain in self.sudo().search([])}
        return [match["token"] for match in found if f"{match['alias']}@{match['domain']}" in ours]
