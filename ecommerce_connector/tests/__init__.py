from . import (
    test_bisect,
    test_currencies,
    test_exceptions,
    test_late_changes,
    test_lock_dates,
    test_multi_company,
    test_order_posting,
    test_payouts,
    test_security,
)
