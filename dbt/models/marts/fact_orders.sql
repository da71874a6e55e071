{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='order_id',
        pre_hook="{{ delete_gone(source('silver', 'orders'), 'order_id', 'ordered_date') }}",
        on_schema_change='fail',
    )
}}

with

orders as (

    select * from {{ ref('stg_orders') }}
    {% if is_incremental() %}
        where {{ days_in_scope('ordered_date') }}
    {% endif %}

),

final as (

    select
        order_id,
        customer_id,
        store_id,
        ordered_at,
        ordered_date,
        line_count,
        quantity,
        sales_usd,
        discount_usd,
        sales_eur,
        updated_at
    from orders

)

select * from final
