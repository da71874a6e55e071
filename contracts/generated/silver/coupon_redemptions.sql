-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- silver.coupon_redemptions, version 1.0.0
CREATE TABLE `silver`.`coupon_redemptions` (
  `redemption_id` string NOT NULL COMMENT 'Household, coupon, campaign and day, joined by hyphens.',
  `customer_id` string NOT NULL COMMENT 'The household.',
  `coupon_upc` string NOT NULL COMMENT 'The coupon.',
  `campaign_id` int NOT NULL COMMENT 'The campaign.',
  `redemption_date` date NOT NULL COMMENT 'Day of the redemption.'
)
USING delta
COMMENT 'One row per redemption.';
-- redemption_id_is_primary_key (error): PRIMARY KEY (`redemption_id`)
