"""Errors of a batch, for people."""

import psycopg2


def sentence_of(env, error):
    """An error for people: of a constraint in the database, the message that its model has for it."""
    if not isinstance(error, psycopg2.IntegrityError):
        return str(error).strip()
    models = [model._name for model in env.registry.values() if model._table == error.diag.table_name]
    return env[models[0] if models else "base"]._sql_error_to_message(error)
