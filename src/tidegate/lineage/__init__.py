"""Records of runs and OpenLineage events: written by observers, delivered in the background, read without Spark."""
