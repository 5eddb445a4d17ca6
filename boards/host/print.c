/* SPDX-License-Identifier: MIT */
/* Prints texts of peers and users, and the lines of --debug. */
#include "host.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "emrs_config.h"
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
static void mask(emrs_text text)
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
    mask((emrs_text){bytes, size});
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

/* Masks secrets in a window of a text. A window is too short for a run of hex digits to be masked,
 * so that names with such runs stay as they are. */
enum { WINDOW_SIZE = EMRS_MASK_HEX_SIZE_MIN - 1, WINDOW_STEP = 16, SIGNATURE_SIZE = 64 };

/* Masks secrets, and whatever may be a whole signature. Each run of a secret that counts, of
 * EMRS_MASK_RUN_SIZE_MIN bytes, lies in one of the windows. */
static void mask_data(const char *text, char *shown, size_t size)
{
    for (size_t start = 0; start < size; start += WINDOW_STEP) {
        char window[WINDOW_SIZE];
        size_t count = size - start < sizeof window ? size - start : sizeof window;
        memcpy(window, text + start, count);
        mask((emrs_text){window, count});
        for (size_t at = 0; at < count; at++)
            if (window[at] != text[start + at])
                shown[start + at] = window[at];
    }
    for (size_t at = 0, run = 0; at < size; at++) {
        run = emrs_hex_digit(text[at]) >= 0 ? run + 1 : 0;
        if (run >= SIGNATURE_SIZE)
            memset(shown + at + 1 - SIGNATURE_SIZE, '*', SIGNATURE_SIZE);
    }
}

/* Prints a byte of a JSON string as Python does, and the control characters that Python leaves. */
static void print_escaped(FILE *to, unsigned c)
{
    static const char named[] = "\"\\\n\r\t\f\b", names[] = "\"\\nrtfb";
    const char *at = c != 0 ? strchr(named, (int)c) : NULL;
    if (at != NULL)
        (void)fprintf(to, "\\%c", names[at - named]);
    else
        (void)fprintf(to, "\\u%04x", c);
}

/* ret: how many bytes a control character has; 0: it is none. C1 has two in UTF-8. */
static size_t control_size(const char *text, size_t size, unsigned *c)
{
    *c = (unsigned char)text[0];
    if (*c < ' ' || *c == 0x7f)
        return 1;
    if (*c != 0xc2 || size < 2 || ((unsigned char)text[1] & 0xe0u) != 0x80)
        return 0;
    *c = (unsigned char)text[1];
    return 2;
}

/* Prints one character, or one byte of a longer one.      ret: how many bytes it has */
static size_t print_character(FILE *to, const char *text, size_t size, bool json)
{
    unsigned c = 0;
    size_t control = control_size(text, size, &c);
    if (json && (control > 0 || c == '"' || c == '\\'))
        print_escaped(to, c);
    else
        (void)fputc(control > 0 ? '?' : (int)c, to);
    return control > 0 ? control : 1;
}

void print_data(FILE *to, emrs_text text, bool json)
{
    static char shown[TEXT_SIZE * 2];
    size_t size = text.size < sizeof shown ? text.size : sizeof shown;
    if (size == 0)
        return;
    memcpy(shown, text.bytes, size);
    mask_data(text.bytes, shown, size);
    for (size_t at = 0; at < size;)
        at += print_character(to, shown + at, size - at, json);
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
