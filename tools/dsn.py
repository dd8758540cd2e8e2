# Part of mail_tracking. Licence: LGPL-3.
"""Asking an SMTP server to report what becomes of a mail (RFC 3461)."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: what NOTIFY may ask for, by the words of the setting; ``none`` asks for nothing
NOTIFY = {
    "failures": "FAILURE,DELAY",
    "all": "SUCCESS,FAILURE,DELAY",
}
#: RFC 3461 sections 4.2 and 4.4, characters after encoding
MAX_ENVELOPE_ID = 100
MAX_RECIPIENT = 500

#: xtext writes all visible ASCII as itself, but plus and equals sign
_NOT_LITERAL = re.compile(r"[^!-*,-<>-~]")


@dataclass(frozen=True)
class Request:
    """What is asked of the server about one mail.

    :param str envelope_id: comes back in every report as Original-Envelope-Id.
    :param str notify: value of NOTIFY, one of `NOTIFY`.
    """

    envelope_id: str
    notify: str

    def mail_options(self) -> list[str]:
        """Return the parameters of MAIL: headers come back, and the envelope id."""
        envelope_id = xtext(self.envelope_id)
        if not envelope_id or len(envelope_id) > MAX_ENVELOPE_ID:
            return ["RET=HDRS"]
        return ["RET=HDRS", f"ENVID={envelope_id}"]

    def rcpt_options(self, address: str) -> list[str]:
        """Return the parameters of RCPT for a bare address.

        An address outside of ASCII goes without ORCPT: its type ``utf-8`` is only for servers
        with SMTPUTF8 (RFC 6533), and the report names the final recipient anyway.
        """
        original = f"rfc822;{xtext(address)}"
        if not address or not address.isascii() or len(original) > MAX_RECIPIENT:
            return [f"NOTIFY={self.notify}"]
        return [f"NOTIFY={self.notify}", f"ORCPT={original}"]


def request(setting: str, envelope_id: str) -> Request | None:
    """Make the request that a setting stands for.

    :param str setting: a key of `NOTIFY`; anything else asks for nothing.
    :param str envelope_id: what the reports shall carry back.
    """
    notify = NOTIFY.get(setting)
    return Request(envelope_id, notify) if notify else None


def xtext(text: str) -> str:
    """Encode a value for ENVID or ORCPT (RFC 3461 section 4)."""
    return _NOT_LITERAL.sub(
        lambda found: "".join(f"+{byte:02X}" for byte in found[0].encode()), text
    )
