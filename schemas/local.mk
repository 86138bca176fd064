# sources of schemas
sqldir = $(pkgdatadir)/sql
dist_sql_DATA = schemas/sql/001_content.sql
