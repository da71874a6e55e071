-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- gold.daily_revenue, version 1.0.0
CREATE TABLE `gold`.`daily_revenue` (
  `ordered_date` date NOT NULL COMMENT 'Day (UTC) of the orders.',
  `order_count` bigint COMMENT 'Number of orders.',
  `customer_count` bigint COMMENT 'Number of customers that ordered.',
  `quantity` bigint COMMENT 'Units sold.',
  `sales_usd` decimal(18,2) COMMENT 'What was paid, in US dollars.',
  `discount_usd` decimal(18,2) COMMENT 'What was taken off, in US dollars.',
  `sales_eur` decimal(20,4) COMMENT 'What was paid, in euros at the rate of the day; orders without a known rate are left out.'
)
USING delta
COMMENT 'One row per order date that has orders.';
-- ordered_date_is_primary_key (error): PRIMARY KEY (`ordered_date`)
