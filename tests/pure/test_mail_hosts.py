# Part of mail_tracking. Licence: LGPL-3.
"""Who runs a mail server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import mail_hosts
from tools.mail_hosts import provider_of_domain, provider_of_hosts, service_of


@pytest.mark.parametrize(
    "host, provider",
    [
        ("aspmx.l.google.com", "Google"),
        ("alt1.gmail-smtp-in.l.google.com", "Google"),
        ("smtp.google.com", "Google"),
        ("acme-example.mail.protection.outlook.com", "Microsoft"),
        ("outlook-com.olc.protection.outlook.com", "Microsoft"),
        ("acme-example.a-v1.mx.microsoft", "Microsoft"),
        ("mta5.am0.yahoodns.net", "Yahoo"),
        ("mx01.mail.icloud.com", "Apple"),
        ("mx00.gmx.net", "GMX and WEB.DE"),
        ("mx-ha02.web.de", "GMX and WEB.DE"),
        ("mx00.ionos.de", "IONOS"),
        ("mx00.kundenserver.de", "IONOS"),
        ("mail.protonmail.ch", "Proton"),
        ("mx.zoho.eu", "Zoho"),
        ("mx1.mail.ovh.net", "OVHcloud"),
        ("mta-gw.infomaniak.ch", "Infomaniak"),
        ("mxext1.mailbox.org", "mailbox.org"),
        ("smtp-in.orange.fr", "Orange"),
        ("smtp-in.libero.it", "Libero"),
        ("MX1.Google.COM.", "Google"),
        ("mail.acme.example", ""),
        ("notgoogle.com", ""),
        ("google.com.acme.example", ""),
        ("", ""),
    ],
)
def test_by_the_names_of_hosts(host, provider):
    assert provider_of_hosts([host]) == provider


def test_the_first_that_is_known_decides():
    assert provider_of_hosts(["mx.acme.example", "mx.zoho.com", "smtp.google.com"]) == "Zoho"
    assert provider_of_hosts([]) == ""


@pytest.mark.parametrize(
    "domain, provider",
    [
        ("gmail.com", "Google"),
        ("outlook.com", "Microsoft"),
        ("outlook.fr", "Microsoft"),
        ("hotmail.co.uk", "Microsoft"),
        ("live.com.mx", "Microsoft"),
        ("yahoo.com.br", "Yahoo"),
        ("yahoo.co.jp", "Yahoo Japan"),
        ("aol.com", "Yahoo"),
        ("icloud.com", "Apple"),
        ("gmx.de", "GMX and WEB.DE"),
        ("gmx.net", "GMX and WEB.DE"),
        ("web.de", "GMX and WEB.DE"),
        ("proton.me", "Proton"),
        ("mailbox.org", "mailbox.org"),
        ("orange.fr", "Orange"),
        ("libero.it", "Libero"),
        ("yahoo.acme.com", ""),
        ("live.acme.fr", ""),
        ("outlook.example", ""),
        ("acme.example", ""),
        ("yahoo", ""),
        ("", ""),
    ],
)
def test_by_the_name_of_the_domain(domain, provider):
    assert provider_of_domain(domain) == provider


def test_both_tables_call_a_provider_by_the_same_name():
    names = {*mail_hosts.DOMAINS.values(), *mail_hosts.BRANDS.values()}
    # of these, people know the domains of mailboxes alone
    assert names - set(mail_hosts.MX_ENDINGS.values()) <= {"Telecom Italia", "freenet", "Tuta"}


@pytest.mark.parametrize(
    "host, name",
    [
        ("smtp-relay.gmail.com", "Google"),
        ("smtp.office365.com", "Microsoft"),
        ("email-smtp.eu-west-1.amazonaws.com", "Amazon SES"),
        ("smtp.eu.mailgun.org", "Mailgun"),
        ("mail.acme.example", None),
        ("127.0.0.1", None),
    ],
)
def test_services(host, name):
    found = service_of(host)
    assert (found and found.name) == name


@given(st.text(max_size=300))
def test_whatever_the_name_there_is_an_answer(text):
    assert provider_of_hosts([text]) in {"", *mail_hosts.MX_ENDINGS.values()}
    assert isinstance(provider_of_domain(text), str)
    service_of(text)
