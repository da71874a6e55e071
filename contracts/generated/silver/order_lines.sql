-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- silver.order_lines, version 1.0.0
CREATE TABLE `silver`.`order_lines` (
  `order_line_id` string NOT NULL COMMENT 'Order and product of the line, joined by a hyphen.',
  `order_id` string NOT NULL COMMENT 'The order, one basket at a till.',
  `customer_id` string NOT NULL COMMENT 'The household that ordered.',
  `product_id` string NOT NULL COMMENT 'The product.',
  `store_id` string NOT NULL COMMENT 'The store.',
  `quantity` int NOT NULL COMMENT 'Pieces; for fuel, thousandths of a US gallon.',
  `sales_usd` decimal(12,2) NOT NULL COMMENT 'What the retailer got for the line, in US dollars.',
  `discount_usd` decimal(12,2) NOT NULL COMMENT 'All discounts of the line, in US dollars.',
  `sales_eur` decimal(14,4) COMMENT 'sales_usd in euros, at the last reference rate on or before the day of the order; null without a rate.',
  `ordered_at` timestamp NOT NULL COMMENT 'When the order was placed (UTC).',
  `ordered_date` date NOT NULL COMMENT 'Day of the order (UTC).',
  `updated_at` timestamp NOT NULL COMMENT 'When the source last changed the line (UTC).'
)
USING delta
COMMENT 'One row per product of an order.';
-- order_line_id_is_primary_key (error): PRIMARY KEY (`order_line_id`)
ALTER TABLE `silver`.`order_lines` ADD CONSTRAINT `order_line_id_has_its_form` CHECK (coalesce(`order_line_id` RLIKE '^[0-9]+-[0-9]+$', true));
-- customer_is_known (warn): FOREIGN KEY (`customer_id`) REFERENCES silver.customers (`customer_id`)
-- product_is_known (warn): FOREIGN KEY (`product_id`) REFERENCES silver.products (`product_id`)
ALTER TABLE `silver`.`order_lines` ADD CONSTRAINT `quantity_is_not_negative` CHECK (coalesce(`quantity` >= 0, true));
-- quantity_is_positive (warn): `quantity` >= 1
ALTER TABLE `silver`.`order_lines` ADD CONSTRAINT `sales_usd_is_not_negative` CHECK (coalesce(`sales_usd` >= 0, true));
ALTER TABLE `silver`.`order_lines` ADD CONSTRAINT `discount_usd_is_not_negative` CHECK (coalesce(`discount_usd` >= 0, true));
-- sales_eur_is_known (warn): `sales_eur` IS NOT NULL
ALTER TABLE `silver`.`order_lines` ADD CONSTRAINT `ordered_at_is_plausible` CHECK (coalesce(`ordered_at` >= TIMESTAMP '2016-01-01 00:00:00+00:00', true));
ALTER TABLE `silver`.`order_lines` ADD CONSTRAINT `updated_at_is_not_before_ordered_at` CHECK (coalesce(`ordered_at` <= `updated_at`, true));
-- usual_quantity (info): ((`quantity` <= 1000) OR (`sales_usd` > 0))
