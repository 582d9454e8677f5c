"""Cost of goods: what left the stock and came back, what it cost, and what a count of the stock comes to."""
