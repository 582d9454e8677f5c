from . import (
    test_bisect,
    test_currencies,
    test_exceptions,
    test_import_wizard,
    test_late_changes,
    test_lock_dates,
    test_multi_company,
    test_order_posting,
    test_payouts,
    test_screens,
    test_security,
    test_tour,
)
