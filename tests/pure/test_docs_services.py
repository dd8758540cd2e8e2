# Part of mail_tracking. Licence: LGPL-3.
"""``doc/email_services.md`` says what the adapters do."""

import json
import re
from pathlib import Path

import pytest

from tools import events as ev
from tools.providers import PROVIDERS, mapped, standard
from tools.providers.base import SECRET_HEADER, TOKEN_HEADER, Provider, Settings
from tools.providers.errors import REASONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "doc/email_services.md").read_text()
SECTIONS = {
    title: text for title, text in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}
TOKEN = "0" * 32

of_each_service = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=list(PROVIDERS))


def section(provider):
    return SECTIONS[provider.label]


@of_each_service
def test_the_headers_are_named(provider):
    settings = Settings(values={"configuration_set": "events"})
    headers = provider(settings).headers(TOKEN, {})
    named = set(re.findall(r"`(X-[\w-]+)`", section(provider))) - {"X-Webhook-Secret"}
    assert named == (set(headers) or {TOKEN_HEADER})


@of_each_service
def test_every_kind_of_event_is_named(provider):
    kinds = {kind.partition("/")[0] for kind in provider.KIND_TO_TYPE}
    missing = {kind for kind in kinds if f"`{kind}`" not in section(provider)}
    assert missing == set()


@of_each_service
def test_the_events_to_choose_are_named(provider):
    assert {event for event in provider.setup_events if event not in section(provider)} == set()
    assert bool(provider.setup_events) == ("%(events)s" in str(provider.setup_help))


@of_each_service
def test_services_without_a_signature_are_told_apart(provider):
    has_password = provider._verify is Provider._verify
    assert has_password == (provider.label in SECTIONS["Services without a signature"])
    assert has_password == ("(#services-without-a-signature)" in section(provider))


def test_the_header_of_the_password_is_named():
    assert f"`{SECRET_HEADER}:" in SECTIONS["Services without a signature"].lower()


def test_the_fields_of_standard_webhooks_are_named():
    text = section(standard.StandardWebhooks)
    names = set(re.findall(r"`([\w.]+)`", text))
    paths = mapped.DEFAULT_PATHS
    assert {*paths, *filter(None, paths.values())} <= names
    assert set(ev.EVENT_TYPES) - {ev.ERROR} <= names
    example = re.search(r"```json\n(.*?)```", text, re.DOTALL)[1]
    assert standard.StandardWebhooks.mapping_error(json.loads(example)) == ""


def test_every_refusal_is_explained():
    assert {label for label in REASONS.values() if f"| {label} |" not in PAGE} == set()


def test_every_status_is_explained():
    table = SECTIONS["What Odoo answers"]
    answers = set(
        map(int, re.findall(r"\d{3}", "".join(re.findall(r"^\| ([\d, ]+) \|", table, re.M))))
    )
    own = {
        status
        for provider in PROVIDERS.values()
        for status in (provider.refused_status, provider.malformed_status, provider.retry_status)
    }
    assert own | {200, 404, 413} == answers
