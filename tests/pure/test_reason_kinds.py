# Part of mail_tracking. Licence: LGPL-3.
"""Answers of mail servers by what is easily taken for something else."""

import pytest

from tools import reasons

#: whom the server refused -> answers; none of them says anything about the recipient
OUR_SIDE = {
    "sender_rejected": [
        "SMTP error from remote mail server after MAIL FROM:<a@b.example>: 550 Unroutable address",
        "550 5.1.1 User unknown (in reply to MAIL FROM command)",
        "550 sender verify failed",
        "550 Sender verify failed: no such domain",
        "550 5.1.8 <a@b.example>: Sender address rejected: Domain not found",
        "553 5.1.8 <a@b.example>... Domain of sender address a@b.example does not exist",
        "501 5.1.7 Invalid address (in reply to MAIL FROM command)",
        "550 5.7.27 Sender address has null MX",
        "550 Invalid sender domain 'b.example'",
        "554 5.1.8 Access denied, bad outbound sender",
        "550 5.1.0 <a@b.example> sender rejected",
        "450 4.1.8 <a@b.example>: Sender address rejected: Domain not found",
        "550 Verification failed for <a@b.example>: the sender domain does not exist",
        "553 sorry, your envelope sender domain must exist (#5.7.1)",
        "550 your domain b.example does not exist",
        "550 Unknown sender address",
        "550 5.2.0 <a@b.example> From: Domain is invalid (in reply to end of DATA command)",
        "554 5.7.1 Your account has been suspended",
        "550 5.7.501 Access denied, your mailbox is blocked from sending",
        "Connected to 192.0.2.2 but sender was rejected.\nRemote host said: 550 no such user",
        "550 Return path address does not exist",
    ],
    "authentication": [
        "554 5.7.1 <unknown[192.0.2.9]>: Client host rejected: cannot find your hostname",
        "450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.9]",
        "550 5.7.1 <b.example>: Helo command rejected: Host not found",
        "504 5.5.2 <b>: Helo command rejected: need fully-qualified hostname",
        "550 HELO argument b.example does not resolve",
        "550 Your IP address 192.0.2.9 has no reverse DNS entry",
        "550 Cannot resolve your address",
        "554 5.7.1 No PTR record found for your host",
        "501 Invalid domain name (in reply to EHLO command)",
        "550 Your server's hostname could not be found",
        "Connected to 192.0.2.2 but my name was rejected.\nRemote host said: 550 unknown domain",
        "554 Reverse DNS lookup failed for 192.0.2.9",
    ],
}

NOT_DEAD = {
    "rate": [
        "450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n"
        "450-4.2.1 prevents additional messages from being delivered.",
        "550 5.2.1 This account is receiving messages at a rate that is too high",
        "421 4.7.0 Too many connections from your host",
        "452 4.5.3 Too many recipients",
        "550 5.4.5 Daily sending quota exceeded for user a@b.example",
        "421 4.7.28 Gmail has detected an unusual rate of email from your IP address",
        "450 4.7.1 Message rate limit exceeded",
        "421 Maximum number of concurrent connections reached",
        "550 5.7.1 Recipient has exceeded 100 messages per hour",
        "451 4.3.0 Mail server throttled this account",
    ],
    "spam": [
        "5.1.0 - Unknown address error 550-'5.7.1 Message rejected as spam'",
        "5.1.1 - Bad destination email address 554-'Denied: on our black list'",
        "smtp; 5.1.2 - Bad destination host '554 5.7.1 Service unavailable; blocked using dnsbl'",
        'The remote server said: "550 5.7.1 message looks like spam"',
    ],
    "mailbox_full": [
        "5.1.0 - Unknown address error 552-'5.2.2 <x@y.example>... Mailbox full'",
        "552 5.2.2 <x@y.example>: Mailbox size limit exceeded",
        "552 Requested mail action aborted: exceeded storage allocation",
        "550 5.2.2 <x@y.example>: user is over quota",
        "550 The mailbox of x@y.example has exceeded its size limit",
        "552 5.2.2 Recipient's mailbox is too large",
        "550 User's Disk Quota Exceeded",
        "452 4.2.2 mail folder is full",
        "554 5.2.2 mailbox quota has been exceeded for this recipient",
        "550 Not enough space in the mailbox",
    ],
    "network": [
        "Name service error for domain y.example: Host not found, try again",
        "Host or domain name not found. Name service error for name=y.example type=MX: "
        "Host not found, try again",
        "DNS Error: DNS type 'mx' lookup of y.example responded with code SERVFAIL",
        "451 4.4.3 Temporary server error: lookup of y.example timed out",
        "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized",
        "temporary name server failure while looking up y.example",
        "mail server for y.example: connection timed out",
        "550 Service unavailable",
    ],
    "policy": [
        "550 permanent failure for one or more recipients (x@y.example:blocked)",
        "550 Access denied",
        "550 5.0.0 Not accepted",
        "550 Administrative prohibition",
        "553 sorry, relaying denied from your location",
    ],
    "unknown": ["550 Computer says no", "550 5.0.0 Sorry about that", "553 It did not work out"],
    "too_large": [
        "552 5.3.4 Message size exceeds fixed limit",
        "550 The message is larger than the maximum of 552 kB",
        "554 message too big, 5500000 bytes",
    ],
}

DEAD = {
    "user_unknown": [
        "550 No mail box available for this user",
        "550 5.0.0 <x@y.example>... User unknown",
        "550 #5.1.0 Address rejected.",
        "550 There is no such person here",
        "550 5.1.1 <x@y.example>: Email address could not be found, or was misspelled",
        "554 delivery error: dd Sorry, x@y.example does not exist",
        "550 x@y.example is not a valid mailbox",
        "550 Cannot find recipient x@y.example",
        "550 no account by that name here",
        "550 mailbox x not known here",
        "550 We do not have a user by that name",
        "550 Mailbox unavailable",
        "550",
        "Unknown addressee",
        "550 5.1.1 <x@y.example> recipient not found",
        "550-Verification failed for <x@y.example>\n550-No Such User Here\n550 Not verified",
        "user lookup failed for x@y.example",
        "550 unknown user (in reply to RCPT TO command)",
        "554 5.1.1 user unknown (in reply to end of DATA command)",
    ],
    "disabled": [
        "554 delivery error: dd x@y.example is no longer valid.",
        "550 5.2.1 <x@y.example> This mailbox has been retired",
        "550 The account x@y.example is inactive",
        "550 mailbox x is locked",
        "554 Account expired",
        "550 Recipient address is no longer in use",
        "550 The mailbox has been closed for good",
    ],
    "host_unknown": [
        "an MX or SRV record indicated no SMTP service",
        "Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)",
        "Sorry, I couldn't find any host named y.example. (#5.1.2)",
        "No MX for y.example",
        "550 5.4.4 Invalid domain",
        "556 5.1.10 Recipient address has a null MX",
        "The domain y.example has expired",
        "550 5.1.2 y.example: no valid MX found, domain does not resolve",
        "all relevant MX records point to non-existent hosts",
        "Domain y.example has no MX records",
        "Unrouteable domain",
    ],
    "moved": [
        "551 5.1.6 User has moved; please try z@y.example",
        "551 User not local; please try z",
    ],
}

SOFT = {
    "expired": [
        "all hosts have been failing for a long time and were last tried after it arrived",
        "retry timeout exceeded",
        "554 5.4.7 Delivery expired (message too old)",
        "Maximum delivery time exceeded",
        "4.4.7 message has been in the queue too long",
        "Giving up after three attempts",
    ],
}


def judged(text, final=True):
    code, status = reasons.extract_codes(text)
    return reasons.judge(status, code, text, final=final)


def cases(*tables):
    return [(text, reason) for table in tables for reason, texts in table.items() for text in texts]


@pytest.mark.parametrize(("text", "reason"), cases(OUR_SIDE, NOT_DEAD, SOFT))
def test_what_says_nothing_against_the_address(text, reason):
    assert judged(text) == (reason, False)


@pytest.mark.parametrize(("text", "reason"), cases(DEAD))
def test_what_proves_an_address_dead(text, reason):
    assert judged(text) == (reason, True)
    assert not judged(text, final=False).hard


@pytest.mark.parametrize(
    "text",
    [
        "DNS Error: DNS type 'mx' lookup of y.example responded with code NXDOMAIN",
        "Domain name not found: y.example (NXDOMAIN)",
    ],
)
def test_a_name_that_does_not_exist_is_final_though_it_is_called_temporary(text):
    assert reasons.judge("4.0.0", None, text) == ("host_unknown", True)
    assert not reasons.judge("4.0.0", None, text, final=False).hard
    assert not reasons.judge("4.4.3", None, text).hard
    assert not reasons.judge("4.0.0", 451, text).hard


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Message size 552 kB exceeds the limit", (None, None)),
        ("size 550 exceeds 500", (None, None)),
        ("the limit of 451 MB", (None, None)),
        ("(552 bytes) not sent", (None, None)),
        ("gave up after 550 seconds", (None, None)),
        ("waited for 421 minutes", (None, None)),
        ("550 bytes of nonsense", (None, None)),
        ("message (size=552 bytes): 550 5.1.1 no such user", (550, "5.1.1")),
        ("550 Message was refused", (550, None)),
        ("553-mail rejected", (553, None)),
    ],
)
def test_a_size_is_no_code(text, codes):
    assert reasons.extract_codes(text) == codes


#: more of the kinds above, in the words of other servers; several reasons where any will do
OTHERS = [
    (
        "550 5.1.0 Address rejected bounce@odoo.example (in reply to MAIL FROM command)",
        "sender_rejected",
        False,
    ),
    (
        "553 5.5.4 <odoo.example>... Domain name required for sender address bounce",
        "sender_rejected",
        False,
    ),
    (
        "550 Requested action not taken: mailbox unavailable (in reply to MAIL FROM command)",
        "sender_rejected",
        False,
    ),
    (
        "451 4.1.8 Domain of sender address sales@odoo.example does not resolve",
        "sender_rejected",
        False,
    ),
    (
        "550-Sender verification failed for <x@odoo.example> 550 No such mailbox",
        "sender_rejected",
        False,
    ),
    ("550 Callback setup failed while verifying <x@odoo.example>", "sender_rejected", False),
    ("550 5.7.1 Sender ID (PRA) Not Permitted", "sender_rejected|policy|authentication", False),
    ("501 5.1.8 Sender domain must exist", "sender_rejected", False),
    ("554 5.7.1 The sender's mailbox does not exist", "sender_rejected", False),
    ("550 Your sender address has been blocked", "sender_rejected|policy|spam", False),
    ("550 SMTP account disabled", "sender_rejected|policy|authentication|disabled", False),
    ("550 Invalid HELO name (See RFC5321 4.1.1.1)", "authentication|policy", False),
    ("550 Access denied - Invalid HELO name", "authentication|policy", False),
    ("501 Syntactically invalid EHLO argument(s)", "authentication|policy|content|unknown", False),
    ("554 5.7.1 You are not allowed to connect.", "policy|spam", False),
    ("550 Client host [192.0.2.1] is not allowed; no reverse DNS", "authentication|policy", False),
    ("550 DNS lookup failure for your IP 192.0.2.1", "authentication|network|policy", False),
    ("550 unable to resolve hostname of 192.0.2.1", "authentication|policy|network", False),
    ("450 Client host rejected: cannot find your hostname", "authentication", False),
    ("550 no host name found for IP address 192.0.2.1", "authentication|policy", False),
    (
        "554 mx.example.com ESMTP not accepting messages from your domain",
        "policy|sender_rejected",
        False,
    ),
    (
        "550 5.7.1 Recipient rejected: your domain has no MX record",
        "sender_rejected|policy|authentication",
        False,
    ),
    ("550 5.1.2 Sender's domain could not be found", "sender_rejected", False),
    ("452 4.2.2 mailbox of user is receiving too much mail", "rate", False),
    (
        "450 4.2.1 The recipient has received too many messages per hour in this mailbox",
        "rate",
        False,
    ),
    ("550 5.7.0 This account exceeded the number of messages allowed per day", "rate", False),
    ("421 too many sessions from your IP", "rate", False),
    (
        "550 5.4.6 Unusual sending activity detected from your account",
        "rate|spam|sender_rejected|policy",
        False,
    ),
    ("450 4.7.1 Error: too much mail from 192.0.2.1", "rate", False),
    ("554 5.7.1 Maximum recipients per day reached", "rate", False),
    (
        "5.1.2 - Bad destination host 'DNS Hard Error looking up x.example (MX): "
        "NXDomain' (delivery attempts: 0)",
        "host_unknown",
        True,
    ),
    (
        "smtp; 5.3.0 - Other mail system problem 550-'5.1.1 User unknown' (delivery attempts: 0)",
        "user_unknown",
        True,
    ),
    (
        "smtp; 5.4.7 - Delivery expired (message too old) 'timeout' (delivery attempts: 20)",
        "expired",
        False,
    ),
    ("smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", "user_unknown", True),
    (
        "smtp; 550 5.1.1 Bad destination mailbox address; remote said '554 5.7.1 "
        "blocked using spamcop'",
        "spam",
        False,
    ),
    (
        "Remote Server returned '550 5.7.1 TRANSPORT.RULES.RejectMessage; the "
        "message was rejected by organization policy'",
        "policy",
        False,
    ),
    (
        "Remote Server returned '554 5.2.2 mailbox full; 554 5.2.2 "
        "STOREDRV.Deliver.Exception:QuotaExceededException'",
        "mailbox_full",
        False,
    ),
    ("550 We do not want your mail", "policy|unknown|spam", False),
    ("550 Not today", "unknown|policy", False),
    ("553 We reject this", "policy|unknown", False),
    (
        "550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.",
        "policy",
        False,
    ),
    ("550 5.0.0 No such recipient", "user_unknown", True),
    ("554 5.0.0 no such user", "user_unknown", True),
    ("DNS lookup for x.example failed, try again later", "network", False),
    ("450 4.4.3 Domain lookup timeout", "network", False),
    ("Unable to resolve MX host: temporary DNS error", "network", False),
    ("host lookup did not complete", "network", False),
    ("lowest numbered MX record points to local host", "loop|network|unknown|policy", False),
    ("Unable to route: no mail hosts for domain", "host_unknown", True),
    ("Sorry, no mailbox servers for this domain could be found", "host_unknown", True),
    ("550 5.1.2 We weren't able to find the recipient domain", "host_unknown", True),
    ("all MX records point to a null host", "host_unknown", True),
    ("Domain has a null MX: does not accept mail", "host_unknown", True),
    ("550 relay not permitted, domain x.example is not hosted here", "policy|host_unknown", False),
    ("Address lookup failed, domain has no A or MX record", "host_unknown", True),
    ("550 5.4.310 DNS domain x.example does not exist", "host_unknown", True),
    ("No such domain at this location", "host_unknown", True),
    ("Illegal host/domain name found", "host_unknown", True),
    ("550 5.1.1 The email account that you tried to reach does not exist", "user_unknown", True),
    ("550 The user's mailbox has been deleted", "disabled|user_unknown", True),
    ("550 This person no longer works here", "disabled|user_unknown|moved", True),
    ("550 jane@example.com: Recipient unknown", "user_unknown", True),
    ("554 Invalid recipient jane@example.com (Mode: normal)", "user_unknown", True),
    ("550 5.1.1 sorry, jane is not here", "user_unknown", True),
    ("550 Not our customer", "user_unknown", True),
    ("550-5.7.1 jane@example.com is discontinued", "disabled|user_unknown", True),
    ("550 jane@example.com has been suspended for inactivity", "disabled", True),
    ("554 jane@example.com: account has been disabled", "disabled", True),
    ("550 5.1.6 recipient no longer on server", "disabled|moved|user_unknown", True),
    ("Recipient no longer on server: jane@example.com", "disabled|user_unknown", True),
    ('550 unknown local-part "jane" in domain "example.com"', "user_unknown", True),
    ("550 5.1.1 User doesn't exist: jane@example.com", "user_unknown", True),
    (
        "#5.1.1 The recipient's e-mail address was not found in the recipient's e-mail system",
        "user_unknown",
        True,
    ),
    (
        "550 [SUSPEND] Mailbox currently suspended - Please contact correspondance directly",
        "disabled",
        True,
    ),
    ("The account you are trying to reach is over quota and inactive", "mailbox_full", False),
    ("Message could not be delivered for 5 days", "expired|network", False),
    ("delivery retries exhausted", "expired|network|unknown", False),
    ("SMTP timeout; retry period exceeded", "expired|network", False),
    ("retry timeout exceeded", "expired", False),
    ("552 Message too large for the recipient's mailbox", "too_large|mailbox_full", False),
    ("552 5.3.4 Message exceeds mailbox size limit", "mailbox_full|too_large", False),
    ("552 5.2.2 user disk quota exceeded", "mailbox_full", False),
    ("554 5.6.0 attachment with the extension exe was rejected", "content", False),
    ("523 the message size exceeds the recipient's size limit", "too_large", False),
    ("452 4.3.1 Insufficient system storage", "network|mailbox_full", False),
    ("550 5.7.1 Content filter: virus found", "content", False),
    ("550 5.7.1 TRANSPORT.RULES.RejectMessage; spam", "policy|spam", False),
]


@pytest.mark.parametrize(("text", "wanted", "hard"), OTHERS)
def test_other_servers_in_other_words(text, wanted, hard):
    verdict = judged(text)
    assert verdict.reason in wanted.split("|")
    assert verdict.hard == hard


def test_the_connection_is_a_command_too():
    assert judged("550 unknown user (lost after connection)").reason == "policy"


@pytest.mark.parametrize("words", ["NXDOMAIN", "Non-existent domain"])
def test_every_word_for_a_name_that_does_not_exist(words):
    assert reasons.judge("4.0.0", None, f"y.example: host not found ({words})").hard


def test_the_codes_on_each_line_of_an_answer_are_no_words():
    assert judged("550-\n550-5.1.1\n550 5.1.1 <x@y.example>") == ("user_unknown", True)
    assert judged("550 \n550-\n550 ") == ("user_unknown", True)


def test_without_a_status_that_of_the_text_counts():
    assert reasons.judge("", None, "no (5.1.1)") == ("user_unknown", True)
    assert reasons.judge(None, None, None) == ("unknown", False)
