"""Releases: a project, its wheel and its packages as files by the hash of their content, and a manifest of them."""
