-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- gold.dim_customers, version 1.0.0
CREATE TABLE `gold`.`dim_customers` (
  `customer_id` string NOT NULL COMMENT 'The customer.',
  `has_profile` boolean COMMENT 'Whether silver.customers knows the customer.',
  `segment` string COMMENT 'Segment by orders so far.',
  `age` string COMMENT 'Age group.',
  `income` string COMMENT 'Income group.',
  `home_ownership` string COMMENT 'Whether the home is owned or rented.',
  `marital_status` string COMMENT 'Marital status.',
  `household_size` string COMMENT 'Persons in the household.',
  `household_comp` string COMMENT 'Who lives in the household.',
  `kids_count` string COMMENT 'Number of children.',
  `first_purchase_date` date COMMENT 'Day of the first purchase that the profile names.',
  `first_ordered_at` timestamp COMMENT 'Time of the first order, in UTC; null without orders.',
  `last_ordered_at` timestamp COMMENT 'Time of the last order, in UTC; null without orders.',
  `order_count` bigint COMMENT 'Number of orders; 0 without any.',
  `valid_from` timestamp COMMENT 'Since when the profile holds, in UTC; null without one.'
)
USING delta
COMMENT 'One row per customer.';
-- customer_id_is_primary_key (error): PRIMARY KEY (`customer_id`)
-- has_profile (warn): `has_profile` IN (TRUE)
