{#-
    For the pre-hook of a model that merges: deletes what the model has of the days in scope and its source has no more, since
    a merge takes no row away. Nothing is written where nothing is gone.

    rows: the relation that the model reads, with the columns `key` and `day` as the model has them.
    key: the model's unique key, never null.
    day: the date column, which the model and its source both have.
-#}
{% macro delete_gone(rows, key, day) -%}
    {%- if execute and is_incremental() -%}
        {%- set scope = days_in_scope(day) -%}
        {%- set gone -%}
            select built.{{ key }} as gone_key
            from {{ this }} as built
            left anti join (select {{ key }} from {{ rows }} where {{ scope }}) as present
                on built.{{ key }} = present.{{ key }}
            where {{ scope }}
        {%- endset -%}
        {%- if run_query('select 1 from (' ~ gone ~ ') limit 1').rows | length -%}
            merge into {{ this }} as built using ({{ gone }}) as gone
                on built.{{ key }} = gone.gone_key and {{ scope }}
            when matched then delete
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
