-- What the lineage server keeps its events in; `shop` is for tables of your own.
create role marquez with login password 'marquez';
create database marquez owner marquez;
