"""What changed between two versions of a contract, and what that means for those who read and write the table."""
