-- By day, the revenue is the sum of the orders, and no day with orders is missing.
with

days as (

    select * from {{ ref('daily_revenue') }}

),

orders as (

    select
        ordered_date,
        count(*) as order_count,
        sum(quantity) as quantity,
        sum(sales_usd) as sales_usd,
        sum(discount_usd) as discount_usd,
        sum(sales_eur) as sales_eur
    from {{ ref('fact_orders') }}
    group by ordered_date

)

select
    days.ordered_date as revenue_date,
    orders.ordered_date as fact_date
from days
full outer join orders
    on
        days.ordered_date = orders.ordered_date
        and days.order_count = orders.order_count
        and days.quantity = orders.quantity
        and days.sales_usd = orders.sales_usd
        and days.discount_usd = orders.discount_usd
        and days.sales_eur <=> orders.sales_eur
where days.ordered_date is null or orders.ordered_date is null
