# sources of schemas
sqldir = $(pkgdatadir)/sql
dist_sql_DATA = \
	schemas/sql/001_content.sql \
	schemas/sql/010_people.sql \
	schemas/sql/020_document.sql \
	schemas/sql/030_exchange.sql \
	schemas/sql/040_signing.sql \
	schemas/sql/050_seed_kinds.sql \
	schemas/sql/060_search_bound.sql \
	schemas/sql/070_proof.sql \
	schemas/sql/071_level.sql schemas/sql/072_verdict.sql \
	schemas/sql/080_delivery.sql schemas/sql/081_gateway.sql schemas/sql/082_deadline.sql schemas/sql/083_version_findings.sql \
	schemas/sql/090_rights.sql \
	schemas/sql/100_mandate.sql \
	schemas/sql/101_signers.sql \
	schemas/sql/110_copy.sql \
	schemas/sql/111_whole.sql \
	schemas/sql/115_container.sql \
	schemas/sql/120_rules.sql \
	schemas/sql/125_content_holder.sql \
	schemas/sql/126_once.sql \
	schemas/sql/128_delivery_functions.sql schemas/sql/130_content_base.sql schemas/sql/135_unsealed.sql schemas/sql/136_version_move.sql schemas/sql/137_void.sql schemas/sql/138_ended.sql schemas/sql/139_mixed.sql
dist_pkgdata_DATA += schemas/openapi.json
