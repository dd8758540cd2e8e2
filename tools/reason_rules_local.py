# Part of mail_tracking. Licence: LGPL-3.
"""What servers write in other languages than English when they mean the words of `reason_rules`."""

from .reason_rules import (
    DISABLED,
    GAP,
    HOST_UNKNOWN,
    MAILBOX_FULL,
    SPAM,
    TOO_LARGE,
    USER_UNKNOWN,
    rule,
)

#: The words of `reason_rules.CLEAR` in other languages; parts of a word stand for all its endings.
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
        + r"(?:no existe|inexistente|desco\w{1,4}cid|sconosciut|non (?:esiste|trovat)|n.o existe)",
        r"домен[^;]{0,60}не (?:существует|найден)|域名[^。；]{0,20}不存在",
    ),
    rule(
        DISABLED,
        r"\b(?:konto|postfach|benutzer|empf\S{1,2}nger)\b[^.;]{0,40}"
        r"(?:deaktiviert|gesperrt|stillgelegt|gel\S{1,2}scht)",
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
        r"\bbo\S{1,2}te\b[^.;]{0,50}\b(?:pleine|satur)|\bespacio insuficiente",
        r"\b(?:buz\S{1,2}n|casilla|cuenta)\b[^.;]{0,40}\bllen[oa]\b",
        r"\bcasella\b[^.;]{0,40}\bpien[ao]\b|\bcaixa\b[^.;]{0,40}\b(?:cheia|lotada)\b",
        r"\b(?:mailbox|postvak|postbus)\b[^.;]{0,40}\bvol\b"
        r"|\bskrzynk[^.;]{0,40}(?:pe.na|przepe.nion)",
        r"ящик[^;]{0,40}(?:переполнен|заполнен)|превышен[^;]{0,20}квот",
        r"(?:邮箱|郵箱|信箱|空间|空間|容量)[^。；]{0,20}(?:满|滿|不足)",
        r"(?:メールボックス|容量)[^。]{0,20}(?:一杯|いっぱい|満杯|超過|超え)",
    ),
    rule(
        USER_UNKNOWN,
        r"(?:benutzer|empf\S{1,2}nger|adresse|postfach|konto)s?\b[^.;]{0,40}"
        r"(?:unbekannt|existiert nicht|nicht (?:gefunden|bekannt|vorhanden)|ung.ltig)",
        r"unbekannter? (?:benutzer|empf|adress)|nicht im \S{1,20}-?verzeichnis"
        r"|kein (?:solcher )?benutzer",
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
        r"(?:地址|邮箱|郵箱|信箱|用户|用戶|帐号|账号|帳號|收件人)[^。；]{0,20}不存在"
        r"|无此用户|查無此",
        r"(?:アドレス|メールボックス|ユーザ|あて先|宛先)[^。]{0,20}"
        r"(?:存在しません|見つかりません|見つからない|不明)",
        r"(?:주소|사용자|수신자|메일)[^.]{0,20}(?:존재하지 않|찾을 수 없)",
    ),
    rule(
        TOO_LARGE,
        r"\b(?:nachricht|e-?mail|mail)\b[^.;]{0,40}zu gro"
        r"|\bmessage\b[^.;]{0,40}trop (?:gros|volum)",
        r"\b(?:mensaje|correo)\b[^.;]{0,40}demasiado grande|\bmessaggio\b[^.;]{0,40}troppo grande",
        r"邮件(?:大小|太大|过大)|サイズ[^。]{0,20}超",
    ),
)
