"""The addresses of recipients, as Odoo reads them; a parser is asked where one is needed alone."""

from odoo import tools

from ..tools.addresses import plain_address


def normalized(recipient):
    """The address of a recipient, the first one where there are several.

    :param str recipient: as a mail is addressed to them, or nothing
    :return: the normalised address; empty where there is none
    :rtype: str
    """
    recipient = recipient or ""
    return plain_address(recipient) or tools.email_normalize(recipient, strict=False) or ""


def all_normalized(text):
    """All addresses in what stands for one, of a contact for example.

    :param str text: addresses, with or without names, or nothing
    :return: the normalised addresses
    :rtype: list[str]
    """
    address = plain_address(text or "")
    return [address] if address else tools.mail.email_normalize_all(text)
