"""Disputes: what is said of them, where they stand, and how a lost one is booked."""
