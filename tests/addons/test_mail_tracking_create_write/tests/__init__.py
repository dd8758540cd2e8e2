from . import test_hook_create_write
