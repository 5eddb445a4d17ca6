/* SPDX-License-Identifier: MIT */
/* function: all of errors.c
 * method: all inputs, all loops to their end
 * bound: names and messages of 0 to 8 bytes, anywhere in a buffer; any status, any reason
 * unwind: 10
 * options: --unwindset emrs_error_of.0:42,strlen.0:32,memcmp.0:4
 * options: --unwindset emrs_error_clean_message.0:5,emrs_text_hostile_size.0:8
 * control: text.c s/text.size <= last ||/text.size < last ||/
 * control: errors.c s/bytes\[at + left - 1\]/bytes[at + left]/
 * control: errors.c s/hash + 1/hash + 2/
 * control: errors.c s/result->message.size > left)/result->message.size > left + 1u)/
 * control: errors.c s/== 0x80u)/== 0xc0u)/
 */
#include "proof.h"

#include "errors.c"
#define emrs_text_spells unused_text_spells
#include "text.c"
#undef emrs_text_spells

enum { SIZE = 8 };
static char work[SIZE]; /* all texts of an answer are here */

emrs_value nondet_value(void);
emrs_result nondet_result(void);

/* Unit tests check which texts are words of a table. Here any text of the right size may be one. */
bool emrs_text_spells(emrs_text text, const char *word)
{
    PROVE(__CPROVER_r_ok(text.bytes, text.size));
    return text.size == strlen(word) && nondet_bool();
}

static emrs_value any_value(void)
{
    emrs_value value = nondet_value();
    size_t at = nondet_size();
    ASSUME(value.kind <= EMRS_VALUE_OTHER && at <= SIZE && value.text.size <= SIZE - at);
    value.text.bytes = work + at;
    return value;
}

static bool is_inside(emrs_text part, emrs_text whole)
{
    return part.size == 0
           || (part.bytes >= whole.bytes && part.bytes + part.size <= whole.bytes + whole.size);
}

static void prove_read(void)
{
    emrs_result result = nondet_result();
    emrs_value header = any_value(), values[EMRS_ERROR_MEMBER_COUNT];
    for (int i = 0; i < EMRS_ERROR_MEMBER_COUNT; i++)
        values[i] = any_value();
    __CPROVER_havoc_object(work);
    result.error_name = result.message = (emrs_text){work, 0}; /* as at the start of a call */
    result.message_cut = false;
    bool readable = nondet_bool();
    int code = emrs_error_read(&result, header.text, readable ? values : NULL);
    emrs_text name = result.error_name, message = result.message;
    PROVE(code == EMRS_E_SERVICE || code == EMRS_E_AUTH || code == EMRS_E_THROTTLED
          || code == EMRS_E_PROXY);
    PROVE(is_inside(name, header.text)
          || (readable && (is_inside(name, values[0].text) || is_inside(name, values[1].text))));
    PROVE(message.size == 0
          || (readable
              && (is_inside(message, values[2].text) || is_inside(message, values[3].text)
                  || is_inside(message, values[4].text))));
    PROVE((result.error == EMRS_ERROR_NONE) == (name.size == 0));
    PROVE(!result.message_cut || message.size > 0);
    REACHED(result.error == EMRS_ERROR_THROTTLING && name.size == sizeof "SlowDown" - 1);
    REACHED(code == EMRS_E_PROXY && name.size == 0 && message.size == SIZE);
    REACHED(readable && result.message_cut && name.size == SIZE);
}

/* After cleaning, no place has a character that the function must replace. */
static void prove_clean(void)
{
    size_t start = nondet_size(), at = nondet_size();
    ASSUME(start <= SIZE && at < SIZE - start);
    emrs_text text = {work + start, SIZE - start};
    __CPROVER_havoc_object(work);
    emrs_error_clean_message(text);
    unsigned char byte = (unsigned char)text.bytes[at];
    PROVE(emrs_text_hostile_size(emrs_text_from(text, at)) == 0 && byte >= ' ' && byte != 0x7f);
    REACHED(text.size == SIZE && byte == '?' && at == SIZE - 1);
    __CPROVER_havoc_object(work);
    emrs_error_clean_name(text);
    PROVE(text.bytes[at] > ' ' && text.bytes[at] <= '~');
}

static emrs_text any_text(void)
{
    return any_value().text;
}

/* The texts are copied to other memory: the bytes stay the same, and the message ends with a
 * complete character. */
static void prove_keep(void)
{
    static char room[SIZE];
    emrs_result result = nondet_result();
    size_t size = nondet_size(), at = nondet_size();
    __CPROVER_havoc_object(work);
    result.request_id = any_text();
    result.error_name = any_text();
    result.message = any_text();
    result.message_cut = false;
    emrs_text was = result.message;
    ASSUME(size <= SIZE && result.request_id.size + result.error_name.size <= size);
    ASSUME(was.size == 0 || (was.bytes[0] & 0xc0) != 0x80); /* as UTF-8 begins */
    size_t used = emrs_error_keep_texts(&result, room, size);
    emrs_text message = result.message;
    PROVE(used <= size);
    PROVE(used == result.request_id.size + result.error_name.size + message.size);
    PROVE(result.request_id.bytes == room);
    PROVE(result.error_name.bytes == room + result.request_id.size);
    PROVE(message.bytes == result.error_name.bytes + result.error_name.size);
    PROVE(result.message_cut == (message.size < was.size));
    PROVE(at >= message.size || message.bytes[at] == was.bytes[at]);
    PROVE(message.size == was.size || (was.bytes[message.size] & 0xc0) != 0x80);
    REACHED(result.message_cut && message.size == 3 && used < size);
}

void proof(void)
{
    unsigned which = nondet_unsigned();
    if (which == 0)
        prove_read();
    else if (which == 1)
        prove_clean();
    else
        prove_keep();
    PROVE(emrs_error_of_reason((emrs_reason)nondet_int()) < 0);
}
