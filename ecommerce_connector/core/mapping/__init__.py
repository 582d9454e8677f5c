"""Mapping rules: what they can be limited to, which one decides, and when two cannot be told apart."""
