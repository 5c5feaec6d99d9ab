"""Screens of reports."""
