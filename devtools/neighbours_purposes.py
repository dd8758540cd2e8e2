"""Tests of Odoo's that this addon fails on purpose, each with why.

Whoever adds one says here what people gain by it. ``./dev neighbours`` lists them apart, and
tells of those that do not fail any more.
"""

IMAGE = "compares a whole body, and finds the image that tells of the opening"
KEYLESS = (
    "wants a bounce to count against an address although the report carries no key of ours: "
    "anybody could have written it"
)
REASON = "wants core's general sentence, where the mail now names what is wrong with which address"

_COMPOSER = "test_mail/test_mail_composer:TestComposerResultsMass"
_GATEWAY = "test_mail/test_mail_gateway:TestMailgateway"
_MAIL = "test_mail/test_mail_mail:TestMailMail"
_TRACKING = "test_mail/test_message_track:TestTracking"

PURPOSES = {
    f"{_COMPOSER}.test_mail_composer_duplicates": IMAGE,
    f"{_COMPOSER}.test_mail_composer_wtpl_complete": IMAGE,
    f"{_GATEWAY}.test_message_process_alias_config_invalid_defaults": IMAGE,
    f"{_GATEWAY}.test_message_process_bounce_missing_final_recipient": KEYLESS,
    f"{_GATEWAY}.test_message_process_bounce_multipart_alias": KEYLESS,
    f"{_GATEWAY}.test_message_process_bounce_multipart_alias_reply": KEYLESS,
    f"{_GATEWAY}.test_message_process_bounce_multipart_alias_whatever_from": KEYLESS,
    f"{_GATEWAY}.test_message_process_bounce_multipart_whatever_to_and_from": KEYLESS,
    f"{_GATEWAY}.test_message_process_bounce_records_channel": KEYLESS,
    f"{_GATEWAY}.test_message_process_bounce_records_partner": KEYLESS,
    f"{_MAIL}.test_mail_mail_send_exceptions_raise_management": (
        "wants a connection that dies to undo everything, where now the mails that left stay "
        "sent, the others are tried, and the failure is noted"
    ),
    f"{_MAIL}.test_mail_mail_send_exceptions_recipients_emails": REASON,
    f"{_MAIL}.test_mail_mail_send_exceptions_recipients_partners": REASON,
    f"{_TRACKING}.test_message_track_template": IMAGE,
    f"{_TRACKING}.test_message_track_template_at_create": IMAGE,
}
