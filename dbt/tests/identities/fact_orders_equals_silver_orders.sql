-- By day, the fact has the orders and the amounts that silver has, neither more nor fewer.
with

facts as (

    select
        ordered_date,
        count(*) as order_count,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(sales_usd) as sales_usd,
        sum(discount_usd) as discount_usd,
        sum(sales_eur) as sales_eur
    from {{ ref('fact_orders') }}
    group by ordered_date

),

orders as (

    select
        ordered_date,
        count(*) as order_count,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(sales_usd) as sales_usd,
        sum(discount_usd) as discount_usd,
        sum(sales_eur) as sales_eur
    from {{ ref('stg_orders') }}
    group by ordered_date

)

select
    facts.ordered_date as fact_date,
    orders.ordered_date as silver_date
from facts
full outer join orders
    on
        facts.ordered_date = orders.ordered_date
        and facts.order_count = orders.order_count
        and facts.line_count = orders.line_count
        and facts.quantity = orders.quantity
        and facts.sales_usd = orders.sales_usd
        and facts.discount_usd = orders.discount_usd
        and facts.sales_eur <=> orders.sales_eur
where facts.ordered_date is null or orders.ordered_date is null
