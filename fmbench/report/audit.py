"""The audit in words: what the rows are, what the split leaks, what the data has not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TELLING = {"user": "users", "item": "items", "time": "first_month"}
"""The fact that the audit of data with such a column has, and that of other data has not."""

PARTS = "parts"

READ = frozenset(
    {
        *(PARTS, "rows_read", "rows_dropped", "rows_kept", "positive_share"),
        *("rows_unlabelled", "inferred"),
        *("test_pairs_in_train", "test_pairs_in_train_share"),
        *("test_unseen_user_share", "test_unseen_item_share"),
        *("test_older_share", "test_older_share_of_known_users", "auc_standard_error"),
        *("users", "users_with_one_rating", "items", "top_rate", "top_rate_share"),
        "telling_fields",
        *("repeated_rows", "disagreeing_pairs", "sorted_by_user", "first_month", "last_month"),
    }
)
"""Facts that a sentence above the table is made of, or that it leaves to the page."""


def lacking(audit: Mapping[str, Any]) -> list[str]:
    """Return which of user, item and time the data has not; nothing where no cell got to it."""
    return [role for role, fact in TELLING.items() if audit and fact not in audit]


def lines(audit: Mapping[str, Any]) -> Iterator[str]:
    """Yield what must be known of the rows, a line each, and facts of which no sentence is made."""
    absent = lacking(audit)
    sizes = (
        f"{part} {_count(of, 'rows')} ({_share(of, 'positive_share')} positive)"
        for part, of in audit.get(PARTS, {}).items()
    )
    yield f"Rows: {', '.join(sizes)}"
    read = f"{_count(audit, 'rows_read')} rows read, {_count(audit, 'rows_dropped')} dropped"
    if unlabelled := audit.get("rows_unlabelled"):
        read += f", {unlabelled:,} of them as they have no label"
    if "user" not in absent and "item" not in absent:
        read += (
            f"; {_count(audit, 'test_pairs_in_train')} test rows "
            f"({_share(audit, 'test_pairs_in_train_share')}) have their user-item pair in training "
            "too"
        )
    yield f"Audit: {read}"
    yield from _unseen(audit, absent)
    if "user" not in absent and "time" not in absent:
        yield (
            f"Audit: {_share(audit, 'test_older_share')} of the test rows are older than a "
            "training row of the same user"
        )
    yield from _without(absent)
    for key, value in audit.items():
        if key not in READ:
            yield from (f"{name[:1].upper()}{name[1:]}: {text}" for name, text in said(key, value))


def facts(audit: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every fact by name."""
    for key, value in audit.items():
        if key == PARTS:
            for part, of in value.items():
                for word, text in (each for fact in of.items() for each in said(*fact)):
                    yield f"{part} {word}", text
        else:
            yield from said(key, value)


def said(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield a fact by name, whatever it is: of a list each item, of a table each entry."""
    name = key.replace("_", " ")
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from ((f"{name} {word}", text) for word, text in said(str(inner), each))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from said(key, each)
    else:
        yield name, number(key, value)


def number(key: str, value: Any) -> str:
    """Return a fact as one reads it: counts in groups, shares in percent."""
    match value:
        case None:
            return "?"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float() if key.endswith(("share", "share_of_known_users")):
            return _percent(value)
        case float():
            return f"{value:.4g}"
    return str(value)


def _unseen(audit: Mapping[str, Any], absent: Sequence[str]) -> Iterator[str]:
    """Say how many test rows have a user or an item that training has not seen."""
    shares = [
        (what, _share(audit, f"test_unseen_{role}_share"))
        for role, what in (("user", "a user"), ("item", "an item"))
        if role not in absent
    ]
    if shares:
        (what, share), *more = shares
        others = "".join(f", {other} {of}" for of, other in more)
        yield f"Audit: {share} of the test rows have {what} that training has not seen{others}"


def _without(absent: Sequence[str]) -> Iterator[str]:
    """Say what the data has not, and what a reader will therefore miss."""
    if absent:
        *most, last = (f"no {role}" for role in absent)
        within = "no AUC within users, " * ("user" in absent)
        which = "them" if most else "it"
        found = f"{', '.join(most)} and {last}" if most else last
        yield f"Audit: the data has {found}: {within}no slices by {which}"


def _count(facts: Mapping[str, Any], key: str) -> str:
    """Return a count; a question mark, and not silence, where the audit has none."""
    value = facts.get(key)
    return "?" if value is None else f"{value:,}"


def _share(facts: Mapping[str, Any], key: str) -> str:
    """Return a share in percent, small ones to two digits."""
    value = facts.get(key)
    return "? %" if value is None else _percent(value)


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.2g} %" if 0 < percent < 1 else f"{percent:.1f} %"
