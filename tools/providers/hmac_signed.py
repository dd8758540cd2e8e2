# Part of mail_tracking. Licence: LGPL-3.
"""Any service that signs its requests with a shared key (HMAC), described by a mapping.

    {"signature": {"header": "X-Signature", "form": "t={timestamp},v1={signature}",
                   "hash": "sha256", "encoding": "hex", "secret": "text",
                   "signed": "{timestamp}.{body}", "max_age": 300},
     "events": "events", "fields": {...}, "types": {...}}

Or `{"preset": "mailersend"}`, alone or with parts that differ.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

from ..translate import _lt
from . import values
from .base import CREATE_HELP, check_age, same_as_any
from .errors import NotConfigured, Refused
from .mapped import Mapped
from .presets import PRESETS

MAX_SIGNATURES = 20
#: bytes; a shorter key can be tried out
MIN_SECRET = 16
#: a service that signs anew tries again with another time
WINDOW = 300
MAX_WINDOW = 7 * 86400

_HASHES = {name: getattr(hashlib, name) for name in ("sha1", "sha256", "sha384", "sha512")}
_ENCODINGS = {
    "hex": bytes.hex,
    "base64": lambda digest: base64.b64encode(digest).decode(),
}
_SECRETS = {
    "text": str.encode,
    "hex": bytes.fromhex,
    "base64": lambda text: base64.b64decode(text, validate=True),
}
_DEFAULTS = {
    "header": "",
    "timestamp_header": "",
    "id_header": "",
    "form": "{signature}",
    "hash": "sha256",
    "encoding": "hex",
    "secret": "text",
    "signed": "{body}",
    "max_age": WINDOW,
}
_CHOICES = {"hash": _HASHES, "encoding": _ENCODINGS, "secret": _SECRETS}
_PLACEHOLDER = re.compile(r"\{(timestamp|id|body)\}")
_FORM = re.compile(r"\{(timestamp|signature)\}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_SEPARATORS = ",; "
#: what stands in a header for a placeholder
_VALUES = {"timestamp": r"\d{1,20}", "signature": r"[A-Za-z0-9+/=_-]{16,200}"}


class HmacSigned(Mapped):
    code = "hmac"
    label = "Other service (HMAC)"
    setup_help = (
        CREATE_HELP,
        _lt("Enter the signing key of the service as the secret."),
        _lt(
            "Describe in Mapping how it signs and where its events keep what, for example "
            '{"preset": "mailersend"}. Presets: %(presets)s.'
        ),
    )
    setup_details = {"presets": ", ".join(sorted(PRESETS))}
    PARTS = Mapped.PARTS | {"signature", "preset"}

    def _verify(self, headers, body, secrets, now):
        rule = {**_DEFAULTS, **values.mapping(self.mapping.get("signature"))}
        if not rule["header"]:
            raise NotConfigured("mapping")
        keys = [key for key in (_key(secret, rule["secret"]) for secret in secrets) if key]
        if not keys:
            raise NotConfigured("bad_secret")
        header = headers.get(rule["header"].lower(), "")
        stamps = _found(header, rule["form"], "timestamp")
        stamp = stamps[0] if stamps else headers.get(rule["timestamp_header"].lower(), "")
        parts = {
            "body": body,
            "timestamp": stamp.encode("utf-8", "replace"),
            "id": headers.get(rule["id_header"].lower(), "").encode("utf-8", "replace"),
        }
        named = set(_PLACEHOLDER.findall(rule["signed"])) - {"body"}
        if not all(parts[name] for name in named):
            raise Refused
        signed = _signed(rule["signed"], parts)
        encode = _ENCODINGS[rule["encoding"]]
        expected = [encode(hmac.digest(key, signed, rule["hash"])) for key in keys]
        given = _found(header, rule["form"], "signature")
        if rule["encoding"] == "hex":
            given = [one.lower() for one in given]
        if not any([same_as_any(one, expected) for one in given]):
            raise Refused
        if "{timestamp}" in rule["signed"]:
            check_age(values.seconds(stamp), now, rule["max_age"])

    @classmethod
    def _completed(cls, mapping):
        """Return a mapping with what its preset says and it does not."""
        preset = PRESETS.get(mapping.get("preset") or "", {})
        parts = {
            name: {**preset.get(name, {}), **values.mapping(mapping.get(name))}
            for name in ("signature", "fields", "types")
        }
        return {"events": preset.get("events", ""), **mapping, **parts}

    @classmethod
    def mapping_error(cls, mapping) -> str:
        if isinstance(mapping, Mapping) and mapping.get("preset", "") not in ("", *PRESETS):
            return "preset"
        error = super().mapping_error(mapping)
        return error or _signature_error(cls._completed(mapping).get("signature"))


def _signature_error(rule) -> str:
    """Return which part of the rule cannot be followed, or an empty text."""
    if not isinstance(rule, Mapping):
        return "signature"
    if unknown := set(rule) - set(_DEFAULTS):
        return ", ".join(sorted(unknown))
    rule = {**_DEFAULTS, **rule}
    wrong = [name for name, choices in _CHOICES.items() if rule[name] not in choices]
    headers = ("header", "timestamp_header", "id_header")
    wrong += [name for name in headers if not _is_header(rule[name], optional=name != "header")]
    if not isinstance(rule["form"], str) or "{signature}" not in rule["form"]:
        wrong.append("form")
    if not _is_signed(rule):
        wrong.append("signed")
    age = rule["max_age"]
    if isinstance(age, bool) or not isinstance(age, int) or not 0 < age <= MAX_WINDOW:
        wrong.append("max_age")
    return ", ".join(wrong)


def _is_header(name, *, optional: bool) -> bool:
    is_named = isinstance(name, str) and _HEADER.fullmatch(name)
    return bool(is_named) or (optional and name == "")


def _is_signed(rule: Mapping) -> bool:
    """What is signed holds the body, and the time if there is one; each can be had."""
    if not isinstance(rule["signed"], str):
        return False
    names = _PLACEHOLDER.findall(rule["signed"])
    has_time = bool(rule["timestamp_header"]) or "{timestamp}" in str(rule["form"])
    has_id = bool(rule["id_header"])
    if re.search(r"\{timestamp\}\{id\}|\{id\}\{timestamp\}", rule["signed"]):
        return False  # characters could move from one to the other
    return "body" in names and ("timestamp" in names) == has_time and ("id" in names) == has_id


def _key(secret: str, kind: str) -> bytes:
    try:
        key = _SECRETS[kind](secret)
    except ValueError:
        return b""
    return key if len(key) >= MIN_SECRET else b""


def _signed(pattern: str, parts: Mapping[str, bytes]) -> bytes:
    """Return the bytes that are signed; what the body holds is no pattern."""
    pieces = _PLACEHOLDER.split(pattern)
    texts = (piece.encode() for piece in pieces[::2])
    found = [parts[name] for name in pieces[1::2]] + [b""]
    return b"".join(text + value for text, value in zip(texts, found, strict=True))


def _found(header: str, form: str, name: str) -> list[str]:
    """Return what stands for a placeholder in a header; several where keys are being changed.

    What stands before it in the form, up to a separator, has to stand before it there.
    """
    pieces = _FORM.split(form)
    if name not in pieces[1::2]:
        return []
    before = pieces[pieces.index(name) - 1].lstrip(_SEPARATORS)
    begin, end = rf"(?:^|[{_SEPARATORS}])", rf"(?=$|[{_SEPARATORS}])"
    pattern = f"{begin}{re.escape(before)}({_VALUES[name]}){end}"
    return re.findall(pattern, header[:4000].strip())[:MAX_SIGNATURES]
