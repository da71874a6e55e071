-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- gold.fact_orders, version 1.0.0
CREATE TABLE `gold`.`fact_orders` (
  `order_id` string NOT NULL COMMENT 'The order.',
  `customer_id` string NOT NULL COMMENT 'Who ordered.',
  `store_id` string NOT NULL COMMENT 'Where it was ordered.',
  `ordered_at` timestamp NOT NULL COMMENT 'When, in UTC.',
  `ordered_date` date NOT NULL COMMENT 'Day (UTC) of ordered_at. It never changes for an order.',
  `line_count` int NOT NULL COMMENT 'Number of order lines.',
  `quantity` bigint NOT NULL COMMENT 'Units over all lines.',
  `sales_usd` decimal(14,2) NOT NULL COMMENT 'What was paid, in US dollars.',
  `discount_usd` decimal(14,2) NOT NULL COMMENT 'What was taken off, in US dollars.',
  `sales_eur` decimal(16,4) COMMENT 'What was paid, in euros at the rate of the day; null where no rate is known.',
  `updated_at` timestamp COMMENT 'When the order last changed, in UTC.'
)
USING delta
COMMENT 'One row per order.';
-- order_id_is_primary_key (error): PRIMARY KEY (`order_id`)
-- customer_is_known (error): FOREIGN KEY (`customer_id`) REFERENCES gold.dim_customers (`customer_id`)
