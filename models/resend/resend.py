"""One recipient who is to get a message again."""

from dataclasses import dataclass

from odoo.tools import mail as mail_tools

from ...tools import events as ev
from ...tools import reasons

MAX_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets


@dataclass
class Resend:
    """A recipient of a message, and where the message goes this time.

    :param message: ``mail.message``
    :param trackings: ``mail.tracking.email`` of the recipient that are to be superseded,
        the newest last; empty for a message that is older than the tracking
    :param partner: ``res.partner``, may be empty
    :param str address: bare address, empty where none is known
    """

    message: object
    trackings: object
    partner: object
    address: str

    @property
    def key(self):
        """What names this recipient of the message in the dialog."""
        return f"row-{self.trackings[-1].id}" if self.trackings else f"partner-{self.partner.id}"

    @property
    def own_addresses(self):
        """The addresses of the contact today, as core reads them to send a mail."""
        return mail_tools.email_normalize_all(self.partner.email or "") if self.partner else []

    @property
    def is_for_stranger(self):
        """Whether the address is not known to be that of the recipient.

        It is when the contact has it today; without a contact, when the very
        first mail went to it, and not only one that was resent.
        """
        if self.partner:
            return self.address not in self.own_addresses
        chain = self.trackings._get_chain()
        first = chain.filtered(
            lambda tracking: not tracking.predecessor_ids & chain and not tracking.resent_by_id
        )
        return self.address not in first.mapped("recipient_address")

    @property
    def is_doubtful(self):
        """Whether one should look before it goes out: after a complaint, or to a dead address."""
        last = self.trackings[-1]
        is_same = self.address == last.recipient_address
        return last.state == ev.SPAM or (is_same and last.error_type in reasons.HARD_REASONS)

    @property
    def contact(self):
        """The contact that the mail is rendered for, none for a stranger."""
        return self.partner.browse() if self.is_for_stranger else self.partner

    @property
    def is_partner_mail(self):
        """Whether core's mail to the contact goes to this address and no other."""
        return self.own_addresses == [self.address]

    @property
    def email_to(self):
        """The address with the name of the contact."""
        return mail_tools.formataddr((self.partner.name or "", self.address))


def read_address(text):
    """The one address that a person typed, or an empty text.

    :param text: whatever the client sent
    :return: bare address, lower case; empty for none, several, or what cannot be one
    """
    if not isinstance(text, str) or len(text) > 2 * MAX_ADDRESS:
        return ""
    address = mail_tools.email_normalize(text.strip(), strict=True) or ""
    local, _at, domain = address.rpartition("@")
    unfit = any(char.isspace() or not char.isprintable() or char in '<>,;:"()' for char in address)
    if unfit or not local or len(address) > MAX_ADDRESS:
        return ""
    labels = domain.split(".")
    return address if all(label.strip("-") == label and label for label in labels) else ""


def replace_address(text, old, new):
    """Put a corrected address in the place of another one.

    :param str text: the addresses of a contact, usually one
    :param str old: bare address that does not work; other addresses stay
    :param str new: bare address
    """
    addresses = mail_tools.email_split_and_format(text or "")
    if len(addresses) < 2:
        return new
    kept = [
        new if mail_tools.email_normalize(address, strict=False) == old else address
        for address in addresses
    ]
    return ", ".join(kept if new in kept else [*kept, new])
