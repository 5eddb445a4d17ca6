/* SPDX-License-Identifier: MIT */
/* Prints texts of peers and users, and the lines of --debug. */
#include "host.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "emrs_posix.h"
#include "emrs_text.h"
#include "error_format.h"

enum { TEXT_SIZE = 8192, LINE_SIZE = 1024 };

static const emrs_credentials *hidden[3];

void hide_credentials(const emrs_credentials *now, const emrs_credentials *former)
{
    hidden[0] = now;
    hidden[1] = former;
}

void hide_provider(const emrs_credentials *sent)
{
    hidden[2] = sent;
}

/* Masks all secrets of the environment, even one that this call does not use, and those that were
 * found elsewhere. */
void mask_text(emrs_text text)
{
    const emrs_credentials now = {.secret_access_key = text_of(variable("AWS_SECRET_ACCESS_KEY")),
                                  .session_token = text_of(variable("AWS_SESSION_TOKEN"))},
                           older = {.session_token = text_of(variable("AWS_SECURITY_TOKEN"))};
    emrs_mask_secrets(&now, text);
    emrs_mask_secrets(&older, text);
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (hidden[i] != NULL)
            emrs_mask_secrets(hidden[i], text);
}

/* Replaces bytes before it masks, so that exactly the printed text is compared with the secrets. */
void clean_text(char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        if (!emrs_is_printable(bytes[at]))
            bytes[at] = '?';
    mask_text((emrs_text){bytes, size});
}

void print_text(FILE *to, emrs_text text)
{
    char bytes[TEXT_SIZE];
    bool is_cut = text.size > sizeof bytes;
    size_t size = is_cut ? sizeof bytes : text.size;
    if (size > 0)
        memcpy(bytes, text.bytes, size);
    clean_text(bytes, size);
    (void)fwrite(bytes, 1, size, to);
    if (is_cut)
        (void)fputs("...", to);
}

void print_lines(FILE *to, const char *lines)
{
    for (;; lines++) {
        size_t size = strcspn(lines, "\n");
        print_text(to, (emrs_text){lines, size});
        (void)fputc('\n', to);
        lines += size;
        if (*lines == '\0')
            return;
    }
}

/* If poll says that a pipe is writable, it takes PIPE_BUF bytes without blocking (512 or more, 4096
 * on Linux). stderr stays blocking, because other programs may use the same terminal or file. */
bool write_at_once(const char *bytes, size_t size)
{
    struct pollfd stream = {.fd = error_format_fd(), .events = POLLOUT};
    return poll(&stream, 1, 0) > 0 && write(stream.fd, bytes, size) == (ssize_t)size;
}

static uint32_t start_ms;
static bool is_started;
static unsigned dropped_count;

void debug_start(void)
{
    if (!is_started)
        start_ms = emrs_posix_now(NULL).ms;
    is_started = true;
}

void debug_end(void)
{
    if (dropped_count > 0)
        (void)fprintf(stderr, "emrs: %u lines of --debug were dropped: stderr was not read\n",
                      dropped_count);
}

void debug_line(emrs_text text)
{
    char line[LINE_SIZE + 1];
    int size =
        snprintf(line, LINE_SIZE, "emrs: %lu ms: %.*s",
                 (unsigned long)(emrs_posix_now(NULL).ms - start_ms), (int)text.size, text.bytes);
    size = size < LINE_SIZE ? size : LINE_SIZE - 1;
    clean_text(line, (size_t)size);
    line[size++] = '\n';
    if (!write_at_once(line, (size_t)size))
        dropped_count++;
}
