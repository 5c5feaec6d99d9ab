"""Duties in words: `{{ duty|window:today }}`, `{{ duty|standing:today }}`, `{{ duty.rule_code|rule_title }}`."""

from django import template

from visits import windows
from visits.rules import catalogue

register = template.Library()
register.filter("window", windows.window)
register.filter("standing", windows.standing)
register.filter("tone", windows.tone)
register.filter("rule_title", catalogue.title_of)
