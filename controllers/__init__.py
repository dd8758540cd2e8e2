from . import live, mailbox, main, privacy, webhook
from . import live, mailbox, main, proof, webhook
from . import export, live, mailbox, main, webhook
