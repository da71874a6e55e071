-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- bronze.fx_rates, version 1.0.0
CREATE TABLE `bronze`.`fx_rates` (
  `rate_date` date COMMENT 'Day of the rate.',
  `currency` string COMMENT 'Currency (ISO 4217).',
  `rate` decimal(18,8) COMMENT 'Units of the currency that one euro bought.'
)
USING parquet
COMMENT 'One row per day and currency of a file, as it arrived.';
-- batch_has_rows (warn): row_count (min=1)
