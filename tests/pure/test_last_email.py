"""What the last email to a recipient came to, in one word."""

import pytest

from mail_tracking.tools import events as ev
from mail_tracking.tools import last_email
