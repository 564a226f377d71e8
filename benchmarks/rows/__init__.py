"""The rows of the table: one function each, which measures and returns the figures of its row."""
