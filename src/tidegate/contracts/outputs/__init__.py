"""What follows from a contract beside its gate: DDL, dbt's files, the dictionary, suites, rows to test with."""
