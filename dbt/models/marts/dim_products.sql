with

products as (

    select * from {{ ref('stg_products') }}

),

final as (

    select
        product_id,
        manufacturer_id,
        department,
        brand,
        product_category,
        product_type,
        package_size,
        is_private_label,
        updated_at
    from products

)

select * from final
