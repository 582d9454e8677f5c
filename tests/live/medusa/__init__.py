"""A real Medusa store, its seed, and what staff and customers do in it."""
