import itertools

from hypothesis import given
from hypothesis import strategies as st

from mail_tracking.tools import events as ev
from mail_tracking.tools import modes, summary
