"""Kinds of rules about single rows: what each may be told, and which rows fail it.

A null in a column that a rule reads passes, except for `not_null`, `not_missing` and `primary_key`. Spark is not
imported here: a contract can be read without it.
"""

from __future__ import annotations

from tidegate.contracts.rules import arguments as check
from tidegate.contracts.rules import failures
from tidegate.contracts.rules.arguments import BOUNDS, COUNTS, MOMENTS, OPERATORS, Parameter
from tidegate.contracts.rules.functions import function_problems
from tidegate.contracts.rules.kind import ANY_NUMBER, Kind
from tidegate.contracts.rules.likeness import PARAMETERS as LIKENESS
from tidegate.contracts.rules.normal import NEAR_UNIQUE, near_problems, near_says
from tidegate.contracts.rules.words import interval, listed, other_side

_VALUES = (Parameter("values", "values", is_required=True),)

ROW_KINDS = (
    Kind(
        "accepted_values",
        lambda rule: f"is not one of {listed(rule, 'values')}",
        failures.accepted_values,
        parameters=_VALUES,
        problems=check.accepted_problems,
        suffix="is_accepted",
    ),
    Kind(
        "between",
        lambda rule: f"is not in {interval(rule)}",
        failures.between,
        parameters=BOUNDS,
        families="number",
        problems=check.range_problems,
        suffix="is_in_range",
    ),
    Kind(
        "castable",
        lambda rule: f"cannot be read as {rule.argument('type')}",
        failures.castable,
        parameters=(Parameter("type", "text", is_required=True),),
        families="string",
        problems=check.type_problems,
        suffix="is_castable",
    ),
    Kind(
        "compare",
        lambda rule: f"is not {rule.argument('operator')} {other_side(rule)}",
        failures.compare,
        parameters=(Parameter("operator", "text", is_required=True, choices=OPERATORS), Parameter("value", "value")),
        columns=(1, 2),
        families=f"number|string|boolean|binary|{MOMENTS}",
        problems=check.comparison_problems,
        suffix="compare",
    ),
    Kind(
        "custom",
        lambda rule: f"does not hold by {rule.argument('function')}",
        failures.custom,
        parameters=(Parameter("function", "text", is_required=True),),
        columns=(1, ANY_NUMBER),
        problems=function_problems,
        suffix="custom",
    ),
    Kind(
        "date_between",
        lambda rule: f"is not in {interval(rule)}",
        failures.between,
        parameters=BOUNDS,
        families=MOMENTS,
        problems=check.range_problems,
        suffix="is_in_range",
    ),
    Kind(
        "date_format",
        lambda rule: f"is not a date or time like {rule.argument('format')}",
        failures.date_format,
        parameters=(Parameter("format", "text", is_required=True),),
        families="string",
        problems=check.format_problems,
        suffix="has_format",
    ),
    Kind(
        "date_order",
        lambda rule: f"is after {rule.columns[1]}",
        failures.date_order,
        columns=(2, 2),
        families=MOMENTS,
        problems=check.alike_problems,
        suffix="are_in_order",
    ),
    Kind("email", lambda _: "is not an e-mail address", failures.email, families="string", suffix="is_email"),
    Kind(
        "forbidden_values",
        lambda rule: f"is one of {listed(rule, 'values')}",
        failures.forbidden_values,
        parameters=_VALUES,
        problems=check.accepted_problems,
        suffix="is_not_forbidden",
    ),
    Kind(
        "foreign_key",
        lambda rule: f"is not in {rule.argument('table')} ({listed(rule, 'references')})",
        failures.foreign_key,
        parameters=(Parameter("references", "names", is_required=True), Parameter("table", "text", is_required=True)),
        columns=(1, ANY_NUMBER),
        problems=check.reference_problems,
        suffix="is_known",
    ),
    Kind(
        "known_fields",
        lambda _: "has a field that the contract does not know, or a value that does not fit",
        failures.known_fields,
        columns=(0, 0),
        suffix="fields_are_known",
        takes_where=False,
    ),
    Kind(
        "length",
        lambda rule: f"has a length that is not in {interval(rule)}",
        failures.length,
        parameters=COUNTS,
        families="string",
        problems=check.count_problems,
        suffix="has_length",
    ),
    Kind(
        "not_missing",
        lambda _: "is missing",
        failures.not_missing,
        parameters=_VALUES,
        problems=check.values_problems,
        suffix="is_not_missing",
    ),
    Kind(
        NEAR_UNIQUE,
        near_says,
        failures.unique,
        parameters=(*LIKENESS, Parameter("normalize", "names")),
        columns=(1, ANY_NUMBER),
        scopes=("table", "batch"),
        problems=near_problems,
        suffix="is_nearly_unique",
    ),
    Kind("not_null", lambda _: "is null", failures.not_null, suffix="is_not_null"),
    Kind(
        "pattern",
        lambda _: "does not match its pattern",
        failures.pattern,
        parameters=(Parameter("pattern", "text", is_required=True),),
        families="string",
        problems=check.pattern_problems,
        suffix="matches",
    ),
    Kind(
        "primary_key",
        lambda _: "has a null in its key, or its key is taken by another row of the table",
        failures.primary_key,
        columns=(1, ANY_NUMBER),
        scopes=("table", "batch"),
        takes_where=False,
        suffix="is_primary_key",
    ),
    Kind(
        "readable",
        lambda _: "could not be read",
        failures.readable,
        columns=(0, 0),
        suffix="is_readable",
        takes_where=False,
    ),
    Kind(
        "sql",
        lambda _: "does not hold",
        failures.sql,
        parameters=(Parameter("expression", "text", is_required=True),),
        columns=(0, ANY_NUMBER),
        problems=check.expression_problems,
        suffix="holds",
    ),
    Kind(
        "unique",
        lambda _: "occurs more than once",
        failures.unique,
        columns=(1, ANY_NUMBER),
        scopes=("table", "batch"),
        suffix="is_unique",
    ),
    Kind("uuid", lambda _: "is not a UUID", failures.uuid, families="string", suffix="is_uuid"),
)
