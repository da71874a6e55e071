{#- Finds the rows in which one of the columns is null. -#}
{% test is_complete(model, columns) %}

    select *
    from {{ model }}
    where {{ columns | join(' is null or ') }} is null

{% endtest %}
