{#-
    A condition that holds for the days that an incremental build computes again: everything from `rolling_days` before the
    newest day that the model has, and the days that the variable `affected_dates` names.

    column: the date column, which the model and its source both have.
-#}
{% macro days_in_scope(column) -%}
    {%- set newest = run_query('select max(' ~ column ~ ') from ' ~ this).columns[0].values()[0] if execute -%}
    {%- set rolling = column ~ " >= date_sub(date'" ~ newest ~ "', " ~ var('rolling_days') ~ ')' -%}
    {%- set named = column ~ " in (date'" ~ var('affected_dates') | join("', date'") ~ "')" -%}
    {%- set scope = [rolling, named] if var('affected_dates') else [rolling] -%}
    ({{ scope | join(' or ') if newest else 'true' }})
{%- endmacro %}
