-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- bronze.order_lines, version 1.0.0
CREATE TABLE `bronze`.`order_lines` (
  `order_line_id` string COMMENT 'Order and product of the line, joined by a hyphen.',
  `order_id` string COMMENT 'The order, one basket at a till.',
  `customer_id` string COMMENT 'The household that ordered.',
  `product_id` string COMMENT 'The product.',
  `store_id` string COMMENT 'The store.',
  `quantity` int COMMENT 'Pieces; for fuel, thousandths of a US gallon.',
  `sales_value` decimal(12,2) COMMENT 'What the retailer got for the line, in units of the currency.',
  `retail_disc` decimal(12,2) COMMENT 'Discount of the loyalty card, in units of the currency.',
  `coupon_disc` decimal(12,2) COMMENT 'Discount of a maker\'s coupon, in units of the currency.',
  `coupon_match_disc` decimal(12,2) COMMENT 'The retailer\'s match of a maker\'s coupon, in units of the currency.',
  `currency` string COMMENT 'Currency of the amounts (ISO 4217).',
  `ordered_at` timestamp COMMENT 'When the order was placed (UTC).',
  `updated_at` timestamp COMMENT 'When the source last changed the line (UTC).'
)
USING parquet
COMMENT 'One row per line of a file, as it arrived.';
-- batch_has_rows (warn): row_count (min=1)
