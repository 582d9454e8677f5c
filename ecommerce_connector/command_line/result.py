"""What an action of the command line gives back."""

from dataclasses import dataclass

BOOKS_DISAGREE = 3


@dataclass
class Result:
    """What an action did.

    :ivar dict data: for ``--json``
    :ivar str text: for people
    :ivar int status: exit status
    """

    data: dict
    text: str
    status: int = 0
