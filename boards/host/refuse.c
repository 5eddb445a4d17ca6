/* SPDX-License-Identifier: MIT */
/* Says what is wrong with the configuration, before anything is sent. */
#include "host.h"

#include <stdarg.h>
#include <string.h>

#include "emrs_text.h"

int refuse(const char *format, ...)
{
    char text[5000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fputs("\n", stderr);
    print_lines(stderr, text);
    (void)fputs("Nothing was sent.\n", stderr);
    return EXIT_CONFIGURATION;
}

/* ret: size of the scheme of a URL with its "://"; 0: the URL has none */
static size_t scheme_size(emrs_text url)
{
    const emrs_text mark = EMRS_TEXT("://");
    for (size_t at = 0; at < url.size; at++)
        if (emrs_text_starts(emrs_text_from(url, at), mark))
            return at + mark.size;
    return 0;
}

/* Prints a URL without user name, query and fragment, which may hold a password or a token. */
static void print_url(const char *url)
{
    char text[1024];
    size_t scheme = scheme_size(text_of(url)), host = strlen(url);
    while (host > scheme && url[host - 1] != '@')
        host--;
    size_t size = strcspn(url + host, "?#");
    char end = url[host + size];
    (void)snprintf(text, sizeof text, "%.*s%s%.*s%s", (int)scheme, url, host > scheme ? "...@" : "",
                   (int)size, url + host,
                   end == '?'   ? "?..."
                   : end == '#' ? "#..."
                                : "");
    print_text(stderr, text_of(text));
}

static void print_value(const setting *s)
{
    if (s->value == NULL)
        return;
    (void)fputs(" '", stderr);
    if (s->is_url)
        print_url(s->value);
    else
        print_text(stderr, text_of(s->value));
    (void)fputs("'", stderr);
}

int refuse_setting(const char *name, const setting *s, const char *rule)
{
    (void)fprintf(stderr, "\nemrs: %s (%s", name, s->is_option ? "--" : "");
    print_text(stderr, text_of(s->source));
    print_value(s);
    (void)fprintf(stderr, ") %s\nNothing was sent.\n", rule);
    return s->is_option ? EXIT_USAGE : EXIT_CONFIGURATION;
}
