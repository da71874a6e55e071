-- Generated from the contracts by `tidegate contract generate`; change those instead.
-- gold.dim_products, version 1.0.0
CREATE TABLE `gold`.`dim_products` (
  `product_id` string NOT NULL COMMENT 'The product.',
  `manufacturer_id` string COMMENT 'Who makes it.',
  `department` string COMMENT 'Department of the shop.',
  `brand` string COMMENT 'National, or Private for a label of the retailer\'s own.',
  `product_category` string COMMENT 'Category within the department.',
  `product_type` string COMMENT 'Type within the category.',
  `package_size` string COMMENT 'Size of the package, as printed.',
  `is_private_label` boolean COMMENT 'Whether it is a label of the retailer\'s own.',
  `updated_at` timestamp COMMENT 'When the product last changed, in UTC.'
)
USING delta
COMMENT 'One row per product.';
-- product_id_is_primary_key (error): PRIMARY KEY (`product_id`)
