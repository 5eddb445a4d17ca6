/* SPDX-License-Identifier: MIT */
/* The members of emrs_client and emrs_call. They are public only so that you can place these
 * structs anywhere. They are no API: read results from emrs_result, never from here. */
#include "emrs.h" /* before the include guard, as emrs.h includes this file after its types */
#ifndef EMRS_STATE_H
#define EMRS_STATE_H

/* A signing key, its day, and a hash of the secret and the region that it was made from. If there
 * is no key, all is zero. */
typedef struct {
    uint8_t origin[32];
    char day[8];
    uint8_t derived[32];
} emrs_signing_key;

/* A bounded writer. If used > size, it overflowed, and used is the size that it needed. */
typedef struct {
    char *bytes;
    size_t size, used;
} emrs_pen;

/* The HTTP/1.1 parser: core/response.c has the invariant */
typedef struct {
    uint8_t state;
    uint8_t status_at;     /* bytes of the status line read */
    uint8_t blank_count;   /* empty lines before it */
    uint8_t interim_count; /* answers with status 1xx */
    uint8_t header;        /* the header of the current line */
    uint8_t part_size;     /* of `part` */
    uint8_t digit_count;   /* of a chunk's size */
    bool cr, http10, close, encoded, chunked, has_length, not_json, part_cut, trailers;
    bool has_date, has_age, has_retry_after;
    uint16_t status, head_size; /* head_size: all that is not body, so far */
    uint32_t body_left;         /* of the body, or of the chunk, still to come */
    uint32_t body_size;         /* so far */
    uint32_t body_size_max;
    uint32_t date_s;         /* Date; 0: there is none that can be trusted */
    uint32_t retry_after_ms; /* x-amz-retry-after */
    int error;
    emrs_pen request_id, error_name;
    char part[32]; /* a header line's name, then its value, in lower case */
} emrs_response;

typedef struct emrs_member emrs_member;

/* The JSON sieve: core/sieve.c has the invariant */
typedef struct {
    emrs_pen out;
    uint8_t member_count, member, state, depth;
    uint8_t inside;       /* the innermost wanted object that is open: 0 or 1 + its member */
    uint8_t inside_depth; /* its depth */
    uint8_t left;         /* bytes or digits of the code point still to come */
    uint8_t point_size;   /* its bytes as UTF-8 */
    uint8_t at;           /* position in the key, or in the literals */
    uint8_t first;        /* the member of which `member` is another name; else `member` */
    uint8_t named_at;     /* from this member on, the names are in `names` */
    bool in_key, passing;
    uint16_t high;      /* a high surrogate that waits for its low one */
    uint32_t matching;  /* members that still match the key, one bit each */
    uint32_t seen, cut; /* members met, members cut, one bit each */
    uint32_t filled;    /* members whose value was passed on, under any name, one bit each */
    uint32_t more;      /* bytes by which members with takes_more may be longer, all together */
    uint32_t room;      /* for the rest of the value being passed */
    uint32_t stack;     /* one bit per level: 1 object, 0 array */
    uint32_t point;     /* the code point being read */
    const emrs_member *members;
    const emrs_text *names;
    int error;
} emrs_sieve;

typedef struct {
    bool begun;        /* the port took a byte of its request */
    bool shown;        /* the port was given the last window of its request */
    bool verified;     /* the stream's peer is verified */
    bool whole;        /* a whole answer came */
    bool confirmed;    /* it was a 200 that proves what was asked */
    bool refused;      /* the answer names an error after which nothing can have been done */
    bool extra;        /* bytes came after the answer */
    bool reused;       /* it uses a stream that was left open */
    bool ended_early;  /* the stream ended in SEND; an answer may have come before that */
    uint16_t status;   /* of the answer */
    uint32_t sent_ms;  /* monotonic time when it was signed */
    uint32_t utc_s;    /* this device's clock at that time; 0: unknown */
    uint32_t signed_s; /* the corrected time that it was signed with */
} emrs_attempt;

typedef struct {
    emrs_config config;
    emrs_text base_path;
    uint32_t ready;
    const void *call, *result; /* of the call in flight; call is NULL if there is none */
    uint16_t port;
    uint16_t tokens; /* left for retries */
    bool tls;
    bool is_localhost; /* plain http to "localhost": connects to 127.0.0.1 */
    bool kept;         /* a stream was left open at kept_ms, with this peer */
    uint8_t peer;      /* an emrs_peer */
    uint32_t kept_ms;
    int32_t offset_s;   /* the service's clock minus this one */
    uint32_t learnt_s;  /* this clock when offset_s was learnt */
    uint32_t learnt_ms; /* the tick when offset_s was learnt */
    uint32_t date_s;    /* the service's time at date_ms, learnt without a clock; 0: not known */
    uint32_t date_ms;
    emrs_signing_key key;
    /* The low bits of the corrected time when a call last asked for credentials before an attempt.
     * 16 bits fit into what would be padding */
    uint16_t asked_s;
    char host[EMRS_HOST_SIZE_MAX + 1u];
} emrs_client;

typedef struct emrs_operation emrs_operation;

typedef struct {
    uint8_t state, window;
    uint8_t next; /* the state that follows CLOSE */
    bool open, stopped;
    bool renewed;       /* this attempt is the first with fresh credentials */
    uint8_t cost;       /* retry tokens that this attempt took */
    emrs_effect before; /* of the attempts before this one */
    emrs_attempt attempt;
    int code;
    uint32_t timeout_ms;  /* of the whole call; it counts from the first step */
    uint32_t deadline_ms; /* when the call ends */
    uint32_t share_ms;    /* when its phase must end */
    uint32_t wait_ms;     /* when its wait or its renewal of credentials ends */
    uint32_t quiet_ms;    /* when bytes last moved, or when the state began */
    emrs_now now;         /* the time of this step */
    emrs_client *client;
    const emrs_operation *operation;
    const void *input;
    void *output;
    emrs_result *result;
    emrs_result last;   /* the result of the attempt before */
    uint16_t kept_size; /* size of its texts, which lie before the request in the work buffer */
    emrs_text windows[3];
    emrs_credentials credentials;
    emrs_response response;
    emrs_sieve sieve;
} emrs_call;

#endif
