/* SPDX-License-Identifier: MIT */
/* Reads AWS's shared files, ~/.aws/config and ~/.aws/credentials, as botocore does. The grammar is
 * that of Python's configparser.RawConfigParser, with the nested blocks of botocore's
 * configloader.py:
 *
 *   [section]        what follows the last ']' is ignored
 *   key = value      the first '=' or ':' ends the key; upper and lower case are the same
 *     more           a line with a deeper indent than its key continues the value
 *   s3 =             an empty value that is continued is a block, whose
 *     key = value    lines are settings of its own
 *   # or ; comment   only as a whole line: a value may hold both bytes
 *
 * A line ends with LF, CR LF or CR. White space is what Python's str.strip removes, so a no-break
 * space counts too. The reader changes no byte, and has no limit but the size of the file. */
#ifndef EMRS_HOST_INI_H
#define EMRS_HOST_INI_H

#include "emrs.h"

typedef enum { INI_SECTION, INI_ITEM, INI_FAULT, INI_END } ini_kind;

/* What ini_next found. The texts are slices of the file. */
typedef struct {
    ini_kind kind;
    unsigned line;     /* number of the line, from 1 */
    emrs_text name;    /* of a section: the text between the brackets; of an item: its key */
    emrs_text value;   /* of an item: the value in the key's line */
    emrs_text more;    /* of an item: the lines that continue it, for ini_more; empty: none */
    const char *fault; /* what is wrong, after "line 7 "; NULL: nothing. Always set for INI_FAULT */
    bool hides_section; /* it is not known in which section the lines after the fault are */
} ini_event;

typedef struct {
    emrs_text bytes; /* the whole file */
    size_t at, indent;
    unsigned line; /* number of the line that ended before `at` */
    bool has_section, has_key;
} ini_reader;

static inline ini_reader ini_read(emrs_text bytes)
{
    return (ini_reader){.bytes = bytes};
}

/* Finds the next section, item or faulty line; INI_END if there is none. */
void ini_next(ini_reader *reader, ini_event *event);

/* Takes the next line from an item's `more`, without white space around it. Skips comments, and
 * returns empty lines.
 * ret: false: there is none left */
bool ini_more(emrs_text *more, emrs_text *line);

/* Splits a line "key = value" of a block. Here ':' does not end a key.
 * ret: false: there is no '=' */
bool ini_split(emrs_text line, emrs_text *key, emrs_text *value);

/* ret: whether an item's value is a block */
static inline bool ini_is_block(const ini_event *event)
{
    return event->value.size == 0 && event->more.size > 0;
}

#endif
