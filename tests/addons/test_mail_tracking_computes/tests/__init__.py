from . import test_hook_computes
