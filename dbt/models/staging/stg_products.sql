with

source as (

    select * from {{ source('silver', 'products') }}

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
        coalesce(brand = 'Private', false) as is_private_label,
        updated_at
    from source

)

select * from final
