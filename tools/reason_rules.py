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


#: Up to sixty characters that speak of a host: the dots inside its name do not end the sentence,
#: and "host x said: mailbox does not exist" is about the mailbox.
_GAP = (
    r"(?:(?!\b(?:said|repl|respon|user|mailbox|account|recipient|address|e-?mail))"
    r"(?:[^.;]|\.(?=\w))){0,60}"
)
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
    # "out of storage space and inactive" is a full mailbox, not a dead one
    _rule(MAILBOX_FULL, r"out of storage|over ?quota\b"),
    # a service that keeps a list of its own did not even try
    _rule(POLICY, r"suppression list|previously bounced|address (?:is )?suppressed"),
    _rule(
        DISABLED,
        _WHO + r"[^.;]{0,30}(?:disabled|inactive|suspended|deactivated|\bdeleted|terminated)",
        r"\b(?:mailbox|account)(?: \w+){0,3} (?:closed|disabled)|has been (?:closed|discontinued)",
        r"no longer (?:works|employed|with (?:us|the company))|left the company",
        _WHO + r"[^.;]{0,60}no longer (?:active|available|valid|in use|on server|accept|exist)",
        r"(?:disabled|inactive|suspended|deactivated|closed) (?:user|mailbox|account|recipient)",
        r"not active (?:user|account)|account (?:has )?expired",
    ),
    _rule(
        MOVED,
        r"(?:user|recipient|mailbox|address|account)\b[^.;]{0,40}(?:has|have|was) (?:been )?moved",
        r"user not local; please try|no longer here, (?:please )?try|new (?:e-?mail )?address is",
        r"address (?:has )?changed|please (?:use|update)[^.;]{0,30} new (?:e-?mail )?address",
    ),
    _rule(
        HOST_UNKNOWN,
        r"\b(?:host|domain)(?: name| or domain name)? (?:is )?(?:unknown|not found|invalid)",
        r"(?:unknown|invalid|no such|non-?existent) (?:mail )?(?:host|domain)",
        r"nxdomain|unrouteable (?:mail )?domain|find any host|null ?mx|point to non-?existent",
        r"\b(?:domain|host)\b"
        + _GAP
        + r"(?:does not|doesn't|do not) (?:exist|accept (?:e-?)?mail)",
        r"\bdomain\b" + _GAP + r"(?:could ?n[o']t|can ?not) be found|no (?:mx|a) record",
        r"\bdomain(?: name)? [^\s;]{1,80} (?:is |was )?(?:not found|unknown)",
        r"no mail (?:servers?|exchangers?)" + _GAP + r"(?:exist|found)|no such (?:domain|host)",
        r"(?:can ?not|unable to|could ?n[o']t) (?:find|resolve)[^.;]{0,30}(?:domain|host)",
        r"(?:domain|host) (?:name )?lookup failed: (?:host|domain|no)|bad destination (?:system|host)",
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
        r"\bnot listed in\b|unrouteable address|user not local|unknown or illegal alias",
        r"not recogni[sz]ed|no such (?:recipient|customer|subscriber)|bad destination mailbox",
        r"(?:is|was) not found (?:in|on|at) (?:this|the|our)|address (?:was )?not found|(?:un)?known: no",
        r"recipient address rejected: (?:un|invalid|undeliv|no)",
        r"address you sent[^.;]{0,40}not found",
    ),
    _rule(
        TOO_LARGE,
        r"too (?:large|big)\b|exceed(?:s|ed|ing)?[^.;]{0,40}size|size[^.;]{0,30}exceed",
        r"(?:message|mail|maximum) size|size limit|RecipSizeLimit|message length exceed",
    ),
    _rule(
        MAILBOX_FULL,
        r"over ?quota|\bquota\b|(?:mailbox|inbox|account|storage|folder)[^.;]{0,40}\bfull\b",
        r"exceed[^.;]{0,30}(?:mailbox|storage|quota|allocation)|disk full|quotaexceeded",
        r"out of storage|storage (?:limit|space|allocation)|mailbox (?:size )?limit|over limit",
        r"insufficient (?:disk|mailbox|storage)|mailbox[^.;]{0,30}exceed|no space left",
    ),
    _rule(
        LOOP,
        r"\bloop(?:s|ing)? (?:back|detected)|mail(?:ing)? ?loop|routing loop|forwarding loop",
        r"too many hops|hop ?count|\bloop:",
    ),
    _rule(EXPIRED, r"message expired|QUEUE\.Expired|delivery time expired"),
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
        r"spam|\bU[BC]E\b|ipcheck|(?:black|block|deny) ?-?list|dnsbl|\brbl\b|reputation|unsolicited|\bjunk\b",
        r"(?<!not )\blisted (?:in|at|by|on)\b|bulk (?:e-?)?mail|blocked using|S31[45]0|barracuda|suspicious",
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
        r"insufficient system|local (?:error|problem)|internal error|configuration error",
        r"network (?:error|problem|failure)|(?:could ?n[o']t|can ?not|unable to) (?:reach|connect)",
        r"dns (?:query|lookup|temp)|no answer from host|host (?:is )?(?:down|not responding)",
        r"all relevant MX|server (?:is )?unreachable|connection attempt",
    ),
)

#: The same in other languages; parts of a word stand for all its endings.
LOCAL = (
    _rule(SPAM, r"垃圾邮件|垃圾郵件|迷惑メール|спам"),
    _rule(
        HOST_UNKNOWN,
        r"\b(?:domain|dom\S{1,2}ne|domein|rechner)\b"
        + _GAP
        + r"(?:existiert nicht|nicht gefunden|unbekannt|bestaat niet|niet gevonden)",
        r"\bdomaine\b" + _GAP + r"(?:inconnu|inexistant|n.existe pas|introuvable)",
        r"\bdom[ií]nio\b"
        + _GAP
        + r"(?:no existe|inexistente|desco\w{1,4}cid|sconosciut|non (?:esiste|trovat)|n.o existe)",
        r"домен[^;]{0,60}не (?:существует|найден)|域名[^。；]{0,20}不存在",
    ),
    _rule(
        DISABLED,
        r"\b(?:konto|postfach|benutzer|empf\S{1,2}nger)\b[^.;]{0,40}"
        r"(?:deaktiviert|gesperrt|stillgelegt|gel\S{1,2}scht)",
        r"\b(?:compte|bo\S{1,2}te)\b[^.;]{0,40}(?:d.sactiv|suspendu|ferm.e?\b|supprim)",
        r"\b(?:cuenta|buz\S{1,2}n|conta)\b[^.;]{0,40}"
        r"(?:desa[ct]{1,2}ivad|deshabilitad|suspen[sd]|inactiv)",
        r"\bcasella\b[^.;]{0,40}(?:disattivat|disabilitat|sospes)",
        r"(?:账号|帳號|邮箱|郵箱)[^。；]{0,20}(?:停用|冻结|凍結|注销|禁用)",
        r"(?:ящик|аккаунт|учетная запись)[^;]{0,40}(?:отключен|заблокирован|удален)",
    ),
    _rule(
        MAILBOX_FULL,
        r"\b(?:postfach|mailbox|speicher|konto)\b[^.;]{0,40}(?:\bvoll\b|.berf.llt)|\bpostfach voll",
        r"\bbo\S{1,2}te\b[^.;]{0,50}\b(?:pleine|satur)|\bespacio insuficiente",
        r"\b(?:buz\S{1,2}n|casilla|cuenta)\b[^.;]{0,40}\blen[oa]\b|\bbuz\S{1,2}n[^.;]{0,40}\bllen[oa]\b",
        r"\bcasella\b[^.;]{0,40}\bpien[ao]\b|\bcaixa\b[^.;]{0,40}\b(?:cheia|lotada)\b",
        r"\b(?:mailbox|postvak|postbus)\b[^.;]{0,40}\bvol\b|\bskrzynk[^.;]{0,40}(?:pe.na|przepe.nion)",
        r"ящик[^;]{0,40}(?:переполнен|заполнен)|превышен[^;]{0,20}квот",
        r"(?:邮箱|郵箱|信箱|空间|空間|容量)[^。；]{0,20}(?:满|滿|不足)",
        r"(?:メールボックス|容量)[^。]{0,20}(?:一杯|いっぱい|満杯|超過|超え)",
    ),
    _rule(
        USER_UNKNOWN,
        r"(?:benutzer|empf\S{1,2}nger|adresse|postfach|konto)s?\b[^.;]{0,40}"
        r"(?:unbekannt|existiert nicht|nicht (?:gefunden|bekannt|vorhanden)|ung.ltig)",
        r"unbekannter? (?:benutzer|empf|adress)",
        r"\b(?:adresse|destinataire|utilisateur|bo\S{1,2}te)\b[^.;]{0,40}"
        r"(?:inconnu|inexistant|introuvable|invalide|n.existe pas|pas (?:.t. )?trouv)",
        r"\b(?:usuario|direcci\S{1,2}n|destinatario|buz\S{1,2}n|cuenta)\b[^.;]{0,40}"
        r"(?:desconocid|no existe|inexistente|no (?:se )?(?:ha )?(?:podido )?encontr|no v.lid)",
        r"no se (?:ha )?encontr\S{1,4} la direcci|nessun utente",
        r"\b(?:casella|utente|indirizzo|destinatario)\b[^.;]{0,40}"
        r"(?:inesistente|sconosciut|non (?:esiste|.? ?stat[oa] trovat|trovat|valid))",
        r"\b(?:usu\S{1,2}rio|endere\S{1,2}o|destinat\S{1,2}rio|caixa postal|conta)\b[^.;]{0,40}"
        r"(?:desconhecid|n.o (?:existe|foi encontrad|encontrad)|inexistente|inv.lid)",
        r"\b(?:gebruiker|ontvanger|e-?mailadres|adres|mailbox|postbus)\b[^.;]{0,40}"
        r"(?:onbekend|bestaat niet|niet gevonden|ongeldig)",
        r"(?:u.ytkownik|adres|skrzynka|odbiorca)[^.;]{0,40}(?:nie istnieje|nieznan|nie znaleziono)",
        r"(?:пользовател|адрес|ящик|получател)[^;]{0,40}(?:не (?:существует|найден)|неизвест)",
        r"нет такого (?:пользователя|адреса|ящика)|несуществующ",
        r"(?:地址|邮箱|郵箱|信箱|用户|用戶|帐号|账号|帳號|收件人)[^。；]{0,20}不存在|无此用户|查無此",
        r"(?:アドレス|メールボックス|ユーザ|あて先|宛先)[^。]{0,20}"
        r"(?:存在しません|見つかりません|見つからない|不明)",
        r"(?:주소|사용자|수신자|메일)[^.]{0,20}(?:존재하지 않|찾을 수 없)",
    ),
    _rule(
        TOO_LARGE,
        r"\b(?:nachricht|e-?mail|mail)\b[^.;]{0,40}zu gro|\bmessage\b[^.;]{0,40}trop (?:gros|volum)",
        r"\b(?:mensaje|correo)\b[^.;]{0,40}demasiado grande|\bmessaggio\b[^.;]{0,40}troppo grande",
        r"邮件(?:大小|太大|过大)|サイズ[^。]{0,20}超",
    ),
)

#: Words that only help when the code says nothing.
VAGUE = (
    _rule(USER_UNKNOWN, r"mailbox (?:is )?(?:unavailable|not available)"),
    _rule(POLICY, r"denied|refused|rejected|forbidden|reject all|not accept(?:ed|ing)"),
)
