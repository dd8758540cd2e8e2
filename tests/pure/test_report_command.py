# Part of mail_tracking. Licence: LGPL-3.
"""``./dev report FILE.eml``."""

import io
import subprocess
import sys
from types import SimpleNamespace

import pytest
from report_samples import FOLDER, MAILS

from devtools import cli, report

ROOT = FOLDER.parents[2]


def run(capsys, *names) -> str:
    assert cli.main(["report", *map(str, names)]) == 0
    return capsys.readouterr().out


def test_a_failure_is_told_in_words(capsys):
    lines = run(capsys, FOLDER / "postfix_failed.eml").splitlines()
    assert lines[0] == "This is a delivery report (bounce, delay or success)."
    text = "\n".join(" ".join(line.split()) for line in lines)
    assert "1. nobody@example.net\n" in text
    assert "outcome: failed for good; the address or its domain is dead" in text
    assert "reason: user unknown\nstatus: 5.1.1\nSMTP code: 550\n" in text
    assert "answered by: mx.example.net\nreported by: mx.example.org\n" in text
    assert "time: 2026-11-16 09:00:05 UTC\nevent: hard bounce" in text
    assert "envelope id: 0123456789abcdef0123456789abcdef" in text
    assert "its subject: Grüße" in text


def test_every_recipient_is_listed(capsys):
    text = run(capsys, FOLDER / "postfix_mixed.eml")
    assert [line[:2] for line in text.splitlines() if line[:1].isdigit()] == [
        f"{number}." for number in range(1, 7)
    ]
    assert "delayed, not final" in text


@pytest.mark.parametrize("name", sorted(MAILS))
def test_every_sample_is_printed(capsys, name):
    text = run(capsys, FOLDER / f"{name}.eml")
    assert text.startswith("This is ")
    assert max(map(len, text.splitlines())) <= report.WIDTH


def test_ordinary_mail_is_no_report(capsys):
    assert run(capsys, FOLDER / "none_ordinary.eml") == "This is not a report.\n"


def test_several_files_are_told_apart(capsys):
    names = [FOLDER / "none_ordinary.eml", FOLDER / "mdn_outlook.eml"]
    text = run(capsys, *names)
    assert [line for line in text.splitlines() if line[:2] == "=="] == [f"== {n}" for n in names]


def test_the_standard_input_can_be_read(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(MAILS["mdn_outlook"])))
    assert run(capsys, "-").startswith("This is a read receipt.")


@pytest.mark.parametrize("name", ["missing.eml", "", "\x00", "setup.cfg/x.eml"])
def test_a_missing_file_is_told_in_one_sentence(capsys, tmp_path, name):
    assert cli.main(["report", str(tmp_path / "none" / name) if name else name or "./"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("There is no file ") or "is a folder" in err


def test_a_terminal_cannot_be_controlled(capsys, tmp_path):
    mail = MAILS["postfix_failed"].replace(b"User unknown in", b"\x1b[2JUser\x07 unknown in")
    (tmp_path / "a.eml").write_bytes(mail)
    text = run(capsys, tmp_path / "a.eml")
    assert "\x1b" not in text and "\x07" not in text
    assert "?[2JUser" in text


def test_it_runs_without_any_set_up():
    done = subprocess.run(
        [sys.executable, ROOT / "dev", "report", FOLDER / "qmail.eml"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "user unknown" in done.stdout
