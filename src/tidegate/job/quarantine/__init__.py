"""Rows that were set aside: what is kept of them, what was done about them, and how they come in after all."""
