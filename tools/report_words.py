# Part of mail_tracking. Licence: LGPL-3.
"""Words by which notices of mail servers are known, in the languages they are written in.

They only count in mail of a mail server: people use the same words.
"""

import re

#: addresses, and names beside them, of programs that send such notices
ROBOTS = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|daemon|postmaster|postmaestre|mdaemon|mailerdaemon|"
    r"mail[-_.]?delivery(?:[-_.]?(?:system|subsystem))?|double-bounce|bounces?|mail[-_.]?system|"
    r"microsoftexchange[0-9a-f]{1,40})@|(?:mailer|mail)[-_.]?daemon$|postmaster$",
    re.I,
)
#: return paths of mail that nobody wants to have back
NOBODY = re.compile(
    r"<\s*>|<?\s*(?:mailer[-_.]?daemon|postmaster-null)(?:@[^\s<>]{1,255})?\s*>?", re.I
)
ROBOT_NAMES = re.compile(
    r"mail(?:er)?[- ]?daemon|mail(?:er)? ?deliver[yi]?\w{0,2} (?:sub)?system"
    r"|delivery (?:sub)?system"
    r"|mail(?: delivery)? system\b|internet mail delivery|system administrator|mail router"
    r"|delivery status notif|undelivered mail|spam firewall|delivery (?:service|agent)"
    r"|mail (?:gateway|router|transfer agent)|message (?:router|transfer agent)|bounce (?:daemon"
    r"|handler)",
    re.I,
)
#: addresses of people as well
POSTMASTER = re.compile(r"(?:postmaster|daemon|bounces?)@", re.I)
#: addresses in a notice that are not those of recipients
HELPERS = re.compile(r"(?:support|help(?:desk)?|abuse|admin(?:istrator)?|info-?desk)@", re.I)

#: lists of mail that was held back, which name senders and not recipients
HELD = re.compile(r"quarant|digest|summary|zusammenfassung|r.sum. |resumen", re.I)

#: the subject of an answer or of a forwarded mail
ANSWER = re.compile(
    r"\s*(?:re|aw|sv|antw|rif|r|fwd?|wg|tr|rv|vs|odp|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]", re.I
)

SUBJECT = re.compile(
    r"undeliver|not? (?:be )?deliver|failure|failed|returned|fail\b"
    r"|delivery (?:status|report|problem|error|notif|has)|rejected|bounce|non-?delivery"
    r"|message status|could not (?:be )?(?:sent|deliver)|blocked by our|delayed|delivery warning"
    r"|see transcript|warning: |error - |error sending|mail (?:system )?error|mail failure"
    # German, French, Spanish, Italian, Portuguese, Dutch
    r"|unzustellbar|zugestellt|zustell(?:fehler|ung)|fehlgeschlagen"
    r"|non remis|chec de la (?:distribution|remise|livraison)|non distribu|pas pu .tre"
    r"|no se (?:puede|pudo|ha podido) entregar|error de entrega|no entregado|devuelto"
    r"|mancat[oa] (?:recapito|consegna)|non (?:recapitabile|consegnat)|impossibile recapitare"
    r"|n.o (?:entregue|foi entregue)|falha na entrega|devolvid|onbestelbaar"
    r"|niet (?:afgeleverd|bezorgd)"
    # Polish, Swedish, Danish, Czech, Turkish, Russian
    r"|niedostarcz|nie dostarcz|zwrot|kan inte levereras|kunne ikke leveres"
    r"|nedoru.iteln|teslim edil"
    r"|недоставлен|не доставлен|невозможно доставить"
    # Chinese, Japanese, Korean
    r"|退信|退回|无法投递|無法傳遞|未送达|投递失败|配信(?:不能|できません)"
    r"|送信できません|エラーメール|配達"
    r"|メールエラー|반송|배달되지|전송 실패",
    re.I,
)
BODY = re.compile(
    r"qmail-send program|created automatically by mail delivery software|James mail server"
    r"|did not reach (?:some|the f)|permanent fatal errors|transcript of session|transcript:? "
    r"|delivery to the following recipient|unable to deliver (?:your message|it)"
    r"|(?:could ?n[o']t|can ?not|was ?n[o']t|not able to) be(?:en)? (?:sent|delivered)"
    r"|wasn't able to deliver|was (?:not delivered|undeliverable)|not been delivered|undeliverable"
    r"|delivery has failed|could ?n[o']t deliver|delivery (?:to \S{1,320} )?failed"
    r"|failed to deliver"
    r"|attempting to deliver|trying to deliver|user\(s\) account|not delivered"
    r"|delivery failure|failed delivery|mail bounce:"
    r"|nicht (?:zugestellt|ausgeliefert)|nachrichtenzustellung|konnte nicht"
    r"|n.a (?:pas )?pu .tre (?:distribu|remis|livr|envoy)|chec de la (?:remise|distribution)"
    r"|error de entrega|no (?:se )?(?:pudo|puede|ha podido)[^.]{0,20} (?:entreg|envi)"
    r"|non (?:pu. essere|. stato possibile)[^.]{0,20}(?:recapita|consegna)|impossibile recapitare"
    r"|n.o (?:p.de|foi poss.vel)[^.]{0,20}entreg|kon niet worden|niet worden (?:bezorgd|afgeleverd)"
    r"|nie mo.e by. dostarczon|nie zosta.a dostarczona"
    r"|не может быть (?:доставлен|отправлен)|не (?:было|удалось) достав"
    r"|邮件被退回|无法(?:投递|送达|发送)|無法(?:傳遞|送達)|退信原因|送信できません"
    r"|配信できません|送信されません"
    r"|배달하지 못|전송하지 못",
    re.I,
)
#: the first lines of a notice: an answer of a mail server, or what it comes to
ANSWER_LINE = re.compile(
    r"^[ \t>|*\-]{0,20}(?:<?[^\s<>@]{1,64}@[^\s<>@:]{1,255}>?[ \t:]{1,4})?(?:smtp;|x-postfix;"
    r"|(?:remote )?(?:server|host|system) (?:said|replied"
    r"|answer\w*)"
    r"|(?:error|reason|diagnos\w*|response|reply|answer)[^:\n]{0,30}:|<<<)?[ \t\"']{0,4}"
    r"[45]\d\d[ \t#(-]{1,4}(?:[45]\.\d{1,3}\.\d{1,3}\b|\S{1,320}@|[A-Za-z<'\"])",
    re.I | re.M,
)
UNKNOWN_USER = re.compile(
    r"^[ \t>*\-]{0,20}(?:(?:unknown|invalid|no such|non-?existent|bad) "
    r"(?:user|recipient|address|mailbox|account|host|domain)s?\b[^\n]{0,20}[:<]"
    r"|[^\s<>@]{1,64}@[^\s<>@]{1,255}[^\n\w]{1,6}(?:(?:user|recipient|address|mailbox|account) )?"
    r"(?:unknown|not found|no such|does not exist|invalid|over quota|mailbox (?:is )?full))",
    re.I | re.M,
)
#: what a transcript shows of the session
ASKED = re.compile(r"RCPT TO:\s{0,3}<([^<>\s]{1,320})>", re.I)
#: of which address others were made
EXPANDED = re.compile(
    r"(?:ultimately )?(?:expanded|generated|forwarded|redirected|aliased)(?: from| by):? {0,3}"
    r"<?([^\s<>()@]{1,64}@[^\s<>()]{1,255})",
    re.I,
)
#: where Exchange and others repeat to whom, what and when we sent: no failed recipients
SUMMARY = re.compile(
    r"(?:^|\n)(?:[ \t]{0,20}(?:to|cc|subject|sent|date|from|an|betreff|gesendet|von|datum|.|objet"
    r"|envoy."
    r"|de|para|asunto|enviado(?: el)?|fecha|a|oggetto|inviato|da|aan|onderwerp|verzonden|assunto"
    r"|data)"
    r"[ \t]{0,9}:[^\n]{0,400}\n){2,8}",
    re.I,
)
#: where the notice of a mail server ends and what is written below all mails begins
FOOTER = re.compile(
    r"\n[ \t]{0,9}(?:[_=*~-]{8,200}[ \t]{0,9}\n)?[^\n]{0,80}(?:(?:e-?mail|message|mail)s? (?:has"
    r"|have|is|was|were)"
    r" (?:been )?(?:automatically )?(?:scanned|checked|filtered|protected|virus)"
    r"|scanned (?:by|for)|virus-?free|virengepr.ft|(?:e-?mail|message)[^\n]{0,60}\bconfidential\b"
    r"|messagelabs email security)",
    re.I,
)
#: what takes back the words after it
NEGATION = re.compile(
    r"(?:\b(?:not|never|no|nicht|kein|pas|non|n.o|niet|nie|ikke|inte|ne)\b|не|未|没|沒|無|无)"
    r"[^\n.]{0,20}$",
    re.I,
)
#: a filter that sends a mail back
REJECTED = re.compile(
    r"\breject|refus(?:ed|al)|declin|not accept|return(?:ed|ing) (?:it )?to (?:the )?sender"
    r"|abgelehnt|zur.ckgewiesen|refus.|rechaz|rifiutat|recusad|rejeitad|geweigerd|odrzucon"
    r"|отклонен|拒",
    re.I,
)
SUCCESS = re.compile(
    r"success(?:ful|fully)[^\n]{0,40}(?:deliver|sent|relayed|received)|deliver(?:y"
    r"|ed)[^\n]{0,30}success"
    r"|(?:has|have|was|were) been (?:successfully )?delivered|^delivered: |^relayed: |^expanded: "
    r"|delivery to mailbox|erfolgreich (?:zugestellt|.bermittelt|ausgeliefert|versendet)"
    r"|zustellung erfolgreich|zugestellt:|remis(?:e)? avec succ|livr.e? avec succ|a .t. (?:remis"
    r"|distribu)"
    r"|entregad[oa] (?:correctamente|con .xito)|se (?:ha )?entreg|entregue com sucesso|foi entregue"
    r"|consegnat[oa] (?:correttamente|con successo)|.\s?stat[oa] consegnat|consegna riuscita"
    r"|met succes (?:afgeleverd|bezorgd)|is (?:afgeleverd|bezorgd)|dostarczon[oay]+ pomy.lnie"
    r"|zosta.a dostarczona|levererats|blev leveret|..pe.n. doru.en|ba.ar.yla (?:teslim|iletildi)"
    r"|успешно доставлен|было доставлено"
    r"|成功(?:送达|投递|傳送|发送)|已送达|配信(?:されました|完了|成功)"
    r"|送達されました|성공적으로 (?:배달|전달)",
    re.I | re.M,
)
#: a program that names itself, and so is no person, whatever the subject
PROGRAM = re.compile(
    r"This is the (?:qmail-send program|\w{1,20} mail server|mail system at host|Haraka Mailer)"
    r"|created automatically by mail delivery software|this is the mailer-daemon",
    re.I,
)
DELAY_SUBJECT = re.compile(
    r"\bdelay(?!ed delivery failed)|\bwarning\b|still being retried|verz\S{1,3}gert"
    r"|retard[ée]|\bretras|in ritardo|vertraagd|temporary|задерж|延迟|延遲|遅延",
    re.I,
)
DELAY_BODY = re.compile(
    r"this is a warning message only|do(?:es)? not need to (?:re-?send|send)|no action is required"
    r"|has not yet been delivered|will (?:keep|continue) (?:on )?try|will be retried until"
    r"|only a temporary (?:failure|error)|still (?:be )?(?:trying|awaiting)|will retry for"
    r"|noch nicht zugestellt|weiterhin versucht",
    re.I,
)
FAIL_START = re.compile(
    r"\s*(?:undeliver\w{0,10}(?: mail| message)?|unzustellbar|non remis|no se puede entregar"
    r"|onbestelbaar|non recapitabile|kan inte levereras|message undeliverable)[ \xa0]?[:：]",
    re.I,
)
FAIL_SUBJECT = re.compile(
    r"fail|undeliver|returned|rejected|unzustellbar|退信|mancat|non remis", re.I
)

#: where the copy of the original begins
COPY = re.compile(
    r"^[ \t>]*-{2,20} *(?:below this line is a copy|this is (?:a|the) copy|the (?:body|header)s? of"
    r"|original message|(?:returned|unsent) message|message headers? follow|forwarded message"
    r"|undelivered message|start of|kopfzeilen|urspr.ngliche|messaggio originale|mensaje original"
    r"|message d.origine|mensagem original).{0,200}$"
    r"|^(?:original message (?:headers|follows)|message headers? follow|(?:possibly )?truncated"
    r"|below is a copy of|message original|mensaje original|messaggio originale|urspr.ngliche nach"
    r"|urspr.ngliche kopf|encabezados de mensaje|en-t.tes de message|intestazioni originali"
    r"|cabe.alhos de mensage|oorspronkelijke berichtkop|исходн).{0,200}$"
    # a copy without any such line
    r"|^(?:Return-Path: ?<|Received: (?:from|by) ).{0,200}$",
    re.I | re.M,
)
#: what may stand before an address that a line is about
_LABELS = (
    r"(?:failed to deliver|delivery) to"
    r"|(?:(?:failed |intended )?recipient(?:s|\(s\))?(?: address(?:es)?| name)?|to|address|mailbox"
    r"|rcpt to|user|e-?mail(?: address)?|empf.nger|an|destinataires?|destinatari[oa]s?"
    r"|para|ontvanger|odbiorca"
    r"|адрес|получатель|кому|收件人|收件者|地址|宛先|あて先|送信先|수신자|받는사람)[ \t]{0,9}[:：]"
)
#: a line that begins with an address, which the rest and the lines below speak about
INTRODUCTION = re.compile(
    rf"[ \t]{{0,40}}[*\-•]?[ \t]{{0,9}}(?:(?:{_LABELS})[ \t]{{0,9}})?"
    r"[<'\"(\[]{0,2}(?:mailto:|smtp:|rfc822;)?"
    r"([^\s<>@'\"():;,\[\]：]{1,64}@[^\s<>@'\"():;,\[\]：，。]{1,255})",
    re.I,
)

#: subjects of answers in somebody's absence
AWAY = re.compile(
    r"\s*(?:(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|responder)"
    r"|out of (?:the )?office|"
    r"on (?:vacation|holiday)|automatische antwort|abwesenheits\w{0,20}|abwesend|"
    r"r\S{1,2}ponse automatique|absence du bureau|absent du bureau|message d.absence|"
    r"risposta automatica|fuori sede|respuesta autom\S{1,2}tica|fuera de (?:la )?oficina|"
    r"resposta autom\S{1,2}tica|fora do escrit\S{1,2}rio|automatisch antwoord|afwezig\w{0,10}|"
    r"autosvar|automatiskt svar|automatisk svar|automaattinen vastaus"
    r"|automatick\S{1,2} odpov\S{1,2}|"
    r"automatyczna odpowied\S{1,2}|otomatik yan\S{1,2}t|автоответ|автоматический ответ)\b"
    r"|自動(?:応答|返信|回覆)|自动(?:回复|答复|应答)|不在(?:通知|連絡|のお知らせ)"
    r"|부재 ?중|자동 ?(?:회신|응답))",
    re.I,
)
