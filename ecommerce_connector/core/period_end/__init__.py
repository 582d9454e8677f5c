"""The end of a period: what belongs to it and is booked elsewhere, and what is proposed for it."""
