from . import test_hook_trigger
