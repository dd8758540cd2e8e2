# Part of mail_tracking. Licence: LGPL-3.
"""Words that decide before all others: nothing is known yet, or it is we who were refused.

They speak of hosts, users and addresses as well, and say nothing about the recipient.
"""

from .reason_rules import AUTHENTICATION, EXPIRED, GAP, GREYLISTED, NETWORK, SENDER_REJECTED, rule

#: As `reason_rules.CLEAR`, which comes after these.
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
    ),
    rule(
        SENDER_REJECTED,
        r"\bsender (?:address |domain |e-?mail )?(?:is |was )?(?:rejected|denied|invalid|unknown)",
        r"sender (?:address )?(?:verif|domain (?:not found|does not|must))",
        r"(?:invalid|bad|unknown) sender|domain of sender|SendAsDenied|sender's (?:address|domain)",
        r"\bsender\b[^.;]{0,40}(?:does not|doesn't) (?:exist|resolve)|mail from[^.;]{0,30}denied",
        r"(?:unroutable|unrouteable|unqualified|unresolvable|forged|fake|bogus|spoofed|suspicious)"
        r" (?:sender|return|reply|from|envelope)",
        r"(?:sender|envelope|return|from|mail from|reply-to)[ -]?(?:address|path|domain)"
        r"[^.;]{0,40}(?:invalid|unknown|not (?:found|exist|valid|allowed|accepted|resolv)"
        r"|does not|doesn't|reject|refused|denied|could not|cannot|unverif|unable|missing"
        r"|block|banned|suspend|disabl)|(?:required|needed) for (?:the )?sender|for sender address",
        r"\bcall ?(?:back|out)\b|while verifying",
        r"\bfrom: ?(?:header |address |domain )?[^.;]{0,20}(?:invalid|missing|not (?:valid|exist"
        r"|found))",
        r"\b(?:verify|validate|resolve|find|accept)\b[^.;]{0,20}\b(?:the |your )?"
        r"(?:sender|from (?:address|domain)|return path|envelope sender|(?:e-?mail )?domain\b"
        r"(?= (?:of|in) (?:the |your )?(?:sender|from|mail from)))",
        r"\bsender\b[^.;]{0,30}(?:unknown|not (?:found|valid|known|verified)|no such)",
        r"no such sender|bad outbound sender|outbound spam|domain of (?:the )?(?:sender|from)",
        r"(?:unknown|no such|invalid|bad|non-?existent)[^.;]{0,20}(?:sender|originat|from address)",
        # our own account
        r"\b(?:your|sending|sender's|smtp|outgoing|submission) (?:e-?mail )?(?:account|mailbox"
        r"|user)\b"
        r"[^.;]{0,40}(?:suspend|disabl|block|lock|restrict|inactive|deactivat|terminat|closed"
        r"|not allowed|expired|over)",
        r"(?:account|mailbox)[^.;]{0,40}\b(?:from sending|to send (?:e-?)?mail|for sending)",
        r"relay access for your|not (?:allowed|permitted|authorized) to send (?:as|from|on behalf)",
        r"\byour (?:e-?mail )?(?:domain|address)\b"
        + GAP
        + r"(?:does not|doesn't|not (?:found|exist|valid)"
        r"|invalid|unknown|could not|has no\b|no (?:mx|a|dns)\b)",
    ),
)
