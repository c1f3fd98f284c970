"""Field sets: which columns of a table, and which made of them, become fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from fmbench.data.columns import AnyColumn
from fmbench.data.derived.drift import drift_columns
from fmbench.data.derived.habits import habit_columns
from fmbench.data.splits.prepare import Prepared
from fmbench.data.table import Table
from fmbench.errors import UnknownName, UsageError
from fmbench.fields import Field, Role


def chosen(prepared: Prepared, args: Mapping[str, Any]) -> Mapping[str, AnyColumn]:
    """Return the columns that are encoded; what is left out stays known to split and metrics."""
    known = _field_set(prepared, args)
    only, without = args.get("only", known), args.get("without", ())
    for name in (*only, *without):
        if name not in known:
            raise UnknownName("field", name, known)
    kept = [name for name in known if name in only and name not in without]
    if not kept:
        raise UsageError(f"without is {without!r}; expected to leave a field")
    return {name: known[name] for name in kept}


def _field_set(prepared: Prepared, args: Mapping[str, Any]) -> Mapping[str, AnyColumn]:
    """Return the columns that `fields` stands for; those that tell of user and item come first.

    A column of the table stands before one of the same name that drift or habits would give.
    """
    table, choice = prepared.table, args["fields"]
    keys = {name: table.columns[name] for name in (table.user, table.item) if name is not None}
    if choice == "columns":
        return {**keys, **table.columns}
    if choice == "full":
        drift = drift_columns(prepared)
        return {**keys, **table.columns, **drift, **table.columns}
    needed = {"user": table.user, "item": table.item}
    if choice == "habits":
        needed["time"] = None if table.time is None else "time"
    missing = [role for role, column in needed.items() if column is None]
    if missing:
        raise UsageError(
            f"fields is {choice!r}, and the data has no {' and no '.join(missing)}; "
            "expected columns or full"
        )
    return keys if choice == "ids" else _habits(prepared, args)


def _habits(prepared: Prepared, args: Mapping[str, Any]) -> Mapping[str, AnyColumn]:
    """Return the item, its age and what user and item did lately, and not the user itself."""
    item, drift = str(prepared.table.item), drift_columns(prepared)
    habits = habit_columns(prepared, looks_ahead=args["split"] == "random")
    order = dict.fromkeys((next(iter(habits)), item, f"{item}_age", *habits))
    found = {**drift, **habits, **prepared.table.columns}
    return {name: found[name] for name in order}


def roles_of(table: Table, args: Mapping[str, Any]) -> Mapping[str, Role]:
    """Return the names of the fields that tell of user and item, and which of them they tell of.

    Of `habits` it is the user's share of positives that tells of the user.
    """
    ending = "_share" if args["fields"] == "habits" else ""
    found: dict[str, Role] = {}
    if table.user is not None:
        found[f"{table.user}{ending}"] = "user"
    if table.item is not None:
        found[table.item] = "item"
    return found


def kinds_of(fields: Sequence[Field]) -> str:
    """Say in a line what the fields of a table are taken for, as nobody else has said it."""
    numbers = [field.name for field in fields if field.kind == "numeric"]
    lists = [field.name for field in fields if field.kind != "numeric" and field.width > 1]
    others = [field.name for field in fields if field.name not in {*numbers, *lists}]
    kinds = {"numbers": numbers, "lists": lists, "categories": others}
    return "; ".join(f"{kind} {', '.join(names)}" for kind, names in kinds.items() if names)
