"""The development environment: what the commands in ``script/`` share.

Everything they make lives in ``.state/`` in the checkout. Only the standard library is used here,
since nothing else can be expected on a fresh machine.
"""

import sys

# Read by Pythons of any age, so without newer syntax: the message must be reached.
if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(
        "Python 3.10 or newer is needed, this is %d.%d (%s).\n"  # noqa: UP031
        "Install a newer python3 and put it first in PATH." % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
