"""Answer ``orders(options: …)`` from recorded orders, by the rules seen on a real server."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

Json = dict[str, Any]

LIST_LIMIT = 1000
# A server sorts by the keys in the order of its schema, not in that of the query.
SORT_KEYS = ("id", "createdAt", "updatedAt", "orderPlacedAt", "code", "state", "total", "totalWithTax")
DATES = ("createdAt", "updatedAt", "orderPlacedAt")
FILTER_KEYS = {*SORT_KEYS, "active", "type", "currencyCode", "totalQuantity", "subTotal", "transactionId"}


class RefusedOptions(ValueError):
    """The options of a list which a server refuses, or which are not imitated here."""


def select(orders: list[Json], options: Json) -> Json:
    """Return the page of orders that the options ask for, with the number that match."""
    found = [order for order in orders if _matches(order, options)]
    for key in reversed([key for key in SORT_KEYS if key in (options.get("sort") or {})]):
        descending = options["sort"][key] == "DESC"
        found.sort(key=lambda order, key=key: _sort_value(order, key), reverse=descending)  # type: ignore[misc]
    skip, take = options.get("skip") or 0, options.get("take") or LIST_LIMIT
    if take > LIST_LIMIT:
        raise RefusedOptions(f"Cannot take more than {LIST_LIMIT} results from a list query")
    return {"items": found[skip : skip + take], "totalItems": len(found)}


def _matches(order: Json, options: Json) -> bool:
    results = list(_conditions(order, options.get("filter") or {}))
    if options.get("filterOperator") == "OR" and results:
        return any(results)
    return all(results)


def _conditions(order: Json, parameter: Json) -> Iterator[bool]:
    """Yield the truth of each condition; all those inside an ``_or``, nested or not, form one."""
    for key, condition in parameter.items():
        if key in ("_and", "_or"):
            inner = [result for entry in condition for result in _conditions(order, entry)]
            yield all(inner) if key == "_and" else any(inner)
        elif key not in FILTER_KEYS:
            raise RefusedOptions(f"The recorded store cannot filter by {key}.")
        else:
            for operator, operand in condition.items():
                yield _holds(key, _values(order, key), operator, operand)


def _values(order: Json, key: str) -> list[Any]:
    """Return what a condition looks at: one value, or one of each payment."""
    if key == "transactionId":
        return [payment["transactionId"] for payment in order["payments"]] or [None]
    return [order[key]]


def _holds(key: str, values: list[Any], operator: str, operand: Any) -> bool:
    if operator == "isNull":
        return any((value is None) == operand for value in values)
    if operator not in _OPERATORS:
        raise RefusedOptions(f"The recorded store cannot filter with {operator}.")
    if key in DATES:
        values, operand = [_instant(value) for value in values], _instant(operand)
    compare = _OPERATORS[operator]
    return any(compare(value, operand) for value in values if value is not None)


def _is_between(value: datetime, operand: Json) -> bool:
    return bool(operand["start"] <= value <= operand["end"])


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, operand: value == operand,
    "notEq": lambda value, operand: value != operand,
    "in": lambda value, operand: value in operand,
    "notIn": lambda value, operand: value not in operand,
    "contains": lambda value, operand: operand.lower() in value.lower(),
    "after": lambda value, operand: value > operand,
    "gt": lambda value, operand: value > operand,
    "before": lambda value, operand: value < operand,
    "lt": lambda value, operand: value < operand,
    "between": _is_between,
}


def _instant(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _instant(text) for name, text in value.items()}
    return datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value


def _sort_value(order: Json, key: str) -> tuple[bool, Any]:
    value = order[key]
    if key == "id":
        value = int(value)
    return value is None, value or ""
