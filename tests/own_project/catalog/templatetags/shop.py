import time

from django import template

register = template.Library()


@register.simple_tag
def opening_hours():
    time.sleep(0.05)  # planted: template-tag
    return "9 to 5"


@register.simple_tag
def not_used():
    time.sleep(0.05)
    return ""


@register.filter(name="shouted")
def shout(text):
    return text.upper()
