{#- Finds the rows for which a condition does not hold; a condition that is null does not hold. -#}
{% test is_always(model, condition) %}

    select *
    from {{ model }}
    where not coalesce({{ condition }}, false)

{% endtest %}
