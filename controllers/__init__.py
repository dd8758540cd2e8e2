from . import mailbox, main
