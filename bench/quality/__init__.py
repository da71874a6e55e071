"""What it costs to hold rows against a contract, beside tools that do nothing else."""
