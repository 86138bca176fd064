# sources of schemas
sqldir = $(pkgdatadir)/sql
dist_sql_DATA = schemas/sql/001_content.sql schemas/sql/010_people.sql schemas/sql/020_document.sql \
	schemas/sql/030_exchange.sql schemas/sql/040_signing.sql schemas/sql/050_seed_kinds.sql schemas/sql/060_search_bound.sql
dist_pkgdata_DATA += schemas/openapi.json
dist_sql_DATA += schemas/sql/090_rights.sql
