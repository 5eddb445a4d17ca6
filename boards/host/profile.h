/* SPDX-License-Identifier: MIT */
/* One profile of AWS's shared files. botocore's session.py and configloader.py are the reference:
 *
 * - In the config file the profile NAME is [profile NAME], and "default" may also be [default]. In
 *   the credentials file it is [NAME].
 * - A setting in [DEFAULT] applies to each section of that file that does not set it itself.
 * - A setting in the credentials file overrides the same one in the config file.
 *
 * botocore refuses a whole file for one faulty line. Here a faulty line of another section is
 * ignored: it must not stop a cancellation. But if the faulty line begins with '[', the file is
 * refused: the lines after it could be this profile's, and without them the search for credentials
 * could go on to another identity. */
#ifndef EMRS_HOST_PROFILE_H
#define EMRS_HOST_PROFILE_H

#include "emrs.h"

enum { PROFILE_ITEMS_MAX = 256, PROFILE_PATH_SIZE = 1024, PROFILE_WHY_SIZE = 2600 };

typedef struct {
    char path[PROFILE_PATH_SIZE];
    char *bytes;
    size_t size;
    const char *absence; /* why the file counts as empty; NULL: it was read */
    int error;           /* the errno if it cannot be read; then `absence` is set too */
    bool others_write;   /* a user other than this one and root owns it, or may write it */
    bool others_read;
} shared_file;

/* One setting. The texts are slices of the file. */
typedef struct {
    const shared_file *file;
    unsigned line;
    emrs_text key, value, more; /* as in ini_event */
} profile_item;

/* The settings of the profile in one file */
typedef struct {
    bool exists;
    unsigned misnamed_line; /* of a header that names it in the other file's form; 0: none */
    size_t count;
    profile_item items[PROFILE_ITEMS_MAX];
} profile_part;

typedef struct {
    const char *name;
    bool is_option; /* --profile named it */
    bool is_named;  /* --profile or a variable named it, so it must exist */
    shared_file config, credentials;
    profile_part in_config, in_credentials, services;
    char why[PROFILE_WHY_SIZE]; /* after a failure: what is wrong, and where */
} profile;

/* Reads the settings of a profile from both files. If it is called again, it reads the files again,
 * and the items of the call before are no longer valid.
 * in:  option: the value of --profile, or NULL      ret: false: p->why says why not */
bool profile_read(profile *p, const char *option);

/* Writes " FILE line 7 is [NAME]: write [profile NAME] there." if a header has the form of the
 * other file; else nothing.      ret: text */
const char *profile_write_misnamed(const profile *p, char *text, size_t size);

/* ret: the item, of the credentials file if both have it; NULL: there is none */
const profile_item *profile_find(const profile *p, const char *key);

/* The same in one file. */
const profile_item *profile_find_in(const profile_part *part, const char *key);

/* ret: the first item whose key begins with `start`; NULL: there is none */
const profile_item *profile_find_start(const profile *p, const char *start);

/* Finds endpoint_url in the block of this service, in the section [services NAME] that the profile
 * names. Its value is a single line.
 * out: item: its `value` is empty if there is none      ret: false: p->why says what is wrong */
bool profile_find_service_url(profile *p, profile_item *item);

/* Writes a value of several lines as botocore joins them.      ret: false: it does not fit */
bool profile_join(const profile_item *item, char *text, size_t size, emrs_text *joined);

/* Wipes what was read of the files. */
void profile_wipe(profile *p);

#endif
