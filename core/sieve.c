/* SPDX-License-Identifier: MIT */
#include "sieve.h"

#include "limits.h"
#include "text.h"

/* Invariant, between any two bytes:
 *   state < STATE_COUNT; error <= 0, and once it is negative nothing changes;
 *   depth <= EMRS_JSON_DEPTH_MAX; member < member_count while passing;
 *   kept_size <= members[member].size_max, and so out never overflows;
 *   at only grows while matching != 0, so it never passes the longest name. */
enum {
    ROOT,
    FIRST_KEY, /* after '{' */
    KEY,       /* after ',' in an object */
    COLON,
    FIRST_VALUE, /* after '[' */
    VALUE,
    AFTER, /* after a value inside something */
    STRING,
    ESCAPE,
    UNICODE,
    LITERAL,
    MINUS, /* from here to EXPONENT: inside a number */
    ZERO,
    INTEGER,
    POINT,
    FRACTION,
    E,
    E_SIGN,
    EXPONENT,
    END,
    STATE_COUNT
};

static const emrs_text literals[] = {TEXT_INIT("true"), TEXT_INIT("false"), TEXT_INIT("null")};

/* Quotes of the name, colon, comma, quotes of the value. */
#define PUNCTUATION_SIZE 6u
#define NULL_SIZE 4u

size_t emrs_sieve_size(const emrs_member *members, uint8_t count)
{
    size_t size = sizeof "{}" - 1;
    for (uint8_t i = 0; i < count; i++)
        size += members[i].name.size + PUNCTUATION_SIZE
                + (members[i].size_max > NULL_SIZE ? members[i].size_max : NULL_SIZE);
    return size;
}

void emrs_sieve_init(emrs_sieve *s, const emrs_member *members, uint8_t count, emrs_pen out)
{
    memset(s, 0, sizeof *s);
    s->members = members;
    s->member_count = count;
    s->out = out;
}

static void fail(emrs_sieve *s)
{
    s->error = EMRS_E_JSON;
}

static bool go(emrs_sieve *s, bool allowed, uint8_t state)
{
    if (allowed)
        s->state = state;
    else
        fail(s);
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What is passed on */

static void pass(emrs_sieve *s, emrs_text unit)
{
    uint16_t bit = (uint16_t)(1u << s->member);
    if (!s->passing || (s->cut & bit) != 0)
        return;
    if (unit.size > (size_t)(s->members[s->member].size_max - s->kept_size)) {
        s->cut |= bit; /* a whole unit or nothing: no half escape, no half character */
        return;
    }
    s->kept_size = (uint16_t)(s->kept_size + unit.size);
    put(&s->out, unit);
}

static void pass_escaped(emrs_sieve *s, char c)
{
    static const char digits[] = "0123456789abcdef";
    const char control[] = {'\\', 'u', '0', '0', digits[c >> 4 & 1], digits[c & 15]};
    const char quoted[] = {'\\', c};
    if (c == '"' || c == '\\')
        pass(s, (emrs_text){quoted, sizeof quoted});
    else
        pass(s, (emrs_text){control, sizeof control});
}

static void match(emrs_sieve *s, char c)
{
    for (unsigned i = 0; i < s->member_count; i++) {
        emrs_text name = s->members[i].name;
        if (s->at >= name.size || name.bytes[s->at] != c)
            s->matching &= (uint16_t)(~(1u << i));
    }
    if (s->matching != 0)
        s->at++;
}

static size_t encode(uint32_t point, char utf8[4])
{
    size_t size = point < 0x80u ? 1 : point < 0x800u ? 2 : point < 0x10000u ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t at = size - 1; at > 0; at--) {
        utf8[at] = (char)(0x80u | (point & 0x3fu));
        point >>= 6;
    }
    utf8[0] = (char)(leads[size] | point);
    return size;
}

/* One character of a string, unescaped. */
static void take_point(emrs_sieve *s, uint32_t point)
{
    char utf8[4];
    size_t size = encode(point, utf8);
    if (s->in_key) {
        for (size_t at = 0; at < size; at++)
            match(s, utf8[at]);
    } else if (point < ' ' || point == '"' || point == '\\') {
        pass_escaped(s, utf8[0]);
    } else {
        pass(s, (emrs_text){utf8, size});
    }
}

/* Values */

/* The key just read at the outermost level is a wanted one. */
static void choose(emrs_sieve *s, uint8_t member)
{
    uint16_t bit = (uint16_t)(1u << member);
    if ((s->seen & bit) != 0) {
        fail(s); /* twice: which one would count? */
        return;
    }
    put(&s->out, s->seen != 0 ? TEXT(",\"") : TEXT("\""));
    put(&s->out, s->members[member].name);
    put(&s->out, TEXT("\":"));
    s->seen |= bit;
    s->member = member;
    s->kept_size = 0;
    s->passing = true;
}

static void end_key(emrs_sieve *s)
{
    s->in_key = false;
    s->state = COLON;
    for (uint8_t i = 0; i < s->member_count; i++)
        if (has_bit(s->matching, i) && s->members[i].name.size == s->at)
            choose(s, i);
}

static void end_value(emrs_sieve *s)
{
    s->passing = false;
    s->state = AFTER;
}

static void open_container(emrs_sieve *s, bool object)
{
    if (s->passing)
        put(&s->out, TEXT("null"));
    s->passing = false;
    if (s->depth == EMRS_JSON_DEPTH_MAX) {
        fail(s);
        return;
    }
    s->stack = s->stack << 1 | object;
    s->depth++;
    s->state = object ? FIRST_KEY : FIRST_VALUE;
}

static void close_container(emrs_sieve *s, bool object)
{
    if ((s->stack & 1u) != object) {
        fail(s);
        return;
    }
    s->stack >>= 1;
    s->depth--;
    end_value(s);
    if (s->depth == 0) {
        put(&s->out, TEXT("}"));
        s->state = END;
    }
}

static void open_string(emrs_sieve *s, bool is_key)
{
    s->in_key = is_key;
    s->at = 0;
    s->matching = (uint16_t)(is_key && s->depth == 1 ? (1u << s->member_count) - 1u : 0u);
    if (s->passing)
        put(&s->out, TEXT("\""));
    s->state = STRING;
}

static void close_string(emrs_sieve *s)
{
    if (s->in_key) {
        end_key(s);
        return;
    }
    if (s->passing)
        put(&s->out, TEXT("\""));
    end_value(s);
}

static bool open_literal(emrs_sieve *s, char c)
{
    for (uint8_t i = 0; i < sizeof literals / sizeof literals[0]; i++)
        if (literals[i].bytes[0] == c) {
            s->literal = i;
            s->at = 1;
            s->state = LITERAL;
            pass(s, (emrs_text){&c, 1});
            return true;
        }
    return false;
}

static bool open_number(emrs_sieve *s, char c)
{
    if (c != '-' && !is_digit(c))
        return false;
    s->state = c == '-' ? MINUS : c == '0' ? ZERO : INTEGER;
    pass(s, (emrs_text){&c, 1});
    return true;
}

/* The states. Each returns whether it took the byte; a number ends at a byte not its own. */

static bool root(emrs_sieve *s, char c)
{
    if (c == '{') {
        put(&s->out, TEXT("{"));
        open_container(s, true);
    } else if (!is_space(c)) {
        fail(s);
    }
    return true;
}

static bool key(emrs_sieve *s, char c)
{
    if (c == '"')
        open_string(s, true);
    else if (c == '}' && s->state == FIRST_KEY)
        close_container(s, true);
    else if (!is_space(c))
        fail(s);
    return true;
}

static bool colon(emrs_sieve *s, char c)
{
    return is_space(c) || go(s, c == ':', VALUE);
}

static bool value(emrs_sieve *s, char c)
{
    if (is_space(c))
        return true;
    if (c == '"')
        open_string(s, false);
    else if (c == '{' || c == '[')
        open_container(s, c == '{');
    else if (c == ']' && s->state == FIRST_VALUE)
        close_container(s, false);
    else if (!open_literal(s, c) && !open_number(s, c))
        fail(s);
    return true;
}

static bool after(emrs_sieve *s, char c)
{
    if (c == ',')
        s->state = (s->stack & 1u) != 0 ? KEY : VALUE;
    else if (c == '}' || c == ']')
        close_container(s, c == '}');
    else if (!is_space(c))
        fail(s);
    return true;
}

/* Strings: code points by UTF-8 (RFC 3629) or by escape */

static bool utf8_lead(emrs_sieve *s, uint8_t byte)
{
    s->point_size = byte >= 0xf0u ? 4 : byte >= 0xe0u ? 3 : 2;
    s->left = (uint8_t)(s->point_size - 1u);
    s->point = byte & (0x7fu >> s->point_size);
    return go(s, byte >= 0xc2u && byte <= 0xf4u, STRING);
}

static bool utf8_next(emrs_sieve *s, uint8_t byte)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    s->point = s->point << 6 | (byte & 0x3fu);
    if ((byte & 0xc0u) != 0x80u)
        fail(s);
    else if (--s->left > 0)
        return true;
    else if (s->point < least[s->point_size] || s->point > 0x10ffffu || s->point >> 11 == 0x1bu)
        fail(s);
    else
        take_point(s, s->point);
    return true;
}

static bool string(emrs_sieve *s, char c)
{
    uint8_t byte = (uint8_t)c;
    if (s->left > 0)
        return utf8_next(s, byte);
    if (s->high != 0)
        return go(s, c == '\\', ESCAPE); /* only its low surrogate may follow */
    if (c == '\\')
        s->state = ESCAPE;
    else if (c == '"')
        close_string(s);
    else if (byte >= 0x80u)
        return utf8_lead(s, byte);
    else if (byte < 0x20u)
        fail(s);
    else
        take_point(s, byte);
    return true;
}

static bool escape(emrs_sieve *s, char c)
{
    static const char names[] = "\"\\/bfnrt", points[] = "\"\\/\b\f\n\r\t";
    if (c == 'u') {
        s->point = 0;
        s->left = 4;
        s->state = UNICODE;
        return true;
    }
    const char *found = c != '\0' ? memchr(names, c, sizeof names - 1) : NULL;
    if (found == NULL || s->high != 0)
        return go(s, false, STRING);
    s->state = STRING;
    take_point(s, (uint8_t)points[found - names]);
    return true;
}

static void end_unicode(emrs_sieve *s)
{
    bool is_high = s->point >> 10 == 0x36u, is_low = s->point >> 10 == 0x37u;
    s->state = STRING;
    if (is_low != (s->high != 0)) {
        fail(s); /* half a pair */
    } else if (is_high) {
        s->high = (uint16_t)s->point;
    } else {
        if (is_low)
            s->point += 0x10000u + ((uint32_t)(s->high & 0x3ffu) << 10) - 0xdc00u;
        s->high = 0;
        take_point(s, s->point);
    }
}

static bool unicode(emrs_sieve *s, char c)
{
    int digit = hex_digit(c);
    if (digit < 0)
        return go(s, false, UNICODE);
    s->point = s->point << 4 | (uint32_t)digit;
    if (--s->left == 0)
        end_unicode(s);
    return true;
}

static bool literal(emrs_sieve *s, char c)
{
    emrs_text text = literals[s->literal];
    bool same = c == text.bytes[s->at++];
    pass(s, (emrs_text){&c, 1});
    if (same && s->at == text.size)
        end_value(s);
    return go(s, same, s->state);
}

/* RFC 8259, section 6, as a table; 0: the byte does not belong to the number. */
enum { CLASS_ZERO, CLASS_DIGIT, CLASS_POINT, CLASS_E, CLASS_SIGN, CLASS_COUNT };

static const uint8_t numbers[][CLASS_COUNT] = {
    [MINUS - MINUS] = {ZERO, INTEGER, 0, 0, 0},
    [ZERO - MINUS] = {0, 0, POINT, E, 0},
    [INTEGER - MINUS] = {INTEGER, INTEGER, POINT, E, 0},
    [POINT - MINUS] = {FRACTION, FRACTION, 0, 0, 0},
    [FRACTION - MINUS] = {FRACTION, FRACTION, 0, E, 0},
    [E - MINUS] = {EXPONENT, EXPONENT, 0, 0, E_SIGN},
    [E_SIGN - MINUS] = {EXPONENT, EXPONENT, 0, 0, 0},
    [EXPONENT - MINUS] = {EXPONENT, EXPONENT, 0, 0, 0},
};

static uint8_t next_of_number(uint8_t state, char c)
{
    const uint8_t *row = numbers[state - MINUS];
    if (is_digit(c))
        return row[c == '0' ? CLASS_ZERO : CLASS_DIGIT];
    if (c == '.')
        return row[CLASS_POINT];
    if (c == 'e' || c == 'E')
        return row[CLASS_E];
    return c == '+' || c == '-' ? row[CLASS_SIGN] : 0;
}

static bool number(emrs_sieve *s, char c)
{
    uint8_t next = next_of_number(s->state, c);
    if (next != 0) {
        s->state = next;
        pass(s, (emrs_text){&c, 1});
        return true;
    }
    bool is_whole =
        s->state == ZERO || s->state == INTEGER || s->state == FRACTION || s->state == EXPONENT;
    if (is_whole)
        end_value(s);
    else
        fail(s);
    return !is_whole;
}

static bool end(emrs_sieve *s, char c)
{
    return go(s, is_space(c), END);
}

static bool (*const steps[])(emrs_sieve *, char) = {
    [ROOT] = root,         [FIRST_KEY] = key,   [KEY] = key,         [COLON] = colon,
    [FIRST_VALUE] = value, [VALUE] = value,     [AFTER] = after,     [STRING] = string,
    [ESCAPE] = escape,     [UNICODE] = unicode, [LITERAL] = literal, [MINUS] = number,
    [ZERO] = number,       [INTEGER] = number,  [POINT] = number,    [FRACTION] = number,
    [E] = number,          [E_SIGN] = number,   [EXPONENT] = number, [END] = end,
};

/* A string nobody wants is skipped over its plain bytes: the same as stepping them one by one. */
static size_t skip(const emrs_sieve *s, const char *bytes, size_t size)
{
    size_t at = 0;
    if (s->state != STRING || s->passing || s->matching != 0 || s->left > 0 || s->high != 0)
        return 0;
    while (at < size && bytes[at] != '"' && bytes[at] != '\\' && bytes[at] >= ' '
           && bytes[at] <= '~')
        at++;
    return at;
}

void emrs_sieve_take(emrs_sieve *s, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size && s->error == 0; at++) {
        at += skip(s, bytes + at, size - at);
        if (at < size && !steps[s->state](s, bytes[at]))
            (void)steps[s->state](s, bytes[at]); /* the byte after a number */
    }
}

int emrs_sieve_end(emrs_sieve *s)
{
    if (s->error == 0 && s->state == ROOT)
        s->error = EMRS_E_UNVERIFIED;
    else if (s->error == 0 && (s->state != END || pen_full(&s->out)))
        fail(s);
    return s->error;
}
