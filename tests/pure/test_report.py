# Part of mail_tracking. Licence: LGPL-3.
"""Reading reports: samples of many servers, and of mail that is no report."""

import email
from email import policy

import pytest
from report_samples import EXPECTED, MAILS, outcome, read, read_sample

from tools import report, report_dsn, report_types


def test_every_sample_is_expected():
    assert sorted(MAILS) == sorted(EXPECTED)


def test_the_samples_are_many():
    systems = {expected.system.partition(",")[0] for expected in EXPECTED.values()}
    findings = [line for expected in EXPECTED.values() for line in expected.lines]
    several = [name for name, expected in EXPECTED.items() if len(expected.lines) > 1]
    assert len(EXPECTED) >= 180
    assert len(systems) >= 90
    assert len(findings) >= 200
    assert len(several) >= 25


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_samples(name, ending):
    result = read(MAILS[name].replace(b"\n", ending))
    assert outcome(name, result) == EXPECTED[name]
    assert len(set(result.findings)) == len(result.findings)


@pytest.mark.parametrize("rules", [policy.compat32, policy.default, policy.SMTPUTF8])
def test_the_policy_of_the_parser_does_not_matter(rules):
    for name, data in MAILS.items():
        result = report.read(email.message_from_bytes(data, policy=rules))
        assert outcome(name, result) == EXPECTED[name], name


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_bytes_are_read_like_messages(name):
    assert outcome(name, report.read_bytes(MAILS[name])) == EXPECTED[name]


def test_ordinary_mail_is_no_report():
    for name, expected in EXPECTED.items():
        if expected.kind == "none":
            assert read_sample(name) == report.Report(), name


def test_only_failures_of_addresses_are_hard():
    for name in EXPECTED:
        for finding in read_sample(name).findings:
            assert finding.hard == (finding.event_type == "hard_bounce"), name
            assert not finding.hard or finding.kind == "failed", name
            assert finding.final == (finding.kind != "delayed"), name


def test_event_types():
    found = {
        (finding.kind, finding.hard, finding.event_type)
        for name in EXPECTED
        for finding in read_sample(name).findings
    }
    assert found == {
        (report_types.DELIVERED, False, "delivered"),
        (report_types.RELAYED, False, ""),
        (report_types.EXPANDED, False, ""),
        (report_types.DELAYED, False, "deferral"),
        (report_types.FAILED, True, "hard_bounce"),
        (report_types.FAILED, False, "soft_bounce"),
        (report_types.FAILED, False, "reject"),
        (report_dsn.ACCEPTED, False, "sent"),
        (report_types.DISPLAYED, False, "open"),
        (report_types.COMPLAINT, False, "spam"),
        (report_types.COMPLAINT, False, ""),
        (report_types.AUTO_REPLY, False, ""),
    }


def test_what_is_no_complaint_makes_no_event():
    assert [item.event_type for item in read_sample("arf_not_spam").findings] == [""]


def test_what_is_not_understood_is_kept_with_what_it_refers_to():
    data = b"""\
From: it@example.com
Subject: About your mail
In-Reply-To: <our.mail@example.com>

Kind regards from the robot.
"""
    result = report.unrecognized(report.parse(data))
    assert (result.kind, result.message_ids) == ("none", ("<our.mail@example.com>",))
    [finding] = result.findings
    assert (finding.event_type, finding.addresses) == ("unrecognized", set())
    assert finding.diagnostic == "About your mail\n\nKind regards from the robot."
    assert not result.failed


def test_details_of_a_failure():
    result = read_sample("postfix_failed")
    finding = result.findings[0]
    assert result.headers["x-odoo-token"] == "0123456789abcdef0123456789abcdef"
    assert result.headers["subject"] == "Grüße"
    assert finding.time == 1794819605
    assert "User unknown in virtual mailbox table" in finding.diagnostic


def test_folded_lines_are_joined_but_replies_of_several_lines_are_not():
    lines = read_sample("gmail_failed").findings[0].diagnostic.split("\n")
    assert len(lines) == 4
    assert all(line.startswith("550") for line in lines)


def test_details_of_a_delay():
    finding = read_sample("postfix_delayed").findings[0]
    assert finding.retry_until == 1795251603
    assert not finding.final


def test_the_original_recipient_is_preferred_and_decoded():
    finding = read_sample("postfix_delivered").findings[0]
    assert (finding.recipient, finding.final_recipient) == ("ok+tag@example.net", "ok@example.net")
    assert finding.time == 1794819604


def test_the_copy_of_the_original_is_not_read_as_recipients():
    found = {item.recipient for item in read_sample("qmail").findings}
    assert "innocent@example.net" not in found
    assert read_sample("qmail").headers["subject"] == "Hello"


def test_a_receipt_tells_how_it_was_made():
    finding = read_sample("mdn_thunderbird").findings[0]
    assert finding.diagnostic.startswith("manual-action/")
    assert "Thunderbird" in finding.reporting_mta


def test_returned_headers_of_an_encoded_original():
    assert read_sample("dsn_base64").headers["subject"] == "Hello"
    assert read_sample("dsn_global").headers["subject"] == "Grüße"
