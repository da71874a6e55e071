-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- bronze.customers, version 1.0.0
CREATE TABLE `bronze`.`customers` (
  `customer_id` string COMMENT 'The household.',
  `first_purchase_date` date COMMENT 'Day of the first order.',
  `segment` string COMMENT 'new, active, loyal or lapsed, by the orders so far.',
  `favourite_store_id` string COMMENT 'Store with the most orders so far.',
  `age` string COMMENT 'Age band in years; null without demographics.',
  `income` string COMMENT 'Income band in thousands of US dollars a year; null without demographics.',
  `home_ownership` string COMMENT 'Whether the home is owned or rented; null where unknown.',
  `marital_status` string COMMENT 'Marital status; null where unknown.',
  `household_size` string COMMENT 'Persons in the household; null without demographics.',
  `household_comp` string COMMENT 'Composition of the household; null without demographics.',
  `kids_count` string COMMENT 'Children in the household; null without demographics.',
  `updated_at` timestamp COMMENT 'When the source last changed the record (UTC).'
)
USING parquet
COMMENT 'One row per line of a file, as it arrived.';
-- batch_has_rows (warn): row_count (min=1)
