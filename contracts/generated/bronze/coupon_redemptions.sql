-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- bronze.coupon_redemptions, version 1.0.0
CREATE TABLE `bronze`.`coupon_redemptions` (
  `redemption_id` string COMMENT 'Household, coupon, campaign and day, joined by hyphens.',
  `customer_id` string COMMENT 'The household.',
  `coupon_upc` string COMMENT 'The coupon.',
  `campaign_id` int COMMENT 'The campaign.',
  `redemption_date` date COMMENT 'Day of the redemption.'
)
USING parquet
COMMENT 'One row per line of a file, as it arrived.';
-- batch_has_rows (warn): row_count (min=1)
