"""The set-up assistant: what a sample of a store holds, and which accounts and taxes fit it."""
