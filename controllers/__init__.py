from . import export, live, mailbox, main, privacy, proof, webhook
