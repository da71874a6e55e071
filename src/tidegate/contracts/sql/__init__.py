"""The language of SQL rules: read, checked and written anew, so that Spark gets an expression of one row, no more."""
