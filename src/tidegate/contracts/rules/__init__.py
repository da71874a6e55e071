"""Rules: the kinds there are, what each may be told, and which rows fail it."""
