from . import test_hook_event_type
