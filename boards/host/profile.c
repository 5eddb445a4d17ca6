/* SPDX-License-Identifier: MIT */
#include "profile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "emrs_text.h"
#include "host.h"
#include "ini.h"
#include "shared_file.h"
#include "words.h"

enum {
    HEADERS_MAX = 8 /* different spellings of a profile's section: [default], [profile default] */
};

static const char too_many[] = "is one setting too many: a profile may have 256";
static char config_bytes[SHARED_FILE_SIZE_MAX + 1], credentials_bytes[SHARED_FILE_SIZE_MAX + 1];

/* Which section of a file is wanted, and what was found so far */
typedef struct {
    const shared_file *file;
    const char *kind, *name; /* [kind name]; kind NULL: [name] */
    profile_part *part, *into;
    size_t header_count;
    emrs_text headers[HEADERS_MAX];
    char *why;
} search;

static bool fail(char *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, PROFILE_WHY_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static bool fail_at(const search *s, unsigned line, const char *what)
{
    return fail(s->why, "%s line %u %s.", s->file->path, line, what);
}

/* ret: whether a header is [kind name]; the name may be quoted as in a shell */
static bool is_section_of(emrs_text header, const char *kind, const char *name)
{
    char room[512], *words[4];
    size_t count;
    return emrs_text_starts(header, text_of(kind)) && header.size < sizeof room
           && words_split(header, room, sizeof room, words, 4, &count) == WORDS_SPLIT && count == 2
           && strcmp(words[1], name) == 0;
}

static bool is_wanted(const search *s, emrs_text header)
{
    if (s->kind == NULL)
        return emrs_text_spells(header, s->name);
    bool is_profile = strcmp(s->kind, "profile") == 0;
    return is_section_of(header, s->kind, s->name)
           || (is_profile && strcmp(s->name, "default") == 0
               && emrs_text_is(header, EMRS_TEXT("default")));
}

/* Notes a header that names the wanted profile in the form of the other file. */
static void note_misnamed(const search *s, const ini_event *event)
{
    bool is_profile = s->kind != NULL && strcmp(s->kind, "profile") == 0,
         is_misnamed = s->kind == NULL ? is_section_of(event->name, "profile", s->name)
                                       : is_profile && emrs_text_spells(event->name, s->name);
    if (is_misnamed && s->part->misnamed_line == 0)
        s->part->misnamed_line = event->line;
}

static bool is_same_key(emrs_text a, emrs_text b)
{
    bool is_same = a.size == b.size;
    for (size_t at = 0; is_same && at < a.size; at++)
        is_same = emrs_to_lower(a.bytes[at]) == emrs_to_lower(b.bytes[at]);
    return is_same;
}

static const profile_item *find_key(const profile_part *part, emrs_text key)
{
    for (size_t i = 0; i < part->count; i++)
        if (is_same_key(part->items[i].key, key))
            return &part->items[i];
    return NULL;
}

/* Begins a section. Of several spellings of the profile's section only the last one counts. */
static bool begin_section(search *s, const ini_event *event, profile_part *defaults)
{
    s->into = NULL;
    if (emrs_text_is(event->name, EMRS_TEXT("DEFAULT"))) {
        s->into = defaults;
        return true;
    }
    if (!is_wanted(s, event->name)) {
        note_misnamed(s, event);
        return true;
    }
    if (event->fault != NULL)
        return fail_at(s, event->line, event->fault);
    for (size_t i = 0; i < s->header_count; i++)
        if (emrs_text_is(s->headers[i], event->name))
            return fail_at(s, event->line, "begins a section that the file has already");
    if (s->header_count == HEADERS_MAX)
        return fail_at(s, event->line, "begins one section too many for this profile");
    s->headers[s->header_count++] = event->name;
    s->into = s->part;
    s->part->exists = true;
    s->part->count = 0;
    return true;
}

static bool is_good_block(const ini_event *event)
{
    emrs_text more = event->more, line, key, value;
    while (ini_more(&more, &line))
        if (line.size > 0 && !ini_split(line, &key, &value))
            return false;
    return true;
}

static bool add_item(const search *s, const ini_event *event)
{
    profile_part *part = s->into;
    const profile_item *earlier = find_key(part, event->name);
    if (event->fault != NULL)
        return fail_at(s, event->line, event->fault);
    if (earlier != NULL) {
        char what[80];
        (void)snprintf(what, sizeof what, "repeats the key of line %u", earlier->line);
        return fail_at(s, event->line, what);
    }
    if (ini_is_block(event) && !is_good_block(event))
        return fail_at(s, event->line, "begins a block in which a line has no '='");
    if (part->count == PROFILE_ITEMS_MAX)
        return fail_at(s, event->line, too_many);
    part->items[part->count++] =
        (profile_item){s->file, event->line, event->name, event->value, event->more};
    return true;
}

static bool read_event(search *s, const ini_event *event, profile_part *defaults)
{
    switch (event->kind) {
    case INI_SECTION:
        return begin_section(s, event, defaults);
    case INI_ITEM:
        return s->into == NULL || add_item(s, event);
    case INI_FAULT:
        return (s->into == NULL && !event->hides_section) || fail_at(s, event->line, event->fault);
    default:
        return true;
    }
}

/* Adds what [DEFAULT] sets and the section does not.      ret: false: there are too many */
static bool take_defaults(const search *s, const profile_part *defaults)
{
    for (size_t i = 0; i < defaults->count; i++) {
        const profile_item *item = &defaults->items[i];
        if (find_key(s->part, item->key) != NULL)
            continue;
        if (s->part->count == PROFILE_ITEMS_MAX)
            return fail_at(s, item->line, too_many);
        s->part->items[s->part->count++] = *item;
    }
    return true;
}

/* Reads the section [kind name] of a file.      ret: false: why says what is wrong */
static bool read_part(const shared_file *file, const char *kind, const char *name,
                      profile_part *part, char *why)
{
    static profile_part defaults;
    search s = {.file = file, .kind = kind, .name = name, .part = part, .why = why};
    ini_reader reader = ini_read((emrs_text){file->bytes, file->size});
    ini_event event;
    part->exists = false;
    part->misnamed_line = 0;
    part->count = 0;
    defaults.count = 0;
    do {
        ini_next(&reader, &event);
        if (!read_event(&s, &event, &defaults))
            return false;
    } while (event.kind != INI_END);
    return !part->exists || take_defaults(&s, &defaults);
}

static bool read_file(shared_file *file, const char *name, const char *path, char *why)
{
    const char *fault = shared_file_read(file, variable(name) != NULL ? variable(name) : path);
    if (fault == NULL)
        return true;
    return fail(why, "%s%s%s %s.", file->path, variable(name) != NULL ? ", named by " : "",
                variable(name) != NULL ? name : "", fault);
}

static void choose_name(profile *p, const char *option)
{
    p->is_option = option != NULL;
    p->name = p->is_option                      ? option
              : variable("AWS_PROFILE") != NULL ? variable("AWS_PROFILE")
              : variable("AWS_DEFAULT_PROFILE") ? variable("AWS_DEFAULT_PROFILE")
                                                : "default";
    p->is_named =
        p->is_option || variable("AWS_PROFILE") != NULL || variable("AWS_DEFAULT_PROFILE") != NULL;
}

static void write_absence(char *text, size_t size, const shared_file *file)
{
    (void)snprintf(text, size, "%.300s%s%s%s%s%s", file->path, file->absence != NULL ? " (" : "",
                   file->absence != NULL ? file->absence : "", file->error != 0 ? ": " : "",
                   file->error != 0 ? strerror(file->error) : "", file->absence != NULL ? ")" : "");
}

const char *profile_write_misnamed(const profile *p, char *text, size_t size)
{
    unsigned config_line = p->in_config.misnamed_line,
             credentials_line = p->in_credentials.misnamed_line;
    const char *quote = strpbrk(p->name, " \t") != NULL ? "\"" : "", *name = p->name;
    *text = '\0';
    if (config_line > 0)
        (void)snprintf(text, size, " %.300s line %u is [%.200s]: write [profile %s%.200s%s] there.",
                       p->config.path, config_line, name, quote, name, quote);
    else if (credentials_line > 0)
        (void)snprintf(text, size, " %.300s line %u is [profile %s%.200s%s]: write [%.200s] there.",
                       p->credentials.path, credentials_line, quote, name, quote, name);
    return text;
}

bool profile_read(profile *p, const char *option)
{
    char config[400], credentials[400], misnamed[900];
    choose_name(p, option);
    p->config.bytes = config_bytes;
    p->credentials.bytes = credentials_bytes;
    if (!read_file(&p->config, "AWS_CONFIG_FILE", "~/.aws/config", p->why)
        || !read_file(&p->credentials, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", p->why)
        || !read_part(&p->config, "profile", p->name, &p->in_config, p->why)
        || !read_part(&p->credentials, NULL, p->name, &p->in_credentials, p->why))
        return false;
    if (!p->is_named || p->in_config.exists || p->in_credentials.exists)
        return true;
    write_absence(config, sizeof config, &p->config);
    write_absence(credentials, sizeof credentials, &p->credentials);
    return fail(p->why,
                "The config profile (%.200s) could not be found: it is neither in %s nor in %s.%s",
                p->name, config, credentials, profile_write_misnamed(p, misnamed, sizeof misnamed));
}

const profile_item *profile_find_in(const profile_part *part, const char *key)
{
    return find_key(part, text_of(key));
}

const profile_item *profile_find(const profile *p, const char *key)
{
    const profile_item *item = profile_find_in(&p->in_credentials, key);
    return item != NULL ? item : profile_find_in(&p->in_config, key);
}

static const profile_item *find_start(const profile_part *part, emrs_text start)
{
    for (size_t i = 0; i < part->count; i++) {
        emrs_text key = part->items[i].key;
        if (key.size >= start.size && is_same_key((emrs_text){key.bytes, start.size}, start))
            return &part->items[i];
    }
    return NULL;
}

const profile_item *profile_find_start(const profile *p, const char *start)
{
    const profile_item *item = find_start(&p->in_credentials, text_of(start));
    return item != NULL ? item : find_start(&p->in_config, text_of(start));
}

/* Reads the section that the profile's `services` names.
 * ret: false: p->why says what is wrong */
static bool read_services(profile *p, const profile_item *services)
{
    char name[300];
    (void)snprintf(name, sizeof name, "%.*s", (int)services->value.size, services->value.bytes);
    if (services->more.size > 0 || services->value.size >= sizeof name)
        return fail(p->why, "%s line %u: services must be one name.", services->file->path,
                    services->line);
    if (!read_part(&p->config, "services", name, &p->services, p->why))
        return false;
    return p->services.count > 0
           || fail(p->why,
                   "The profile %.200s uses the services section %s (%s line %u), which does not "
                   "exist in %s, or is empty.",
                   p->name, name, services->file->path, services->line, p->config.path);
}

bool profile_find_service_url(profile *p, profile_item *item)
{
    const profile_item *services = profile_find(p, "services"), *block;
    emrs_text more, line, key, value;
    *item = (profile_item){.file = &p->config};
    if (services == NULL)
        return true;
    if (!read_services(p, services))
        return false;
    block = profile_find_in(&p->services, "emr_serverless");
    if (block == NULL)
        return true;
    if (block->value.size > 0)
        return fail(p->why, "%s line %u: emr_serverless must begin a block of settings.",
                    block->file->path, block->line);
    item->line = block->line;
    for (more = block->more; ini_more(&more, &line);)
        if (ini_split(line, &key, &value) && emrs_text_is(key, EMRS_TEXT("endpoint_url")))
            item->value = value;
    return true;
}

bool profile_join(const profile_item *item, char *text, size_t size, emrs_text *joined)
{
    emrs_pen pen = emrs_pen_on(text, size);
    emrs_text more = item->more, line;
    emrs_put(&pen, item->value);
    while (ini_more(&more, &line)) {
        emrs_put_byte(&pen, '\n');
        emrs_put(&pen, line);
    }
    *joined = emrs_pen_text(&pen);
    return !emrs_pen_full(&pen);
}

void profile_wipe(profile *p)
{
    emrs_wipe(config_bytes, p->config.size);
    emrs_wipe(credentials_bytes, p->credentials.size);
}
