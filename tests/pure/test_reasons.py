# Part of mail_tracking. Licence: LGPL-3.
"""Judging refusals: codes, words, and words against codes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools import reasons

WORDS = (
    "user_unknown host_unknown mailbox_full disabled moved policy spam authentication greylisted "
    "rate too_large content network expired loop sender_rejected unknown"
)


def test_the_words_never_change():
    assert sorted(reasons.REASONS) == sorted(WORDS.split())


@pytest.mark.parametrize(
    "status, reason, hard",
    [
        ("5.1.0", "user_unknown", True),
        ("5.1.1", "user_unknown", True),
        ("5.1.2", "host_unknown", True),
        ("5.1.3", "user_unknown", True),
        ("5.1.4", "unknown", False),
        ("5.1.6", "moved", True),
        ("5.1.7", "sender_rejected", False),
        ("5.1.8", "sender_rejected", False),
        ("5.1.10", "host_unknown", True),
        ("5.2.0", "unknown", False),
        ("5.2.1", "disabled", True),
        ("5.2.2", "mailbox_full", False),
        ("5.2.3", "too_large", False),
        ("5.3.0", "network", False),
        ("5.3.4", "too_large", False),
        ("5.4.1", "network", False),
        ("5.4.4", "network", False),
        ("5.4.6", "loop", False),
        ("5.4.7", "expired", False),
        ("5.5.3", "rate", False),
        ("5.6.7", "content", False),
        ("5.7.0", "policy", False),
        ("5.7.1", "policy", False),
        ("5.7.13", "disabled", True),
        ("5.7.17", "disabled", True),
        ("5.7.18", "disabled", True),
        ("5.7.20", "authentication", False),
        ("5.7.23", "authentication", False),
        ("5.7.26", "authentication", False),
        ("5.7.27", "sender_rejected", False),
        ("5.7.28", "spam", False),
        ("5.0.0", "unknown", False),
        ("4.1.1", "user_unknown", False),
        ("4.2.1", "rate", False),
        ("4.2.2", "mailbox_full", False),
        ("4.4.1", "network", False),
        ("4.4.7", "expired", False),
        ("4.7.1", "greylisted", False),
        ("", "unknown", False),
        (None, "unknown", False),
        ("nonsense", "unknown", False),
    ],
)
def test_status_alone(status, reason, hard):
    assert reasons.judge(status, None, "") == (reason, hard)


@pytest.mark.parametrize(
    "code, text, reason, hard",
    [
        (550, "", "user_unknown", True),
        (551, "", "moved", True),
        (553, "", "user_unknown", True),
        (552, "", "mailbox_full", False),
        (554, "", "unknown", False),
        (550, "no (in reply to end of DATA command)", "unknown", False),
        (421, "", "network", False),
        (450, "", "greylisted", False),
        (530, "", "authentication", False),
    ],
)
def test_reply_code_alone(code, text, reason, hard):
    assert reasons.judge(None, code, text) == (reason, hard)


ANSWERS = [
    (
        "550 5.1.1 <x@y.z>: Recipient address rejected: User unknown in local table",
        "user_unknown",
        1,
    ),
    (
        "550-5.1.1 The email account that you tried to reach does\r\n550-5.1.1 not exist.",
        "user_unknown",
        1,
    ),
    ("553 5.7.1 mailbox name not allowed", "user_unknown", 1),
    ("550 5.1.1 Not here. Contact your administrator", "user_unknown", 1),
    ("550 5.7.1 No such user here", "user_unknown", 1),
    ("554 delivery error: dd This user doesn't have a yahoo.com account", "user_unknown", 1),
    ("550 sorry, no mailbox here by that name (#5.7.17)", "user_unknown", 1),
    ("550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "user_unknown", 1),
    ("550 5.4.1 Recipient address rejected: Access denied.", "user_unknown", 1),
    ("554 5.7.1 <x@y.z>: Recipient address rejected: Access denied", "policy", 0),
    ("550 5.1.1 <spam-quota@policy.example>: User unknown", "user_unknown", 1),
    ("550 5.1.1 <x@y.z>: rejected by our spam filter", "spam", 0),
    ("550 5.1.1 message blocked by policy", "policy", 0),
    ("host mx.spamfilter.example[192.0.2.1] said: 550 5.1.1 Mailbox not found", "user_unknown", 1),
    ("450 4.1.1 User unknown", "user_unknown", 0),
    ("550 5.2.1 The email account that you tried to reach is disabled.", "disabled", 1),
    ("550 5.2.1 The user you are trying to contact is receiving mail too quickly", "rate", 0),
    ("550 5.2.1 Mailbox temporarily disabled", "disabled", 0),
    ("551 5.1.6 Recipient has moved to another address", "moved", 1),
    ("552 5.2.2 The recipient's inbox is out of storage space", "mailbox_full", 0),
    ("554 5.2.2 mailbox full; over quota", "mailbox_full", 0),
    ("450 4.2.0 <x@y.z>: Recipient address rejected: Greylisted, see http://x.y/", "greylisted", 0),
    ("451 4.7.1 Greylisting in action, please come back later", "greylisted", 0),
    ("552 5.3.4 Message size exceeds fixed limit", "too_large", 0),
    ("550 5.4.6 Routing loop detected", "loop", 0),
    ("554 5.4.0 Error: too many hops", "loop", 0),
    (
        "550 5.7.26 Unauthenticated email from x.y is not accepted due to DMARC policy",
        "authentication",
        0,
    ),
    ("550 5.7.1 SPF check failed", "authentication", 0),
    (
        "554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.spamhaus.org",
        "spam",
        0,
    ),
    ("421 4.7.0 Our system has detected an unusual rate of mail; rate limited", "rate", 0),
    ("550 5.7.1 Relaying denied", "policy", 0),
    (
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
        "policy",
        0,
    ),
    ("550 5.1.8 <x@y.z>: Sender address rejected: Domain not found", "sender_rejected", 0),
    ("550 5.1.2 Host unknown (Name server: nowhere.example: host not found)", "host_unknown", 1),
    (
        "Host or domain name not found. Name service error for name=x.y type=A: Host not found",
        "host_unknown",
        1,
    ),
    ("556 5.1.10 Domain x.y does not accept mail (nullMX)", "host_unknown", 1),
    ("554 5.6.0 Message contains a virus", "content", 0),
    ("550 4.4.7 QUEUE.Expired; message expired", "expired", 0),
    ("connect to mx.y.z[192.0.2.1]:25: Connection refused", "network", 0),
    ("421 4.3.2 Service not available, closing connection", "network", 0),
]


@pytest.mark.parametrize("text, reason, hard", ANSWERS)
def test_answers(text, reason, hard):
    code, status = reasons.extract_codes(text)
    assert reasons.judge(status, code, text) == (reason, bool(hard))


@pytest.mark.parametrize("text, reason, hard", ANSWERS)
def test_nothing_is_hard_before_the_end(text, reason, hard):
    code, status = reasons.extract_codes(text)
    reason = "network" if reason == "expired" else reason  # not given up yet
    assert reasons.judge(status, code, text, final=False) == (reason, False)


def test_text_completes_a_status_that_says_nothing():
    assert reasons.judge("5.0.0", None, "550 5.1.1 no") == ("user_unknown", True)
    assert reasons.judge("4.0.0", None, "550 5.1.1 no").hard is False


@pytest.mark.parametrize(
    "text, codes",
    [
        ("550 5.1.1 <x>: User unknown", (550, "5.1.1")),
        ("550-5.1.1 a\n550 5.1.1 b", (550, "5.1.1")),
        ("smtp; 550 #5.1.0 Address rejected", (550, "5.1.0")),
        ("host x[192.0.2.1] said: 452 4.2.2 full", (452, "4.2.2")),
        ("421 Too busy", (421, None)),
        ("550", (550, None)),
        ("Sorry (#5.1.2)", (None, "5.1.2")),
        ("server responded with 554 no", (554, None)),
        ("Exim 4.96 at 192.5.1.1 gave up after 400 seconds", (None, None)),
        ("10.5.1.1.1 x 5.1.1.1", (None, None)),
        ("250 2.0.0 Ok", (250, "2.0.0")),
        ("", (None, None)),
        (None, (None, None)),
        ("٥٥٠ ٥.١.١", (None, None)),
    ],
)
def test_codes(text, codes):
    assert reasons.extract_codes(text) == codes


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(st.none(), st.text(max_size=12), st.from_regex(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")),
    st.one_of(st.none(), st.integers()),
    st.one_of(st.text(max_size=200), st.sampled_from([answer[0] for answer in ANSWERS])),
    st.booleans(),
)
def test_any_input_gets_a_known_word(status, code, text, final):
    verdict = reasons.judge(status, code, text, final=final)
    assert verdict.reason in reasons.REASONS
    assert not verdict.hard or verdict.reason in reasons.HARD_REASONS
    if not final or (status or "").startswith("4") or 400 <= (code or 0) < 500:
        assert not verdict.hard


LOCAL_ANSWERS = [
    ("Das Postfach des Empfängers ist voll", "mailbox_full", 0),
    ("Der Empfänger ist unbekannt", "user_unknown", 1),
    ("Das Konto wurde gesperrt", "disabled", 1),
    ("Die Domain firma.example existiert nicht", "host_unknown", 1),
    ("La boîte aux lettres du destinataire est pleine", "mailbox_full", 0),
    ("adresse inconnue", "user_unknown", 1),
    ("El buzón del usuario está lleno", "mailbox_full", 0),
    ("el usuario no existe", "user_unknown", 1),
    ("la casella di posta è piena", "mailbox_full", 0),
    ("utente sconosciuto", "user_unknown", 1),
    ("a caixa postal está cheia", "mailbox_full", 0),
    ("Dit e-mailadres bestaat niet", "user_unknown", 1),
    ("skrzynka nie istnieje", "user_unknown", 1),
    ("почтовый ящик переполнен", "mailbox_full", 0),
    ("нет такого пользователя", "user_unknown", 1),
    ("收件人邮箱地址不存在", "user_unknown", 1),
    ("收件人邮箱已满", "mailbox_full", 0),
    ("あて先のメールアドレスが存在しません", "user_unknown", 1),
    ("존재하지 않는 사용자입니다. 사용자를 찾을 수 없습니다", "user_unknown", 1),
]


@pytest.mark.parametrize("text, reason, hard", LOCAL_ANSWERS)
def test_answers_in_other_languages(text, reason, hard):
    assert reasons.judge(None, None, text) == (reason, bool(hard))


@pytest.mark.parametrize(
    "text, reason",
    [
        ("Remote host said: 550 mailbox does not exist", "user_unknown"),
        ("the domain mail.nowhere.example does not exist", "host_unknown"),
        ("552 5.2.2 The recipient's inbox is out of storage space and inactive", "mailbox_full"),
        ("did not send because the address is on the suppression list", "policy"),
        ("550 5.4.300 Message expired -> 451 unauthenticated", "expired"),
        ("User max (max@example.org) not listed in Domino Directory", "user_unknown"),
        ("192.0.2.1 is listed in zen.blocks.example", "spam"),
    ],
)
def test_narrow_words_win_over_wide_ones(text, reason):
    code, status = reasons.extract_codes(text)
    assert reasons.judge(status, code, text).reason == reason
