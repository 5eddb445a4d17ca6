/* SPDX-License-Identifier: MIT */
/* A plain-http service inside the device, on lwIP's loopback interface. It accepts each
 * cancellation. */
#include <lwip/sockets.h>

#include "device.h"

static int listener = -1;
static pthread_t thread;

/* "DELETE /applications/APPLICATION/jobruns/JOB?..." */
static void answer(int peer, const char *head)
{
    char application[65], job[65], body[200], text[400];
    if (sscanf(head, "DELETE /applications/%64[0-9a-z]/jobruns/%64[0-9a-z]", application, job) != 2)
        return;
    int size = snprintf(body, sizeof body, "{\"applicationId\": \"%s\", \"jobRunId\": \"%s\"}",
                        application, job);
    int all =
        snprintf(text, sizeof text,
                 "HTTP/1.1 200 OK\r\nx-amzn-requestid: rid-%s\r\nContent-Length: %d\r\n\r\n%s", job,
                 size, body);
    (void)lwip_send(peer, text, (size_t)all, 0);
}

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        char head[4096];
        size_t size = 0;
        int peer = lwip_accept(listener, NULL, NULL);
        if (peer < 0)
            return NULL;
        while (size < sizeof head - 1) {
            ssize_t got = lwip_recv(peer, head + size, sizeof head - 1 - size, 0);
            if (got <= 0)
                break;
            size += (size_t)got;
            head[size] = '\0';
            if (strstr(head, "\r\n\r\n") != NULL) {
                answer(peer, head);
                break;
            }
        }
        bool last = size == 1; /* from send_end */
        (void)lwip_close(peer);
        if (last)
            return NULL;
    }
}

static int send_end(struct sockaddr_in *at)
{
    int fd = lwip_socket(AF_INET, SOCK_STREAM, 0);
    int code = lwip_connect(fd, (struct sockaddr *)at, sizeof *at);
    (void)lwip_send(fd, "x", 1, 0);
    (void)lwip_close(fd);
    return code;
}

static struct sockaddr_in at;

uint16_t loop_begin(void)
{
    memset(&at, 0, sizeof at);
    at.sin_len = sizeof at;
    at.sin_family = AF_INET;
    at.sin_port = lwip_htons(8080);
    at.sin_addr.s_addr = ipaddr_addr("127.0.0.1");
    listener = lwip_socket(AF_INET, SOCK_STREAM, 0);
    if (lwip_bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || lwip_listen(listener, 8) != 0
        || pthread_create(&thread, NULL, serve, NULL) != 0)
        return 0;
    return 8080;
}

void loop_end(void)
{
    if (send_end(&at) != 0)
        abort();
    (void)pthread_join(thread, NULL);
    (void)lwip_close(listener);
}
