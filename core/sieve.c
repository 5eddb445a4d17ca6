/* SPDX-License-Identifier: MIT */
#include "sieve.h"

#include "emrs_config.h"
#include "emrs_text.h"

/* Invariant, between any two bytes:
 *   state < STATE_COUNT; error <= 0, and once it is negative nothing changes;
 *   depth <= EMRS_JSON_DEPTH_MAX; while passing, member < member_count,
 *   and first is its first name;
 *   inside <= member_count; inside_depth is 1 if inside is 0, else more; all open containers at
 *   depth 1 to inside_depth are objects;
 *   room <= size_max of `first`, plus `more` if it has takes_more; so out never overflows, unless
 *   `more` is larger than what is left of out;
 *   in a key, at grows only while matching != 0, so it never passes the longest name;
 *   in LITERAL, at is inside a word of `literals`; in UTF8 and UNICODE, left > 0. */
enum {
    ROOT,
    FIRST_KEY, /* after '{' */
    KEY,       /* after ',' in an object */
    COLON,
    FIRST_VALUE, /* after '[' */
    VALUE,
    AFTER_VALUE, /* in an object or array */
    AFTER_ROOT,  /* in the states up to here, white space is skipped */
    LITERAL,
    MINUS, /* from here to EXPONENT: inside a number */
    ZERO,
    INTEGER,
    POINT,
    FRACTION,
    EXPONENT_MARK,
    EXPONENT_SIGN,
    EXPONENT,
    STRING,
    UTF8, /* inside a character of more than one byte */
    ESCAPE,
    UNICODE,
    STATE_COUNT
};

void emrs_sieve_init(emrs_sieve *s, const emrs_member *members, uint8_t count, emrs_pen out)
{
    memset(s, 0, sizeof *s);
    s->members = members;
    s->member_count = count;
    s->named_at = count;
    s->inside_depth = 1;
    s->out = out;
}

/* What is passed on */

static const emrs_text *name_of(const emrs_sieve *s, uint8_t member)
{
    return member < s->named_at ? &s->members[member].name : &s->names[member - s->named_at];
}

/* ret: the member of which this is another name; the member itself if it is none */
static uint8_t first_name(const emrs_sieve *s, uint8_t member)
{
    while (s->members[member].size_max == 0)
        member--;
    return member;
}

/* Passes on a whole character or a whole escape. If it does not fit, the value is cut before it. */
static void pass(emrs_sieve *s, const char *unit, size_t size)
{
    if (size > s->room) {
        s->room = 0; /* nothing after it is passed on either */
        s->cut |= 1u << s->member;
        return;
    }
    s->room -= (uint32_t)size;
    s->filled |= 1u << s->first;
    emrs_put(&s->out, (emrs_text){unit, size});
}

/* Passes on one byte in place of a value. */
static void pass_mark(emrs_sieve *s, char mark)
{
    if (s->passing)
        emrs_put_byte(&s->out, mark);
    s->passing = false;
}

/* Passes on a byte of a number. */
static void pass_digit(emrs_sieve *s, char c)
{
    if (s->passing && s->room == 0)
        s->cut |= 1u << s->member;
    else if (s->passing) {
        emrs_put_byte(&s->out, c);
        s->room--;
    }
}

static void pass_quote(emrs_sieve *s)
{
    if (s->passing)
        emrs_put_byte(&s->out, '"');
}

/* Takes the additional bytes that a string used: the next strings cannot have them. */
static void take_more(emrs_sieve *s)
{
    if (s->passing && s->members[s->first].takes_more && s->room < s->more)
        s->more = s->room;
}

static void match_key(emrs_sieve *s, char c)
{
    for (uint8_t i = 0; i < s->member_count; i++) {
        const emrs_text *name = name_of(s, i);
        if (s->at >= name->size || name->bytes[s->at] != c)
            s->matching &= ~(1u << i);
    }
    if (s->matching != 0)
        s->at++;
}

static uint8_t utf8_size(uint32_t point)
{
    return point < 0x80u ? 1 : point < 0x800u ? 2 : point < 0x10000u ? 3 : 4;
}

static size_t put_utf8(uint32_t point, char utf8[4])
{
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t size = utf8_size(point);
    for (size_t at = size - 1; at > 0; at--) {
        utf8[at] = (char)(0x80u | (point & 0x3fu));
        point >>= 6;
    }
    utf8[0] = (char)(leads[size] | point);
    return size;
}

static size_t put_escape(uint32_t point, char unit[6])
{
    memcpy(unit, "\\u00", 4);
    if (point >= ' ') {
        unit[1] = (char)point;
        return 2;
    }
    unit[4] = emrs_to_hex(point >> 4);
    unit[5] = emrs_to_hex(point & 15u);
    return 6;
}

static void match_point(emrs_sieve *s, uint32_t point)
{
    /* Set to 0 only for gcc's analyser: each byte that is read has been written. */
    char utf8[4] = {0};
    size_t size = put_utf8(point, utf8);
    for (size_t at = 0; at < size; at++)
        match_key(s, utf8[at]);
}

static void pass_point(emrs_sieve *s, uint32_t point)
{
    char unit[6];
    bool is_escaped = point < ' ' || point == '"' || point == '\\';
    pass(s, unit, is_escaped ? put_escape(point, unit) : put_utf8(point, unit));
}

/* Takes one character of a string, unescaped. */
static void take_point(emrs_sieve *s, uint32_t point)
{
    s->state = STRING;
    if (s->in_key)
        match_point(s, point);
    else if (s->passing)
        pass_point(s, point);
}

/* Values */

static void end_value(emrs_sieve *s)
{
    s->passing = false;
    s->state = AFTER_VALUE;
}

static bool in_object(const emrs_sieve *s)
{
    return (s->stack & 1u) != 0;
}

static bool open_container(emrs_sieve *s, bool object)
{
    if (s->depth == EMRS_JSON_DEPTH_MAX)
        return false;
    s->stack = s->stack << 1 | object;
    s->state = object ? FIRST_KEY : FIRST_VALUE;
    s->depth++;
    if (s->passing && object) {
        s->inside = (uint8_t)(s->member + 1u);
        s->inside_depth = s->depth;
    }
    pass_mark(s, 't');
    return true;
}

static bool close_container(emrs_sieve *s, bool object)
{
    if (in_object(s) != object)
        return false;
    s->stack >>= 1;
    end_value(s);
    if (--s->depth == 0) {
        s->state = AFTER_ROOT;
    } else if (s->depth < s->inside_depth) {
        s->inside = s->members[s->inside - 1].inside;
        s->inside_depth = s->depth;
    }
    return true;
}

static void open_string(emrs_sieve *s)
{
    s->in_key = s->state <= KEY;
    s->at = 0;
    s->matching = s->in_key && s->depth == s->inside_depth ? (1u << s->member_count) - 1u : 0u;
    pass_quote(s);
    s->state = STRING;
}

/* Begins a wanted member, whose key was just read.      ret: false if it came before */
static bool begin_member(emrs_sieve *s, uint8_t member)
{
    uint32_t bit = 1u << member;
    if ((s->seen & bit) != 0)
        return false; /* it is unclear which of the two would count */
    s->seen |= bit;
    s->first = first_name(s, member);
    if (emrs_has_bit(s->filled, s->first))
        return true;
    emrs_put_byte(&s->out, ',');
    emrs_put_byte(&s->out, (char)('A' + member));
    s->member = member;
    const emrs_member *first = &s->members[s->first];
    s->room = first->size_max + (first->takes_more ? s->more : 0u);
    s->passing = true;
    return true;
}

static bool close_string(emrs_sieve *s)
{
    if (!s->in_key) {
        pass_quote(s);
        take_more(s);
        end_value(s);
        return true;
    }
    s->state = COLON;
    for (uint8_t i = 0; i < s->member_count; i++) {
        const emrs_member *member = &s->members[i];
        if (emrs_has_bit(s->matching, i) && name_of(s, i)->size == s->at
            && member->inside == s->inside)
            return begin_member(s, i);
    }
    return true;
}

/* From here each take_ function returns whether the byte is allowed in this state. */

/* The next state inside a number (RFC 8259, section 6); 0: the byte does not belong to it. */
enum { CLASS_ZERO, CLASS_DIGIT, CLASS_POINT, CLASS_E, CLASS_SIGN, CLASS_COUNT };

static const uint8_t numbers[][CLASS_COUNT] = {
    [MINUS - MINUS] = {ZERO, INTEGER, 0, 0, 0},
    [ZERO - MINUS] = {0, 0, POINT, EXPONENT_MARK, 0},
    [INTEGER - MINUS] = {INTEGER, INTEGER, POINT, EXPONENT_MARK, 0},
    [POINT - MINUS] = {FRACTION, FRACTION, 0, 0, 0},
    [FRACTION - MINUS] = {FRACTION, FRACTION, 0, EXPONENT_MARK, 0},
    [EXPONENT_MARK - MINUS] = {EXPONENT, EXPONENT, 0, 0, EXPONENT_SIGN},
    [EXPONENT_SIGN - MINUS] = {EXPONENT, EXPONENT, 0, 0, 0},
    [EXPONENT - MINUS] = {EXPONENT, EXPONENT, 0, 0, 0},
};

static uint8_t next_of_number(uint8_t state, char c)
{
    const uint8_t *row = numbers[state - MINUS];
    if (emrs_is_digit(c))
        return row[c == '0' ? CLASS_ZERO : CLASS_DIGIT];
    if (c == '.')
        return row[CLASS_POINT];
    if (c == 'e' || c == 'E')
        return row[CLASS_E];
    return c == '+' || c == '-' ? row[CLASS_SIGN] : 0;
}

static const char literals[] = "true\0"
                               "false\0"
                               "null";
enum { TRUE_AT, FALSE_AT = sizeof "true", NULL_AT = FALSE_AT + sizeof "false" };

/* The state after the first byte of a number; 0: no number begins with it. */
static uint8_t state_of_number(char c)
{
    return c == '-' ? MINUS : c == '0' ? ZERO : emrs_is_digit(c) ? INTEGER : 0;
}

/* Begins a number or a literal. */
static bool open_scalar(emrs_sieve *s, char c)
{
    uint8_t next = state_of_number(c);
    s->state = next != 0 ? next : LITERAL;
    s->at = (uint8_t)((c == 't' ? TRUE_AT : c == 'f' ? FALSE_AT : NULL_AT) + 1);
    s->room = EMRS_NUMBER_SIZE_MAX;
    if (next == 0)
        pass_mark(s, c);
    pass_digit(s, c);
    return next != 0 || literals[s->at - 1] == c;
}

/* The marks between strings, numbers and literals: the states that allow each, and what it does */
enum { ACT_STRING, ACT_SEPARATE, ACT_OPEN, ACT_CLOSE, ACT_SCALAR };
#define IN(state) (1u << (state))
static const struct {
    char byte;
    uint8_t states, act;
} marks[] = {
    {'"', IN(FIRST_KEY) | IN(KEY) | IN(FIRST_VALUE) | IN(VALUE), ACT_STRING},
    {',', IN(AFTER_VALUE), ACT_SEPARATE},
    {':', IN(COLON), ACT_SEPARATE},
    {'{', IN(ROOT) | IN(FIRST_VALUE) | IN(VALUE), ACT_OPEN},
    {'}', IN(FIRST_KEY) | IN(AFTER_VALUE), ACT_CLOSE},
    {'[', IN(FIRST_VALUE) | IN(VALUE), ACT_OPEN},
    {']', IN(FIRST_VALUE) | IN(AFTER_VALUE), ACT_CLOSE},
    {'\0', IN(FIRST_VALUE) | IN(VALUE), ACT_SCALAR}, /* any other: a number or a literal */
};

static unsigned mark_of(char c)
{
    unsigned mark = 0;
    while (marks[mark].byte != '\0' && marks[mark].byte != c)
        mark++;
    return mark;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool take_mark(emrs_sieve *s, char c)
{
    if (is_space(c))
        return true;
    unsigned mark = mark_of(c);
    if (!emrs_has_bit(marks[mark].states, s->state))
        return false;
    switch (marks[mark].act) {
    case ACT_STRING:
        open_string(s);
        return true;
    case ACT_SEPARATE:
        s->state = c == ',' && in_object(s) ? KEY : VALUE;
        return true;
    case ACT_OPEN:
        return open_container(s, c == '{');
    case ACT_CLOSE:
        return close_container(s, c == '}');
    default:
        return open_scalar(s, c);
    }
}

static bool take_number(emrs_sieve *s, char c)
{
    uint8_t next = next_of_number(s->state, c);
    if (next != 0) {
        s->state = next;
        pass_digit(s, c);
        return true;
    }
    bool is_whole =
        s->state == ZERO || s->state == INTEGER || s->state == FRACTION || s->state == EXPONENT;
    end_value(s);
    return is_whole && take_mark(s, c);
}

static bool take_literal(emrs_sieve *s, char c)
{
    bool same = c == literals[s->at++];
    if (same && literals[s->at] == '\0')
        end_value(s);
    return same;
}

/* Strings: code points by UTF-8 (RFC 3629) or by escape */

static bool take_lead(emrs_sieve *s, uint8_t byte)
{
    s->point_size = byte >= 0xf0u ? 4 : byte >= 0xe0u ? 3 : 2;
    s->left = (uint8_t)(s->point_size - 1u);
    s->point = byte & (0x7fu >> s->point_size);
    s->state = UTF8;
    return byte >= 0xc2u && byte <= 0xf4u;
}

static bool take_utf8(emrs_sieve *s, uint8_t byte)
{
    s->point = s->point << 6 | (byte & 0x3fu);
    if ((byte & 0xc0u) != 0x80u)
        return false;
    if (--s->left > 0)
        return true;
    if (utf8_size(s->point) != s->point_size || s->point > 0x10ffffu || s->point >> 11 == 0x1bu)
        return false;
    take_point(s, s->point);
    return true;
}

static bool take_string(emrs_sieve *s, char c)
{
    uint8_t byte = (uint8_t)c;
    if (s->high != 0 && c != '\\')
        return false; /* only the low surrogate may follow */
    if (c == '"')
        return close_string(s);
    if (byte >= 0x80u)
        return take_lead(s, byte);
    if (byte < 0x20u)
        return false;
    if (c == '\\')
        s->state = ESCAPE;
    else
        take_point(s, byte);
    return true;
}

static bool take_escape(emrs_sieve *s, char c)
{
    static const char letters[] = "\"\\/bfnrt", points[] = "\"\\/\b\f\n\r\t";
    if (c == 'u') {
        s->point = 0;
        s->left = 4;
        s->state = UNICODE;
        return true;
    }
    const char *found = memchr(letters, c, sizeof letters - 1);
    if (found == NULL || s->high != 0)
        return false; /* only \u may follow a high surrogate */
    take_point(s, (uint8_t)points[found - letters]);
    return true;
}

static bool end_unicode(emrs_sieve *s)
{
    uint32_t high = s->high, half = s->point >> 10;
    s->state = STRING;
    if ((half == 0x37u) != (high != 0))
        return false; /* a surrogate without its other half */
    s->high = (uint16_t)(half == 0x36u ? s->point : 0u);
    if (half == 0x36u)
        return true;
    if (high != 0)
        s->point += 0x10000u + ((high & 0x3ffu) << 10) - 0xdc00u;
    take_point(s, s->point);
    return true;
}

static bool take_unicode(emrs_sieve *s, char c)
{
    int digit = emrs_hex_digit(c);
    s->point = s->point << 4 | (uint32_t)(digit & 15);
    return digit >= 0 && (--s->left > 0 || end_unicode(s));
}

/* ret: whether the byte is allowed in this state */
static bool sift_byte(emrs_sieve *s, char c)
{
    if (s->state <= AFTER_ROOT)
        return take_mark(s, c);
    switch (s->state) {
    case LITERAL:
        return take_literal(s, c);
    case STRING:
        return take_string(s, c);
    case UTF8:
        return take_utf8(s, (uint8_t)c);
    case ESCAPE:
        return take_escape(s, c);
    case UNICODE:
        return take_unicode(s, c);
    default:
        return take_number(s, c);
    }
}

void emrs_sieve_take(emrs_sieve *s, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size && s->error == 0; at++)
        if (!sift_byte(s, bytes[at]))
            s->error = EMRS_E_JSON;
}

int emrs_sieve_end(emrs_sieve *s)
{
    if (s->error == 0 && s->state == ROOT)
        s->error = EMRS_E_UNVERIFIED;
    else if (s->error == 0 && s->state != AFTER_ROOT)
        s->error = EMRS_E_JSON;
    else if (s->error == 0 && emrs_pen_full(&s->out))
        s->error = EMRS_E_SPACE;
    return s->error;
}
