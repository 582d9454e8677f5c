from . import test_order_posting, test_payouts
