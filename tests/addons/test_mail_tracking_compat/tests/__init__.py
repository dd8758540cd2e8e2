from . import test_hook_compat
