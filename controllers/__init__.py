from . import live, mailbox, main, privacy, webhook
