{#-
    For the pre-hook of a model that merges: deletes what the model has of the days in scope and its source has no more, since
    a merge takes no row away. Nothing is written where nothing is gone.

    rows: the relation that the model reads, with the columns `key` and `day` as the model has them.
    key: the model's unique key, never null.
    day: the date column, which the model and its source both have.
-#}
{% macro delete_gone(rows, key, day) -%}
    {%- set scope = days_in_scope(day) if execute and is_incremental() else '' -%}
    {%- set present = 'select ' ~ key ~ ' from ' ~ rows ~ ' where ' ~ scope -%}
    {%- set is_gone = 'left anti join (' ~ present ~ ') as present on built.' ~ key ~ ' = present.' ~ key -%}
    {%- set gone = 'select built.' ~ key ~ ' as gone_key from ' ~ this ~ ' as built ' ~ is_gone ~ ' where ' ~ scope -%}
    {%- set merge = 'merge into ' ~ this ~ ' as built using (' ~ gone ~ ') as gone' -%}
    {%- set condition = 'built.' ~ key ~ ' = gone.gone_key and ' ~ scope -%}
    {%- set has_gone = scope and run_query('select 1 from (' ~ gone ~ ') limit 1').rows | length -%}
    {{ merge ~ ' on ' ~ condition ~ ' when matched then delete' if has_gone }}
{%- endmacro %}
