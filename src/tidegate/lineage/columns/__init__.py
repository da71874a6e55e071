"""What columns are made from, read off the plan of a query: Spark's analysed plan, or the SQL of a dbt model."""
