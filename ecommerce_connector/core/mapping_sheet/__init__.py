"""The mapping document: its columns, its rows read and written, what an import would change, and the report."""
