"""Platforms behind one port: session, arguments, and how success and failure are told."""
