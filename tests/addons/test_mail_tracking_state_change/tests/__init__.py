from . import test_hook_state_change
