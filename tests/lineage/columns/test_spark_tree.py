"""What a plan does not tell is said, whatever the plan; plans are written here by hand, as Spark writes them."""

from __future__ import annotations

import json
from typing import TypeAlias

import pytest

from tidegate.lineage.columns.spark_plan import input_alias, spark_column_lineage
from tidegate.model.column_lineage import ColumnLineage, Derivation, Influence

Tree: TypeAlias = "list[dict[str, object]]"


def node(kind: str, *children: Tree, **fields: object) -> Tree:
    """Return a tree in preorder, as Spark writes it."""
    below = [one for child in children for one in child]
    return [{"class": f"spark.{kind}", "num-children": len(children), **fields}, *below]


def attribute(name: str, number: int) -> Tree:
    return node("AttributeReference", name=name, exprId={"id": number})


def alias(child: Tree, name: str, number: int) -> Tree:
    return node("Alias", child, name=name, exprId={"id": number})


def marked(child: Tree, name: str = "in") -> Tree:
    return node("SubqueryAlias", child, identifier={"name": input_alias(name)})


LEAF = node("LogicalRDD", output=[attribute("a", 1), attribute("b", 2)])
INPUT = marked(LEAF)


def lineage(plan: Tree) -> ColumnLineage:
    return spark_column_lineage(json.dumps(plan))


def identity(column: str, how: str = "IDENTITY") -> Derivation:
    return Derivation((Influence("in", column, how),))  # type: ignore[arg-type]


def test_operators_that_only_pass_rows_on_change_nothing() -> None:
    for kind in ("GlobalLimit", "Repartition", "ResolvedHint", "SomethingNew"):
        assert lineage(node(kind, INPUT)) == ColumnLineage({"a": identity("a"), "b": identity("b")})
    assert lineage(node("OneRowRelation")) == ColumnLineage()


def test_an_operator_that_is_not_known_and_has_several_children_passes_on_the_first() -> None:
    filtered = node("Filter", marked(node("Other", output=[attribute("c", 3)]), "also"), condition=attribute("c", 3))
    found = lineage(node("SomethingNew", INPUT, filtered))
    assert list(found.columns) == ["a", "b"]
    assert [(one.source, one.subtype) for one in found.rows.influences] == [("also", "FILTER")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"output": [attribute("x", 9)], "functionExpr": node("PythonUDF", name="f")}, "MapInPandas, f"),
        ({"output": [attribute("x", 9)]}, "MapInPandas"),
        ({"serializer": [alias(node("BoundReference"), "x", 9)]}, "MapInPandas"),
        ({"outputObjAttr": attribute("x", 9)}, "MapInPandas"),
    ],
)
def test_code_that_spark_does_not_look_into_may_use_any_column(fields: dict[str, object], said: str) -> None:
    found = lineage(node("MapInPandas", INPUT, **fields))
    assert found.columns["x"].unknown == found.rows.unknown == (said,)
    assert [one.column for one in found.columns["x"].influences] == ["a", "b"]
    assert {one.subtype for one in found.rows.influences} == {"FILTER"}


def test_groups_of_several_kinds_are_told_even_where_spark_does_not_write_them() -> None:
    keys = node("Project", INPUT, projectList=[attribute("a", 1), attribute("b", 2), alias(attribute("a", 1), "a", 3)])
    output = [attribute("a", 1), attribute("a", 4), attribute("spark_grouping_id", 5), attribute("v", 6)]
    found = lineage(node("Project", node("Expand", keys, projections=None, output=output), projectList=output[1:]))
    assert found.columns["a"] == identity("a")
    assert found.columns["spark_grouping_id"] == Derivation()
    assert found.columns["v"].unknown == ("the rows that are made several of",)
    lists = [[attribute("a", 1), attribute("b", 2)], [attribute("b", 2), node("Literal")]]
    whole = lineage(node("Expand", INPUT, projections=lists, output=[attribute("x", 7), attribute("y", 8)]))
    assert whole.columns["y"] == identity("b")
    assert [one.column for one in whole.columns["x"].influences] == ["a", "b"]


def test_a_column_that_comes_from_nowhere_is_said_to() -> None:
    strange = node("Project", INPUT, projectList=[attribute("z", 99), alias(node("AttributeReference"), "y", 5)])
    found = lineage(strange)
    assert found.columns["z"].unknown == found.columns["y"].unknown == ("a column that the plan does not explain",)


def test_names_of_functions_are_said_with_them() -> None:
    for kind, fields, said in (
        ("ScalaUDF", {"udfName": "mine"}, "a Scala function, mine"),
        ("PythonUDF", {}, "a Python function"),
    ):
        found = lineage(node("Project", INPUT, projectList=[alias(node(kind, attribute("a", 1), **fields), "x", 5)]))
        assert found.columns["x"] == Derivation((Influence("in", "a", "TRANSFORMATION"),), (said,))


def test_references_within_queries_that_lead_nowhere_bear_on_nothing() -> None:
    expressions = [
        alias(node("OuterReference", e=attribute("a", 1)), "outer", 5),
        alias(node("OuterReference"), "bare", 6),
        alias(node("ScalarSubquery", plan=None), "none", 7),
    ]
    found = lineage(node("Project", INPUT, projectList=expressions))
    assert found.columns == {"outer": identity("a"), "bare": Derivation(), "none": Derivation()}


def test_columns_of_one_name_are_one_in_the_result() -> None:
    twice = node("Project", INPUT, projectList=[alias(attribute("a", 1), "x", 5), alias(attribute("b", 2), "x", 6)])
    assert [one.column for one in lineage(twice).columns["x"].influences] == ["a", "b"]


def test_an_alias_of_a_user_is_no_input() -> None:
    for identifier in ({"name": "mine"}, None, {"name": 3}):
        found = lineage(node("SubqueryAlias", INPUT, identifier=identifier))
        assert found.columns["a"] == identity("a")


def test_a_join_without_a_kind_or_a_condition_joins_all() -> None:
    right = marked(node("LogicalRDD", output=[attribute("c", 3)]), "right")
    found = lineage(node("Join", INPUT, right, joinType=None, condition=None))
    assert list(found.columns) == ["a", "b", "c"]
    assert found.rows == Derivation()


SORTED = node("SortOrder", attribute("b", 2))
ONE = node("Literal")


def influences(plan: Tree, column: str = "x") -> set[str]:
    """Return what a column is made from and how, briefly."""
    return {f"{one.column} {one.subtype}" for one in lineage(plan).columns[column].influences}


def deciding(plan: Tree) -> set[str]:
    """Return what decides which rows there are, briefly."""
    return {f"{one.column} {one.subtype}" for one in lineage(plan).rows.influences}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            node("AggregateExpression", node("Sum", attribute("a", 1)), attribute("b", 2)),
            {"a AGGREGATION", "b CONDITIONAL"},
        ),
        (node("If", attribute("b", 2), attribute("a", 1), ONE), {"a TRANSFORMATION", "b CONDITIONAL"}),
        (
            node("CaseWhen", attribute("b", 2), attribute("a", 1), attribute("a", 1)),
            {"a TRANSFORMATION", "b CONDITIONAL"},
        ),
        (node("CaseWhen", attribute("b", 2), attribute("a", 1)), {"a TRANSFORMATION", "b CONDITIONAL"}),
        (
            node("WindowExpression", node("Sum", attribute("a", 1)), node("Spec", SORTED)),
            {"a TRANSFORMATION", "b WINDOW"},
        ),
        (node("WindowExpression", node("Rank", attribute("a", 1)), node("Spec", SORTED)), {"b WINDOW"}),
        (
            node(
                "ScalarSubquery",
                plan=node(
                    "Filter", node("Project", INPUT, projectList=[attribute("a", 1)]), condition=attribute("b", 2)
                ),
            ),
            {"a IDENTITY"},
        ),
        (
            node("InSubquery", attribute("b", 2), plan=node("Project", INPUT, projectList=[attribute("a", 1)])),
            {"a TRANSFORMATION", "b TRANSFORMATION"},
        ),
    ],
)
def test_expressions_say_how_a_column_bears_on_another(expression: Tree, expected: set[str]) -> None:
    assert influences(node("Project", INPUT, projectList=[alias(expression, "x", 5)])) >= expected


def test_operators_say_what_decides_rows_and_what_new_columns_are_made_from() -> None:
    assert deciding(node("Sort", INPUT, order=[SORTED])) == {"b SORT"}
    grouped = node(
        "Aggregate",
        INPUT,
        groupingExpressions=[attribute("b", 2)],
        aggregateExpressions=[alias(attribute("a", 1), "x", 5)],
    )
    assert (deciding(grouped), influences(grouped)) == ({"b GROUP_BY"}, {"a IDENTITY"})
    assert deciding(node("Distinct", INPUT)) == {"a GROUP_BY", "b GROUP_BY"}
    assert deciding(node("Deduplicate", INPUT, keys=[attribute("b", 2)])) == {"b GROUP_BY"}
    assert influences(node("Window", INPUT, windowExpressions=[alias(attribute("a", 1), "x", 5)])) == {"a IDENTITY"}
    generated = node(
        "Generate", INPUT, generator=node("Explode", attribute("a", 1)), generatorOutput=[attribute("x", 5)]
    )
    assert influences(generated) == {"a TRANSFORMATION"}


def test_rows_of_two_relations_are_told_by_how_they_meet() -> None:
    right = marked(node("LogicalRDD", output=[attribute("c", 3), attribute("d", 4)]), "right")
    half = node("Join", INPUT, right, joinType={"object": "LeftSemi$"}, condition=attribute("c", 3))
    assert (list(lineage(half).columns), deciding(half)) == (["a", "b"], {"c JOIN"})
    both = node("Union", INPUT, right)
    assert {(one.source, one.column) for one in lineage(both).columns["a"].influences} == {("in", "a"), ("right", "c")}
    for kind in ("Intersect", "Except"):
        assert deciding(node(kind, INPUT, right)) == {"a JOIN", "b JOIN", "c JOIN", "d JOIN"}


def test_a_query_with_a_name_is_what_it_was_defined_as_under_other_numbers() -> None:
    definition = node("CTERelationDef", node("Filter", INPUT, condition=attribute("b", 2)), id=7)
    reference = node("CTERelationRef", cteId=7, output=[attribute("a", 11), attribute("b", 12)])
    found = node("WithCTE", definition, node("Project", reference, projectList=[alias(attribute("a", 11), "x", 5)]))
    assert (influences(found), deciding(found)) == ({"a IDENTITY"}, {"b FILTER"})
    assert lineage(node("CTERelationRef", cteId=8, output=[attribute("a", 1)])) == ColumnLineage()


def test_rows_from_elsewhere_are_said_to_be_no_input() -> None:
    found = lineage(node("Range", output=[attribute("x", 9)]))
    assert found.columns["x"].unknown == found.rows.unknown == ("rows that are no input of the job (Range)",)
