from . import test_answer_portal, test_resend_portal
