/*
 * register: registers (sổ), their periods and entries. A number is taken by register_take inside the act that uses it and stands only together
 * with its entry: the schema refuses a gap or a double (schemas/sql/020_document.sql).
 */
#ifndef CONGVAN_STORE_REGISTER_H
#define CONGVAN_STORE_REGISTER_H

#include "daemon/store/person.h"
#include "daemon/store/store.h"

void register_list(struct db *db, const char *organ, store_cb cb, void *arg);
/* {"id","organ","direction","kind_group","kinds","name","period"}; organ by id or code. */
void register_insert(struct act *act, const json_t *row, store_cb cb, void *arg);
/* {"register","label","starts","ends"}; a running term before it ends the day before. Overlap: STATUS_INVALID, constraint register_period_overlap. */
void register_period_insert(struct act *act, const json_t *row, store_cb cb, void *arg);

/*
 * The next number of the period -> {"number"}. A period by years is made when its first number is taken (made: its label is a year). NOT_FOUND without a
 * period.
 */
void register_take(struct act *act, const char *reg, const char *period, bool year, store_cb cb, void *arg);
/* {"register","period","number","document","taken_by","line"} */
void register_entry_insert(struct act *act, const json_t *row, store_cb cb, void *arg);
/* The document's entry that still counts -> {"register","period","number"}; NOT_FOUND. */
void register_void_document(struct act *act, const char *document, const char *account, const char *reason,
	store_cb cb, void *arg);
/* An entry by its number; NOT_FOUND when there is none or it is voided. */
void register_void_number(struct act *act, const char *reg, const char *period, int number, const char *account,
	const char *reason, store_cb cb, void *arg);
/* Of an entry -> {"document","organ","voided"}. */
void register_entry_find(struct db *db, const char *reg, const char *period, int number, store_cb cb, void *arg);

struct register_filter {
	const char *reg, *period, *from, *to; /* "" when not asked for; period "": the newest */
	int after, limit;                     /* numbers after this one */
};
/* -> {"register":{…,"organ_name"},"period","items":[{"number","taken_at","taken_by","document","line","voided_at","void_reason"}]} of a register of the person's organ. */
void register_entries(struct db *db, const struct person *person, const struct register_filter *f, store_cb cb,
	void *arg);

#endif
