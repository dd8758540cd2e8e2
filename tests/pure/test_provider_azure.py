# Part of mail_tracking. Licence: LGPL-3.
"""Azure Communication Services: its handshake, and what is peculiar to its events."""

import json

from webhook_samples import NOW, SERVICES, iso

from tools.providers import PROVIDERS


def parse(changes):
    service = SERVICES["azure"]
    return PROVIDERS["azure"]().parse(service.body([service.event(changes)]))


def test_azure_is_given_the_code_that_it_asks_for():
    service, provider = SERVICES["azure"], PROVIDERS["azure"]()
    body = service.body([service.handshake("f00 <b>")])
    assert json.loads(provider.answer(body)) == {"validationResponse": "f00 <b>"}
    assert provider.answer(service.body([service.event({})])) == b""
    assert provider.answer(b"[3, null]") == b""
    (event,) = provider.parse(body)
    assert (event.type, event.known) == ("", True)


def test_opens_of_azure_name_nobody():
    engagement = {
        "eventType": "Microsoft.Communication.EmailEngagementTrackingReportReceived",
        "data": {
            "engagementType": "View",
            "userActionTimeStamp": iso(NOW),
            "deliveryAttemptTimeStamp": None,
            "status": None,
            "recipient": None,
        },
    }
    (event,) = parse(engagement)
    assert (event.type, event.recipient, event.time) == ("open", "", NOW)
    engagement["data"].update(engagementType="click", engagementContext="https://example.com/a")
    (event,) = parse(engagement)
    assert (event.type, event.url) == ("click", "https://example.com/a")


def test_azure_in_the_words_of_cloud_events():
    item = SERVICES["azure"].event({})
    item["type"], item["time"] = item.pop("eventType"), item.pop("eventTime")
    (event,) = PROVIDERS["azure"]().parse(json.dumps(item).encode())
    assert (event.type, event.server) == ("delivered", "mx.example.com")
