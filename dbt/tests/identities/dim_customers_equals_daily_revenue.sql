-- The orders of all customers together are the orders of all days together.
with

customers as (

    select coalesce(sum(order_count), 0) as order_count
    from {{ ref('dim_customers') }}

),

days as (

    select coalesce(sum(order_count), 0) as order_count
    from {{ ref('daily_revenue') }}

)

select
    customers.order_count as customer_order_count,
    days.order_count as day_order_count
from customers
inner join days
    on customers.order_count != days.order_count
