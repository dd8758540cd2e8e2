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
    r"(?:\b(?:user|mailbox|account|(?<!ip )address|recipient|addressee|e-?mail|inbox)\b"
    r"|(?:^|\s)@(?=\s|$))"
)

#: Words that decide before all others: nothing is known yet, or it is we who were refused. They
#: speak of hosts, users and addresses as well, and say nothing about the recipient.
FIRST = (
    rule(GREYLISTED, r"gr[ea]y-?\s?list"),
    # who has given up may quote what was answered to one of the attempts
    rule(
        EXPIRED,
        r"message expired|QUEUE\.Expired|delivery time expired",
        r"(?:in|on) (?:the )?queue (?:for )?too long",
    ),
    # who asks for another attempt has found nothing out
    rule(
        NETWORK,
        r"(?:not found|not resolve|lookup|service error|dns)[^.;]{0,80}\btry again\b(?! in a day)",
        r"\bservfail\b|temporar\w{1,3} (?:failure|error) in name resolution",
        r"(?:temporary|transient) (?:name ?server|dns|lookup|resolution|resolver)",
        r"name ?server[^.;]{0,30}(?:time-?d? ?out|fail|not respond|unreachable)",
        r"(?:dns|mx|host|domain|name)[^.;]{0,30}(?:lookup|query|resolution)[^.;]{0,20}"
        r"(?:timed? ?-?out|temporar|deferred|try (?:again )?later)",
        r"unable to get mx info|host lookup did not complete",
        # a server that asks the next one, and got no answer so far
        r"recipient address rejected: unverified address",
        r"\bcertificate\b[^.;]{0,40}(?:expired|invalid|not trusted|unknown|revoked)",
    ),
    # it is the command that is not understood
    rule(
        UNKNOWN,
        r"(?:command|verb|option|parameter)s? (?:is |are |was |were )?"
        r"(?:un(?:known|recogni[sz]ed)|not (?:recogni[sz]ed|known|implemented|supported))",
    ),
    # our host: its name, its address, its greeting
    rule(
        AUTHENTICATION,
        r"(?:find|resolve|lookup|look up|verify|no)\b[^.;]{0,20}\byour "
        r"(?:reverse |host ?name|host name|ip|server|address)",
        r"\byour (?:reverse |host|ip\b|ip address|server|mail server|sending (?:host|ip|server))"
        r"[^;]{0,60}(?:resolve|resolvable|rdns|reverse|ptr\b|hostname|does not match|not found"
        r"|unknown|dynamic|invalid)",
        r"client (?:host|ip|address)[^;]{0,40}(?:hostname|resolve|reverse|not found|ptr\b|unknown)",
        r"\b(?:helo|ehlo)\b[^;]{0,60}(?:reject|invalid|not found|unknown|does not|resolve|fqdn"
        r"|syntax|argument|bad|illegal|mismatch|bogus|required|first)",
        r"(?:invalid|bad|bogus|unknown|illegal|forged) (?:helo|ehlo)",
        r"host ?names?\b[^.;]{0,20}\b(?:of|for|from) (?:the |your )?(?:ip\b|client|connecting"
        r"|\[?\d)",
        r"but my name was rejected|need fully-qualified hostname|\bptr\b|reverse dns|\brdns\b",
        r"\b(?:spf|dkim|dmarc)\b[^.;]{0,20}\b(?:domain|host)\b(?:[^.;]|\.(?=\w)){0,40} (?:not|no) ",
    ),
    rule(
        SENDER_REJECTED,
        r"\bsender (?:e-?mail )?(?:address |domain )?(?:is |was )?(?:rejected|denied|invalid"
        r"|unknown)",
        r"sender (?:address )?(?:verif|domain (?:not found|does not|must))",
        r"(?:invalid|bad|unknown|incorrect|empty|null) (?:envelope )?sender|bogus mail from"
        r"|domain of sender|SendAsDenied|sender's (?:address|domain)|address is not verified",
        r"\bsender\b[^.;]{0,40}(?:does not|doesn't) (?:exist|resolve)|mail from[^.;]{0,30}denied",
        r"(?:unroutable|unrouteable|unqualified|unresolvable|forged|fake|bogus|spoofed|suspicious)"
        r" (?:sender|return|reply|from|envelope)",
        r"(?:sender|envelope|return|from|mail from|reply-to)[ -]?(?:address|path|domain)"
        r"[^.;]{0,40}(?:invalid|unknown|not (?:found|exist|valid|allowed|accepted|resolv)"
        r"|has no\b|does not|doesn't|reject|refused|denied|could not|cannot|unverif|unable|missing"
        r"|block|banned|suspend|disabl)|(?:required|needed) for (?:the )?sender|for sender address",
        r"\bcall ?(?:back|out)\b|while verifying",
        r"\bfrom: ?(?:header |address |domain )?[^.;]{0,20}(?:invalid|missing|not (?:valid|exist"
        r"|found))",
        r"\b(?:verify|validate|resolve|find|accept)\b[^.;]{0,20}\b(?:the |your )?"
        r"(?:sender|from (?:address|domain)|return path|envelope sender|(?:e-?mail )?domain\b"
        r"(?= (?:of|in) (?:the |your )?(?:sender|from|mail from)))",
        r"\bsender\b[^.;]{0,30}(?:unknown|not (?:found|valid|known|verified|pre-?approved)"
        r"|no such)",
        r"\b(?:mx|dns)\b[^.;]{0,40}\b(?:your|the sender's|sender|sending|from) (?:e-?mail )?domain",
        r"\binvalid dns mx\b|domain may not exist(?:,| or dns)|mail from must",  # GMX, Tencent QQ
        r"(?:invalid|bad|malformed) address[^.;]{0,20}\bfrom\b|\baddress you (?:sent|send) from",
        r"no such sender|bad outbound sender|outbound spam|domain of (?:the )?(?:sender|from)",
        r"(?:unknown|no such|invalid|bad|non-?existent)[^.;]{0,20}(?:sender|originat|from address)",
        # our own account
        r"\b(?:your|sending|sender(?:'s)?|smtp|outgoing|submission) (?:e-?mail )?(?:account|mailbox"
        r"|user)\b"
        r"[^.;]{0,40}(?:suspend|disabl|block|lock|restrict|inactive|deactivat|terminat|closed"
        r"|not allowed|not active|expired|over)",
        r"(?:account|mailbox)[^.;]{0,40}\b(?:from sending|to send (?:e-?)?mail|for sending)",
        r"relay access for your|not (?:allowed|permitted|authorized) to send (?:as|from|on behalf)",
        r"\byour (?:e-?mail )?(?:domain|address)\b"
        + GAP
        + r"(?:does not|doesn't|not (?:found|exist|valid)"
        r"|invalid|unknown|could not|has no\b|no (?:mx|a|dns)\b)",
    ),
)

#: Words clear enough to beat any code; the first match decides, so the narrow come before the wide.
#: All gaps are bounded to keep the search linear.
CLEAR = (
    rule(
        RATE,
        r"rate[- ]?limit|too (?:quickly|fast|often)|throttl|try again slower",
        r"too (?:many|much)\b(?! (?:hops|received|spam|mail data|messages on\b))",
        r"(?:receiving|sending)[^.;]{0,20}(?:mail|messages?)[^.;]{0,20} at a rate",
        r"(?:mails?|messages?|connections?|recipients?) (?:per|an|a) (?:second|minute|hour|day)",
        r"(?:maximum|max) (?:number of )?(?:concurrent |simultaneous )?"
        r"(?:connections?|sessions?|messages?(?! (?:size|length))|recipients)",
        r"(?:concurrent|simultaneous) (?:connections?|sessions?|deliver)|excessive (?:rate|number"
        r"|conn)",
        r"exceed\w*[^.;]{0,20}(?:number|count|limit|maximum)[^.;]{0,12}(?:messages|e-?mails"
        r"|recipients)",
        r"(?:unusual|high|excessive) (?:rate|volume) of|unusual (?:sending|outbound) activity"
        r"|mail ?flood|flood(?:ing)? (?:detect"
        r"|protect)",
        r"temporarily (?:rate|over the limit)|slow down|come back later with fewer",
        r"(?:sending|submission) ?(?:limit|quota)",
        r"(?:hourly|daily|connection|message|sending|receiving) (?:rate|limit)",
        r"exceeded[^.;]{0,30}rate",
        r"(?:hourly|daily)[^.;]{0,30}(?:limit|quota)|temporarily deferred due to|recv_?rate",
        r"limit (?:on|for) the number of|thread limit|frequency limited|ratio of invalid",
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
        r"(?:not|n't) (?:have )?enough (?:disk |storage )?(?:space|room|storage)"
        r"|no (?:space|room) (?:left )?(?:in|for)|\bfull (?:mailbox|inbox)\b",
        r"(?:mailbox|inbox|account)\b[^.;]{0,20}(?:out of|no free) (?:disk )?(?:space|storage)",
        r"(?:space|storage) (?:has |is )?(?:been )?(?:used up|exhausted)"
        r"|too many messages on\b|too much mail data",
    ),
    # a service that keeps a list of its own did not even try
    rule(POLICY, r"suppression list|previously bounced|address (?:is )?suppressed"),
    # a server that does not answer for a domain says nothing about its mailboxes
    rule(
        POLICY,
        r"relay(?:ing)?(?: access| operation)? (?:is |was )?(?:denied|not|prohibited|refused)",
        r"(?:unable|not allowed|refus\w+|will not|cannot|not able|not permitted) to relay",
        r"(?:do(?:es)? not|not configured to) relay|no (?:forwarding|relaying)\b|\brcpthosts\b"
        r"|do(?:es)?(?: not|n't) handle mail for",
    ),
    # of one sender, or of some: others get through
    rule(
        POLICY,
        r"(?:not|n't|no longer) accepts? (?:any )?(?:(?:e-?)?mails?|messages?) (?:that \w+ )?from",
        r"(?:not|no longer) (?:wish|want)\w* to receive|only accept(?:s|ing)? (?:e-?)?mail from",
        r"(?:user|recipient|addressee) (?:refuses?|rejects?)\b|\bbad(?:rcpt|recipient)to\b",
        r"(?:closed|members?-only|moderated) (?:mailing )?list|\bnon-?members?\b",
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
        _WHO + r"[^.;]{0,20}(?:not|n't) (?:in use|used|valid|active|monitored) any(?:more| longer)",
        r"(?:disabled|inactive|suspended|deactivated|closed|archived) (?:user|mailbox|account"
        r"|recipient)|(?:user|account|mailbox) (?:is )?not active\b",
        r"(?:does not|doesn't) work (?:here|for us) any",
        r"not active (?:user|account)|account (?:has )?expired",
    ),
    rule(
        MOVED,
        r"(?:user|recipient|mailbox|address|account)\b[^.;]{0,40}(?:has|have|was) (?:been )?moved",
        r"(?:address|mailbox|account)\b[^.;]{0,40}\breplaced (?:by|with)\b",
        r"please (?:use|write to)[^.;]{0,30}@ instead",
        r"user not local; please try|no longer here, (?:please )?try|new (?:e-?mail )?address is",
        r"address (?:has )?changed|please (?:use|update)[^.;]{0,30} new (?:e-?mail )?address",
    ),
    rule(
        HOST_UNKNOWN,
        r"\b(?:host|domain)(?: name| or domain name)? (?:is )?(?:unknown|not found|invalid)",
        r"(?:unknown|invalid|no such|non-?existent) (?:mail |recipient |destination )?"
        r"(?:host|domain)",
        r"nxdomain|unrouteable (?:mail )?domain|find any host|null ?mx|point to non-?existent",
        r"\b(?:domain|host)\b" + GAP + r"(?:does not|doesn't|do not) (?:exist|accept (?:e-?)?mail)",
        r"\bdomain\b" + GAP + r"(?:could ?n[o']t|can ?not) be found",
        r"no (?:mx|a|aaaa)(?: (?:or|and|nor) (?:mx|a|aaaa))? records?|(?:null|to a null) (?:host"
        r"|mx)",
        r"no (?:mailbox|smtp|mail) (?:servers?|hosts?)[^.;]{0,20}\bdomain",
        r"(?:\bdomain(?: name)?|(?<!client )(?<!sending )(?<!remote )\bhost) [^\s;]{1,80}"
        r" (?:is |was )?(?:not found|unknown)",
        r"recipient domain must exist|mail domain mentioned in",
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
        r"(?:user|recipient|mailbox|address|account|local[ -]part)(?:e?s)?(?: (?:\w+|@))?"
        r" (?:(?:is|are|was|were) )?unknown",
        r"(?:unknown|invalid|no such|non-?existent|bad) (?:virtual |local |e-?mail |destination )?"
        r"(?:users?|recipients?|mailbox|(?:e-?mail )?address|account|person|local[ -]part|alias)",
        _WHO + r"[^.;]{0,80}(?:does not|doesn't|do not|don't|did not) exist",
        _WHO
        + r"[^.;]{0,40}(?:is |was |be )?(?<!may )(?:not|n't)(?: be)? (?:found|known|recogni[sz]ed"
        r"|a valid|an active|present|exist)",
        _WHO + r" (?:name )?(?:is )?(?:invalid|undeliverable)|user doesn't have a",
        r"mailbox name not allowed|missing home directory|\bvalidrcptto\b"
        r"|can(?:no|')t accept (?:this )?user|(?:address|recipient|mailbox) (?:is )?not valid",
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
        r"recipient address rejected: (?:un(?!auth)|invalid|no(?!t auth))",
        r"address you sent[^.;]{0,40}not found",
    ),
    rule(
        TOO_LARGE,
        r"too (?:large|big)\b|exceed(?:s|ed|ing)?[^.;]{0,40}size|size[^.;]{0,30}exceed",
        r"(?:message|mail|maximum|max) size|size limit|RecipSizeLimit|message length exceed",
        r"exceeds? \d+ ?(?:[kmg]i?b\b|(?:kilo|mega|giga)?bytes)",
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
        r"\bloop(?:s|ing)? (?:back|detected)|\blooping\b|mail(?:ing)? ?loop|routing loop"
        r"|forwarding loop",
        r"too many hops|hop ?count|\bloop:",
    ),
    rule(POLICY, r"RESOLVER\.RST|delivery restriction|not authorized to send|NotAuthorized"),
    rule(NETWORK, r"unable to get mx info"),
    rule(
        AUTHENTICATION,
        r"\b(?:spf|dkim|dmarc|rdns|fcrdns|ptr)\b|unauthenticated|not? authenticat",
        r"authentication (?:check|fail|required|info|needed|cred|unsucc)|smtp authentication"
        r"|reverse (?:dns|lookup)",
        r"sender policy framework|helo (?:command )?rejected|must (?:be )?authenticat|\blog ?in\b",
    ),
    rule(CONTENT, r"\bvirus|malware|infected|attachment|phish|executable file"),
    rule(
        SPAM,
        r"spam|\bU[BC]E\b|ipcheck|(?:black|block|deny) ?-?list|dnsbl|\brbl\b|reputation"
        r"|unsolicited|\bjunk\b",
        r"(?<!not )\blisted (?:in|at|by|on)\b|bulk (?:e-?)?mail|blocked using|S31[45]0"
        r"|barracuda|suspicious|not accepted from this ip",
        r"a problem occurred\W{1,4}ask your postmaster",  # T-Online
    ),
    rule(
        POLICY,
        r"message (?:was )?filtered|\bprotected by\b|organi[sz]ational settings"
        r"|not currently (?:being )?accept|polic(?:y|ies)|prohibit",
        r"relay(?:ing)? (?:access )?(?:denied|not)|unable to relay",
        r"not (?:authorized|permitted|allowed)|administrative|restricted|\bbanned",
        r"\bblocked\b|security reason|cannot relay|(?:white|allow|safe) ?-?list",
        r"will not accept delivery|permanently deferred",
    ),
    rule(
        CONTENT,
        r"(?:message|mail) content|content (?:reject|filter|not)|bare (?:lf|cr)|illegal header",
        r"(?:missing|invalid|duplicate|malformed) (?:\S{1,30} )?header|RFC[ -]?[25]?[83]22\b(?!;)",
        r"SMTPUTF8 (?:is )?(?:not|required)|non-ascii|improper use of 8-?bit|charset not supported",
        r"\bmime (?:field|header|complexity|part)",
    ),
    rule(
        EXPIRED,
        r"QUEUE\.Expired|(?:message|mail|delivery(?: time)?|envelope|queue)[^.;]{0,20} expired",
        r"retry time|(?:message|mail) timed out|multiple retries|allowed queue (?:period|time)",
        r"after \d+ (?:tries|attempts|retries)|(?:attempts|retries) (?:have been |were )?exhausted",
        r"\bdeliver\w*\b[^.;]{0,20} (?:for|in|within|after) \d+ (?:hours|days)",
        r"(?:delivery|queue|hold|max(?:imum)?)[^.;]{0,20}time[^.;]{0,12}(?:exceed|expired|over\b)",
        r"(?:given|giving|gave) up(?: on| after| trying|$|[.;])|i(?:'m| am) not going to try again",
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
        r"service (?:is )?(?:temporarily )?(?:unavailable|not available)|service currently unavail",
        r"host (?:is )?unreachable|interrupted system call|system config|read error|broken pipe",
        r"name ?server reply|server is down",
        r"system (?:is )?(?:full|busy)",
        r"insufficient system|local (?:error|problem)|(?:internal|internal server) error"
        r"|configuration error",
        r"network (?:error|problem|failure)|(?:could ?n[o']t|can ?not|unable to) (?:reach|connect)",
        r"dns (?:query|lookup|temp)|no answer from host|host (?:is )?(?:down|not responding)",
        r"all relevant MX|server (?:is )?unreachable|connection attempt|command time limit",
        r"name or service not known|unable to look up host",
        r"(?:mailbox|account|recipient|user)\b[^.;]{0,20}temporarily (?:unavailable|not available)",
    ),
)

#: The words of `CLEAR` in other languages; parts of a word stand for all its endings.
LOCAL = (
    rule(SPAM, r"垃圾邮件|垃圾郵件|迷惑メール|спам"),
    rule(
        HOST_UNKNOWN,
        r"\b(?:domain|dom\S{1,2}ne|domein|rechner)\b"
        + GAP
        + r"(?:existiert nicht|nicht gefunden|unbekannt|bestaat niet|niet gevonden)",
        r"\bdomaine\b" + GAP + r"(?:inconnu|inexistant|n.existe pas|introuvable)",
        r"\bdom[ií]nio\b"
        + GAP
        + r"(?:no existe|ine[sx]istente|desco\w{1,4}cid|sconosciut|non (?:esiste|trovat)"
        r"|n.o existe)",
        r"domena nie istnieje",
        r"домен[^;]{0,60}не (?:существует|найден)|域名[^。；]{0,20}不存在",
    ),
    rule(
        DISABLED,
        r"\b(?:konto|postfach|benutzer|empf\S{1,2}nger)\b[^.;]{0,40}"
        r"(?:deaktiviert|gesperrt|stillgelegt|gel\S{1,2}scht)",
        r"adresse (?:wurde|ist) deaktiviert|\bkonto (?:zosta.o )?zablokowane",
        r"\b(?:compte|bo\S{1,2}te)\b[^.;]{0,40}(?:d.sactiv|suspendu|ferm(?:é|ee?\b)|supprim)",
        r"\b(?:cuenta|buz\S{1,2}n|conta)\b[^.;]{0,40}"
        r"(?:desa[ct]{1,2}ivad|deshabilitad|suspen[sd]|inactiv)",
        r"\bcasella\b[^.;]{0,40}(?:disattivat|disabilitat|sospes)",
        r"(?:账号|帳號|邮箱|郵箱)[^。；]{0,20}(?:停用|冻结|凍結|注销|禁用)",
        r"(?:ящик|аккаунт|учетная запись)[^;]{0,40}(?:отключен|заблокирован|удален)",
    ),
    rule(
        MAILBOX_FULL,
        r"\b(?:postfach|mailbox|speicher|konto)\b[^.;]{0,40}(?:\bvoll\b|.berf.llt)|\bpostfach voll",
        r"\b(?:speicherplatz|kontingent)\b[^.;]{0,40}(?:ersch.pft|.berschritten)",
        r"\bpostfach\b[^.;]{0,40}maximale gr|\bespace insuffisant"
        r"|\bcu?ota excedida|\bspazio esaurito",
        r"\bschr.nka je pln|\bbrevl.dan? (?:.r|er) full\b|kutusu dolu|메일함이 가득",
        r"\bbo\S{1,2}te\b[^.;]{0,50}\b(?:pleine|satur)|\bespacio insuficiente",
        r"\b(?:buz\S{1,2}n|casilla|cuenta)\b[^.;]{0,40}\bllen[oa]\b",
        r"\bcasella\b[^.;]{0,40}\bpien[ao]\b|\bcaixa\b[^.;]{0,40}\b(?:cheia|lotada)\b",
        r"\b(?:mailbox|postvak|postbus)\b[^.;]{0,40}\bvol\b"
        r"|\bskrzynk[^.;]{0,40}(?:pe.na|przepe.nion)",
        r"ящик[^;]{0,40}(?:переполнен|заполнен)|превышен[^;]{0,20}квот",
        r"(?:邮箱|郵箱|信箱|空间|空間|容量)[^。；]{0,20}(?:满|滿|不足)",
        r"(?:メールボックス|容量)[^。]{0,20}(?:一杯|いっぱい|満杯|超過|超え|オーバー)",
    ),
    rule(
        USER_UNKNOWN,
        r"(?:benutzer|empf\S{1,2}nger|adresse|postfach|konto)s?\b[^.;]{0,40}"
        r"(?:unbekannt|existiert nicht|nicht (?:gefunden|bekannt|vorhanden)|ung.ltig)",
        r"unbekannter? (?:benutzer|empf|adress)|nicht im \S{1,20}-?verzeichnis"
        r"|kein(?:en)? (?:solche[rn]? )?(?:benutzer|postfach)|mailbox nicht gefunden",
        r"\b(?:adresse|destinataire|utilisateur|bo\S{1,2}te)\b[^.;]{0,40}"
        r"(?:inconnu|inexistant|introuvable|invalide|n.existe pas|pas (?:.t. )?trouv)",
        r"aucun (?:utilisateur|destinataire)",
        r"\b(?:usuario|direcci\S{1,2}n|destinatario|buz\S{1,2}n|cuenta)\b[^.;]{0,40}"
        r"(?:desconocid|no existe|inexistente|no (?:se )?(?:ha )?(?:podido )?encontr|no v.lid)",
        r"no existe (?:dich[oa]|es[ea]|el|la|tal) (?:persona|usuario|cuenta|destinatario"
        r"|buz)",
        r"no se (?:ha )?encontr\S{1,4} la direcci|nessun utente",
        r"\b(?:casella|utente|indirizzo|destinatario)\b[^.;]{0,40}"
        r"(?:inesistente|sconosciut|non (?:esiste|.? ?stat[oa] trovat|trovat|valid))",
        r"\b(?:usu\S{1,2}rio|endere\S{1,2}o|destinat\S{1,2}rio|caixa postal|conta)\b[^.;]{0,40}"
        r"(?:desconhecid|n.o (?:existe|foi encontrad|encontrad)|inexistente|inv.lid)",
        r"\b(?:gebruiker|ontvanger|e-?mailadres|adres|mailbox|postbus)\b[^.;]{0,40}"
        r"(?:onbekend|bestaat niet|niet gevonden|ongeldig)",
        r"(?:u.ytkownik|adres|skrzynka|odbiorca)[^.;]{0,40}(?:nie istnieje|nieznan|nie znaleziono)",
        r"nieznany (?:odbiorca|u.ytkownik)|u.ivatel neexistuje|nezn.m. p..jemce|ok.nd mottagare"
        r"|mottagaren finns inte|ukendt modtager|kullan.c. (?:bulunamad|yok)",
        r"(?:пользовател|[Аа]дрес|ящик|получател)[^;]{0,40}(?:не (?:существует|найден)|неизвест)",
        r"нет такого (?:пользователя|адреса|ящика)|несуществующ",
        r"(?:地址|邮箱|郵箱|信箱|用户|用戶|帐号|账号|帳號|收件人)[^。；]{0,20}不存在"
        r"|无此用户|查無此",
        r"(?:アドレス|メールボックス|ユーザ|あて先|宛先)[^。]{0,20}"
        r"(?:存在しません|見つかりません|見つからない|不明)",
        r"(?:주소|사용자|수신자|메일)[^.]{0,20}(?:존재하지 않|찾을 수 없)",
        r"존재하지 않는 (?:사용자|주소)",
    ),
    rule(
        TOO_LARGE,
        r"\b(?:nachricht|e-?mail|mail)\b[^.;]{0,40}zu gro"
        r"|\bmessage\b[^.;]{0,40}trop (?:gros|volum)|\btaille (?:limite|maximale)",
        r"\b(?:mensaje|correo)\b[^.;]{0,40}demasiado grande|\bmessaggio\b[^.;]{0,40}troppo grande",
        r"\bmensagem\b[^.;]{0,40}(?:muito|demasiado) grande|\bbericht\b[^.;]{0,20}te groot",
        r"\bwiadomo..[^.;]{0,40}(?:zbyt|za) du|письмо[^;]{0,20}слишком больш",
        r"邮件(?:大小|太大|过大)|サイズ[^。]{0,20}超",
    ),
)

#: Words that only help when the code says nothing.
VAGUE = (
    rule(USER_UNKNOWN, r"(?:mailbox|account) (?:is )?(?:unavailable|not available)"),
    rule(POLICY, r"denied|refused|rejected|forbidden|reject all|not accept(?:ed|ing)"),
)
