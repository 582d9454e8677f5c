from . import test_order_posting
