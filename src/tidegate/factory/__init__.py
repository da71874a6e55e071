"""The composition root, and the registry of jobs: the one room that knows every other."""
