"""Duties in words: `{{ duty|window:today }}`, `{{ duty|standing:today }}`, `{{ duty|tone:today }}`,
`{{ duty.rule_code|rule_title }}`, `{{ duty.end_reason|reason }}`.
"""

from django import template

from visits import windows
from visits.giving import reason_label
from visits.rules import catalogue

register = template.Library()
register.filter("window", windows.window)
register.filter("standing", windows.standing)
register.filter("tone", windows.tone)
register.filter("rule_title", catalogue.title_of)
register.filter("reason", reason_label)
