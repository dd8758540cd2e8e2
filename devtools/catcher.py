"""The mail catcher of ``./dev run``: ``mail-devel``, which keeps each mail as it came."""

from email import message_from_bytes
from email.message import Message

from mail_devel import __main__ as mail_devel
from mail_devel.smtp import MemoryHandler


class Untouched(Message):
    """A mail that is written as it was read; ``mail-devel`` keeps what ``str`` returns."""

    raw = b""

    def __str__(self):
        return self.raw.decode("utf-8", "replace")


def prepare_message(_handler, _session, envelope):
    """What is kept of a mail. No header is added: a proof of sending knows each byte."""
    message = message_from_bytes(envelope.original_content, Untouched)
    message.raw = envelope.original_content
    return message


if __name__ == "__main__":
    MemoryHandler.prepare_message = prepare_message
    mail_devel.main()
