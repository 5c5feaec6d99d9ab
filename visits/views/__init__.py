"""Screens of duties and care actions."""
