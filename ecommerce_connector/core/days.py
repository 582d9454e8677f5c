"""Days in sentences: as screens in English show them, whatever the machine's locale."""

from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def said(day: date | None) -> str:
    """Return the day in words, e.g. ``Mar 31, 2026``; nothing for none."""
    return "" if day is None else f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
