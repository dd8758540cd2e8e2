from . import live, mailbox, main, proof, webhook
