-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- bronze.products, version 1.0.0
CREATE TABLE `bronze`.`products` (
  `product_id` string COMMENT 'The product.',
  `manufacturer_id` string COMMENT 'Who makes it.',
  `department` string COMMENT 'Department of the store.',
  `brand` string COMMENT 'National, or Private for the label of the retailer.',
  `product_category` string COMMENT 'Category within the department.',
  `product_type` string COMMENT 'Type within the category.',
  `package_size` string COMMENT 'Size of the package as it is printed.',
  `price_band` string COMMENT 'Band of the usual price in US dollars.',
  `first_sold_date` date COMMENT 'Day on which it was first sold.',
  `updated_at` timestamp COMMENT 'When the source last changed the record (UTC).'
)
USING parquet
COMMENT 'One row per line of a file, as it arrived.';
-- batch_has_rows (warn): row_count (min=1)
