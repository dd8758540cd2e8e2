from . import test_resend_portal
