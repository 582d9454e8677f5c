"""Run SQL through psycopg2 of the virtual environment: there may be no psql on the machine."""

import json
import os
import subprocess

from . import python_env
from .progress import SetupError

# Runs in the virtual environment: reads a request, writes the first column of the first row.
_CLIENT = """
import json, sys, psycopg2
request = json.load(sys.stdin)
try:
    connection = psycopg2.connect(dbname=request["database"], connect_timeout=10)
    # CREATE DATABASE cannot run in a transaction.
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(request["statement"], request["parameters"] or None)
    rows = cursor.fetchall() if cursor.description else []
    json.dump({"rows": rows}, sys.stdout, default=str)
except psycopg2.Error as error:
    json.dump({"error": str(error).strip()}, sys.stdout)
"""


class DatabaseError(SetupError):
    """What the PostgreSQL server said."""


def rows(server, statement, parameters=(), database="postgres"):
    """Execute ``statement`` and return its rows."""
    request = json.dumps({"statement": statement, "parameters": list(parameters), "database": database})
    result = subprocess.run(
        [python_env.python(), "-I", "-c", _CLIENT],
        input=request,
        capture_output=True,
        text=True,
        env={**os.environ, **server.environment()},
        check=False,
    )
    try:
        answer = json.loads(result.stdout)
    except ValueError:
        raise DatabaseError(result.stderr.strip() or "no answer") from None
    if "error" in answer:
        raise DatabaseError(f"PostgreSQL, on {statement[:60]!r}: {answer['error']}")
    return answer["rows"]


def scalar(server, statement, parameters=(), database="postgres"):
    """Execute ``statement`` and return the first column of the first row."""
    found = rows(server, statement, parameters, database)
    return found[0][0] if found else None
