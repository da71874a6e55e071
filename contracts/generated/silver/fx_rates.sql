-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- silver.fx_rates, version 1.0.0
CREATE TABLE `silver`.`fx_rates` (
  `rate_date` date NOT NULL COMMENT 'Day of the rate.',
  `currency` string NOT NULL COMMENT 'Currency (ISO 4217).',
  `rate` decimal(18,8) NOT NULL COMMENT 'Units of the currency that one euro bought.',
  `updated_at` timestamp NOT NULL COMMENT 'When the rate arrived (UTC).'
)
USING delta
COMMENT 'One row per day and currency.';
-- rate_date_currency_is_primary_key (error): PRIMARY KEY (`rate_date`, `currency`)
ALTER TABLE `silver`.`fx_rates` ADD CONSTRAINT `currency_has_its_form` CHECK (coalesce(`currency` RLIKE '^[A-Z]{3}$', true));
ALTER TABLE `silver`.`fx_rates` ADD CONSTRAINT `rate_is_positive` CHECK (coalesce(`rate` > 0, true));
