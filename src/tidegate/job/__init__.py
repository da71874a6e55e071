"""`SparkJob`, and the runner that takes a job through the life of a run."""
