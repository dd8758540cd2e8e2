from . import live, mailbox, main, webhook
