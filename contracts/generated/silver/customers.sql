-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- silver.customers, version 1.0.0
CREATE TABLE `silver`.`customers` (
  `customer_id` string NOT NULL COMMENT 'The household.',
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
  `updated_at` timestamp NOT NULL COMMENT 'When the source last changed the record (UTC).'
)
USING delta
COMMENT 'One row per household and interval in which nothing changed.';
-- customer_id_updated_at_is_primary_key (error): PRIMARY KEY (`customer_id`, `updated_at`)
ALTER TABLE `silver`.`customers` ADD CONSTRAINT `segment_is_accepted` CHECK (coalesce(`segment` IN ('new', 'active', 'loyal', 'lapsed'), true));
-- demographics_are_known (info): `age` IS NOT NULL
