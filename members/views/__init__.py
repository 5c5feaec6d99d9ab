"""Screens of people and organizations."""
