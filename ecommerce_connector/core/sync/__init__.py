"""When a store is read: how often, when not, and when again after an error. No clock: now is given."""
