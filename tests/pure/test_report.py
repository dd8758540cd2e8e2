# Part of mail_tracking. Licence: LGPL-3.
"""Reading reports: samples of many servers, and of mail that is no report."""

import email
from email import policy
from pathlib import Path

import pytest

from tools import report

SAMPLES = {path.stem: path.read_bytes() for path in Path(__file__).parent.glob("samples/*.eml")}


def read(data: bytes) -> report.Report:
    return report.read(email.message_from_bytes(data, policy=policy.SMTP))


def sample(name: str) -> report.Report:
    return read(SAMPLES[name])


#: sample -> (kind, [(kind, recipient, status, smtp code, reason, event type)])
EXPECTED = {
    "postfix_failed": [
        ("failed", "nobody@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")
    ],
    "postfix_delayed": [("delayed", "slow@example.net", "4.4.1", None, "network", "deferral")],
    "postfix_delivered": [("delivered", "ok+tag@example.net", "2.0.0", 250, "", "delivered")],
    "postfix_relayed": [("relayed", "ok@example.net", "2.0.0", 250, "", "")],
    "postfix_mixed": [
        ("failed", "dead@example.net", "5.1.1", 550, "user_unknown", "hard_bounce"),
        ("failed", "full@example.net", "5.2.2", 552, "mailbox_full", "soft_bounce"),
        ("delivered", "ok@example.net", "2.1.5", None, "", "delivered"),
        ("delayed", "slow@example.net", "4.4.1", None, "network", "deferral"),
        ("expanded", "list@example.net", "2.1.5", None, "", ""),
        ("failed", "spam@example.net", "5.7.1", 554, "spam", "soft_bounce"),
    ],
    "exchange_online_failed": [
        ("failed", "gone@contoso.example", "5.1.10", 550, "user_unknown", "hard_bounce")
    ],
    "exchange_online_edge": [
        ("failed", "nobody@contoso.example", "5.4.1", 550, "user_unknown", "hard_bounce")
    ],
    "exchange_online_restricted": [
        ("failed", "team@contoso.example", "5.7.133", 550, "policy", "soft_bounce")
    ],
    "office365_delayed": [
        ("delayed", "slow@fabrikam.example", "4.4.316", 450, "network", "deferral")
    ],
    "gmail_failed": [("failed", "gone@gmail.example", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "gmail_old": [("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "gmail_old_delayed": [("delayed", "slow@example.net", "", None, "network", "deferral")],
    "qmail": [
        ("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce"),
        ("failed", "other@nowhere.example", "5.1.2", None, "host_unknown", "hard_bounce"),
    ],
    "qmail_local": [("failed", "full@example.org", "5.2.2", None, "mailbox_full", "soft_bounce")],
    "exim": [
        ("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce"),
        ("failed", "full@example.net", "", None, "mailbox_full", "soft_bounce"),
    ],
    "exim_mime": [("failed", "gone@example.net", "5.0.0", None, "user_unknown", "hard_bounce")],
    "exim_delayed": [("delayed", "slow@example.net", "", None, "network", "deferral")],
    "sendmail": [("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "sendmail_text": [("failed", "gone@example.net", "", 550, "user_unknown", "hard_bounce")],
    "yahoo": [("failed", "gone@example.net", "5.7.1", 554, "user_unknown", "hard_bounce")],
    "ses": [("failed", "gone@example.net", "4.4.7", 550, "expired", "soft_bounce")],
    "exchange2003": [("failed", "gone@contoso.example", "", None, "user_unknown", "hard_bounce")],
    "dsn_base64": [("failed", "gone@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "dsn_global": [("failed", "jürgen@example.net", "5.1.1", 550, "user_unknown", "hard_bounce")],
    "dsn_stripped": [("failed", "gone@example.net", "", 550, "user_unknown", "hard_bounce")],
    "mdn_outlook": [("displayed", "max@contoso.example", "", None, "", "open")],
    "mdn_thunderbird": [("displayed", "eva@example.net", "", None, "", "open")],
    "mdn_deleted": [],
    "arf_abuse": [("complaint", "user@provider.example", "", None, "", "spam")],
    "arf_not_spam": [("complaint", "user@provider.example", "", None, "", "")],
    "jmrp": [("complaint", "user@hotmail.example", "", None, "", "spam")],
    "auto_exchange": [("auto_reply", "max@contoso.example", "", None, "", "")],
    "auto_gmail": [("auto_reply", "eva@gmail.example", "", None, "", "")],
    "none_human_reply": [],
    "none_human_forward": [],
    "none_human_forward_fields": [],
    "none_human_postmaster": [],
    "none_postmaster_reply": [],
    "none_newsletter": [],
    "none_ordinary": [],
}


def expected_kind(name: str) -> str:
    prefix = name.partition("_")[0]
    kinds = {"mdn": "mdn", "arf": "arf", "jmrp": "arf", "auto": "auto_reply", "none": "none"}
    return kinds.get(prefix, "dsn")


def test_every_sample_is_expected():
    assert sorted(SAMPLES) == sorted(EXPECTED)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_samples(name, ending):
    result = read(SAMPLES[name].replace(b"\n", ending))
    assert result.kind == expected_kind(name)
    found = [
        (item.kind, item.recipient, item.status, item.smtp_code, item.reason, item.event_type)
        for item in result.findings
    ]
    assert found == EXPECTED[name]
    assert len(set(result.findings)) == len(result.findings)


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - {"ses", "exim_delayed"}))
def test_the_original_is_named(name):
    result = sample(name)
    if result.kind == "none":
        assert result == report.Report()
        return
    assert len(result.message_ids) == 1
    assert result.message_ids[0].startswith("<orig-")
    assert result.message_ids[0].encode() in SAMPLES[name] or name == "dsn_base64"


def test_details_of_a_failure():
    result = sample("postfix_failed")
    finding = result.findings[0]
    assert result.envelope_id == "0123456789abcdef0123456789abcdef"
    assert result.headers["x-odoo-token"] == "0123456789abcdef0123456789abcdef"
    assert result.headers["subject"] == "Grüße"
    assert finding.reporting_mta == "mx.example.org"
    assert finding.remote_mta == "mx.example.net"
    assert finding.time == 1794819605
    assert finding.hard
    assert "User unknown in virtual mailbox table" in finding.diagnostic


def test_folded_lines_are_joined_but_replies_of_several_lines_are_not():
    lines = sample("gmail_failed").findings[0].diagnostic.split("\n")
    assert len(lines) == 4
    assert all(line.startswith("550") for line in lines)


def test_details_of_a_delay():
    finding = sample("postfix_delayed").findings[0]
    assert finding.retry_until == 1795251603
    assert not finding.hard


def test_the_original_recipient_is_preferred_and_decoded():
    finding = sample("postfix_delivered").findings[0]
    assert (finding.recipient, finding.final_recipient) == ("ok+tag@example.net", "ok@example.net")
    assert finding.time == 1794819604


def test_the_copy_of_the_original_is_not_read_as_recipients():
    assert "innocent@example.net" not in {item.recipient for item in sample("qmail").findings}
    assert sample("qmail").headers["subject"] == "Hello"


def test_a_receipt_tells_how_it_was_made():
    assert sample("mdn_thunderbird").findings[0].diagnostic.startswith("manual-action/")
    assert "Thunderbird" in sample("mdn_thunderbird").findings[0].reporting_mta


def test_returned_headers_of_an_encoded_original():
    assert sample("dsn_base64").headers["subject"] == "Hello"
    assert sample("dsn_global").headers["subject"] == "Grüße"
