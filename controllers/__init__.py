from . import live, mailbox, main
