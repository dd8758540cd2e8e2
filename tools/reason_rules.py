# Part of mail_tracking. Licence: LGPL-3.
"""The words for why a mail was refused, and what servers write when they mean them."""

import re

#: no such mailbox
USER_UNKNOWN = "user_unknown"
#: no such domain, or one that takes no mail
HOST_UNKNOWN = "host_unknown"
#: the mailbox has no room
MAILBOX_FULL = "mailbox_full"
#: the mailbox exists no more, or takes no mail
DISABLED = "disabled"
#: the recipient left for another address
MOVED = "moved"
#: a rule of the recipient's side
POLICY = "policy"
#: taken for spam, or our server is on a list
SPAM = "spam"
#: SPF, DKIM, DMARC, reverse DNS or a login is missing or wrong
AUTHENTICATION = "authentication"
#: refused at first sight only
GREYLISTED = "greylisted"
#: too many mails, connections or recipients
RATE = "rate"
#: the mail is too large
TOO_LARGE = "too_large"
#: something inside the mail, a virus included
CONTENT = "content"
#: the other server cannot be reached or is in trouble
NETWORK = "network"
#: given up after trying for too long
EXPIRED = "expired"
#: the mail went round in circles
LOOP = "loop"
#: our sender address is not accepted
SENDER_REJECTED = "sender_rejected"
#: nothing can be said
UNKNOWN = "unknown"

REASONS = (
    USER_UNKNOWN,
    HOST_UNKNOWN,
    MAILBOX_FULL,
    DISABLED,
    MOVED,
    POLICY,
    SPAM,
    AUTHENTICATION,
    GREYLISTED,
    RATE,
    TOO_LARGE,
    CONTENT,
    NETWORK,
    EXPIRED,
    LOOP,
    SENDER_REJECTED,
    UNKNOWN,
)


def _rule(reason: str, *patterns: str) -> tuple[re.Pattern, str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.ASCII), reason


_WHO = r"\b(?:user|mailbox|account|address|recipient|addressee|e-?mail|inbox)\b"

#: Words clear enough to beat any code; the first match decides, so the narrow come before the wide.
#: All gaps are bounded to keep the search linear.
CLEAR = (
    _rule(GREYLISTED, r"gr[ea]y-?\s?list"),
    _rule(
        SENDER_REJECTED,
        r"\bsender (?:address |domain |e-?mail )?(?:is |was )?(?:rejected|denied|invalid|unknown)",
        r"sender (?:address )?(?:verif|domain (?:not found|does not|must))",
        r"(?:invalid|bad|unknown) sender|domain of sender|SendAsDenied|sender's (?:address|domain)",
        r"\bsender\b[^.;]{0,40}(?:does not|doesn't) (?:exist|resolve)|mail from[^.;]{0,30}denied",
    ),
    _rule(
        RATE,
        r"rate[- ]?limit|too (?:many|much) (?!hops)|too (?:quickly|fast)|throttl",
        r"sending (?:limit|quota)",
        r"(?:hourly|daily|connection|message|sending|receiving) (?:rate|limit)",
        r"exceeded[^.;]{0,30}rate",
        r"(?:hourly|daily)[^.;]{0,30}(?:limit|quota)|temporarily deferred due to|recv_?rate",
    ),
    _rule(
        DISABLED,
        _WHO + r"[^.;]{0,30}(?:disabled|inactive|suspended|deactivated|\bdeleted|terminated)",
        r"\b(?:mailbox|account)(?: \w+){0,3} closed",
        _WHO + r"[^.;]{0,60}no longer (?:active|available|valid|in use|on server|accept|exist)",
        r"(?:disabled|inactive|suspended|deactivated|closed) (?:user|mailbox|account|recipient)",
        r"not active (?:user|account)|account (?:has )?expired",
    ),
    _rule(
        MOVED,
        r"(?:user|recipient|mailbox|address|account)\b[^.;]{0,40}(?:has|have|was) (?:been )?moved",
        r"user not local; please try|new (?:e-?mail )?address is|mailbox has moved",
    ),
    _rule(
        HOST_UNKNOWN,
        r"\b(?:host|domain)(?: name| or domain name)? (?:is )?(?:unknown|not found|invalid)",
        r"(?:unknown|invalid|no such|non-?existent) (?:mail )?(?:host|domain)",
        r"nxdomain|unrouteable (?:mail )?domain|find any host|null ?mx|point to non-?existent",
        r"\b(?:domain|host)\b[^.;]{0,80}(?:does not|doesn't|do not) (?:exist|accept (?:e-?)?mail)",
        r"\bdomain\b[^.;]{0,40}(?:could ?n[o']t|can ?not) be found|no (?:mx|a) record",
    ),
    _rule(
        USER_UNKNOWN,
        r"(?:user|recipient|mailbox|address|account|local[ -]part)(?: \w+)? (?:is )?unknown",
        r"(?:unknown|invalid|no such|non-?existent|bad) (?:virtual |local |e-?mail |destination )?"
        r"(?:users?|recipients?|mailbox|(?:e-?mail )?address|account|person|local[ -]part|alias)",
        _WHO + r"[^.;]{0,80}(?:does not|doesn't|do not|don't|did not) exist",
        _WHO + r"[^.;]{0,40}(?:is |was |be )?(?:not|n't be) (?:found|known|recogni[sz]ed|a valid)",
        _WHO + r" (?:name )?(?:is )?(?:invalid|undeliverable)|user doesn't have a",
        r"mailbox name not allowed",
        r"no mailbox (?:here|by|with|found)|no user here|NoSuchUser|Recip(?:ient)?NotFound",
        r"not (?:a )?(?:known|valid|our) (?:user|recipient|mailbox|customer|address)",
        r"not listed in (?:public |the )?(?:name|domino)|unrouteable address|user not local",
        r"recipient address rejected: (?:un|invalid|undeliv|no)|destinataire invalide",
        r"(?:Benutzer|Empf\S{1,4}nger|Adresse) unbekannt|address you sent[^.;]{0,40}not found",
    ),
    _rule(
        TOO_LARGE,
        r"too (?:large|big)\b|exceed(?:s|ed|ing)?[^.;]{0,40}size|size[^.;]{0,30}exceed",
        r"(?:message|mail|maximum) size|size limit|RecipSizeLimit|message length exceed",
    ),
    _rule(
        MAILBOX_FULL,
        r"over ?quota|\bquota\b|(?:mailbox|inbox|account|storage|folder)[^.;]{0,40}\bfull\b",
        r"out of storage|storage (?:limit|space|allocation)|mailbox (?:size )?limit|over limit",
        r"insufficient (?:disk|mailbox|storage)|mailbox[^.;]{0,30}exceed|no space left",
    ),
    _rule(
        LOOP,
        r"\bloop(?:s|ing)? (?:back|detected)|mail(?:ing)? ?loop|routing loop|forwarding loop",
        r"too many hops|hop ?count|\bloop:",
    ),
    _rule(POLICY, r"RESOLVER\.RST|delivery restriction|not authorized to send|NotAuthorized"),
    _rule(
        AUTHENTICATION,
        r"\b(?:spf|dkim|dmarc|rdns|fcrdns|ptr)\b|unauthenticated|not? authenticat",
        r"authentication (?:check|fail|required|info|needed|cred|unsucc)|reverse (?:dns|lookup)",
        r"sender policy framework|helo (?:command )?rejected|must (?:be )?authenticat|\blog ?in\b",
    ),
    _rule(CONTENT, r"\bvirus|malware|infected|attachment|phish"),
    _rule(
        SPAM,
        r"spam|(?:black|block|deny) ?-?list|dnsbl|\brbl\b|reputation|unsolicited|\bjunk\b",
        r"\blisted (?:in|at|by|on)\b|bulk (?:e-?)?mail|blocked using|S31[45]0|barracuda|suspicious",
    ),
    _rule(
        POLICY,
        r"polic(?:y|ies)|relay(?:ing)? (?:access )?(?:denied|not)|unable to relay|prohibit",
        r"not (?:authorized|permitted|allowed)|administrative|restricted|\bbanned",
        r"\bblocked\b|security reason|cannot relay",
    ),
    _rule(
        CONTENT,
        r"(?:message|mail) content|content (?:reject|filter|not)|bare (?:lf|cr)|illegal header",
        r"(?:missing|invalid|duplicate|malformed) (?:\S{1,30} )?header|RFC ?[25]?[83]22",
        r"SMTPUTF8 (?:is )?(?:not|required)|non-ascii",
    ),
    _rule(
        EXPIRED,
        r"QUEUE\.Expired|(?:message|mail|delivery time|queue)[^.;]{0,20} expired|retry time",
        r"(?:in|on) (?:the )?queue too long|(?:undeliverable|not delivered) (?:for|within|in) \d",
        r"not be delivered (?:for|within|after)|maximum (?:queue|retry)|too old\b",
    ),
    _rule(
        NETWORK,
        r"connection (?:was |has )?(?:timed|time|refused|reset|dropped|lost|closed|died|fail)",
        r"lost connection|timed? ?out|no route to|network (?:is )?unreachable|\bTLS\b|certificate",
        r"(?:unable|failed|not) to? ?(?:establish|connect)|did(?: not|n't) (?:respond|accept our)",
        r"lookup fail",
        r"\bdns\b[^.;]{0,30}(?:fail|error)|name service error|server (?:is )?(?:busy|unavail)",
        r"service (?:is )?(?:temporarily )?(?:unavailable|not available)",
        r"system (?:is )?(?:full|busy)",
        r"insufficient system|local error|internal error|configuration error",
    ),
)

#: Words that only help when the code says nothing.
VAGUE = (
    _rule(USER_UNKNOWN, r"mailbox (?:is )?(?:unavailable|not available)"),
    _rule(POLICY, r"denied|refused|rejected|forbidden"),
)
