/* SPDX-License-Identifier: MIT */
/* Prints which proxy the command chooses (boards/host/proxy.c), for comparison with AWS CLI's
 * library.
 *
 * stdin, one case per line, six fields with a tab between them: host, port, and the variables
 *   https_proxy, HTTPS_PROXY, no_proxy and NO_PROXY, each as "=VALUE", or "-" if it is not set
 * stdout, one line per case: "direct", "proxy HOST PORT", "proxy HOST PORT user:password", or
 *   "error TEXT" */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../boards/host/proxy.c"

enum { VARIABLE_COUNT = 4, FIELD_COUNT = 2 + VARIABLE_COUNT };

const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

int refuse(const char *format, ...)
{
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text[strcspn(text, "\n")] = '\0';
    printf("error %s\n", text);
    return EXIT_CONFIGURATION;
}

void debug_line(emrs_text text)
{
    (void)text;
}

/* Writes NULs over the tabs.      ret: the number of fields in the line */
static int split(char *line, char *fields[FIELD_COUNT])
{
    int count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; at != NULL && count < FIELD_COUNT; count++) {
        fields[count] = at;
        at = strchr(at, '\t');
        if (at != NULL)
            *at++ = '\0';
    }
    return count;
}

static void choose(char *const fields[FIELD_COUNT])
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"};
    static proxy p;
    memset(&p, 0, sizeof p);
    for (int i = 0; i < VARIABLE_COUNT; i++) {
        const char *value = fields[2 + i];
        if (*value == '=')
            (void)setenv(names[i], value + 1, 1);
        else
            (void)unsetenv(names[i]);
    }
    if (proxy_find(&p, fields[0], (uint16_t)strtoul(fields[1], NULL, 10)) >= 0)
        return;
    if (p.variable == NULL)
        printf("direct\n");
    else
        printf("proxy %s %u%s%.*s\n", p.host, (unsigned)p.port, p.authorization_size > 0 ? " " : "",
               (int)p.authorization_size, p.authorization);
}

int main(void)
{
    static char line[8192];
    char *fields[FIELD_COUNT];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (split(line, fields) != FIELD_COUNT) {
            fprintf(stderr, "chooser: a line has too few fields\n");
            return 2;
        }
        choose(fields);
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
