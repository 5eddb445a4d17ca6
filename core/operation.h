/* SPDX-License-Identifier: MIT */
/* An operation is one const struct: its method, its target, and what is read of its answer. */
#ifndef EMRS_CORE_OPERATION_H
#define EMRS_CORE_OPERATION_H

#include "emrs.h"

struct emrs_member { /* a member of a JSON object whose value is kept */
    emrs_text name;
    /* Bytes kept of its value, escapes counted; the rest is cut. 0: this is another name of the
     * member before it in the table. Of several names only the first whose value is a non-empty
     * string is kept; the others count as absent. */
    uint16_t size_max;
    bool takes_more; /* additional bytes are kept: sieve->more, shared by all such members */
    /* The object that the member is in. 0: the outermost one; else 1 + the table index of the
     * member whose value is this object. No two members of one object have the same name. */
    uint8_t inside;
};

typedef enum {
    EMRS_VALUE_ABSENT,
    EMRS_VALUE_STRING, /* whole, unescaped */
    EMRS_VALUE_CUT,    /* a string past its limit: its beginning, unescaped */
    EMRS_VALUE_NUMBER, /* as it is written, such as 1.7E9 */
    EMRS_VALUE_NULL,
    EMRS_VALUE_OTHER /* true, false, an object, an array, or a number of more than 24 bytes */
} emrs_value_kind;

typedef struct {
    emrs_text text; /* of a STRING, CUT or NUMBER */
    emrs_value_kind kind;
} emrs_value;

struct emrs_operation {
    emrs_text method;
    /* The name of the service in the signature. Empty: the request is not signed. Then it needs no
     * credentials, no region and no clock, and has no X-Amz-Date. */
    emrs_text service;
    /* Returns the first field of the input that breaks a rule, and that rule; EMRS_FIELD_NONE if
     * none does. If the request is not signed, it must refuse an input with which path, query and
     * name of the header have more than EMRS_TARGET_SIZE_MAX bytes together. */
    emrs_field (*check)(const void *input, emrs_rule *rule);
    void (*put_path)(emrs_pen *pen, const void *input); /* "/applications/..." */
    /* "" or "name=value", sorted, encoded. NULL: the path has the query too, and both are sent as
     * they are; only if the request is not signed. */
    void (*put_query)(emrs_pen *pen, const void *input);
    /* Returns the name of one more header, and its value, which is sent from where it lies. Empty
     * value: the header is not sent. NULL: the operation has no such header. Only if the request is
     * not signed: a signed one has the session token in this place. */
    emrs_text (*header)(const void *input, emrs_text *value);
    const emrs_member
        *members;           /* of a 200's body. NULL: no JSON, and the first value is the body */
    uint8_t member_count;   /* EMRS_MEMBER_COUNT_MAX at most */
    bool changes;           /* false: it only reads, and the effect stays NONE */
    uint32_t body_size_max; /* 0: EMRS_BODY_COUNT_MAX */
    /* Bytes of work buffer that the operation needs: EMRS_WORK_SIZE. If emrs_sieve_size of its
     * members exceeds EMRS_SIEVED_SIZE, add twice the difference: the sieve gets only half of what
     * a work buffer has above EMRS_WORK_SIZE. */
    size_t work_size;
    /* Prepares the sieve for the body of a 200: sets `out` to the room for the values, whose bytes
     * must not be NULL, and `more`. It may also set `names` and `named_at`, and lower member_count.
     * If the room is too small, the call ends with EMRS_E_SPACE, and result.needed_size is the size
     * needed. If this member is NULL, the values are put in the work buffer. */
    void (*prepare)(emrs_sieve *sieve, const void *input, void *output);
    /* Judges a 200 by its values, one per member, and writes what the caller wants of them to the
     * output of emrs_call_start. It must copy texts that lie in the work buffer, but not texts that
     * lie in the room.
     * ret: EMRS_DONE if the answer proves what was asked, else EMRS_E_* */
    int (*read)(const void *input, const emrs_value values[], void *output);
};

#endif
