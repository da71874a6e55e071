"""Runs that are started on a platform from elsewhere, and followed to their end."""
