from . import live, mailbox, main, privacy, webhook
from . import live, mailbox, main, proof, webhook
