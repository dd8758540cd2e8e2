# Part of mail_tracking. Licence: LGPL-3.
"""What an incident probably is, and what to do about it, for people who know little of email.

Sources of the codes: RFC 3463 and its registry, RFC 7372 (authentication), and what Google,
Microsoft and Yahoo publish for postmasters about the answers of their servers.
"""

import re
from typing import NamedTuple

from . import reasons, smtp_setup
from .translate import _lt


class Cause(NamedTuple):
    """What is behind an incident.

    :ivar text: what it probably is
    :ivar advice: what to do
    :ivar title: of an incident, where the kind alone does not say it
    """

    text: str
    advice: str
    title: str = ""


#: kind of incident -> title, unless its cause has one
TITLES = {
    "server": _lt("The mail server %(subject)s takes no emails"),
    "provider": _lt("More emails to %(subject)s fail than usual"),
    "complaints": _lt("Many emails to %(subject)s are reported as spam"),
    "queue": _lt("Emails are not sent on time"),
    "bounces": _lt("No reports on failed emails arrive"),
    "webhook": _lt("The webhook %(subject)s does not work"),
}
#: kind -> what happens, in numbers
FACTS = {
    "server": _lt("%(count)s attempts in a row to send through this server failed."),
    "provider": _lt(
        "Within a day, %(failed)s of %(emails)s emails failed: %(share)s%%. In the two weeks "
        "before, it was %(before)s%%."
    ),
    "complaints": _lt(
        "Of %(emails)s emails of the last seven days, %(failed)s were reported as spam: "
        "%(share)s%%."
    ),
}
_TRY_AGAIN = _lt(
    "Settings > Technical > Email > Outgoing Mail Servers: open the server and test its "
    "connection. Once it works, resend the failed emails."
)
_FEWER = _lt(
    "Send fewer emails at a time, and stop mailings to people who never react. It gets better by "
    "itself within days if what you send is wanted."
)
_DNS = _lt(
    "Ask the person who manages the DNS of your domain to enter what is missing. Settings > "
    "Technical > Email > Tracking set-up says what that is. Then resend the failed emails."
)

CAUSES = {
    # what the answer says
    "microsoft_authentication": Cause(
        _lt(
            "Microsoft refuses emails whose sender is not proven. For the domain of your sender "
            "address, SPF, DKIM and DMARC all have to be right."
        ),
        _DNS,
    ),
    "dmarc": Cause(
        _lt(
            "Your own domain asks receivers to refuse emails that are not proven to come from you "
            "(DMARC). These emails are not: the server that sends them is not entered for the "
            "domain (SPF), or does not sign them (DKIM)."
        ),
        _DNS,
    ),
    "authentication": Cause(
        _lt(
            "The receiving servers cannot verify that the emails come from you: SPF or DKIM of "
            "your sender domain is missing or wrong."
        ),
        _DNS,
    ),
    "reverse_dns": Cause(
        _lt(
            "The IP address of your mail server has no name in the DNS (PTR), or one that does "
            "not lead back to it. Many servers take no emails from such an address."
        ),
        _lt(
            "Ask the provider of the mail server to set its reverse DNS name: the same name by "
            "which the server introduces itself."
        ),
    ),
    "receiver_tls": Cause(
        _lt("The receiving servers take emails over encrypted connections only."),
        _lt("Ask the administrator of your mail server to switch on TLS for outgoing connections."),
    ),
    "microsoft_slow": Cause(
        _lt(
            "Microsoft takes fewer emails from your mail server for the time being, because it "
            "does not know its IP address well or has seen spam from it."
        ),
        _FEWER,
    ),
    "microsoft_blocked": Cause(
        _lt("Microsoft blocks the IP address of your mail server: it has seen spam from it."),
        _lt(
            "Find out what was sent: a stolen password is a usual reason. Then have the block "
            "lifted at https://sender.office.com or, for outlook.com and hotmail.com, at "
            "https://olcsupport.office.com."
        ),
    ),
    "microsoft_account": Cause(
        _lt(
            "Microsoft has restricted your own account: it sent too many emails, or some that "
            "look like spam. A stolen password is a usual reason."
        ),
        _lt(
            "Change the password. Then an administrator of Microsoft 365 can lift the "
            "restriction: Microsoft Defender, Restricted entities."
        ),
    ),
    "sender_not_allowed": Cause(
        _lt("The account that Odoo logs in with may not send with this sender address."),
        _lt(
            "Allow the account to send as this address, or set the From filter of the outgoing "
            "mail server, so that emails leave with the address of the account."
        ),
    ),
    "daily_limit": Cause(
        _lt("The account has sent as many emails as it may in one day."),
        _lt(
            "Resend the failed emails tomorrow. If it happens again, use a mail server that is "
            "meant for this number of emails."
        ),
    ),
    "google_spam": Cause(
        _lt("Google takes the emails for spam, or suddenly gets far more of them than usual."),
        _lt(
            "Send fewer emails at a time, and stop mailings to people who never react. "
            "https://postmaster.google.com shows what Google thinks of your domain."
        ),
    ),
    "yahoo_complaints": Cause(
        _lt("Yahoo delays the emails: too many came at once, or too many were reported as spam."),
        _FEWER,
    ),
    "listed": Cause(
        _lt("The IP address of your mail server, or your domain, is on a list of spammers."),
        _lt(
            "The answer of the mail server names the list. Look up there why, and find what was "
            "sent: a stolen password or bought addresses are usual reasons. Then ask to be "
            "removed."
        ),
    ),
    "relay": Cause(
        _lt(
            "The mail server does not let Odoo send to others: it expects a login, or does not "
            "know the IP address of Odoo."
        ),
        _lt(
            "Enter user name and password on the outgoing mail server, or ask its administrator to "
            "allow the IP address of Odoo. Then resend the failed emails."
        ),
    ),
    # what went wrong with our server
    smtp_setup.LOGIN: Cause(
        _lt("The mail server does not accept the user name or the password."),
        _lt(
            "Test the connection of the outgoing mail server. Google and Microsoft take no plain "
            "passwords from programs: use their own connection in Odoo, or an app password."
        ),
    ),
    smtp_setup.HOST: Cause(
        _lt("The name of the mail server is not found: it is misspelt, or the DNS does not work."),
        _TRY_AGAIN,
    ),
    smtp_setup.TLS: Cause(
        _lt("No encrypted connection can be made: port and encryption do not fit together."),
        _lt(
            "On the outgoing mail server, choose STARTTLS with port 587 or SSL/TLS with port 465, "
            "and test the connection. Once it works, resend the failed emails."
        ),
    ),
    smtp_setup.CERTIFICATE: Cause(
        _lt("The certificate of the mail server has expired, or is not meant for its name."),
        _lt(
            "Ask the administrator of the mail server to renew its certificate. Then resend the "
            "failed emails."
        ),
    ),
    smtp_setup.SETTINGS: Cause(
        _lt("The settings of the outgoing mail server do not work."), _TRY_AGAIN
    ),
    smtp_setup.REFUSED: Cause(
        _lt("The mail server answers, but wants nothing to do with Odoo."),
        _lt(
            "Ask the administrator of the mail server whether it blocks the IP address of Odoo. "
            "Once it works, resend the failed emails."
        ),
    ),
    smtp_setup.PROTOCOL: Cause(
        _lt("What answers there is not a mail server: name or port is wrong."), _TRY_AGAIN
    ),
    smtp_setup.UNCONFIRMED: Cause(
        _lt(
            "The connection breaks off while emails are handed over. Some of them may have arrived."
        ),
        _TRY_AGAIN,
    ),
    smtp_setup.FAILED: Cause(
        _lt(
            "The mail server cannot be reached: it is switched off, or something between it and "
            "Odoo blocks the way."
        ),
        _TRY_AGAIN,
    ),
    # what the refusals have in common
    reasons.NETWORK: Cause(
        _lt("The mail server is in trouble itself, and says so."),
        _lt(
            "Usually it passes. If it does not, ask the administrator of the mail server. "
            "Afterwards, resend the failed emails."
        ),
    ),
    reasons.RATE: Cause(_lt("Too many emails were sent in a short time."), _FEWER),
    reasons.GREYLISTED: Cause(
        _lt("The mail server asks to try again later, which it may do with unknown senders."),
        _lt("Resend the failed emails in an hour."),
    ),
    reasons.SPAM: Cause(_lt("The receiving servers take the emails for spam."), _FEWER),
    reasons.SENDER_REJECTED: Cause(
        _lt("The sender address is not accepted: the server does not know it or its domain."),
        _lt(
            "Check the sender addresses of the emails, and the From filter of the outgoing mail "
            "server."
        ),
    ),
    reasons.POLICY: Cause(
        _lt(
            "The server refuses the emails by a rule of its own. Usual reasons are a sender whom "
            "it does not trust, a link, or an attachment."
        ),
        _lt(
            "Read the answer of the mail server: it often names the rule, or a page that explains "
            "it. Check your domain in Settings > Technical > Email > Tracking set-up."
        ),
    ),
    reasons.USER_UNKNOWN: Cause(
        _lt("Many of the addresses do not exist: the emails went to old or bought addresses."),
        _lt(
            "Remove these addresses before the next mailing: providers take senders for spammers "
            "who write to many of them."
        ),
    ),
    reasons.HOST_UNKNOWN: Cause(
        _lt("The domains of many addresses do not exist."),
        _lt("Correct or remove these addresses before the next mailing."),
    ),
    reasons.MAILBOX_FULL: Cause(
        _lt("Many mailboxes are full: the addresses are old, and nobody reads them."),
        _lt("Remove these addresses before the next mailing."),
    ),
    reasons.CONTENT: Cause(
        _lt("The servers do not accept what is in the emails: an attachment or a link."),
        _lt("Find what the failed emails have in common, and resend them without it."),
    ),
    reasons.TOO_LARGE: Cause(
        _lt("The emails are too large."),
        _lt("Send links instead of attachments."),
    ),
    reasons.UNKNOWN: Cause(
        _lt("The answers do not say why."),
        _lt("Look at the failed emails: what do their answers have in common?"),
    ),
    "complaints": Cause(
        _lt(
            "Some recipients do not want these emails, or do not find how to unsubscribe. "
            "Providers want less than 0.1%% of complaints. From 0.3%% on, they put your emails "
            "into the spam folder or refuse them."
        ),
        _lt(
            "Look which emails are reported. Write only to people who asked for it, let them "
            "unsubscribe with one click, and leave out those who have not reacted for long."
        ),
    ),
    # our own machinery
    "cron_late": Cause(
        _lt("The scheduled actions of Odoo do not run. Emails that wait are not sent."),
        _lt(
            "Ask the administrator of this Odoo: it needs processes for scheduled actions "
            "(max_cron_threads). A scheduled action that never ends blocks the others, too."
        ),
        _lt("Scheduled actions do not run"),
    ),
    "queue_off": Cause(
        _lt('The scheduled action "%(cron)s" is switched off. What waits is not sent.'),
        _lt("Settings > Technical > Scheduled Actions: switch it on."),
    ),
    "queue_failing": Cause(
        _lt('The scheduled action "%(cron)s" fails each time. What waits is not sent.'),
        _lt("Ask the administrator of this Odoo: the log of the server says why it fails."),
    ),
    "queue_stuck": Cause(
        _lt(
            "Emails have waited for more than %(hours)s hours though the queue runs: there are "
            "more than it can send, or sending them breaks off each time."
        ),
        _lt(
            "Settings > Technical > Email > Emails: look at the oldest outgoing ones. Cancel one "
            "that cannot be sent. The log of the server says what broke off."
        ),
        _lt("Emails wait in the queue for hours"),
    ),
    "scheduled_stuck": Cause(
        _lt("Messages that were scheduled for a time in the past have not been sent."),
        _lt("Ask the administrator of this Odoo: the log of the server says why."),
        _lt("Scheduled messages are overdue"),
    ),
    "alerts_off": Cause(
        _lt(
            'The scheduled action "%(cron)s" is switched off, so nobody is told when emails have '
            "a problem."
        ),
        _lt("Settings > Technical > Scheduled Actions: switch it on."),
        _lt("Nothing watches the emails"),
    ),
    "fetch_failing": Cause(
        _lt(
            "Emails cannot be fetched from this server. Failed emails look as if they had "
            "arrived, and answers do not come in."
        ),
        _lt("Settings > Technical > Email > Incoming Mail Servers: test the connection."),
        _lt("No emails are fetched from %(subject)s"),
    ),
    "fetch_late": Cause(
        _lt(
            "Nothing has tried to fetch emails from this server for more than a day. Failed emails "
            "look as if they had arrived, and answers do not come in."
        ),
        _lt('Settings > Technical > Scheduled Actions: is "Mail: Fetchmail Service" switched on?'),
        _lt("No emails are fetched from %(subject)s"),
    ),
    "reports_silent": Cause(
        _lt(
            "Reports on failed emails used to come every few days, and none came in the last "
            "%(days)s days. The emails to the bounce address probably no longer reach Odoo."
        ),
        _lt(
            "Send an email to an address that does not exist, at a domain that is not yours. If "
            "it does not fail within minutes, check where emails to the bounce address go."
        ),
    ),
    "webhook_refused": Cause(
        _lt(
            "The email service sends events, and Odoo refuses them: they are not signed with the "
            "secret that Odoo knows."
        ),
        _lt(
            "Settings > Technical > Email > Webhooks: enter the secret that the service shows, "
            "and compare the URLs."
        ),
        _lt("Events for the webhook %(subject)s are refused"),
    ),
    "webhook_silent": Cause(
        _lt(
            "Emails left through the email service, and it reported nothing about them: neither "
            "deliveries nor failures."
        ),
        _lt(
            "Look at the email service whether the webhook is still active there: services switch "
            "off an address that could not be reached for long. Compare the URLs."
        ),
        _lt("The email service of the webhook %(subject)s reports nothing"),
    ),
}

#: what an answer contains -> cause; the first that is found. The answer begins with its codes.
_ANSWERS = [
    (name, re.compile(pattern, re.ASCII | re.IGNORECASE))
    for name, pattern in (
        ("microsoft_authentication", r"\b5\.7\.515\b"),
        ("dmarc", r"\bdmarc\b"),
        ("reverse_dns", r"\b5\.7\.25\b|\bPTR\b|reverse (?:dns|lookup)|\brdns\b"),
        ("receiver_tls", r"\b[45]\.7\.29\b[^\n]{0,200}\btls\b"),
        ("authentication", r"\b[45]\.7\.2[0-346]\b|\b4\.7\.3[0-2]\b|\b(?:spf|dkim)\b"),
        ("microsoft_slow", r"\b4\.7\.(?:5\d\d|6\d\d)\b"),
        ("microsoft_blocked", r"\b5\.7\.6[0-4]\d\b|\b5\.7\.511\b|\bS31[45]0\b"),
        (
            "microsoft_account",
            r"\b5\.7\.50[0-9]\b|\b5\.7\.70[58]\b|\b5\.1\.(?:8|90)\b|OutboundSpamException",
        ),
        ("sender_not_allowed", r"\b5\.7\.60\b|SendAsDenied|not allowed to send as"),
        (smtp_setup.LOGIN, r"\b5\.7\.(?:8|57|139)\b|\b53[45]\b[^\n]{0,10}\b5\.7\.9\b"),
        ("daily_limit", r"\b5\.4\.5\b|daily (?:user )?sending"),
        ("google_spam", r"\b[45]\.7\.28\b|unsolicited"),
        ("yahoo_complaints", r"\[TSS?\d{1,3}\]|\bTSS0\d\b"),
        (
            "listed",
            r"spamhaus|spamcop|barracuda|sorbs|dnsbl|\brbl\b|(?:block|black|deny) ?-?list"
            r"|\blisted (?:in|at|by|on)\b",
        ),
        ("relay", r"\brelay(?:ing)? (?:access )?(?:denied|not)|(?:unable|permitted) to relay"),
    )
]
#: reasons of ours and of core that mean the same as another one
_SAME = {
    "mail_smtp": smtp_setup.FAILED,
    smtp_setup.UNSUPPORTED: smtp_setup.SETTINGS,
    reasons.AUTHENTICATION: "authentication",
    reasons.DISABLED: reasons.USER_UNKNOWN,
    reasons.MOVED: reasons.USER_UNKNOWN,
    reasons.EXPIRED: reasons.NETWORK,
}
#: of an answer, characters that are searched
MAX_ANSWER = 2_000


def find(error_type: str, code: str, status: str, text: str) -> str:
    """Name the cause of a failure.

    :param error_type: reason word of a failure, of ours or of core
    :param code: SMTP reply code, or empty
    :param status: enhanced status code, or empty
    :param text: what the server said
    :return: a key of `CAUSES`
    """
    answer = f"{code or ''} {status or ''} {text or ''}"[:MAX_ANSWER]
    for name, pattern in _ANSWERS:
        if pattern.search(answer):
            return name
    name = _SAME.get(error_type, error_type)
    return name if name in CAUSES else reasons.UNKNOWN
