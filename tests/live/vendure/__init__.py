"""A real Vendure store, seeded with the situations that the books must get right."""
