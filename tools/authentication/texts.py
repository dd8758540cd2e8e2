# Part of mail_tracking. Licence: LGPL-3.
"""What was found, in words; `env._` translates them where they are shown.

Sentences are copied for people outside: they name nobody.
"""

from typing import NamedTuple

from ..translate import _lt

OK, UNKNOWN, WARNING, PROBLEM = "ok", "unknown", "warning", "problem"


class Text(NamedTuple):
    """A finding in words."""

    verdict: str
    sentence: str
    hint: str = ""


#: what was checked -> title
TITLES = {
    "domain": _lt("Domain"),
    "spf": _lt("Allowed servers (SPF)"),
    "dkim": _lt("Signature (DKIM)"),
    "dmarc": _lt("Policy (DMARC)"),
    "alignment": _lt("Same domain (alignment)"),
    "mx": _lt("Bounces (MX)"),
    "ptr": _lt("Name of the address (PTR)"),
    "helo": _lt("Name of the server (HELO)"),
    "tls": _lt("Encryption (TLS)"),
}

TEXTS = {
    "no_answer": Text(UNKNOWN, _lt("DNS did not answer."), _lt("Check again later.")),
    "host_missing": Text(
        PROBLEM,
        _lt("DNS does not know the name of the mail server."),
        _lt("Correct the name of the server, or enter it in DNS."),
    ),
    # domain
    "domain_missing": Text(
        PROBLEM,
        _lt("DNS does not know this domain: receivers refuse emails that come from it."),
        _lt("Correct the address that emails are sent from, or register the domain."),
    ),
    "domain_foreign": Text(
        PROBLEM,
        _lt(
            "This domain belongs to a mailbox provider. Emails that your server sends from it look "
            "forged."
        ),
        _lt("Send from an address of a domain of your own."),
    ),
    "domain_provider": Text(
        OK, _lt("The mailbox provider sends the emails itself, and vouches for them.")
    ),
    # SPF
    "spf_ok": Text(
        OK, _lt("The record allows your mail servers. It takes %(number)s of 10 look-ups.")
    ),
    "spf_missing": Text(
        PROBLEM,
        _lt("There is no SPF record: nobody can tell which servers may send for this domain."),
        _lt(
            "Enter this record in DNS, and add the other servers that send for this domain ahead "
            "of ~all."
        ),
    ),
    "spf_several": Text(
        PROBLEM,
        _lt("There are several SPF records: receivers ignore all of them."),
        _lt("Merge them into one record."),
    ),
    "spf_syntax": Text(
        PROBLEM,
        _lt("The SPF record has a mistake: receivers ignore all of it."),
        _lt("Correct or remove the part that is shown here."),
    ),
    "spf_lookups": Text(
        PROBLEM,
        _lt("The SPF record takes %(number)s look-ups. With more than 10, receivers ignore it."),
        _lt(
            "Remove what you do not use. You can replace a part such as include: by the addresses "
            "that it stands for."
        ),
    ),
    "spf_voids": Text(
        PROBLEM,
        _lt(
            "%(number)s parts of the SPF record lead nowhere. With more than 2, receivers ignore "
            "the record."
        ),
        _lt("Remove the parts that lead nowhere."),
    ),
    "spf_open": Text(
        PROBLEM,
        _lt("The SPF record allows every server in the world."),
        _lt("Replace +all by ~all."),
    ),
    "spf_server": Text(
        PROBLEM,
        _lt("The SPF record does not allow a mail server that Odoo uses for this domain."),
        _lt("Replace the record by this one."),
    ),
    "spf_service": Text(
        OK,
        _lt("The email service uses bounce addresses of its own, so its own SPF record applies."),
    ),
    "spf_private": Text(
        UNKNOWN,
        _lt(
            "The mail server has a private IP address. Which public address its emails come from "
            "is not known."
        ),
        _lt("Make sure that the SPF record allows the public address of this server."),
    ),
    # DKIM
    "dkim_ok": Text(OK, _lt("Emails are signed, and the key is in DNS.")),
    "dkim_unseen": Text(
        UNKNOWN,
        _lt("No signature of this domain has been seen so far."),
        _lt(
            "Nothing to do: it is learnt from reports, and from emails of this domain that Odoo "
            "receives. To speed it up, send a message to a mailbox that Odoo fetches."
        ),
    ),
    "dkim_foreign": Text(
        WARNING,
        _lt("Emails are signed, but not in the name of this domain."),
        _lt("Set up DKIM for this domain at your mail server or email service."),
    ),
    "dkim_missing": Text(
        PROBLEM,
        _lt("Emails are signed, but the key is not in DNS: receivers ignore the signature."),
        _lt("Enter the value that your mail server or email service shows."),
    ),
    "dkim_revoked": Text(
        PROBLEM,
        _lt("Emails are signed with a key that was revoked in DNS."),
        _lt("Create a new key at your mail server or email service, and enter it in DNS."),
    ),
    "dkim_broken": Text(
        PROBLEM,
        _lt("The key in DNS cannot be read: receivers ignore the signature."),
        _lt("Enter the value again, as your mail server or email service shows it."),
    ),
    "dkim_several": Text(
        PROBLEM,
        _lt("DNS has several keys under one name: receivers may choose the wrong one."),
        _lt("Delete those that are not used."),
    ),
    "dkim_weak": Text(
        PROBLEM,
        _lt("The key has %(number)s bits. Receivers ignore keys of less than 1024."),
        _lt("Make a key of 2048 bits at your mail server or email service."),
    ),
    "dkim_short": Text(
        WARNING,
        _lt("The key has %(number)s bits; 2048 are recommended."),
        _lt("Make a key of 2048 bits at your mail server or email service."),
    ),
    "dkim_testing": Text(
        WARNING,
        _lt("The key is marked as a test: receivers may treat emails as if they were not signed."),
        _lt("Remove t=y from the record."),
    ),
    # DMARC
    "dmarc_none": Text(
        OK,
        _lt("There is a record. It stops no forged emails: it asks for reports at most."),
        _lt("Once all your emails can be verified, p=quarantine or p=reject stops forged ones."),
    ),
    "dmarc_quarantine": Text(
        OK, _lt("There is a record: emails that cannot be verified are treated as spam.")
    ),
    "dmarc_reject": Text(
        OK, _lt("There is a record: emails that cannot be verified are rejected.")
    ),
    "dmarc_missing": Text(
        PROBLEM,
        _lt("There is no DMARC record. Large providers expect one from bulk senders."),
        _lt("Enter this record in DNS. Reports go to the address in it."),
    ),
    "dmarc_several": Text(
        PROBLEM,
        _lt("There are several DMARC records: receivers ignore all of them."),
        _lt("Keep one of them."),
    ),
    "dmarc_broken": Text(
        PROBLEM,
        _lt("The DMARC record has a mistake: receivers ignore it."),
        _lt("It must begin with v=DMARC1; and p=none, p=quarantine or p=reject."),
    ),
    # alignment
    "alignment_spf": Text(
        OK, _lt("The bounce address belongs to the same domain: SPF verifies the sender.")
    ),
    "alignment_dkim": Text(
        OK, _lt("The signature belongs to the same domain: DKIM verifies the sender.")
    ),
    "alignment_unknown": Text(
        UNKNOWN,
        _lt(
            "The bounce address belongs to another domain. Whether emails are signed in the name "
            "of this one is not known."
        ),
        _lt("Set up DKIM for this domain at your mail server or email service."),
    ),
    "alignment_missing": Text(
        PROBLEM,
        _lt(
            "Neither the bounce address nor the signature belongs to this domain: DMARC fails for "
            "its emails."
        ),
        _lt(
            "Set up DKIM for this domain, or an alias domain with a bounce address in this domain."
        ),
    ),
    # MX
    "mx_ok": Text(OK, _lt("A mail server accepts the bounces.")),
    "mx_missing": Text(
        PROBLEM,
        _lt("No mail server accepts emails for this domain: bounces are lost."),
        _lt("Enter the mail server that takes your bounces, for example this one."),
    ),
    "mx_implicit": Text(
        WARNING,
        _lt("There is no MX record: bounces go to the server that has the name of the domain."),
        _lt("Enter the mail server that takes your bounces, for example this one."),
    ),
    "mx_null": Text(
        PROBLEM,
        _lt("The domain states that it accepts no emails: bounces are lost."),
        _lt("Use a bounce address at a domain that accepts emails."),
    ),
    "mx_dangling": Text(
        PROBLEM,
        _lt("A mail server for bounces has no address."),
        _lt("Correct its name in the MX record, or enter its address in DNS."),
    ),
    # mail servers
    "ptr_ok": Text(OK, _lt("The IP address of the mail server has a name that leads back to it.")),
    "ptr_service": Text(OK, _lt("The email service takes care of the names of its servers.")),
    "ptr_missing": Text(
        PROBLEM,
        _lt("The IP address of the mail server has no name: large providers refuse its emails."),
        _lt("Ask the provider of the IP address to enter this name (reverse DNS)."),
    ),
    "ptr_unconfirmed": Text(
        PROBLEM,
        _lt("The name of the mail server's IP address does not lead back to it."),
        _lt("Enter this record in DNS, or ask the provider of the IP address to correct the name."),
    ),
    "ptr_private": Text(
        UNKNOWN,
        _lt("The mail server has a private IP address. Its public address is not known."),
        _lt("Make sure that its public address has a name (PTR) that leads back to it."),
    ),
    "helo_ok": Text(
        OK, _lt("The name that the mail server uses for itself leads to its IP address.")
    ),
    "helo_unknown": Text(
        UNKNOWN, _lt("The mail server did not say its name."), _lt("Check again later.")
    ),
    "helo_no_name": Text(
        WARNING,
        _lt("The mail server does not use a full domain name for itself."),
        _lt("Set its name, in Postfix by myhostname, to the name that its address has."),
    ),
    "helo_missing": Text(
        WARNING,
        _lt("DNS does not know the name that the mail server uses for itself."),
        _lt("Enter this record in DNS, or change the name, in Postfix by myhostname."),
    ),
    "helo_elsewhere": Text(
        WARNING,
        _lt("The name that the mail server uses for itself leads to another IP address."),
        _lt(
            "If your server sends from a different IP address, all is well. Otherwise, enter this "
            "record, or change the name, in Postfix by myhostname."
        ),
    ),
    # encryption
    "tls_ok": Text(OK, _lt("Odoo hands emails over encrypted.")),
    "tls_local": Text(OK, _lt("The mail server runs on the same machine as Odoo.")),
    "tls_offered": Text(
        WARNING,
        _lt("The mail server offers encryption, and Odoo does not use it."),
        _lt('Set "Connection Encryption" of the mail server to TLS (STARTTLS).'),
    ),
    "tls_missing": Text(
        WARNING,
        _lt("Odoo hands emails over without encryption."),
        _lt('Have the server offer STARTTLS, and set "Connection Encryption".'),
    ),
}
