/* SPDX-License-Identifier: MIT */
/* Runs the HTTP parser on the answers of stdin, for test_http.py.
 * in:  "closed|cut HEX" per line      out: "CODE STATUS READ CLOSE BODYHEX" per line */
#include "fuzz.h"

#include "emrs_config.h"
#include "response.h"

enum { LINE_SIZE = 1 << 20 };
static char line[LINE_SIZE], bytes[LINE_SIZE / 2], content[LINE_SIZE / 2];

int main(void)
{
    while (fgets(line, sizeof line, stdin) != NULL) {
        char kept[EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX];
        emrs_response r;
        size_t size = 0, at = 0, content_size = 0;
        const char *hex = strchr(line, ' ');
        CHECK(hex != NULL);
        for (hex++; emrs_hex_digit(hex[0]) >= 0; hex += 2)
            bytes[size++] = (char)(emrs_hex_digit(hex[0]) << 4 | emrs_hex_digit(hex[1]));
        emrs_response_init(&r, EMRS_BODY_SIZE_MAX, emrs_pen_on(kept, EMRS_REQUEST_ID_SIZE_MAX),
                           emrs_pen_on(kept + EMRS_REQUEST_ID_SIZE_MAX, EMRS_ERROR_NAME_SIZE_MAX));
        while (at < size && r.error == 0 && !emrs_response_is_done(&r)) {
            emrs_text body;
            at += emrs_response_take(&r, bytes + at, size - at, &body);
            if (body.size > 0)
                memcpy(content + content_size, body.bytes, body.size);
            content_size += body.size;
        }
        int code = emrs_response_end(&r, line[1] == 'l');
        printf("%d %d %zu %d ", code, emrs_response_status(&r), at, r.close);
        for (size_t i = 0; i < content_size; i++)
            printf("%02x", (unsigned char)content[i]);
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
