-- By month, the orders are those of its days, and no more customers were active than ordered on its days.
with

months as (

    select * from {{ ref('monthly_active_customers') }}

),

days as (

    select
        cast(trunc(ordered_date, 'month') as date) as ordered_month,
        sum(order_count) as order_count,
        sum(customer_count) as customer_count
    from {{ ref('daily_revenue') }}
    group by cast(trunc(ordered_date, 'month') as date)

)

select
    months.ordered_month as active_month,
    days.ordered_month as revenue_month
from months
full outer join days
    on
        months.ordered_month = days.ordered_month
        and months.order_count = days.order_count
        and months.active_customer_count <= days.customer_count
where months.ordered_month is null or days.ordered_month is null
