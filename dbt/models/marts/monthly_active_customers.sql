with

orders as (

    select
        customer_id,
        cast(trunc(ordered_date, 'month') as date) as ordered_month
    from {{ ref('fact_orders') }}

),

final as (

    select
        ordered_month,
        count(distinct customer_id) as active_customer_count,
        count(*) as order_count
    from orders
    group by ordered_month

)

select * from final
