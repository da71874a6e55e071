with

customers as (

    select * from {{ ref('stg_customers') }}

),

orders as (

    select * from {{ ref('fact_orders') }}

),

customer_orders as (

    select
        customer_id,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        count(*) as order_count
    from orders
    group by customer_id

),

final as (

    select
        coalesce(customers.customer_id, customer_orders.customer_id) as customer_id,
        customers.customer_id is not null as has_profile,
        customers.segment,
        customers.age,
        customers.income,
        customers.home_ownership,
        customers.marital_status,
        customers.household_size,
        customers.household_comp,
        customers.kids_count,
        customers.first_purchase_date,
        customer_orders.first_ordered_at,
        customer_orders.last_ordered_at,
        coalesce(customer_orders.order_count, 0) as order_count,
        customers.valid_from
    from customers
    full outer join customer_orders
        on customers.customer_id = customer_orders.customer_id

)

select * from final
