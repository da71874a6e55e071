"""Documents of the Open Data Contract Standard (version 3), read into contracts. Spark is not needed here."""
