# Part of mail_tracking. Licence: LGPL-3.
"""Receipts of Italian certified mail."""

import pytest
from report_samples import MAILS, check, read, read_sample

from tools import report

EVENTS = {
    "pec_accettazione": ["sent", "sent"],
    "pec_consegna": ["delivered"],
    "pec_errore": ["soft_bounce"],
    "pec_preavviso": ["soft_bounce"],
    "pec_non_accettazione": ["reject"],
    "pec_virus": ["reject"],
    "pec_presa_in_carico": [],
}


def changed(name: str, old: bytes, new: bytes) -> report.Report:
    assert old in MAILS[name]
    result = read(MAILS[name].replace(old, new))
    check(result)
    return result


@pytest.mark.parametrize("name", EVENTS)
def test_each_receipt_leads_to_its_event(name):
    assert [item.event_type for item in read_sample(name).findings] == EVENTS[name]
    assert not any(item.hard for item in read_sample(name).findings)


def test_the_providers_clock_counts():
    assert read_sample("pec_errore").findings[0].time == 1794819605
    summer = changed("pec_errore", b'zona="+0100"', b'zona="-0230"')
    assert summer.findings[0].time == 1794819605 + 3.5 * 3600
    for broken in (b"31/02/2026", b"16/11/0000", b"today"):
        found = changed("pec_errore", b"16/11/2026", broken).findings[0].time
        assert found == 1794819606, "the date of the mail"


def test_without_its_data_a_receipt_is_one_all_the_same():
    result = changed("pec_errore", b"daticert.xml", b"other.xml")
    assert [(f.recipient, f.event_type) for f in result.findings] == [("", "soft_bounce")]
    assert result.message_ids == ("<orig-pec_errore@odoo.example.com>",)
    assert result.kind == "dsn"


def test_the_original_is_named_in_the_data_too():
    result = changed("pec_errore", b"X-Riferimento-Message-ID", b"X-Other")
    assert result.message_ids == ("<orig-pec_errore@odoo.example.com>",)


def test_a_receipt_of_an_unknown_kind_is_no_mail_of_a_person():
    result = changed("pec_errore", b"X-Ricevuta: errore-consegna", b"X-Ricevuta: nuova")
    assert (result.kind, result.findings) == ("dsn", ())


def test_a_header_alone_takes_no_mail_away():
    mail = b"From: a@example.com\nX-Ricevuta: yes\nSubject: Hello\n\nA person writes.\n"
    assert read(mail) == report.Report()


def test_a_receipt_about_one_of_several_names_no_others():
    several = (
        b"<destinatari>a@pec.example</destinatari><destinatari>b@pec.example</destinatari></inte"
    )
    data = MAILS["pec_errore"].replace(b"</inte", several)
    assert [f.recipient for f in read(data).findings] == ["mario.rossi@pec.example"]
    unnamed = read(data.replace(b"<consegna>mario.rossi@pec.example</consegna>", b""))
    assert [f.recipient for f in unnamed.findings] == [""]


@pytest.mark.parametrize(
    "old, new",
    [
        (b"<dati>", b"<dati>" * 50_000),
        (b"<destinatari", b"<destinatari " + b"x " * 100_000),
        (b"mario.rossi@pec.example<", b"&#0;" * 500 + b"<"),
        (b"indirizzo non valido</err", b"\xff\xfe&#xD800;</err"),
        (b"<dati>", b"<consegna>a@b.example</consegna>" * 20_000),
        (b"<?xml", b'<!DOCTYPE x [<!ENTITY a "b">]><?xml'),
    ],
)
def test_hostile_data_is_bounded(old, new):
    changed("pec_errore", old, new)
