-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- Who may read silver.customers. What was granted to others before has to be revoked by hand.
CREATE OR REPLACE VIEW `silver`.`customers_masked` AS
SELECT
  CASE WHEN `customer_id` IS NOT NULL THEN '***' END AS `customer_id`,
  `first_purchase_date`,
  `segment`,
  `favourite_store_id`,
  CASE WHEN `age` IS NOT NULL THEN '***' END AS `age`,
  CASE WHEN `income` IS NOT NULL THEN '***' END AS `income`,
  CASE WHEN `home_ownership` IS NOT NULL THEN '***' END AS `home_ownership`,
  CASE WHEN `marital_status` IS NOT NULL THEN '***' END AS `marital_status`,
  CASE WHEN `household_size` IS NOT NULL THEN '***' END AS `household_size`,
  CASE WHEN `household_comp` IS NOT NULL THEN '***' END AS `household_comp`,
  CASE WHEN `kids_count` IS NOT NULL THEN '***' END AS `kids_count`,
  `updated_at`
FROM `silver`.`customers`;
GRANT SELECT ON TABLE `silver`.`customers` TO ROLE `customer_care`;
GRANT SELECT ON TABLE `silver`.`customers_masked` TO ROLE `analysts`;
