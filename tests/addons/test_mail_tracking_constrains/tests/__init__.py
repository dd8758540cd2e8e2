from . import test_hook_constrains
