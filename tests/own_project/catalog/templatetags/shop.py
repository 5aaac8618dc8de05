import time

from django import template

register = template.Library()


@register.simple_tag
def opening_hours():
    time.sleep(0.05)  # planted: template-tag, in a template
    return "9 to 5"
