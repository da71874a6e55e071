with

source as (

    select * from {{ source('silver', 'orders') }}

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
    from source

)

select * from final
