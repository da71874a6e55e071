"""Great Expectations: its suites as rules of a contract, and a gate's result as one of its own."""
