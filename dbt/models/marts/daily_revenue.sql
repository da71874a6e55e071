{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='ordered_date',
        pre_hook="{{ delete_gone(ref('fact_orders'), 'ordered_date', 'ordered_date') }}",
        on_schema_change='fail',
    )
}}

with

orders as (

    select * from {{ ref('fact_orders') }}
    {% if is_incremental() %}
        where {{ days_in_scope('ordered_date') }}
    {% endif %}

),

final as (

    select
        ordered_date,
        count(*) as order_count,
        count(distinct customer_id) as customer_count,
        sum(quantity) as quantity,
        cast(sum(sales_usd) as decimal(18, 2)) as sales_usd,
        cast(sum(discount_usd) as decimal(18, 2)) as discount_usd,
        cast(sum(sales_eur) as decimal(20, 4)) as sales_eur
    from orders
    group by ordered_date

)

select * from final
