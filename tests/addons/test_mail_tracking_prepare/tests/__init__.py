from . import test_hook_prepare
