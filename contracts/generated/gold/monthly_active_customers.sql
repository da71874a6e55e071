-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- gold.monthly_active_customers, version 1.0.0
CREATE TABLE `gold`.`monthly_active_customers` (
  `ordered_month` date NOT NULL COMMENT 'First day (UTC) of the month.',
  `active_customer_count` bigint COMMENT 'Number of customers with at least one order.',
  `order_count` bigint COMMENT 'Number of orders.'
)
USING delta
COMMENT 'One row per month that has orders.';
-- ordered_month_is_primary_key (error): PRIMARY KEY (`ordered_month`)
