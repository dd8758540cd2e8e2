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
    "server": _lt("The mail server %(subject)s does not accept emails"),
    "provider": _lt("More emails to %(subject)s fail than usual"),
    "complaints": _lt("Many emails to %(subject)s are reported as spam"),
    "queue": _lt("Emails are not sent on time"),
    "bounces": _lt("No reports of failed emails arrive"),
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
    "Settings > Technical > Email > Outgoing Mail Servers (in developer mode): open the server and "
    "test its connection. Once it works, resend the failed emails."
)
_FEWER = _lt(
    "Send fewer emails at a time, and stop mailings to people who never react. If your emails are "
    "wanted, the limits are relaxed within days."
)
_DNS = _lt(
    "Ask the person or company that looks after your domain to add the missing DNS records. "
    "Settings > Technical > Email > Tracking set-up (in developer mode) lists them. Then resend "
    "the failed emails."
)

CAUSES = {
    # what the answer says
    "microsoft_authentication": Cause(
        _lt(
            "Microsoft refuses emails if it cannot verify who sends them. The DNS records that "
            "prove it, called SPF, DKIM and DMARC, must all be correct for the domain of your "
            "sender address."
        ),
        _DNS,
    ),
    "dmarc": Cause(
        _lt(
            "Your own domain tells receivers to refuse emails that cannot be verified (DMARC). "
            "These emails cannot be: the domain does not list the server that sends them (SPF), "
            "and the server does not sign them in its name (DKIM)."
        ),
        _DNS,
    ),
    "authentication": Cause(
        _lt(
            "The receiving servers cannot verify that the emails come from you: SPF or DKIM, the "
            "DNS records that prove it, are missing or wrong for the domain of your sender address."
        ),
        _DNS,
    ),
    "reverse_dns": Cause(
        _lt(
            "The IP address of your mail server has no name in DNS (PTR record), or a name that "
            "does not lead back to it. Many servers accept no emails from such an address."
        ),
        _lt(
            "Ask the provider of the mail server to set its reverse DNS name to the name that the "
            "server uses for itself."
        ),
    ),
    "receiver_tls": Cause(
        _lt("The receiving servers accept emails over encrypted connections only."),
        _lt("Ask the administrator of your mail server to have it encrypt outgoing emails (TLS)."),
    ),
    "microsoft_slow": Cause(
        _lt(
            "Microsoft limits how many emails it accepts from your mail server for now, because it "
            "hardly knows its IP address, or has seen spam from it."
        ),
        _FEWER,
    ),
    "microsoft_blocked": Cause(
        _lt(
            "Microsoft blocks the IP address of your mail server, because it has seen spam from it."
        ),
        _lt(
            "Find out what was sent: often, a password was stolen. Then ask for the block to be "
            "lifted at https://sender.office.com or, for outlook.com and hotmail.com, at "
            "https://olcsupport.office.com."
        ),
    ),
    "microsoft_account": Cause(
        _lt(
            "Microsoft has restricted your own account, because it sent too many emails, or some "
            "that look like spam. Often, a password was stolen."
        ),
        _lt(
            "Change the password. Then an administrator of Microsoft 365 can lift the "
            "restriction: Microsoft Defender, Restricted entities."
        ),
    ),
    "sender_not_allowed": Cause(
        _lt("The account that Odoo logs in with is not allowed to send from this address."),
        _lt(
            "Allow the account to send from this address, or enter the address of the account as "
            "FROM Filtering of the outgoing mail server, so that emails are sent from it."
        ),
    ),
    "daily_limit": Cause(
        _lt("The account has reached its daily limit of emails."),
        _lt(
            "Resend the failed emails tomorrow. If it happens again, use a mail server that allows "
            "more emails."
        ),
    ),
    "google_spam": Cause(
        _lt("Google considers the emails spam, or suddenly gets far more of them than usual."),
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
            "The answer of the mail server names the list. Look up the reason there, and find out "
            "what was sent: often, a password was stolen, or addresses were bought. Then ask to be "
            "removed from the list."
        ),
    ),
    "relay": Cause(
        _lt(
            "The mail server does not pass on emails from Odoo: it expects a login, or does not "
            "know the IP address of Odoo."
        ),
        _lt(
            "Enter a user name and a password in the settings of the outgoing mail server, or ask "
            "its administrator to accept emails from the IP address of Odoo. Then resend the "
            "failed emails."
        ),
    ),
    # what went wrong with our server
    smtp_setup.LOGIN: Cause(
        _lt("The mail server does not accept the user name or the password."),
        _lt(
            "Correct them in the settings of the outgoing mail server, and test the connection. "
            "Google and Microsoft do not accept your usual password from programs: let Odoo log in "
            "through them (Authenticate with), or enter an app password."
        ),
    ),
    smtp_setup.HOST: Cause(
        _lt("The name of the mail server was not found: it is misspelt, or DNS does not work."),
        _TRY_AGAIN,
    ),
    smtp_setup.TLS: Cause(
        _lt("No encrypted connection can be made: port and encryption do not match."),
        _lt(
            "On the outgoing mail server, choose STARTTLS with port 587 or SSL/TLS with port 465, "
            "and test the connection. Once it works, resend the failed emails."
        ),
    ),
    smtp_setup.CERTIFICATE: Cause(
        _lt(
            "The certificate with which the mail server proves who it is has expired, or is for "
            "another name."
        ),
        _lt(
            "Ask the administrator of the mail server to renew its certificate. Then resend the "
            "failed emails."
        ),
    ),
    smtp_setup.SETTINGS: Cause(
        _lt("The settings of the outgoing mail server do not work."), _TRY_AGAIN
    ),
    smtp_setup.REFUSED: Cause(
        _lt("The mail server answers, but refuses to talk to Odoo."),
        _lt(
            "Ask the administrator of the mail server whether it blocks the IP address of Odoo. "
            "Once it works, resend the failed emails."
        ),
    ),
    smtp_setup.PROTOCOL: Cause(
        _lt("Something other than a mail server answers there: the name or the port is wrong."),
        _TRY_AGAIN,
    ),
    smtp_setup.UNCONFIRMED: Cause(
        _lt(
            "The connection breaks while emails are handed over. Some of them may have arrived: if "
            "you resend them, their recipients get them twice."
        ),
        _TRY_AGAIN,
    ),
    smtp_setup.FAILED: Cause(
        _lt(
            "The mail server cannot be reached: it is switched off, or something between Odoo and "
            "the server blocks the connection."
        ),
        _TRY_AGAIN,
    ),
    # what the refusals have in common
    reasons.NETWORK: Cause(
        _lt("The mail server reports a problem of its own."),
        _lt(
            "It usually passes. If it does not, ask the administrator of the server. Then resend "
            "the failed emails."
        ),
    ),
    reasons.RATE: Cause(_lt("Too many emails were sent in a short time."), _FEWER),
    reasons.GREYLISTED: Cause(
        _lt("The mail server asks to try again later, as some do with unknown senders."),
        _lt("Resend the failed emails in an hour."),
    ),
    reasons.SPAM: Cause(_lt("The receiving servers consider the emails spam."), _FEWER),
    reasons.SENDER_REJECTED: Cause(
        _lt("The sender address is not accepted: the server does not know it or its domain."),
        _lt(
            "Check the sender addresses of the emails, and FROM Filtering of the outgoing mail "
            "server."
        ),
    ),
    reasons.POLICY: Cause(
        _lt(
            "The server refuses the emails because of a rule of its own, often about the sender, "
            "a link or an attachment."
        ),
        _lt(
            "Read the answer of the mail server: it often names the rule, or a page that explains "
            "it. Settings > Technical > Email > Tracking set-up (in developer mode) checks your "
            "domain."
        ),
    ),
    reasons.USER_UNKNOWN: Cause(
        _lt("Many of the addresses do not exist: the emails went to old or bought addresses."),
        _lt(
            "Remove these addresses before the next mailing: providers treat senders who write to "
            "many of them as spammers."
        ),
    ),
    reasons.HOST_UNKNOWN: Cause(
        _lt("The domains of many addresses, the part after the @, do not exist."),
        _lt("Correct or remove these addresses before the next mailing."),
    ),
    reasons.MAILBOX_FULL: Cause(
        _lt("Many mailboxes are full: probably, nobody reads them any more."),
        _lt("Remove these addresses before the next mailing."),
    ),
    reasons.CONTENT: Cause(
        _lt("The servers do not accept the content of the emails: an attachment or a link."),
        _lt("Find what the failed emails have in common, and resend them without it."),
    ),
    reasons.TOO_LARGE: Cause(
        _lt("The emails are too large."),
        _lt("Send links instead of attachments."),
    ),
    reasons.UNKNOWN: Cause(
        _lt("The mail servers do not say why."),
        _lt("Look at the failed emails and at the answers to them: what do they have in common?"),
    ),
    "complaints": Cause(
        _lt(
            "Some recipients do not want these emails, or cannot find out how to unsubscribe. "
            "Providers expect less than 0.1%% of complaints. From 0.3%% on, they put your emails "
            "in the spam folder or refuse them."
        ),
        _lt(
            "Look at which emails were reported. Write only to people who asked for it, let them "
            "unsubscribe with one click, and leave out those who have not reacted for a long time."
        ),
    ),
    # our own machinery
    "cron_late": Cause(
        _lt(
            "Scheduled actions, which Odoo runs by itself at set times, do not run. Emails that "
            "wait are not sent."
        ),
        _lt(
            "Ask your system administrator: Odoo needs processes for scheduled actions "
            "(max_cron_threads). A scheduled action that never ends also blocks the others."
        ),
        _lt("Scheduled actions do not run"),
    ),
    "queue_off": Cause(
        _lt('The scheduled action "%(cron)s" is switched off. What waits is not sent.'),
        _lt("Settings > Technical > Scheduled Actions (in developer mode): switch it on."),
    ),
    "queue_failing": Cause(
        _lt('The scheduled action "%(cron)s" fails each time. What waits is not sent.'),
        _lt("Ask your system administrator: the server log says why it fails."),
    ),
    "queue_stuck": Cause(
        _lt(
            "Emails have waited for more than %(hours)s hours although the queue runs: there are "
            "more than it can send, or sending them is interrupted each time."
        ),
        _lt(
            "Settings > Technical > Email > Emails (in developer mode): look at the oldest "
            "outgoing emails. Cancel those that cannot be sent. The server log says what was "
            "interrupted."
        ),
        _lt("Emails wait in the queue for hours"),
    ),
    "scheduled_stuck": Cause(
        _lt("Messages that were scheduled for a time in the past have not been sent."),
        _lt("Ask your system administrator: the server log says why."),
        _lt("Scheduled messages are overdue"),
    ),
    "alerts_off": Cause(
        _lt(
            'The scheduled action "%(cron)s" is switched off, so nobody is told when emails have '
            "a problem."
        ),
        _lt("Settings > Technical > Scheduled Actions (in developer mode): switch it on."),
        _lt("Nothing watches the emails"),
    ),
    "fetch_failing": Cause(
        _lt(
            "Emails cannot be fetched from this server. Replies are missing, and emails that "
            "failed look as if they had arrived."
        ),
        _lt(
            "Settings > Technical > Email > Incoming Mail Servers (in developer mode): test the "
            "connection."
        ),
        _lt("No emails are fetched from %(subject)s"),
    ),
    "fetch_late": Cause(
        _lt(
            "Odoo has not tried to fetch emails from this server for more than a day. Replies are "
            "missing, and emails that failed look as if they had arrived."
        ),
        _lt(
            'Settings > Technical > Scheduled Actions (in developer mode): is "Mail: Fetchmail '
            'Service" switched on?'
        ),
        _lt("No emails are fetched from %(subject)s"),
    ),
    "reports_silent": Cause(
        _lt(
            "When an email cannot be delivered, a report comes back to your bounce address. Such "
            "reports used to arrive, and none arrived in the last %(days)s days: they probably do "
            "not reach Odoo any more."
        ),
        _lt(
            "From Odoo, send an email to an address that does not exist, at a domain that is not "
            "yours. If Odoo does not show it as failed within minutes, ask your system "
            "administrator where emails to the bounce address go."
        ),
    ),
    "webhook_refused": Cause(
        _lt(
            "The email service reports what became of your emails, and Odoo refuses the reports, "
            "because they are not signed with the secret that Odoo knows."
        ),
        _lt(
            "Settings > Technical > Email > Webhooks (in developer mode): enter the secret that "
            "the service shows, and compare the URL with the one at the service."
        ),
        _lt("Reports of the email service for the webhook %(subject)s are refused"),
    ),
    "webhook_silent": Cause(
        _lt(
            "Emails were sent through the email service, and it has reported neither deliveries "
            "nor failures."
        ),
        _lt(
            "Check at the email service whether the webhook is still active: services switch off a "
            "webhook that could not be reached for some time. Compare its URL with the one in Odoo."
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
        (smtp_setup.REFUSED, r"client host rejected: access denied"),
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
