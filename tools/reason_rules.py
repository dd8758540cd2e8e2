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


def rule(reason: str, *patterns: str) -> tuple[re.Pattern, str]:
    """Compile a rule: any of these patterns means this reason.

    :param str reason: one of `REASONS`.
    :param str patterns: regular expressions, upper and lower case alike; their gaps are bounded.
    """
    return re.compile("|".join(patterns), re.IGNORECASE | re.ASCII), reason


#: Up to sixty characters that speak of a host: the dots inside its name do not end the sentence,
#: and "host x said: mailbox does not exist" is about the mailbox.
GAP = (
    r"(?:(?!\b(?:said|repl|respon|user|mailbox|account|recipient|address|e-?mail))"
    r"(?:[^.;]|\.(?=\w))){0,60}"
)
#: what stands for an address of which a server speaks, see `reasons`
ADDRESS = "@"
_WHO = (
    r"(?:\b(?:user|mailbox|account|address|recipient|addressee|e-?mail|inbox)\b|(?:^|\s)@(?=\s|$))"
)

#: Words clear enough to beat any code; the first match decides, so the narrow come before the wide.
#: All gaps are bounded to keep the search linear.
CLEAR = (
    rule(
        RATE,
        r"rate[- ]?limit|too (?:many|much) (?!hops)|too (?:quickly|fast|often)|throttl",
        r"(?:receiving|sending)[^.;]{0,20}(?:mail|messages?)[^.;]{0,20} at a rate",
        r"(?:mails?|messages?|connections?|recipients?) (?:per|an|a) (?:second|minute|hour|day)",
        r"(?:maximum|max) (?:number of )?(?:concurrent |simultaneous )?"
        r"(?:connections?|sessions?|messages?|recipients)",
        r"(?:concurrent|simultaneous) (?:connections?|sessions?|deliver)|excessive (?:rate|number"
        r"|conn)",
        r"exceed\w*[^.;]{0,20}(?:number|count|limit|maximum)[^.;]{0,12}(?:messages|e-?mails"
        r"|recipients)",
        r"(?:unusual|high|excessive) (?:rate|volume) of|unusual (?:sending|outbound) activity"
        r"|mail ?flood|flood(?:ing)? (?:detect"
        r"|protect)",
        r"temporarily (?:rate|over the limit)|slow down|come back later with fewer",
        r"sending (?:limit|quota)",
        r"(?:hourly|daily|connection|message|sending|receiving) (?:rate|limit)",
        r"exceeded[^.;]{0,30}rate",
        r"(?:hourly|daily)[^.;]{0,30}(?:limit|quota)|temporarily deferred due to|recv_?rate",
    ),
    # "out of storage space and inactive" is a full mailbox, not a dead one
    rule(
        MAILBOX_FULL,
        r"out of storage|over[ -]?quota\b|mailbox (?:size |storage |disk )?(?:limit|quota)",
        r"(?:mailbox|inbox|maildir|mail folder|mail drop|mail file|account|user|recipient)\b"
        r"[^.;]{0,30}(?:is |are |was )?(?:almost |too )?full\b",
        r"(?:mailbox|inbox|maildir|mail folder|mail file|storage)[^.;]{0,40}"
        r"(?:exceed|no (?:more )?(?:space|room)|limit reached|too large|too big)",
        r"(?:user|recipient|mailbox|account)\S{0,3} (?:disk |storage |mail )?quota"
        r"|quota (?:exceed|full)",
        r"(?:not|n't) (?:have )?enough (?:space|room|storage)|no (?:space|room) (?:left )?(?:in"
        r"|for)",
    ),
    # a service that keeps a list of its own did not even try
    rule(POLICY, r"suppression list|previously bounced|address (?:is )?suppressed"),
    # a server that does not answer for a domain says nothing about its mailboxes
    rule(
        POLICY,
        r"relay(?:ing)?(?: access| operation)? (?:is |was )?(?:denied|not|prohibited|refused)",
        r"(?:unable|not allowed|refus\w+|will not|cannot|not able|not permitted) to relay",
    ),
    rule(
        DISABLED,
        _WHO + r"[^.;]{0,30}(?:disabled|inactive|suspended|deactivated|\bdeleted|terminated)",
        r"\b(?:mailbox|account)(?: \w+){0,3} (?:closed|disabled)|has been (?:closed|discontinued)",
        r"no longer (?:works|employed|with (?:us|the company))|left the company",
        _WHO
        + r"[^.;]{0,60}no longer (?:an? )?(?:active|available|valid|in use|on server|accept|exist"
        r"|monitored|used|maintained|receiv|served|hosted|operational|supported)",
        _WHO
        + r"[^.;]{0,40}(?:has |have |had )?(?:expired|been (?:cancel|remov|retir|clos|block|abandon"
        r"|decommission|discontinu|shut))",
        _WHO
        + r"[^.;]{0,30}(?:is |was )?\b(?:obsolete|abandoned|retired|unused|dormant|frozen|locked"
        r"|archived|cancell?ed|discontinued|removed)\b",
        r"(?:disabled|inactive|suspended|deactivated|closed) (?:user|mailbox|account|recipient)",
        r"not active (?:user|account)|account (?:has )?expired",
    ),
    rule(
        MOVED,
        r"(?:user|recipient|mailbox|address|account)\b[^.;]{0,40}(?:has|have|was) (?:been )?moved",
        r"user not local; please try|no longer here, (?:please )?try|new (?:e-?mail )?address is",
        r"address (?:has )?changed|please (?:use|update)[^.;]{0,30} new (?:e-?mail )?address",
    ),
    rule(
        HOST_UNKNOWN,
        r"\b(?:host|domain)(?: name| or domain name)? (?:is )?(?:unknown|not found|invalid)",
        r"(?:unknown|invalid|no such|non-?existent) (?:mail )?(?:host|domain)",
        r"nxdomain|unrouteable (?:mail )?domain|find any host|null ?mx|point to non-?existent",
        r"\b(?:domain|host)\b" + GAP + r"(?:does not|doesn't|do not) (?:exist|accept (?:e-?)?mail)",
        r"\bdomain\b" + GAP + r"(?:could ?n[o']t|can ?not) be found",
        r"no (?:mx|a|aaaa)(?: (?:or|and|nor) (?:mx|a|aaaa))? records?|(?:null|to a null) (?:host"
        r"|mx)",
        r"no (?:mailbox|smtp|mail) (?:servers?|hosts?)[^.;]{0,20}\bdomain",
        r"\bdomain(?: name)? [^\s;]{1,80} (?:is |was )?(?:not found|unknown)",
        r"no mail (?:servers?|exchangers?)" + GAP + r"(?:exist|found)|no such (?:domain|host)",
        r"(?:can ?not|unable to|could ?n[o']t) (?:find|resolve)[^.;]{0,30}(?:domain|host)",
        r"(?:domain|host) (?:name )?lookup failed: (?:host|domain|no)"
        r"|bad destination (?:system|host)",
        r"record indicated no smtp service",
        r"find (?:a |any )?(?:mail exchanger|mx(?: record)?|mail (?:server|host)|host named)",
        r"\bno (?:valid |usable |working )?(?:mx|mail exchanger|mx records?|mail servers?"
        r"|mail hosts?)"
        r" (?:for|found|could|exist|available|configured|was|were|is|are|in)\b",
        r"(?:domain|host)(?: ?name)?\b" + GAP + r"(?:is |has )?(?:no longer|expired|not registered"
        r"|unregistered|has no (?:mx|mail|a record|dns)|not (?:exist|resolvable|a valid|valid"
        r"|hosted))",
        r"(?:mail|e-?mail) is not (?:hosted|handled|accepted) (?:here|for this domain)",
        r"(?:domain|host)\b"
        + GAP
        + r"(?:misspell|mis-?typed|typo)|unresolvable (?:host|domain|address)",
        r"(?:not|n't|unable to|failed to|cannot) (?:be )?resolved?[^.;]{0,30}"
        r"(?:host|domain|address|mx|mail exchanger)",
        r"(?:no|0) (?:dns )?(?:answer|data|record)s?[^.;]{0,20}(?:mx|domain)|illegal host"
        r"|no host\b",
    ),
    rule(
        USER_UNKNOWN,
        r"(?:user|recipient|mailbox|address|account|local[ -]part)(?: \w+)? (?:is )?unknown",
        r"(?:unknown|invalid|no such|non-?existent|bad) (?:virtual |local |e-?mail |destination )?"
        r"(?:users?|recipients?|mailbox|(?:e-?mail )?address|account|person|local[ -]part|alias)",
        _WHO + r"[^.;]{0,80}(?:does not|doesn't|do not|don't|did not) exist",
        _WHO + r"[^.;]{0,40}(?:is |was |be )?(?:not|n't be) (?:found|known|recogni[sz]ed|a valid)",
        _WHO + r" (?:name )?(?:is )?(?:invalid|undeliverable)|user doesn't have a",
        r"mailbox name not allowed",
        r"no mail ?-?box (?:here|by|with|found|available|exists?|for|of|named|called|on)",
        r"no user (?:here|by|with|found|of|named|called)|NoSuchUser|Recip(?:ient)?NotFound",
        r"there is no (?:user|mailbox|account|recipient|such|one|person|address)",
        r"(?:no|not an?|isn't an?) (?:account|mailbox|user|recipient|address|subscriber|person"
        r"|member)"
        r" (?:by|with|of|on|at|for|named|in) (?:that|this|the|our|such)",
        r"(?:nobody|no one|no-one) (?:here|by|with|of|called)|never heard of",
        r"(?:does not|doesn't|do not|don't) (?:have|host|handle|know|recogni[sz]e|accept mail for)"
        r"[^.;]{0,30}(?:user|mailbox|account|recipient|address|such|that|@)",
        r"(?:un|non-?)deliverable (?:address|recipient)|address(?:ee)? unknown|unknown addressee",
        r"(?:can(?:not|'t)|could not|unable to|failed to) (?:find|locate|verify|look ?up|identify)"
        r"[^.;]{0,30}(?:user|mailbox|recipient|account|address|alias|@)",
        r"(?:user|mailbox|recipient|account|address|alias) (?:lookup|look-up|verification|check)"
        r"[^.;]{0,20}(?:fail|unsuccess)",
        r"(?:is|was) not (?:a )?(?:registered|subscribed|provisioned|defined|assigned|deliverable)",
        r"\bmisspell|mis-?typed|typed (?:the |it )?(?:wrong|incorrect)"
        r"|incorrect(?:ly)? (?:address|typed)",
        r"not (?:a )?(?:known|valid|our) (?:user|recipient|mailbox|customer|address)",
        r"\bnot listed in\b|unrouteable address|user not local|unknown or illegal alias",
        r"not recogni[sz]ed|no such (?:recipient|customer|subscriber)|bad destination mailbox",
        r"(?:is|was) not found (?:in|on|at) (?:this|the|our)|address (?:was )?not found"
        r"|(?:un)?known: no",
        r"recipient address rejected: (?:un|invalid|undeliv|no)",
        r"address you sent[^.;]{0,40}not found",
    ),
    rule(
        TOO_LARGE,
        r"too (?:large|big)\b|exceed(?:s|ed|ing)?[^.;]{0,40}size|size[^.;]{0,30}exceed",
        r"(?:message|mail|maximum) size|size limit|RecipSizeLimit|message length exceed",
        r"(?:message|mail|attachment|it)\b[^.;]{0,20}(?:is |are )?(?:larger|bigger|longer"
        r"|greater) than",
        r"(?:larger|bigger) than (?:the |what |allowed|permitted)|exceeds? (?:the )?(?:maximum"
        r"|limit of)",
    ),
    rule(
        MAILBOX_FULL,
        r"over ?quota|\bquota\b|(?:mailbox|inbox|account|storage|folder)[^.;]{0,40}\bfull\b",
        r"exceed[^.;]{0,30}(?:mailbox|storage|quota|allocation)|disk full|quotaexceeded",
        r"out of storage|storage (?:limit|space|allocation)|mailbox (?:size )?limit|over limit",
        r"insufficient (?:disk|mailbox|storage)|mailbox[^.;]{0,30}exceed|no space left",
    ),
    rule(
        LOOP,
        r"\bloop(?:s|ing)? (?:back|detected)|mail(?:ing)? ?loop|routing loop|forwarding loop",
        r"too many hops|hop ?count|\bloop:",
    ),
    rule(POLICY, r"RESOLVER\.RST|delivery restriction|not authorized to send|NotAuthorized"),
    rule(NETWORK, r"unable to get mx info"),
    rule(
        AUTHENTICATION,
        r"\b(?:spf|dkim|dmarc|rdns|fcrdns|ptr)\b|unauthenticated|not? authenticat",
        r"authentication (?:check|fail|required|info|needed|cred|unsucc)|reverse (?:dns|lookup)",
        r"sender policy framework|helo (?:command )?rejected|must (?:be )?authenticat|\blog ?in\b",
    ),
    rule(CONTENT, r"\bvirus|malware|infected|attachment|phish"),
    rule(
        SPAM,
        r"spam|\bU[BC]E\b|ipcheck|(?:black|block|deny) ?-?list|dnsbl|\brbl\b|reputation"
        r"|unsolicited|\bjunk\b",
        r"(?<!not )\blisted (?:in|at|by|on)\b|bulk (?:e-?)?mail|blocked using|S31[45]0"
        r"|barracuda|suspicious",
    ),
    rule(
        POLICY,
        r"polic(?:y|ies)|relay(?:ing)? (?:access )?(?:denied|not)|unable to relay|prohibit",
        r"not (?:authorized|permitted|allowed)|administrative|restricted|\bbanned",
        r"\bblocked\b|security reason|cannot relay",
    ),
    rule(
        CONTENT,
        r"(?:message|mail) content|content (?:reject|filter|not)|bare (?:lf|cr)|illegal header",
        r"(?:missing|invalid|duplicate|malformed) (?:\S{1,30} )?header|RFC[ -]?[25]?[83]22\b(?!;)",
        r"SMTPUTF8 (?:is )?(?:not|required)|non-ascii",
    ),
    rule(
        EXPIRED,
        r"QUEUE\.Expired|(?:message|mail|delivery time|queue)[^.;]{0,20} expired|retry time",
        r"(?:delivery|queue|hold|max(?:imum)?)[^.;]{0,20}time[^.;]{0,12}(?:exceed|expired|over\b)",
        r"(?:given|giving|gave) up (?:on |after|trying)|i(?:'m| am) not going to try again",
        r"failing for a long time",
        r"(?:in|on) (?:the )?queue too long|(?:undeliverable|not delivered) (?:for|within|in) \d",
        r"not be delivered (?:for|within|after)|maximum (?:queue|retry)|too old\b",
    ),
    rule(
        NETWORK,
        r"connection (?:was |has )?(?:timed|time|refused|reset|dropped|lost|closed|died|fail)",
        r"lost connection|timed? ?out|no route to|network (?:is )?unreachable|\bTLS\b|certificate",
        r"(?:unable|failed|not) to? ?(?:establish|connect)|did(?: not|n't) (?:respond|accept our)",
        r"lookup fail",
        r"\bdns\b[^.;]{0,30}(?:fail|error)|name service error|server (?:is )?(?:busy|unavail)",
        r"service (?:is )?(?:temporarily )?(?:unavailable|not available)",
        r"system (?:is )?(?:full|busy)",
        r"insufficient system|local (?:error|problem)|internal error|configuration error",
        r"network (?:error|problem|failure)|(?:could ?n[o']t|can ?not|unable to) (?:reach|connect)",
        r"dns (?:query|lookup|temp)|no answer from host|host (?:is )?(?:down|not responding)",
        r"all relevant MX|server (?:is )?unreachable|connection attempt",
    ),
)

#: Words that only help when the code says nothing.
VAGUE = (
    rule(USER_UNKNOWN, r"mailbox (?:is )?(?:unavailable|not available)"),
    rule(POLICY, r"denied|refused|rejected|forbidden|reject all|not accept(?:ed|ing)"),
)
