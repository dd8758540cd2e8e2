from . import (
    test_access,
    test_chatter,
    test_hoot,
    test_opens,
    test_partner,
    test_processes,
    test_reports,
    test_resend,
    test_retention,
    test_sending,
    test_sending_failures,
    test_tours,
)
