"""Jobs on Structured Streaming: Spark says what has come, and each micro-batch is one run like any other."""
