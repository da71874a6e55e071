"""Erasing persons from the tables of a lakehouse, and keeping them out from then on."""
