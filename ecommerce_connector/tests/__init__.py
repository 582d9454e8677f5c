from . import test_currencies, test_late_changes, test_lock_dates, test_order_posting, test_payouts
