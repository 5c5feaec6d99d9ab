"""Screens of reports and of the auditor."""
