/* SPDX-License-Identifier: MIT */
/* A TLS session of the host application, without emrs. It sends lines, and must read the same lines
 * back, until foreign_end. */
#include <mbedtls/ssl.h>

#include <lwip/sockets.h>
#include <lwip/sys.h>

#include "device.h"

static int fd;
static mbedtls_ssl_config config;
static mbedtls_ssl_context ssl;
static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool begun, ending;
static unsigned long exchange_count;
static mbedtls_x509_crt *trusted;
static char name[64];
static struct sockaddr_in place;

static int send_bytes(void *context, const unsigned char *bytes, size_t size)
{
    (void)context;
    ssize_t sent = lwip_send(fd, bytes, size, 0);
    return sent > 0 ? (int)sent : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int receive_bytes(void *context, unsigned char *bytes, size_t size)
{
    (void)context;
    ssize_t got = lwip_recv(fd, bytes, size, 0);
    return got > 0 ? (int)got : MBEDTLS_ERR_SSL_CONN_EOF;
}

static void need(int code)
{
    if (code >= 0)
        return;
    printf("foreign: -0x%04x\n", (unsigned)-code);
    abort();
}

static void open_session(void)
{
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&ssl);
    need(mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                     MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_ca_chain(&config, trusted, NULL);
    mbedtls_ssl_conf_rng(&config, device_random, NULL);
    need(mbedtls_ssl_setup(&ssl, &config));
    need(mbedtls_ssl_set_hostname(&ssl, name));
    mbedtls_ssl_set_bio(&ssl, NULL, send_bytes, receive_bytes, NULL);
    fd = lwip_socket(AF_INET, SOCK_STREAM, 0);
    need(lwip_connect(fd, (struct sockaddr *)&place, sizeof place));
    need(mbedtls_ssl_handshake(&ssl));
}

static void exchange(void)
{
    char line[64], back[64];
    int size = snprintf(line, sizeof line, "exchange %lu\n", exchange_count), got = 0;
    need(mbedtls_ssl_write(&ssl, (unsigned char *)line, (size_t)size));
    while (got < size) {
        int more = mbedtls_ssl_read(&ssl, (unsigned char *)back + got, (size_t)(size - got));
        need(more);
        got += more;
    }
    if (memcmp(line, back, (size_t)size) != 0)
        abort();
    exchange_count++;
}

static void set(bool *flag, bool value)
{
    (void)pthread_mutex_lock(&lock);
    *flag = value;
    (void)pthread_mutex_unlock(&lock);
}

static bool is(const bool *flag)
{
    (void)pthread_mutex_lock(&lock);
    bool value = *flag;
    (void)pthread_mutex_unlock(&lock);
    return value;
}

static void *run(void *unused)
{
    (void)unused;
    open_session();
    set(&begun, true);
    while (!is(&ending))
        exchange();
    unsigned long beside = exchange_count;
    for (int i = 0; i < 10; i++)
        exchange();
    (void)mbedtls_ssl_close_notify(&ssl);
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&config);
    (void)lwip_close(fd);
    printf("foreign %lu %lu %ld\n", beside, exchange_count - beside, memory_held());
    return NULL;
}

void foreign_begin(const char *host, uint16_t port, mbedtls_x509_crt *trust)
{
    (void)snprintf(name, sizeof name, "%s", host);
    trusted = trust;
    begun = ending = false;
    exchange_count = 0;
    memset(&place, 0, sizeof place);
    place.sin_len = sizeof place;
    place.sin_family = AF_INET;
    place.sin_port = lwip_htons(port);
    place.sin_addr.s_addr = ipaddr_addr("10.55.0.1");
    if (pthread_create(&thread, NULL, run, NULL) != 0)
        abort();
    while (!is(&begun))
        sys_msleep(5);
}

void foreign_end(void)
{
    set(&ending, true);
    (void)pthread_join(thread, NULL);
}
