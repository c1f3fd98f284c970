"""Inference: from the first rows and what the user wishes to the options of a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from fmbench.data import times
from fmbench.data.infer import roles
from fmbench.data.infer.kinds import Kind, kind_of, without_digits
from fmbench.data.infer.labels import NotEnough, holds, label_rule, positive
from fmbench.data.infer.leaks import leaks
from fmbench.data.infer.survey import Seen, Survey
from fmbench.data.readers.lines import quoted
from fmbench.errors import UnknownName, UsageError

NONE: Final = "none"
"""The column of a role that the table does not have, as the user says it."""

ROLES: Final = ("user", "item", "time", "part")


@dataclass(frozen=True, slots=True)
class Judged:
    """A column, what it is taken for and why."""

    seen: Seen
    kind: str
    role: str
    """label, user, item, time, part, field, or `not used`."""
    why: str


@dataclass(slots=True)
class Inferred:
    """What is to be made of a table."""

    options: dict[str, Any] = field(default_factory=dict)
    """Roles, label rule and kinds, as the options of a table hold them."""
    columns: list[Judged] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was inferred and why, a line each."""
    leaks: list[str] = field(default_factory=list)
    """Columns that tell the label too well, a line each."""
    refusal: NotEnough | None = None
    """Why nothing can be run, if nothing can: there is no label, or only positives."""


def infer(
    survey: Survey, wishes: Mapping[str, Any], typed: Mapping[str, str], label_hint: str
) -> Inferred:
    """Return what is to be made of a table.

    Args:
        survey: Its first rows.
        wishes: Options that the user gave: these stand, and the rest follows them.
        typed: What a header of RecBole says, by column.
        label_hint: The way on where no column can be taken for the label.

    Raises:
        UsageError: A wish names a column that is not there, or one column for two roles.
    """
    columns = survey.columns
    _check_names(columns, wishes)
    kinds = {name: kind_of(seen, typed.get(name, "")) for name, seen in columns.items()}
    found = Inferred()
    has_names = not all(name == f"c{i}" for i, name in enumerate(columns, 1))
    usual = {} if has_names else roles.ratings_without_names(columns, kinds)
    taken: dict[str, str] = {}
    reasons: dict[str, str] = {}
    rule = None
    try:
        rule, why = label_rule(columns, wishes, _named(wishes), usual, label_hint)
    except NotEnough as error:
        found.refusal = error
        found.notes.append(f"label: {NONE}; {error}")
    else:
        taken[rule.name] = "label"
        reasons[rule.name] = why
        found.options["label"] = str(rule)
        found.notes.append(f"label: {rule}, {positive(columns[rule.name], rule)}; {why}")
    for role in ROLES:
        column, why = _role(role, columns, kinds, wishes, usual, taken)
        found.options[role] = column
        if column:
            taken[column] = role
            reasons[column] = why
        found.notes.append(f"{role}: {column or NONE}; {why}")
    _fields(found, columns, kinds, wishes, taken)
    for i, each in enumerate(found.columns):
        found.columns[i] = replace(each, why=reasons.get(each.seen.name, each.why))
    found.refusal = found.refusal or _lost(found.columns, set(wishes.get("without") or ()))
    if rule is not None:
        fields = [each.seen for each in found.columns if each.role in ("field", "user", "item")]
        for name, auc in leaks(fields, holds(columns[rule.name], rule)):
            found.leaks.append(f"{name} alone tells the label with AUC {auc:.3f}")
    return found


def _lost(columns: Sequence[Judged], without: set[str]) -> NotEnough | None:
    """Refuse ids of which a spreadsheet has kept some digits: different ones became the same."""
    for each in columns:
        name, is_id = each.seen.name, each.kind == "categories" and each.role != "not used"
        if is_id and name not in without and (text := without_digits(each.seen)):
            role = each.role if each.role in ("user", "item") else ""
            return NotEnough(
                f"{name} holds {quoted(text)}, a number that lost its digits; expected whole ids",
                f"export the column as text, or go on without: --without {name}",
                (*((f"--{role}", NONE) if role else ()), "--without", name),
            )
    return None


def _check_names(columns: Mapping[str, Seen], wishes: Mapping[str, Any]) -> None:
    named = [*(wishes.get(role) or NONE for role in ROLES), *(wishes.get("multi") or ())]
    for key in ("numeric", "categorical"):
        named += wishes.get(key) or ()
    for name in named:
        if name not in columns and name != NONE:
            raise UnknownName("column", name, columns)


def _named(wishes: Mapping[str, Any]) -> set[Any]:
    """Return the columns whose role the user said; none of them is taken for another."""
    return {wishes.get(role) for role in ROLES}


def _role(
    role: str,
    columns: Mapping[str, Seen],
    kinds: Mapping[str, Kind],
    wishes: Mapping[str, Any],
    usual: Mapping[str, str],
    taken: Mapping[str, str],
) -> tuple[str, str]:
    """Return the column of a role, or nothing, and why."""
    if (said := wishes.get(role)) is not None:
        if said in taken:
            raise UsageError(f"{said} is the {taken[said]}; expected another column for the {role}")
        return ("" if said == NONE else said), "as you said"
    named = _named(wishes)
    free = {name: seen for name, seen in columns.items() if name not in taken and name not in named}
    if usual.get(role) in free:
        return usual[role], "it stands where ratings have theirs"
    found = _FINDERS[role](free, kinds)
    return found or ("", f"no column can be taken for the {role}")


def _user(free: Mapping[str, Seen], kinds: Mapping[str, Kind]) -> roles.Found | None:
    return _key(free, kinds, roles.USERS)


def _item(free: Mapping[str, Seen], kinds: Mapping[str, Kind]) -> roles.Found | None:
    return _key(free, kinds, roles.ITEMS)


def _key(
    free: Mapping[str, Seen], kinds: Mapping[str, Kind], names: Sequence[str]
) -> roles.Found | None:
    able = [n for n in free if kinds[n].name in ("categories", "numbers") and free[n].is_key]
    return roles.by_name(able, names)


def _time(free: Mapping[str, Seen], kinds: Mapping[str, Kind]) -> roles.Found | None:
    found = [name for name in free if kinds[name].name == "time"]
    return (found[0], kinds[found[0]].why) if found else None


def _part(free: Mapping[str, Seen], kinds: Mapping[str, Kind]) -> roles.Found | None:
    return roles.part_of(free)


_FINDERS: Final[Mapping[str, Callable[..., roles.Found | None]]] = {
    "user": _user,
    "item": _item,
    "time": _time,
    "part": _part,
}


def _fields(
    found: Inferred,
    columns: Mapping[str, Seen],
    kinds: Mapping[str, Kind],
    wishes: Mapping[str, Any],
    taken: Mapping[str, str],
) -> None:
    """Judge what is left, and say which columns are numbers, lists, or of no use."""
    numeric, multi, unused, whole = [], {}, [], []
    wanted = set(wishes.get("only") or ())
    said = dict.fromkeys(wishes.get("numeric") or (), "numbers")
    said |= dict.fromkeys(wishes.get("categorical") or (), "categories")
    said |= dict.fromkeys(wishes.get("multi") or (), "lists")
    for name, seen in columns.items():
        kind = kinds[name]
        held: str = kind.name
        held, why = (said[name], "as you said") if name in said else (held, kind.why)
        role = taken.get(name, "field")
        if role in ("user", "item"):
            held = "categories"
        if role == "field" and held in ("constant", "unique", "time"):
            if name in wanted:
                held = "categories"
            else:
                role = "not used"
        if role == "field" and held == "numbers":
            numeric.append(name)
        if role == "field" and held == "lists":
            multi[name] = (wishes.get("multi") or {}).get(name, kind.detail)
        if role in ("field", "user", "item") and held == "categories" and seen.is_whole:
            whole.append(name)
        if role == "not used":
            unused.append(name)
            why = f"{why}; a second time is no field" if held == "time" else why
        if role == "time":
            held = "time"
            found.options["time_format"] = wishes.get("time_format") or _told(seen)
        found.columns.append(Judged(seen, held, role, why))
    numeric += [
        n
        for n, role in taken.items()
        if role == "label" and columns[n].numbers is not None and said.get(n) != "categories"
    ]
    found.options |= {"numeric": numeric, "multi": multi, "unused": unused, "whole": whole}
    if without := [name for name in wishes.get("without") or () if name not in unused]:
        found.options["without"] = without


def _told(seen: Seen) -> str:
    """Return how a column tells times.

    Raises:
        UsageError: It does not in a way that is known.
    """
    if how := times.told(seen.texts):
        return how
    held = ", ".join(map(quoted, seen.examples)) or "nothing"
    raise UsageError(
        f"{seen.name} holds {held}; expected times of 1990 to 2099, in one unit or as ISO 8601",
        "--set data.time_format=%d.%m.%Y says how they are told; --time none goes on without",
    )
