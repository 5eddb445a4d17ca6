/* SPDX-License-Identifier: MIT */
/* An operation is one const struct: its method, its target, and what is read of its answer. */
#ifndef EMRS_CORE_OPERATION_H
#define EMRS_CORE_OPERATION_H

#include "emrs.h"

struct emrs_member { /* a member of a JSON object whose value is kept */
    emrs_text name;
    /* Bytes kept of its value, escapes counted; the rest is cut. 0: another name of the member
     * before it in the table. Of such names only the first whose value is a non-empty string is
     * kept; the others count as absent. */
    uint16_t size_max;
    bool takes_more; /* up to sieve->more bytes more are kept */
};

typedef enum {
    EMRS_VALUE_ABSENT,
    EMRS_VALUE_STRING, /* whole, unescaped */
    EMRS_VALUE_CUT,    /* a string past its limit: its beginning, unescaped */
    EMRS_VALUE_OTHER   /* a number, true, false, null, an object or an array */
} emrs_value_kind;

typedef struct {
    emrs_text text; /* of a STRING or CUT */
    emrs_value_kind kind;
} emrs_value;

struct emrs_operation {
    emrs_text method;
    /* Returns the first field of the input that breaks a rule, and that rule; EMRS_FIELD_NONE if
     * none does. */
    emrs_field (*check)(const void *input, emrs_rule *rule);
    void (*put_path)(emrs_pen *pen, const void *input);  /* "/applications/..." */
    void (*put_query)(emrs_pen *pen, const void *input); /* "" or "name=value", sorted, encoded */
    const emrs_member *members;                          /* of a 200's body */
    uint8_t member_count;
    /* Judges a 200 by its values, one per member, and copies what the caller wants of them to the
     * output of emrs_call_start. It copies, since the texts lie in the work buffer.
     * ret: EMRS_DONE if the answer proves what was asked, else EMRS_E_* */
    int (*read)(const void *input, const emrs_value values[], void *output);
};

#endif
