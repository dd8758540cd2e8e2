from . import test_hook_provider
