"""Marks on the rows of a batch, as Spark columns that are worked out in the pass that writes it."""
