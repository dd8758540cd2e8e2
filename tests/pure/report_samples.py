# Part of mail_tracking. Licence: LGPL-3.
"""The mails in ``samples/`` and what ``samples/expected.txt`` says is right for each of them."""

import email
from email import policy
from pathlib import Path
from typing import NamedTuple

from tools import reasons, report, report_types

FOLDER = Path(__file__).parent / "samples"
MAILS = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.eml"))}


class Line(NamedTuple):
    """What is right for one recipient; `code` is empty without one, `hard` is - for no verdict."""

    kind: str
    recipient: str
    status: str
    code: str
    reason: str
    hard: str
    remote_mta: str
    says: str


class Expected(NamedTuple):
    """What is right for one mail."""

    kind: str
    system: str
    mta: str
    envelope_id: str
    message_id: str
    lines: list[Line]


def _expected() -> dict[str, Expected]:
    found = {}
    for text in (FOLDER / "expected.txt").read_text(encoding="utf-8").splitlines():
        if not text or text.startswith("#"):
            continue
        if not text.startswith(" "):
            name, rest = text.split(": ", 1)
            assert name not in found, name
            kind, system = rest.split(", ", 1)
            found[name] = Expected(kind, system, "", "", "", [])
        elif "|" in text:
            found[name].lines.append(Line(*(cell.strip() for cell in text.split("|"))))
        else:
            key, value = text.strip().split(" ", 1)
            found[name] = found[name]._replace(**{key: value})
    return found


EXPECTED = _expected()


def read(data: bytes) -> report.Report:
    """Read a mail as Odoo's gateway parses it."""
    return report.read(email.message_from_bytes(data, policy=policy.SMTP))


def read_sample(name: str) -> report.Report:
    """Read one of the samples."""
    return read(MAILS[name])


def outcome(name: str, result: report.Report) -> Expected:
    """Put what was found into the form of the table, to compare the two."""
    wanted = EXPECTED[name]
    mtas = {item.reporting_mta for item in result.findings}
    return Expected(
        kind=result.kind,
        system=wanted.system,
        mta=" ".join(sorted(mtas)),
        envelope_id=result.envelope_id,
        message_id=" ".join(result.message_ids),
        lines=[_line(item, *wanted.lines[at : at + 1]) for at, item in enumerate(result.findings)],
    )


def _line(item: report.Finding, wanted: Line | None = None) -> Line:
    recipient = item.recipient
    if item.final_recipient != recipient:
        recipient += f" -> {item.final_recipient}"
    judged = item.kind in ("failed", "delayed")
    says = wanted.says if wanted and wanted.says in item.diagnostic else item.diagnostic
    return Line(
        item.kind,
        recipient,
        item.status,
        str(item.smtp_code or ""),
        item.reason,
        ("hard" if item.hard else "soft") if judged else "-",
        item.remote_mta,
        says,
    )


def check(result: report.Report) -> None:
    """Assert what holds for the report of any mail, however broken."""
    assert result.kind in ("dsn", "mdn", "arf", "auto_reply", "none")
    assert len(result.findings) <= report_types.MAX_FINDINGS
    for finding in result.findings:
        assert hash(finding) is not None
        assert finding.recipient == finding.recipient.lower()
        assert len(finding.diagnostic) <= report_types.MAX_DIAGNOSTIC
        assert finding.reason in ("", *reasons.REASONS)
        assert_clean(finding.diagnostic, finding.recipient, finding.final_recipient)
        assert_clean(finding.reporting_mta, finding.remote_mta, finding.status)
    assert_clean(*result.headers, *result.headers.values(), *result.message_ids)
    assert_clean(result.envelope_id)


def assert_clean(*texts: str) -> None:
    """Assert that a database takes these texts: no half characters, no zero bytes."""
    for text in texts:
        text.encode()
        assert "\x00" not in text
