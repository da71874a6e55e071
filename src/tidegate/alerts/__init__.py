"""Alerts about runs that failed and rules that warned, and the port to where they go."""
