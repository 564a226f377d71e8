"""The rows of the table: one function each, which measures and gives its figures."""
