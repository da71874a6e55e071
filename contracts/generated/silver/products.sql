-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- silver.products, version 1.0.0
CREATE TABLE `silver`.`products` (
  `product_id` string NOT NULL COMMENT 'The product.',
  `manufacturer_id` string COMMENT 'Who makes it.',
  `department` string COMMENT 'Department of the store.',
  `brand` string COMMENT 'National, or Private for the label of the retailer.',
  `product_category` string COMMENT 'Category within the department.',
  `product_type` string COMMENT 'Type within the category.',
  `package_size` string COMMENT 'Size of the package as it is printed.',
  `price_band` string COMMENT 'Band of the usual price in US dollars.',
  `first_sold_date` date COMMENT 'Day on which it was first sold.',
  `updated_at` timestamp NOT NULL COMMENT 'When the source last changed the record (UTC).'
)
USING delta
COMMENT 'One row per product.';
-- product_id_is_primary_key (error): PRIMARY KEY (`product_id`)
-- brand_is_accepted (warn): `brand` IN ('National', 'Private')
-- product_category_is_known (info): `product_category` IS NOT NULL
