"""Who a customer is, which contact is theirs, and how their data is erased."""
