"""Aware instants of the core and the ORM's naive UTC ones."""

from datetime import timezone


def utc(at):
    """An aware instant as the ORM stores it, to the second; None as False."""
    return at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if at else False


def aware(at):
    """An instant of the ORM with its time zone."""
    return at.replace(tzinfo=timezone.utc)
