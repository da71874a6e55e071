-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- silver.orders, version 1.0.0
CREATE TABLE `silver`.`orders` (
  `order_id` string NOT NULL COMMENT 'The order, one basket at a till.',
  `customer_id` string NOT NULL COMMENT 'The household that ordered.',
  `store_id` string NOT NULL COMMENT 'The store.',
  `ordered_at` timestamp NOT NULL COMMENT 'When the order was placed (UTC).',
  `ordered_date` date NOT NULL COMMENT 'Day of the order (UTC).',
  `line_count` int NOT NULL COMMENT 'Lines of the order.',
  `quantity` bigint NOT NULL COMMENT 'Sum of the quantities of the lines.',
  `sales_usd` decimal(14,2) NOT NULL COMMENT 'Sum over the lines, in US dollars.',
  `discount_usd` decimal(14,2) NOT NULL COMMENT 'Sum over the lines, in US dollars.',
  `sales_eur` decimal(16,4) COMMENT 'Sum over the lines, in euros; null where no line has a rate.',
  `updated_at` timestamp NOT NULL COMMENT 'When the source last changed one of the lines (UTC).'
)
USING delta
COMMENT 'One row per order.';
-- order_id_is_primary_key (error): PRIMARY KEY (`order_id`)
-- customer_is_known (warn): FOREIGN KEY (`customer_id`) REFERENCES silver.customers (`customer_id`)
ALTER TABLE `silver`.`orders` ADD CONSTRAINT `line_count_is_positive` CHECK (coalesce(`line_count` >= 1, true));
ALTER TABLE `silver`.`orders` ADD CONSTRAINT `sales_usd_is_not_negative` CHECK (coalesce(`sales_usd` >= 0, true));
ALTER TABLE `silver`.`orders` ADD CONSTRAINT `discount_usd_is_not_negative` CHECK (coalesce(`discount_usd` >= 0, true));
-- sales_eur_is_known (warn): `sales_eur` IS NOT NULL
ALTER TABLE `silver`.`orders` ADD CONSTRAINT `updated_at_is_not_before_ordered_at` CHECK (coalesce(`ordered_at` <= `updated_at`, true));
