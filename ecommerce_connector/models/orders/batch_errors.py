"""Batches of which some cannot be booked: they are found, and the errors told to people."""

import psycopg2


def sentence_of(env, error):
    """An error for people: of a constraint in the database, the message that its model has for it."""
    if not isinstance(error, psycopg2.IntegrityError):
        return str(error).strip()
    models = [model._name for model in env.registry.values() if model._table == error.diag.table_name]
    return env[models[0] if models else "base"]._sql_error_to_message(error)


def in_halves(env, batch, execute, refuse):
    """Do something with a batch; if that fails, with its halves, until those at fault stand alone.

    Each part has a savepoint: what fails leaves nothing.

    :param list batch: may be empty
    :param execute: a function of a batch
    :param refuse: a function of the element at fault and its error
    :return: what came of each part that went well, with its elements
    :rtype: list[tuple[list, Any]]
    """
    if not batch:
        return []
    try:
        with env.cr.savepoint():
            result = execute(batch)
    except psycopg2.OperationalError:
        raise  # the connection or a concurrent update: nothing of the batch is at fault
    except Exception as error:  # whatever it is, only those at fault are kept back
        if len(batch) == 1:
            refuse(batch[0], error)
            return []
        middle = len(batch) // 2
        return [half for part in (batch[:middle], batch[middle:]) for half in in_halves(env, part, execute, refuse)]
    return [(batch, result)]
