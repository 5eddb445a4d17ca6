/* SPDX-License-Identifier: MIT */
/* An application: the README's example, with an endpoint. usage: app CA.pem URL */
#include <string.h>

#include "emrs.h"

static emrs_text endpoint;
#include "example.c" /* of the README, with .endpoint added */

int main(int argc, char **argv)
{
    mbedtls_x509_crt trust;
    if (argc != 3)
        return 2;
    endpoint = (emrs_text){argv[2], strlen(argv[2])};
    mbedtls_x509_crt_init(&trust);
    if (mbedtls_x509_crt_parse_file(&trust, argv[1]) != 0)
        return 2;
    cancel(&(emrs_credentials){EMRS_TEXT("AKID"), EMRS_TEXT("secret"), EMRS_TEXT(""), 0, 0},
           &trust);
    mbedtls_x509_crt_free(&trust);
    return 0;
}
