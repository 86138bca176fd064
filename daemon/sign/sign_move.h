/* sign_move: the moves that are signatures, and what each makes of the file it signs. */
#ifndef CONGVAN_SIGN_SIGN_MOVE_H
#define CONGVAN_SIGN_SIGN_MOVE_H

#include <stdbool.h>

struct sign_move {
	const char *name;
	const char *role;   /* the look, unless another is asked for */
	const char *cause;  /* of the version that it makes */
	bool beside;        /* a file of its own beside the document, which stays as it is; else the next version of the file */
	const char *part;   /* beside: what that file is, */
	int part_number;    /* which (-1: another each time), */
	const char *infix;  /* and what its name has before the ending */
};

/* NULL: no signature. */
const struct sign_move *sign_move_find(const char *name);

#endif
