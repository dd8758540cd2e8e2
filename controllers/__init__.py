from . import export, live, mailbox, main, webhook
