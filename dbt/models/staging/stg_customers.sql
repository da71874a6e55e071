with

source as (

    select * from {{ source('silver', 'customers') }}

),

current_state as (

    select * from source
    where is_current

),

final as (

    select
        customer_id,
        segment,
        age,
        income,
        home_ownership,
        marital_status,
        household_size,
        household_comp,
        kids_count,
        first_purchase_date,
        valid_from
    from current_state

)

select * from final
