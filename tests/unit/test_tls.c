/* SPDX-License-Identifier: MIT */
/* The TLS port against an mbedTLS server in the same process. The stream between them is in
 * memory; each of its calls may be short, late or fail. The time is simulated: libc's clock must
 * have no effect. */
#include "unit.h"

#include <malloc.h>

#include <mbedtls/platform.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>

#include "clock.h"
#include "emrs_tls.h"

/* Test certificates (P-256, SHA-256), made once with Python's cryptography. The keys of their CAs
 * were not kept. Valid from 1 January to 1 January: the roots and INTERMEDIATE 2000 to 2099,
 * SHORT_INTERMEDIATE and GONE_ROOT 2000 to 2050, PAST_LEAF 2001 to 2010, FUTURE_LEAF and
 * GONE_ROOT's LATE_LEAF 2060 to 2080, the other leaves 2000 to 2098. OTHER_ROOT has ROOT's name and
 * another key. LEAF and NUMBER_ROOT's NUMBER_LEAF have the common name cn.test. LEAF has the
 * alternative names emrs.test, *.wild.test, 127.0.0.1 and ::1; NUMBER_LEAF has the DNS names
 * 127.0.0.1, *.0.0.1, 127.1, 2130706433, 0.0.1 and host1. NAMELESS_LEAF has only the common name
 * emrs.test; the other leaves have it as common name and as alternative name. All leaves have the
 * same key. */
#define ROOT                                                                                       \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBIjCByKADAgECAgEBMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBHJvb3QwIBcN\n"                           \
    "MDAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBHJvb3Qw\n"                           \
    "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS2W9+iZkuva6UUPXNyQSz7AnF2QCw5\n"                           \
    "1ySbdkXyZxVCT8YLJsRtpI5392NF3q7vrUrmpPgJ8YCibjEseoXT9TZwoxMwETAP\n"                           \
    "BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCLwVtYklkdXhp1MFnJ\n"                           \
    "uVs/tIgpW2h2RajxBWfJ7h+mHgIhANLaTrzAiwAnplmhlg9RMy2R6zWudafqd5WE\n"                           \
    "F2JHkoin\n"                                                                                   \
    "-----END CERTIFICATE-----\n"

#define OTHER_ROOT                                                                                 \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBIjCByKADAgECAgECMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBHJvb3QwIBcN\n"                           \
    "MDAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBHJvb3Qw\n"                           \
    "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARwN9Q05BfHooBSImxmyggZ2BMRltYV\n"                           \
    "SzZMzhVom4wtsIrPaMDFBYuGNWTbeJDTNvbgcX882weRHDjYqVn0CYrloxMwETAP\n"                           \
    "BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQC9Bp/fT+8+4zRH3h8F\n"                           \
    "q86dnG2rQgmSWjdHYx5D0jmImQIhAKZ9lZMbiwSqZc78+/UXXNnBfBnqp+x4P8TA\n"                           \
    "OtJB4Fot\n"                                                                                   \
    "-----END CERTIFICATE-----\n"

#define INTERMEDIATE                                                                               \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBKjCB0KADAgECAgEDMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBHJvb3QwIBcN\n"                           \
    "MDAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMBcxFTATBgNVBAMMDGludGVy\n"                           \
    "bWVkaWF0ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABL2SKxrCgy0bT528O0m3\n"                           \
    "FmON+HrS68Kz3u98BhQkxM5RrZbDtWIIOy8JR10lNTXlz57ybYNKP3rHDh4vdxWG\n"                           \
    "aNWjEzARMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPOHLvC7\n"                           \
    "wFNnZTtvENO/s9hjPsSDUulR9TbsWJPuXPg8AiEAx6iuoHSaeLvbnv4Nx9hZABhz\n"                           \
    "j+WXjmEsZh9O5miEVf8=\n"                                                                       \
    "-----END CERTIFICATE-----\n"

#define SHORT_INTERMEDIATE                                                                         \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBIzCByaADAgECAgEEMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBHJvb3QwIBcN\n"                           \
    "MDAwMTAxMDAwMDAwWhgPMjA1MDAxMDEwMDAwMDBaMBAxDjAMBgNVBAMMBXNob3J0\n"                           \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/fhuunrsxoNS98aQLbeCiBUPpyPi\n"                           \
    "9tO5ZwxXG34zXFSmSvoRucmJoyVUFMzPVPqIgDYbYRDnZNcZKu9TmnVmGaMTMBEw\n"                           \
    "DwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAugxDYKN6e1Iemfal\n"                           \
    "FC1DiN3DNXqvqM9hZQd3I42QzOgCIQCt3gh8tJ2ekqUgoy7Mlk26dyqxmX43hnbY\n"                           \
    "0j8uKSAucw==\n"                                                                               \
    "-----END CERTIFICATE-----\n"

#define LEAF                                                                                       \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBZDCCAQugAwIBAgIBBTAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxpbnRlcm1l\n"                           \
    "ZGlhdGUwIBcNMDAwMTAxMDAwMDAwWhgPMjA5ODAxMDEwMDAwMDBaMBIxEDAOBgNV\n"                           \
    "BAMMB2NuLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR6gibUP6RaZaXD\n"                           \
    "WEhD/GTIQA8NGoWchuzPHdCHbgPhMiEXqptX6TYJ+Tdxj9Xo0cl1qaLKonXYi+/K\n"                           \
    "at4RpuZNo0swSTAMBgNVHRMBAf8EAjAAMDkGA1UdEQQyMDCCCWVtcnMudGVzdIIL\n"                           \
    "Ki53aWxkLnRlc3SHBH8AAAGHEAAAAAAAAAAAAAAAAAAAAAEwCgYIKoZIzj0EAwID\n"                           \
    "RwAwRAIgKDmj4YVwGei873CfUs0fJhNJSsGv+gZrPrLgEZjTCgICIDx9gS2gThI8\n"                           \
    "h28CmtLqKx6I/pxOZahniscHgIs69OWW\n"                                                           \
    "-----END CERTIFICATE-----\n"

#define PAST_LEAF                                                                                  \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBPzCB5qADAgECAgEGMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDGludGVybWVk\n"                           \
    "aWF0ZTAeFw0wMTAxMDEwMDAwMDBaFw0xMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM\n"                           \
    "CWVtcnMudGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHqCJtQ/pFplpcNY\n"                           \
    "SEP8ZMhADw0ahZyG7M8d0IduA+EyIReqm1fpNgn5N3GP1ejRyXWposqiddiL78pq\n"                           \
    "3hGm5k2jJjAkMAwGA1UdEwEB/wQCMAAwFAYDVR0RBA0wC4IJZW1ycy50ZXN0MAoG\n"                           \
    "CCqGSM49BAMCA0gAMEUCIE7KsaEsScHk86tixSRBvctJolxfVZQXNQ+zDwfgfqRm\n"                           \
    "AiEAkRHkVr/bRExLjWAEUZFxxL3U5rzZu79WlARxwu+d6wY=\n"                                           \
    "-----END CERTIFICATE-----\n"

#define FUTURE_LEAF                                                                                \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBRDCB6qADAgECAgEHMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDGludGVybWVk\n"                           \
    "aWF0ZTAiGA8yMDYwMDEwMTAwMDAwMFoYDzIwODAwMTAxMDAwMDAwWjAUMRIwEAYD\n"                           \
    "VQQDDAllbXJzLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR6gibUP6Ra\n"                           \
    "ZaXDWEhD/GTIQA8NGoWchuzPHdCHbgPhMiEXqptX6TYJ+Tdxj9Xo0cl1qaLKonXY\n"                           \
    "i+/Kat4RpuZNoyYwJDAMBgNVHRMBAf8EAjAAMBQGA1UdEQQNMAuCCWVtcnMudGVz\n"                           \
    "dDAKBggqhkjOPQQDAgNJADBGAiEA9n3y584vA3cvbBv7BIHukZT4zaa6LQ3Lqjbo\n"                           \
    "aPDAzoICIQDlPj5k/X4EYUZAI8JFkJ9hNL54WTbxJhF5cvtL61k9Cg==\n"                                   \
    "-----END CERTIFICATE-----\n"

#define SHORT_LEAF                                                                                 \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBOTCB4aADAgECAgEIMAoGCCqGSM49BAMCMBAxDjAMBgNVBAMMBXNob3J0MCAX\n"                           \
    "DTAwMDEwMTAwMDAwMFoYDzIwOTgwMTAxMDAwMDAwWjAUMRIwEAYDVQQDDAllbXJz\n"                           \
    "LnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR6gibUP6RaZaXDWEhD/GTI\n"                           \
    "QA8NGoWchuzPHdCHbgPhMiEXqptX6TYJ+Tdxj9Xo0cl1qaLKonXYi+/Kat4RpuZN\n"                           \
    "oyYwJDAMBgNVHRMBAf8EAjAAMBQGA1UdEQQNMAuCCWVtcnMudGVzdDAKBggqhkjO\n"                           \
    "PQQDAgNHADBEAiBJB03FegG11iue3nO0OsxueV+6dR8307gWVpkwc0mqdQIgBdoP\n"                           \
    "IR8JBvWrfdP+fuCxwMhPRq1nB9SMTfDR5Qocc1Y=\n"                                                   \
    "-----END CERTIFICATE-----\n"

#define NAMELESS_LEAF                                                                              \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBKzCB0qADAgECAgEJMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDGludGVybWVk\n"                           \
    "aWF0ZTAgFw0wMDAxMDEwMDAwMDBaGA8yMDk4MDEwMTAwMDAwMFowFDESMBAGA1UE\n"                           \
    "AwwJZW1ycy50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeoIm1D+kWmWl\n"                           \
    "w1hIQ/xkyEAPDRqFnIbszx3Qh24D4TIhF6qbV+k2Cfk3cY/V6NHJdamiyqJ12Ivv\n"                           \
    "ymreEabmTaMQMA4wDAYDVR0TAQH/BAIwADAKBggqhkjOPQQDAgNIADBFAiBlHYMm\n"                           \
    "PLE4uJIx/9JQNpAdmjobKLcGUhEFp+ObYB6+eAIhAN10O5N8w7EQuDyZm0SbSujO\n"                           \
    "arGLd0bvQbHFCsPKDd5m\n"                                                                       \
    "-----END CERTIFICATE-----\n"

#define GONE_ROOT                                                                                  \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBIDCByKADAgECAgEUMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBGdvbmUwIBcN\n"                           \
    "MDAwMTAxMDAwMDAwWhgPMjA1MDAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBGdvbmUw\n"                           \
    "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQk2BcIOsEzvuiM9JRVZmZsDxfZ12wn\n"                           \
    "zwEN4FUeAOSzJ8KelhjqI45Wk+4dIzGFZHeH41o0IajYoXasLwoCcgCZoxMwETAP\n"                           \
    "BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCICpwUW3sPLYiP0EoKFOA\n"                           \
    "T4VM44U2bYe9ZNBaeRCThPXDAiBhq9LePt6qK+qqp15GoaHIqkM0tFM3juoiPOfP\n"                           \
    "VF11tg==\n"                                                                                   \
    "-----END CERTIFICATE-----\n"

#define LATE_LEAF                                                                                  \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBOzCB4qADAgECAgEVMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBGdvbmUwIhgP\n"                           \
    "MjA2MDAxMDEwMDAwMDBaGA8yMDgwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJZW1y\n"                           \
    "cy50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeoIm1D+kWmWlw1hIQ/xk\n"                           \
    "yEAPDRqFnIbszx3Qh24D4TIhF6qbV+k2Cfk3cY/V6NHJdamiyqJ12IvvymreEabm\n"                           \
    "TaMmMCQwDAYDVR0TAQH/BAIwADAUBgNVHREEDTALggllbXJzLnRlc3QwCgYIKoZI\n"                           \
    "zj0EAwIDSAAwRQIhAObbkLa/Eml+alIbEaTFWZB4Kk5CGjfiGu91u7d6MIo5AiAO\n"                           \
    "QqwAVaSxwK2Ra/AVLdvH+odE6nBLi8r7A9+KyDqVbg==\n"                                               \
    "-----END CERTIFICATE-----\n"

#define NUMBER_ROOT                                                                                \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBJDCBzKADAgECAgEgMAoGCCqGSM49BAMCMBExDzANBgNVBAMMBm51bWJlcjAg\n"                           \
    "Fw0wMDAxMDEwMDAwMDBaGA8yMDk5MDEwMTAwMDAwMFowETEPMA0GA1UEAwwGbnVt\n"                           \
    "YmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvHgzeq7HDCznnFRNzXtCN52H\n"                           \
    "M5gAfRpnZZcKtKpWSXH9ZTIuPcBtVqdEZEFZaDy7c1ae7/JGMzhup5jILu+AVqMT\n"                           \
    "MBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiA6cxo/IQQAbk0F\n"                           \
    "YIas9lDuInJXxw3AQF0lG6ozKBpM7QIgBKz7c/CtmiI/I/hw0QHU2D1u8p0jO47h\n"                           \
    "zZavBQR5cCk=\n"                                                                               \
    "-----END CERTIFICATE-----\n"

#define NUMBER_LEAF                                                                                \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBZDCCAQqgAwIBAgIBITAKBggqhkjOPQQDAjARMQ8wDQYDVQQDDAZudW1iZXIw\n"                           \
    "IBcNMDAwMTAxMDAwMDAwWhgPMjA5ODAxMDEwMDAwMDBaMBIxEDAOBgNVBAMMB2Nu\n"                           \
    "LnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR6gibUP6RaZaXDWEhD/GTI\n"                           \
    "QA8NGoWchuzPHdCHbgPhMiEXqptX6TYJ+Tdxj9Xo0cl1qaLKonXYi+/Kat4RpuZN\n"                           \
    "o1AwTjAMBgNVHRMBAf8EAjAAMD4GA1UdEQQ3MDWCCTEyNy4wLjAuMYIHKi4wLjAu\n"                           \
    "MYIFMTI3LjGCCjIxMzA3MDY0MzOCBTAuMC4xggVob3N0MTAKBggqhkjOPQQDAgNI\n"                           \
    "ADBFAiEA3SH9uxBBu9M62P+yuTkUXI/5+JHBpmOttTbtaX6R6gcCIFjIYO8rvhmZ\n"                           \
    "G2ZgRDI67HXJpfk8/6OkCk5GKROhM7Pu\n"                                                           \
    "-----END CERTIFICATE-----\n"

#define LEAF_KEY                                                                                   \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEIPLGn+tLdgFjhtpxLvMdrxfRLnaIznuvknmD/pBrq0PQoAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAEeoIm1D+kWmWlw1hIQ/xkyEAPDRqFnIbszx3Qh24D4TIhF6qbV+k2\n"                           \
    "Cfk3cY/V6NHJdamiyqJ12IvvymreEabmTQ==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"

/* A self-signed certificate of a device, with its key; and a key without a certificate. */
#define RSA_DEVICE                                                                                 \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIICnTCCAYWgAwIBAgIBMDANBgkqhkiG9w0BAQsFADARMQ8wDQYDVQQDDAZkZXZp\n"                           \
    "Y2UwIBcNMDAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMBExDzANBgNVBAMM\n"                           \
    "BmRldmljZTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBANH0b6btWuPM\n"                           \
    "Y97heC8hMTilp9XThgvcP8z5L+bQ+cRZNeBgGQ+/d+Gt0HbWeJLbUyhKclwp7Mwk\n"                           \
    "sHYfy7uqfHiGYJDlB0Ci2MliqrdJ9AMl6ZeAGkCzmtcJ55fFDuTQUKu9OMkT8w/Y\n"                           \
    "PLrawq6AfkLSe4A2A9R8xY1AjP1XusbGjTK76HDpMoqqglVZoPtpGPDkOUP4a+3v\n"                           \
    "BZFprt4HIIFZexcnlmUC1dFxrhO9XgL5trMD2se7xrNoDpEZOb7T1dJ91DRaS7mO\n"                           \
    "zUfdguhaZlTNvG/WUGxU7BIdYHEQ1frR9JfKtTwIMxNBnyIj/Wo6bOwcMDD8leRY\n"                           \
    "h18gGk/01FECAwEAATANBgkqhkiG9w0BAQsFAAOCAQEAGdxUwQMh3O+nSuo2ByV8\n"                           \
    "nwIp0rGCnWciz09P4K+JrJvLWZn1SOp2Wh6mzeKqXF8tgxew3ulSjkopOyANd29k\n"                           \
    "RE7qHQY2Hwa0AEa8fuCUN6fSK2yqVJAFzxJc+T0eEsRIieNFCiJ7q69n/1zWzT3f\n"                           \
    "M0Hrj090r52vXRTSr1ikX6cBPlYWuEt9B5RMHHiCShe6Na9jWxqdfoDQTpnu01mP\n"                           \
    "FWn/mfjcEaK7rkNwuU0vsDTLUf576+cQO1lnBN/YI7B+Dtok0StYbT8kEdhxUe+A\n"                           \
    "XcfH6/XA2uY5pK+sF9rXWImjFPAcC+wt5KOhCm7ViClFJf/cVqePtoNqEC8FczED\n"                           \
    "6Q==\n"                                                                                       \
    "-----END CERTIFICATE-----\n"

#define RSA_KEY                                                                                    \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDR9G+m7VrjzGPe\n"                           \
    "4XgvITE4pafV04YL3D/M+S/m0PnEWTXgYBkPv3fhrdB21niS21MoSnJcKezMJLB2\n"                           \
    "H8u7qnx4hmCQ5QdAotjJYqq3SfQDJemXgBpAs5rXCeeXxQ7k0FCrvTjJE/MP2Dy6\n"                           \
    "2sKugH5C0nuANgPUfMWNQIz9V7rGxo0yu+hw6TKKqoJVWaD7aRjw5DlD+Gvt7wWR\n"                           \
    "aa7eByCBWXsXJ5ZlAtXRca4TvV4C+bazA9rHu8azaA6RGTm+09XSfdQ0Wku5js1H\n"                           \
    "3YLoWmZUzbxv1lBsVOwSHWBxENX60fSXyrU8CDMTQZ8iI/1qOmzsHDAw/JXkWIdf\n"                           \
    "IBpP9NRRAgMBAAECggEAL7ZOCj/9y+9Gkd+otYMkQaSJqdLOL1NPz2egfmJmpDuG\n"                           \
    "vhTwlQ7Usj1S9rKiB3Oep/UVHIMtjC3ZSRrMLHtfmm8lMkBN398yBz/sHkeI049R\n"                           \
    "0Is8zA/UxAH89pVCX3bEomaXqUBml+by1B7DJ69NIifdh4Me5zKsnT86WxdM+385\n"                           \
    "i1FI0BtsAo3PNxC8zczvwTg82K45mzhVlfGhnVh3fMXdf6r40llhaeZnL0e1f21K\n"                           \
    "RvTTMAuPDx6eQ502ZK/vW1XpVnfnyYOzh8IFI2vEWXEIT5eg2rKEFBH+zDy5gpAG\n"                           \
    "+mQQsy+ZjyjaU4QKXb73KH4QTBOjz+9h2TLjJi5yjQKBgQD1hJSChRCf0Q/DCC2Z\n"                           \
    "JPG759kb2a7WeB7+RSVZjiTfxS0rBv/uC07txKBErOD/l84kchCHRgxWHqoqQpTz\n"                           \
    "SAZwn6/mSqQkxalIUbibNrpyuoZOkUxU54ZD+no9Phvau+FrmR/3IJ8Nl4ieav/4\n"                           \
    "65zsGsvLHqxImskh+uLmckbyXQKBgQDa6yo16PRGhtBpNmfupYm3TPdCrq1K0WRt\n"                           \
    "wblkwtRaqRiJU+JlDeQ6kdIt8jsjzl4DYPwXEWlBXBrzY+4nsFu7eVW4LHGRZrgg\n"                           \
    "dC+W/Py++rCYgAoLtIjj7P12sMr8BeSZ2Zo6Cio+TdV3z8VAmpfd6fjeJf3qvdYH\n"                           \
    "hErhCiHyhQKBgQDUjQgJCuv+f/6WSSE4wPwqQij6bHVppSqn1PLl2iJgO5LD+lZd\n"                           \
    "HhshyyU47zYG8MR9VuaqReFuOTP2TBgpmgRBQm4FAD+kuh64xk78yN+XbZXStQWR\n"                           \
    "R7M8bL+g/4Eb16XrAfDjgLFSEgsrotSiClCbMwOVgKOEY8SXD12aRfrX3QKBgH10\n"                           \
    "aOMuFdbY6VRyFkt/2BUQaV5wZeTLbIctjoX81N8DqokAZmxM8q7R5CXqfBO/7sZ2\n"                           \
    "7OB3XN9U3ij+6nsaKOed2A7MgWS2/euzSZZ4cosrdMpgDeG5Wv1rUbGUDS8yXVgB\n"                           \
    "iM2cB6texWd8zOiB72f/7lu4X/QHSEFUgejG+r9VAoGAM3d0L2QRsyMfPEGUKRbS\n"                           \
    "4BDYUVgZeGi9FvWees/4K+8UhrlcWs4MS0sV3dh0I2raSWGvw4HfJpsyK9tUUH4s\n"                           \
    "IErXdhZP9eci29ZXimcArzVA9lT0DirXtmcXYMTbfzGLjWc+8T0zAd7LybbuQWeM\n"                           \
    "8Z99LInEb07/zs6Pv20ig/w=\n"                                                                   \
    "-----END PRIVATE KEY-----\n"

#define OTHER_KEY                                                                                  \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4/ESFZ4dHpuFY4Q3\n"                           \
    "1CMXzi8jE0OLPU5ioDDLkwt/jW6hRANCAARI3w9hpUxqsukEbq9zuySFqoWdwFj3\n"                           \
    "yc6s3hqxov5EN2n5uuEbYM6IueR7pGJjP34RwWsKdn1/cCIo7LPdgVX8\n"                                   \
    "-----END PRIVATE KEY-----\n"

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define MBEDTLS_PRIVATE(member) member
#endif

#define HOST "emrs.test"
#define REQUEST "DELETE /x HTTP/1.1\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

enum { QUEUE_SIZE = 1 << 16, UNTIL_MS = 10000, NEVER = -1 };

/* Noon of 1 July, as seconds since 1970. */
#define JULY(year) ((uint32_t)(((year)-1970) * 31556952u + 181u * 86400u + 43200u))

/* The bench: an inner stream in memory, a server at its other end, the time, the randomness */

typedef struct {
    unsigned char bytes[QUEUE_SIZE];
    size_t begin, end;
} queue;

typedef struct {
    emrs_tls tls;
    mbedtls_x509_crt trust;
    uint32_t ms, utc_s;
    int random_count, random_fails_at, random_later;
    bool random_failed;
    emrs_stream inner;
    queue up, down;           /* to the server, from the server */
    int call_count, fault_at; /* of send and receive */
    int wait_count;           /* receives that were allowed to wait and found nothing */
    emrs_report fault;        /* of this call and all later ones */
    emrs_report send_fault;   /* for every send, if it is not PENDING */
    bool faulted, short_steps, hesitant, hesitated, ended, more;
    emrs_reason refusal; /* of connect */
    int dial_count, close_count, sent_after_failure;
    void (*flood)(void); /* called when there is nothing to receive */
    mbedtls_ssl_config server_config;
    mbedtls_ssl_context server;
    mbedtls_ssl_ticket_context tickets;
    mbedtls_x509_crt chain;
    mbedtls_x509_crt device_trust; /* the CAs of devices, if it asks for a certificate */
    mbedtls_pk_context key;
    void (*greet)(void);  /* right after the handshake */
    void (*answer)(void); /* once the request has come */
    unsigned char
        last_alert; /* the alert that the server sent unencrypted when its handshake failed */
    bool shaken, answered, notified;
    int offered, resumed; /* sessions */
    char name[64], request[2048];
    size_t request_size;
} bench;

static bench b;
static emrs_tls_version version; /* of the tests that run now */

static size_t push(queue *p, const void *bytes, size_t size)
{
    if (p->begin == p->end)
        p->begin = p->end = 0;
    size = size < QUEUE_SIZE - p->end ? size : QUEUE_SIZE - p->end;
    memcpy(p->bytes + p->end, bytes, size);
    p->end += size;
    return size;
}

static size_t pull(queue *p, void *bytes, size_t size)
{
    size = size < p->end - p->begin ? size : p->end - p->begin;
    memcpy(bytes, p->bytes + p->begin, size);
    p->begin += size;
    return size;
}

/* Predictable on purpose: the same in every run. */
static int weak_random(void *state, unsigned char *bytes, size_t size)
{
    uint32_t *x = state;
    for (size_t i = 0; i < size; i++) {
        *x = *x * 1664525u + 1013904223u;
        bytes[i] = (unsigned char)(*x >> 24);
    }
    return 0;
}

static int client_random(void *context, unsigned char *bytes, size_t size)
{
    static uint32_t x = 1;
    (void)context;
    if (b.random_later > 0) {
        b.random_later--;
        return EMRS_RANDOM_LATER;
    }
    b.random_failed = b.random_failed || b.random_count++ == b.random_fails_at;
    return b.random_failed ? -1 : weak_random(&x, bytes, size);
}

static int server_random(void *context, unsigned char *bytes, size_t size)
{
    static uint32_t x = 2;
    (void)context;
    return weak_random(&x, bytes, size);
}

static emrs_now now(void *context)
{
    (void)context;
    return (emrs_now){.ms = b.ms, .utc_s = b.utc_s};
}

/* The server */

static bool is_later(int code)
{
    return code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int server_send(void *context, const unsigned char *bytes, size_t size)
{
    enum { ALERT = 21, ALERT_SIZE = 7 };
    (void)context;
    size_t sent = push(&b.down, bytes, size);
    if (b.last_alert != 0 && bytes[0] == ALERT
        && size == ALERT_SIZE) /* instead of the server's own */
        b.down.bytes[b.down.end - 1] = b.last_alert;
    return sent > 0 ? (int)sent : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int server_receive(void *context, unsigned char *bytes, size_t size)
{
    (void)context;
    size_t got = pull(&b.up, bytes, size);
    return got > 0 ? (int)got : MBEDTLS_ERR_SSL_WANT_READ;
}

static int note_name(void *context, mbedtls_ssl_context *ssl, const unsigned char *name,
                     size_t size)
{
    (void)context;
    (void)ssl;
    (void)snprintf(b.name, sizeof b.name, "%.*s", (int)size, (const char *)name);
    return 0;
}

static int parse_ticket(void *context, mbedtls_ssl_session *session, unsigned char *bytes,
                        size_t size)
{
    int code = mbedtls_ssl_ticket_parse(context, session, bytes, size);
    b.offered++;
    b.resumed += code == 0;
    return code;
}

static void server_read(void)
{
    size_t room = sizeof b.request - 1 - b.request_size;
    int code = mbedtls_ssl_read(&b.server, (unsigned char *)b.request + b.request_size, room);
    if (code > 0)
        b.request_size += (size_t)code;
    b.notified = b.notified || code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
}

static bool serving;

/* Runs the server, when it has received bytes or when the client waits for its bytes. */
static void serve(void)
{
    serving = true;
    if (!b.shaken) {
        int code;
        do
            code = mbedtls_ssl_handshake(&b.server);
        while (code == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS);
        b.shaken = code == 0;
        const unsigned char alert[] = {21, 3, 3, 0, 2, 2, b.last_alert};
        if (code != 0 && !is_later(code) && !b.ended && b.last_alert != 0)
            (void)push(&b.down, alert, sizeof alert);
        b.ended = b.ended || (code != 0 && !is_later(code)); /* its alert can still be received */
        if (b.shaken && b.greet != NULL)
            b.greet();
    }
    if (b.shaken && !b.notified)
        server_read();
    if (b.answer != NULL && !b.answered && strstr(b.request, "\r\n\r\n") != NULL) {
        b.answered = true;
        b.answer();
    }
    serving = false;
}

static void say(const char *text)
{
    size_t size = strlen(text);
    assert_int_equal(mbedtls_ssl_write(&b.server, (const unsigned char *)text, size), size);
}

/* The inner stream */

static emrs_report inner_connect(void *context, const emrs_move *move)
{
    (void)context;
    assert_int_equal(move->port, 443);
    if (b.refusal != EMRS_REASON_NONE)
        return emrs_failed(b.refusal, 111);
    return b.dial_count++ == 0 ? emrs_connecting(EMRS_PHASE_TCP) : emrs_connected(EMRS_PEER_PLAIN);
}

/* Counts a call of the stream. From the call fault_at on, all report the fault. If the stream is
 * hesitant, every second call has no news.      ret: whether the call does its work */
static bool passes(emrs_report *report)
{
    b.ms++;
    *report = emrs_report_of(EMRS_NEWS_PENDING);
    b.faulted = b.faulted || b.call_count++ == b.fault_at;
    if (b.faulted)
        *report = b.fault;
    b.hesitated = b.hesitant && !b.hesitated;
    return !b.faulted && !b.hesitated;
}

static emrs_report inner_send(void *context, const emrs_move *move)
{
    emrs_report report;
    (void)context;
    b.more = move->more;
    b.sent_after_failure += b.random_failed;
    if (b.send_fault.news != EMRS_NEWS_PENDING)
        return b.send_fault;
    if (!passes(&report))
        return report;
    size_t sent = push(&b.up, move->send, b.short_steps ? 1 : move->size);
    serve();
    return sent > 0 ? emrs_moved(EMRS_NEWS_SENT, sent) : report;
}

static emrs_report inner_receive(void *context, const emrs_move *move)
{
    emrs_report report;
    (void)context;
    if (!passes(&report))
        return report;
    assert_true(b.ms - move->until_ms > 0x80000000u || b.ms - move->until_ms <= 1);
    serve();
    if (b.flood != NULL && b.down.begin == b.down.end)
        b.flood();
    size_t got = pull(&b.down, move->receive, b.short_steps ? 1 : move->size);
    if (got > 0)
        return emrs_moved(EMRS_NEWS_RECEIVED, got);
    if (b.ended)
        return emrs_report_of(EMRS_NEWS_CUT);
    b.wait_count += move->until_ms - b.ms < 0x80000000u && move->until_ms != b.ms;
    b.ms = move->until_ms; /* it waited, and nothing came */
    return report;
}

static void inner_close(void *context)
{
    (void)context;
    b.close_count++;
}

/* Set-up */

static void trust(const char *pem)
{
    mbedtls_x509_crt_free(&b.trust);
    mbedtls_x509_crt_init(&b.trust);
    assert_int_equal(mbedtls_x509_crt_parse(&b.trust, (const unsigned char *)pem, strlen(pem) + 1),
                     0);
}

static void parse_key(mbedtls_pk_context *key, const char *text)
{
    const unsigned char *pem = (const unsigned char *)text;
    size_t size = strlen(text) + 1;
    mbedtls_pk_init(key);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    assert_int_equal(mbedtls_pk_parse_key(key, pem, size, NULL, 0), 0);
#else
    assert_int_equal(mbedtls_pk_parse_key(key, pem, size, NULL, 0, server_random, NULL), 0);
#endif
}

/* By default mbedTLS 2.28 prefers P-521, which takes five times as long. */
static void prefer_a_quick_curve(mbedtls_ssl_config *config)
{
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    static const mbedtls_ecp_group_id curves[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE};
    mbedtls_ssl_conf_curves(config, curves);
#else
    (void)config;
#endif
}

/* Sets the chain that the server sends from now on. */
static void present(const char *pem)
{
    mbedtls_ssl_config *config = &b.server_config;
    mbedtls_ssl_config_free(config);
    mbedtls_ssl_config_init(config);
    mbedtls_x509_crt_free(&b.chain);
    mbedtls_x509_crt_init(&b.chain);
    assert_int_equal(mbedtls_x509_crt_parse(&b.chain, (const unsigned char *)pem, strlen(pem) + 1),
                     0);
    assert_int_equal(mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_SERVER,
                                                 MBEDTLS_SSL_TRANSPORT_STREAM,
                                                 MBEDTLS_SSL_PRESET_DEFAULT),
                     0);
    mbedtls_ssl_conf_rng(config, server_random, NULL);
    mbedtls_ssl_conf_sni(config, note_name, NULL);
    prefer_a_quick_curve(config);
    mbedtls_ssl_conf_session_tickets_cb(config, mbedtls_ssl_ticket_write, parse_ticket, &b.tickets);
    assert_int_equal(mbedtls_ssl_conf_own_cert(config, &b.chain, &b.key), 0);
}

static void answer_and_end(void)
{
    say(ANSWER);
    (void)mbedtls_ssl_close_notify(&b.server);
    b.ended = true;
}

static void init_tls(bool keep_session)
{
    const emrs_tls_config config = {.inner = &b.inner,
                                    .trust = &b.trust,
                                    .random = client_random,
                                    .now = now,
                                    .version_max = version,
                                    .keep_session = keep_session};
    assert_int_equal(emrs_tls_init(&b.tls, &config), EMRS_REASON_NONE);
}

static void keep_sessions(void)
{
    emrs_tls_free(&b.tls);
    init_tls(true);
    b.offered = b.resumed = 0;
}

static int set_up(void **state)
{
    (void)state;
    memset(&b, 0, sizeof b);
    b.utc_s = JULY(2026);
    b.ms = 0xFFFFFF00u; /* the tick wraps during the test */
    b.random_fails_at = b.fault_at = NEVER;
    b.answer = answer_and_end;
    b.inner = (emrs_stream){&b, inner_connect, inner_send, inner_receive, inner_close};
    mbedtls_x509_crt_init(&b.trust);
    mbedtls_x509_crt_init(&b.chain);
    mbedtls_x509_crt_init(&b.device_trust);
    mbedtls_ssl_config_init(&b.server_config);
    mbedtls_ssl_init(&b.server);
    mbedtls_ssl_ticket_init(&b.tickets);
    trust(ROOT);
    init_tls(false);
    parse_key(&b.key, LEAF_KEY);
    assert_int_equal(mbedtls_ssl_ticket_setup(&b.tickets, server_random, NULL,
                                              MBEDTLS_CIPHER_AES_256_GCM, 86400),
                     0);
    present(LEAF INTERMEDIATE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    b.tls.stream.close(b.tls.stream.context);
    emrs_tls_free(&b.tls);
    mbedtls_ssl_free(&b.server);
    mbedtls_ssl_config_free(&b.server_config);
    mbedtls_ssl_ticket_free(&b.tickets);
    mbedtls_x509_crt_free(&b.chain);
    mbedtls_x509_crt_free(&b.device_trust);
    mbedtls_x509_crt_free(&b.trust);
    mbedtls_pk_free(&b.key);
    return 0;
}

/* The client */

/* Begins a new connection at both ends. */
static void begin(void)
{
    b.up.begin = b.up.end = b.down.begin = b.down.end = 0;
    b.call_count = b.random_count = b.sent_after_failure = b.dial_count = b.close_count = 0;
    b.faulted = b.hesitated = b.ended = b.random_failed = false;
    b.shaken = b.answered = b.notified = false;
    b.request_size = 0;
    memset(b.request, 0, sizeof b.request);
    mbedtls_ssl_free(&b.server);
    mbedtls_ssl_init(&b.server);
    assert_int_equal(mbedtls_ssl_setup(&b.server, &b.server_config), 0);
    mbedtls_ssl_set_bio(&b.server, NULL, server_send, server_receive, NULL);
}

static bool is_due(const emrs_move *move)
{
    return b.ms - move->until_ms < 0x80000000u;
}

typedef emrs_report action(void *context, const emrs_move *move);

/* Calls act again and again, like port/run.c.      ret: the first news; PENDING if none in time */
static emrs_report await(action *act, const emrs_move *move)
{
    for (;;) {
        emrs_report report = act(b.tls.stream.context, move);
        if (report.news != EMRS_NEWS_CONNECTING
            && (report.news != EMRS_NEWS_PENDING || is_due(move)))
            return report;
    }
}

static emrs_move connect_move(const char *host)
{
    return (emrs_move){.until_ms = b.ms + UNTIL_MS, .host = host, .port = 443, .tls = true};
}

static emrs_report shake_hands(const char *host)
{
    emrs_move move = connect_move(host);
    begin();
    return await(b.tls.stream.connect, &move);
}

static emrs_report send_request(void)
{
    size_t sent = 0;
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    while (sent < sizeof REQUEST - 1) {
        emrs_move move = {
            .until_ms = b.ms + UNTIL_MS, .send = &REQUEST[sent], .size = sizeof REQUEST - 1 - sent};
        report = await(b.tls.stream.send, &move);
        if (report.news != EMRS_NEWS_SENT)
            break;
        assert_in_range(report.size, 1, move.size);
        sent += report.size;
    }
    return report;
}

/* Receives until the stream ends or fails. */
static emrs_report receive_answer(char *answer, size_t room, size_t window)
{
    size_t size = 0;
    for (;;) {
        assert_true(size + window < room);
        emrs_move move = {.until_ms = b.ms + UNTIL_MS, .receive = answer + size, .size = window};
        emrs_report report = await(b.tls.stream.receive, &move);
        if (report.news != EMRS_NEWS_RECEIVED) {
            answer[size] = '\0';
            return report;
        }
        assert_in_range(report.size, 1, window);
        size += report.size;
    }
}

static void hang_up(void)
{
    b.tls.stream.close(b.tls.stream.context);
}

static void assert_connected(emrs_report report)
{
    assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
    assert_int_equal(report.detail, EMRS_PEER_VERIFIED);
}

static void assert_failed(emrs_report report, emrs_reason reason)
{
    assert_int_equal(report.news, EMRS_NEWS_FAILED);
    assert_int_equal(report.detail, reason);
}

/* Asserts that a connection, a request and an answer succeed. */
static void assert_exchange(const char *host)
{
    char answer[256];
    assert_connected(shake_hands(host));
    assert_int_equal(send_request().news, EMRS_NEWS_SENT);
    assert_int_equal(receive_answer(answer, sizeof answer, 100).news, EMRS_NEWS_CLOSED);
    assert_string_equal(b.request, REQUEST);
    assert_string_equal(answer, ANSWER);
    hang_up();
    assert_int_equal(b.close_count, 1);
}

/* Asserts that a handshake fails, and that the server receives no data. */
static void assert_refused(const char *host, emrs_reason reason)
{
    assert_failed(shake_hands(host), reason);
    serve();
    assert_false(b.shaken);
    hang_up();
    assert_int_equal(b.close_count, 1);
    assert_int_equal(b.request_size, 0);
}

/* Exchanges */

static void test_exchange(void **state)
{
    (void)state;
    assert_string_equal(emrs_tls_version_words(&b.tls), "none");
    assert_exchange(HOST);
    assert_string_equal(b.name, HOST); /* SNI */
    serve();
    assert_true(b.notified);
    assert_string_equal(emrs_tls_version_words(&b.tls), "none");
    assert_connected(shake_hands(HOST));
    assert_string_equal(emrs_tls_version_words(&b.tls),
                        version == EMRS_TLS_1_2 ? "TLSv1.2" : "TLSv1.3");
}

static void test_phases(void **state)
{
    static const emrs_phase phases[] = {EMRS_PHASE_NAME, EMRS_PHASE_TCP, EMRS_PHASE_TLS};
    emrs_move move = connect_move(HOST);
    (void)state;
    begin();
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        emrs_report report = b.tls.stream.connect(b.tls.stream.context, &move);
        assert_int_equal(report.news, EMRS_NEWS_CONNECTING);
        assert_int_equal(report.detail, phases[i]);
    }
    assert_connected(await(b.tls.stream.connect, &move));
}

static void test_short_steps_and_hesitation(void **state)
{
    (void)state;
    for (unsigned bits = 1; bits < 4; bits++) {
        b.short_steps = bits & 1;
        b.hesitant = bits >> 1 & 1;
        assert_exchange(HOST);
    }
}

static void answer_at_length(void)
{
    static char text[20000];
    memset(text, 'x', sizeof text - 1);
    for (size_t at = 0; at < sizeof text - 1;) {
        int code = mbedtls_ssl_write(&b.server, (unsigned char *)text + at, sizeof text - 1 - at);
        assert_true(code > 0);
        at += (size_t)code;
    }
    (void)mbedtls_ssl_close_notify(&b.server);
    b.ended = true;
}

static void test_windows(void **state)
{
    static const size_t windows[] = {1, 7, 16384, 18000};
    static char answer[40000];
    (void)state;
    b.answer = answer_at_length;
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        assert_connected(shake_hands(HOST));
        assert_int_equal(send_request().news, EMRS_NEWS_SENT);
        assert_int_equal(receive_answer(answer, sizeof answer, windows[i]).news, EMRS_NEWS_CLOSED);
        assert_int_equal(strspn(answer, "x"), 19999);
        assert_int_equal(strlen(answer), 19999);
        hang_up();
    }
}

/* `more` of a SEND is passed on to the inner stream. close_notify is sent without it. */
static void test_more_is_passed_on(void **state)
{
    (void)state;
    assert_connected(shake_hands(HOST));
    assert_false(b.more);
    for (int more = 1; more >= 0; more--) {
        emrs_move move = {.until_ms = b.ms + UNTIL_MS, .send = "x", .size = 1, .more = more};
        assert_int_equal(await(b.tls.stream.send, &move).news, EMRS_NEWS_SENT);
        assert_int_equal(b.more, more);
    }
    emrs_move move = {.until_ms = b.ms + UNTIL_MS, .send = "x", .size = 1, .more = true};
    assert_int_equal(await(b.tls.stream.send, &move).news, EMRS_NEWS_SENT);
    hang_up();
    assert_false(b.more);
}

/* Certificates */

static void test_names(void **state)
{
    static const struct {
        const char *host;
        bool fits;
    } rows[] = {
        {"emrs.test", true},
        {"EMRS.Test", true},
        {"a.wild.test", true},
        {"cn.test", false}, /* the common name is ignored if there are alternative names */
        {"emrs.tes", false},
        {"emrs.test2", false},
        {"xemrs.test", false},
        {"a.emrs.test", false},
        {"wild.test", false},
        {".wild.test", false},
        {"a.b.wild.test", false},
        {"*.wild.test", true},
        {"localhost", false},
        {"emrs.test.evil.test", false},
        {"127.0.0.1.wild.test", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].fits)
            assert_exchange(rows[i].host);
        else
            assert_refused(rows[i].host, EMRS_REASON_NAME_MISMATCH);
}

/* A dNSName or a wildcard does not match an address. mbedTLS before 3.5 reads no other names, so
 * there no connection is opened. */
static void test_addresses(void **state)
{
    static const struct {
        const char *host, *chain;
        bool fits;
    } rows[] = {
        {"127.0.0.1", LEAF INTERMEDIATE, true},  {"::1", LEAF INTERMEDIATE, true},
        {"127.0.0.2", LEAF INTERMEDIATE, false}, {"::2", LEAF INTERMEDIATE, false},
        {"127.0.0.1", NUMBER_LEAF, false},       {"127.1", NUMBER_LEAF, false},
        {"10.0.0.1", NUMBER_LEAF, false},        {"2130706433", NUMBER_LEAF, false},
        {"0.0.1", NUMBER_LEAF, false},           {"host1", NUMBER_LEAF, true},
    };
    (void)state;
    trust(ROOT NUMBER_ROOT);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool is_name = strcmp(rows[i].host, "host1") == 0;
        present(rows[i].chain);
        if (rows[i].fits && (is_name || MBEDTLS_VERSION_NUMBER >= 0x03050000))
            assert_exchange(rows[i].host);
        else
            assert_refused(rows[i].host, EMRS_REASON_NAME_MISMATCH);
        if (!is_name && MBEDTLS_VERSION_NUMBER < 0x03050000)
            assert_int_equal(b.dial_count, 0);
    }
}

static void test_common_name_alone(void **state)
{
    (void)state;
    present(NAMELESS_LEAF INTERMEDIATE);
    assert_refused(HOST, EMRS_REASON_NAME_MISMATCH);
}

static void test_issuers(void **state)
{
    (void)state;
    present(LEAF);
    assert_refused(HOST, EMRS_REASON_ISSUER);
    present(LEAF INTERMEDIATE ROOT);
    assert_exchange(HOST);
    trust(OTHER_ROOT);
    assert_refused(HOST, EMRS_REASON_ISSUER);
    trust(OTHER_ROOT ROOT);
    assert_exchange(HOST);
    trust(INTERMEDIATE); /* a trusted certificate need not be self-signed */
    assert_exchange(HOST);
    present(LEAF SHORT_INTERMEDIATE);
    trust(ROOT);
    assert_refused(HOST, EMRS_REASON_ISSUER);
}

/* libc's clock is after 2026. By it, certificates that expired in 2010 or begin in 2060 would be
 * refused, and others accepted that are not valid at the simulated time. */
static void test_dates(void **state)
{
    static const struct {
        const char *chain;
        uint32_t utc_s;
        emrs_reason reason;
    } rows[] = {
        {LEAF INTERMEDIATE, JULY(2000), EMRS_REASON_NONE},
        {LEAF INTERMEDIATE, JULY(2097), EMRS_REASON_NONE},
        {LEAF INTERMEDIATE, JULY(1999), EMRS_REASON_NOT_YET_VALID},
        {LEAF INTERMEDIATE, JULY(2098), EMRS_REASON_EXPIRED},
        {LEAF INTERMEDIATE, 0, EMRS_REASON_NOT_YET_VALID}, /* unknown */
        {LEAF INTERMEDIATE, 946684800, EMRS_REASON_NONE},
        {LEAF INTERMEDIATE, 946684799, EMRS_REASON_NOT_YET_VALID},
        {PAST_LEAF INTERMEDIATE, JULY(2005), EMRS_REASON_NONE},
        {PAST_LEAF INTERMEDIATE, 1262304000, EMRS_REASON_NONE},
        {PAST_LEAF INTERMEDIATE, 1262304001, EMRS_REASON_EXPIRED},
        {PAST_LEAF INTERMEDIATE, JULY(2026), EMRS_REASON_EXPIRED},
        {FUTURE_LEAF INTERMEDIATE, JULY(2070), EMRS_REASON_NONE},
        {FUTURE_LEAF INTERMEDIATE, JULY(2026), EMRS_REASON_NOT_YET_VALID},
        {SHORT_LEAF SHORT_INTERMEDIATE, JULY(2049), EMRS_REASON_NONE},
        {SHORT_LEAF SHORT_INTERMEDIATE, JULY(2050),
         EMRS_REASON_EXPIRED}, /* the intermediate, not the leaf */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        b.utc_s = rows[i].utc_s;
        present(rows[i].chain);
        if (rows[i].reason == EMRS_REASON_NONE)
            assert_exchange(HOST);
        else
            assert_refused(HOST, rows[i].reason);
    }
}

static void init_at_the_floor(bool keep_session)
{
    const emrs_tls_config config = {.inner = &b.inner,
                                    .trust = &b.trust,
                                    .random = client_random,
                                    .now = now,
                                    .version_max = version,
                                    .clock_floor = true,
                                    .keep_session = keep_session};
    emrs_tls_free(&b.tls);
    assert_int_equal(emrs_tls_init(&b.tls, &config), EMRS_REASON_NONE);
}

/* With clock_floor the time is not known before an answer gives it. A certificate may begin
 * after the build date, but must not have expired before it, nor before another of its chain
 * began. */
static void test_dates_at_the_floor(void **state)
{
    static const struct {
        const char *trust, *chain;
        uint32_t utc_s;
        emrs_reason reason;
    } rows[] = {
        {ROOT, LEAF INTERMEDIATE, 0, EMRS_REASON_NONE},
        {ROOT, FUTURE_LEAF INTERMEDIATE, 0, EMRS_REASON_NONE},
        {ROOT, FUTURE_LEAF INTERMEDIATE, EMRS_BUILD_TIME_S - 1, EMRS_REASON_NONE},
        {ROOT, FUTURE_LEAF INTERMEDIATE, EMRS_BUILD_TIME_S, EMRS_REASON_NOT_YET_VALID},
        {ROOT, PAST_LEAF INTERMEDIATE, 0, EMRS_REASON_EXPIRED},
        {ROOT, PAST_LEAF INTERMEDIATE, JULY(2005), EMRS_REASON_EXPIRED},
        {ROOT, SHORT_LEAF SHORT_INTERMEDIATE, 0, EMRS_REASON_NONE},
        {ROOT, SHORT_LEAF SHORT_INTERMEDIATE, JULY(2050), EMRS_REASON_EXPIRED},
        {GONE_ROOT, LATE_LEAF, 0, EMRS_REASON_EXPIRED},
        {OTHER_ROOT, LEAF INTERMEDIATE, 0, EMRS_REASON_ISSUER},
        {ROOT, NAMELESS_LEAF INTERMEDIATE, 0, EMRS_REASON_NAME_MISMATCH},
    };
    (void)state;
    init_at_the_floor(false);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        b.utc_s = rows[i].utc_s;
        trust(rows[i].trust);
        present(rows[i].chain);
        if (rows[i].reason == EMRS_REASON_NONE)
            assert_exchange(HOST);
        else
            assert_refused(HOST, rows[i].reason);
    }
}

/* Faults */

/* Asserts how a failure of the inner stream is reported, in the handshake and afterwards. */
static void assert_told(emrs_report report, const emrs_report *fault, bool shaken)
{
    if (fault->news == EMRS_NEWS_CUT && shaken)
        assert_int_equal(report.news, EMRS_NEWS_CUT);
    else if (!shaken && (fault->news == EMRS_NEWS_CUT || fault->detail == EMRS_REASON_RESET))
        assert_failed(report, EMRS_REASON_TLS_CUT);
    else
        assert_failed(report, (emrs_reason)fault->detail);
}

/* One exchange on a stream that breaks at fault_at.      ret: whether it broke */
static bool breaks(const emrs_report *fault)
{
    char answer[256] = "";
    emrs_report report = shake_hands(HOST);
    bool shaken = report.news == EMRS_NEWS_CONNECTED;
    if (!shaken) {
        assert_told(report, fault, false);
        assert_int_equal(b.request_size, 0);
    } else {
        report = send_request();
        bool looked = report.news == EMRS_NEWS_FAILED && report.detail == EMRS_REASON_TLS;
        if (report.news == EMRS_NEWS_SENT)
            report = receive_answer(answer, sizeof answer, 100);
        if (report.news == EMRS_NEWS_CLOSED)
            assert_string_equal(answer, ANSWER);
        else if (looked) /* before the request, of which nothing was sent */
            assert_int_equal(b.request_size, 0);
        else
            assert_told(report, fault, true);
    }
    hang_up();
    hang_up();
    assert_int_equal(b.close_count, 2);
    return b.faulted;
}

static void test_fault_at_every_call(void **state)
{
    const emrs_report faults[] = {emrs_report_of(EMRS_NEWS_CUT),
                                  emrs_failed(EMRS_REASON_RESET, 104),
                                  emrs_failed(EMRS_REASON_RESOURCE, 105)};
    (void)state;
    trust(INTERMEDIATE); /* checking a chain takes most of a handshake's time */
    present(LEAF);
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        b.fault = faults[i];
        b.fault_at = 0;
        while (breaks(&faults[i]))
            b.fault_at++;
        assert_true(b.fault_at > 10);
        b.fault_at = NEVER;
        keep_sessions();       /* the other failures are tried with resumption, which is faster */
        assert_exchange(HOST); /* a failure has no later effect */
    }
}

static void test_connect_fails(void **state)
{
    static const emrs_reason reasons[] = {EMRS_REASON_NAME_UNKNOWN, EMRS_REASON_REFUSED,
                                          EMRS_REASON_RESET};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        b.refusal = reasons[i];
        assert_refused(HOST, reasons[i]);
        assert_int_equal(b.call_count, 0);
    }
}

static void test_random_fails(void **state)
{
    (void)state;
    for (b.random_fails_at = 0;; b.random_fails_at++) {
        emrs_report report = shake_hands(HOST);
        if (!b.random_failed) {
            assert_connected(report);
            break;
        }
        assert_failed(report, EMRS_REASON_ENTROPY);
        hang_up();
        assert_int_equal(b.sent_after_failure, 0);
    }
    assert_true(b.random_fails_at > 0);
}

/* While there is no entropy yet, connect reports PENDING and opens no connection, so that a
 * deadline ends the wait. */
static void test_random_later(void **state)
{
    (void)state;
    b.random_later = 3;
    for (int i = 0; i < 3; i++) {
        emrs_move move = connect_move(HOST);
        assert_int_equal(b.tls.stream.connect(b.tls.stream.context, &move).news, EMRS_NEWS_PENDING);
        assert_int_equal(b.dial_count, 0);
    }
    assert_exchange(HOST);
}

/* After a failed init every connect fails, and no connection is opened. */
static void test_fault_of_init(void **state)
{
    (void)state;
    begin();
    b.tls.fault = EMRS_REASON_ENTROPY;
    emrs_move move = connect_move(HOST);
    assert_failed(await(b.tls.stream.connect, &move), EMRS_REASON_ENTROPY);
    assert_int_equal(b.dial_count, 0);
    hang_up();
    b.tls.fault = EMRS_REASON_NONE;
    assert_exchange(HOST);
}

static unsigned char greeting[] = {21, 3, 3, 0, 2, 0, 0};

/* Each connection begins with an alert, and ends after it. */
static emrs_report inner_alert(void *context, const emrs_move *move)
{
    (void)context;
    (void)move;
    begin();
    (void)push(&b.down, greeting, sizeof greeting);
    b.ended = true;
    return emrs_connected(EMRS_PEER_PLAIN);
}

static void test_alerts_in_the_handshake(void **state)
{
    enum { WARNING = 1, FATAL = 2 };
    static const struct {
        unsigned char level, number;
        emrs_reason reason;
    } rows[] = {
        {FATAL, 40, EMRS_REASON_TLS_VERSION}, /* handshake_failure: no common suite */
        {FATAL, 70, EMRS_REASON_TLS_VERSION}, /* protocol_version */
        {FATAL, 71, EMRS_REASON_TLS_VERSION}, /* insufficient_security */
        {FATAL, 80, EMRS_REASON_TLS_CUT},     /* internal_error: may be temporary */
        {FATAL, 112, EMRS_REASON_TLS_ALERT},  /* unrecognized_name */
        {WARNING, 0, EMRS_REASON_TLS_CUT},    /* close_notify */
    };
    (void)state;
    b.inner.connect = inner_alert;
    for (int whole = 0; whole < 2; whole++)
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            emrs_move move = connect_move(HOST);
            b.short_steps = whole == 0;
            greeting[5] = rows[i].level;
            greeting[6] = rows[i].number;
            assert_failed(await(b.tls.stream.connect, &move), rows[i].reason);
            hang_up();
        }
}

/* Makes the peer's certificate unreadable on its way. TLS 1.3 encrypts the certificate, so there it
 * makes its record unreadable. */
static void spoil(void)
{
    static const unsigned char begin_of_leaf[] = {0x30, 0x82, 0x01, 0x64};
    for (size_t i = b.down.begin; version == EMRS_TLS_1_2 && i + 4 < b.down.end; i++)
        if (memcmp(b.down.bytes + i, begin_of_leaf, sizeof begin_of_leaf) == 0) {
            b.down.bytes[i] ^= 1;
            return;
        }
    b.down.bytes[b.down.end - 1] ^= 1;
}

/* Runs a handshake, and calls `happens` after the server answered the ClientHello. */
static emrs_report shake_hands_until_hello(void (*happens)(void))
{
    emrs_report report;
    emrs_move move = connect_move(HOST);
    begin();
    do
        report = b.tls.stream.connect(b.tls.stream.context, &move);
    while (report.news <= EMRS_NEWS_CONNECTING && b.down.end == 0);
    assert_int_not_equal(report.news, EMRS_NEWS_FAILED);
    happens();
    return await(b.tls.stream.connect, &move);
}

static void test_a_certificate_that_cannot_be_read(void **state)
{
    (void)state;
    assert_failed(shake_hands_until_hello(spoil),
                  version == EMRS_TLS_1_2 ? EMRS_REASON_CERTIFICATE : EMRS_REASON_TLS);
}

static void spoil_and_go(void)
{
    spoil();
    b.send_fault = emrs_failed(EMRS_REASON_RESET, 104); /* when mbedTLS sends its alert */
}

/* If the peer is gone when mbedTLS sends its alert, the first fault is still reported. */
static void test_a_fault_before_a_reset(void **state)
{
    (void)state;
    assert_failed(shake_hands_until_hello(spoil_and_go),
                  version == EMRS_TLS_1_2 ? EMRS_REASON_CERTIFICATE : EMRS_REASON_TLS);
}

/* Of what the server sent, keeps only the ServerHello, and adds an alert. */
static void alert_after_hello(void)
{
    const unsigned char *record = b.down.bytes + b.down.begin, alert[] = {21, 3, 3, 0, 2, 2, 40};
    b.down.end = b.down.begin + 5u + (size_t)(record[3] << 8 | record[4]);
    (void)push(&b.down, alert, sizeof alert);
    b.ended = true;
}

/* After the ServerHello, version and cipher suite are agreed. So a handshake_failure has another
 * cause. */
static void test_an_alert_after_the_server_hello(void **state)
{
    (void)state;
    if (version == EMRS_TLS_1_2) /* 1.3 encrypts after the ServerHello */
        assert_failed(shake_hands_until_hello(alert_after_hello), EMRS_REASON_TLS_ALERT);
}

/* TLS 1.2 has no alert for a missing client certificate. Servers send different ones. */
static void test_a_client_certificate_is_required(void **state)
{
    static const struct {
        unsigned char alert;
        emrs_reason reason;
    } rows[] = {
        {40, EMRS_REASON_TLS_CLIENT_CERTIFICATE},  /* handshake_failure: OpenSSL */
        {42, EMRS_REASON_TLS_CLIENT_CERTIFICATE},  /* bad_certificate: Go */
        {116, EMRS_REASON_TLS_CLIENT_CERTIFICATE}, /* certificate_required: of TLS 1.3 */
        {48, EMRS_REASON_TLS_ALERT},               /* unknown_ca */
    };
    (void)state;
    mbedtls_ssl_conf_authmode(&b.server_config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&b.server_config, &b.trust, NULL);
    for (size_t i = 0; version == EMRS_TLS_1_2 && i < COUNT_OF(rows); i++) {
        b.last_alert = rows[i].alert;
        assert_failed(shake_hands(HOST), rows[i].reason);
        hang_up();
    }
}

/* Sends the next message of the handshake in two records, as TLS allows. */
static void split(void)
{
    enum { FIRST_SIZE = 10 };
    unsigned char rest[4096], *record = b.down.bytes + b.down.begin;
    size_t size = (size_t)(record[3] << 8 | record[4]) - FIRST_SIZE,
           left = b.down.end - b.down.begin - 5u - FIRST_SIZE;
    const unsigned char second[] = {22, 3, 3, (unsigned char)(size >> 8), (unsigned char)size};
    assert_in_range(left, 1, sizeof rest);
    memcpy(rest, record + 5 + FIRST_SIZE, left);
    record[3] = 0;
    record[4] = FIRST_SIZE;
    b.down.end = b.down.begin + 5u + FIRST_SIZE;
    (void)push(&b.down, second, sizeof second);
    (void)push(&b.down, rest, left);
}

static void test_a_handshake_message_in_pieces(void **state)
{
    (void)state;
    if (version == EMRS_TLS_1_3) /* 1.3 encrypts these messages */
        return;
    emrs_report report = shake_hands_until_hello(split);
    if (MBEDTLS_VERSION_NUMBER < 0x03060300)
        assert_failed(report, EMRS_REASON_TLS_PIECES);
    else
        assert_connected(report);
}

/* Ends */

static void vanish(void)
{
    say(ANSWER);
    b.ended = true;
}

static void vanish_inside_a_record(void)
{
    say(ANSWER);
    say("more");
    b.down.end--;
    b.ended = true;
}

static void flip_a_bit(void)
{
    say(ANSWER);
    say("more");
    b.down.bytes[b.down.end - 1] ^= 1;
}

static void send_alert(void)
{
    say(ANSWER);
    (void)mbedtls_ssl_send_alert_message(&b.server, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                         MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR);
}

static void send_oversize(void)
{
    say(ANSWER);
    (void)push(&b.down, "\x17\x03\x03\x7f\xff", 5);
}

static void send_nonsense(void)
{
    say(ANSWER);
    (void)push(&b.down, "HTTP/1.1 200 OK\r\n\r\n", 19);
}

static void send_short_alert(void)
{
    say(ANSWER);
    (void)push(&b.down, "\x15\x03\x03\x00\x01\x02", 6);
}

static void say_nothing(void)
{
    say(ANSWER);
}

typedef struct {
    void (*answer)(void);
    emrs_report report;
} ending;

static const ending endings[] = {
    {answer_and_end, {.news = EMRS_NEWS_CLOSED}},
    {vanish, {.news = EMRS_NEWS_CUT}},
    {vanish_inside_a_record, {.news = EMRS_NEWS_CUT}},
    {flip_a_bit, {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS}},
    {send_alert, {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS_ALERT}},
    {send_oversize, {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS_RECORD}},
    {send_nonsense, {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS}},
    {send_short_alert, {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS}},
    {say_nothing, {.news = EMRS_NEWS_PENDING}},
};

static emrs_report exchange_up_to_its_end(void (*answer)(void))
{
    char text[256];
    b.answer = answer;
    assert_connected(shake_hands(HOST));
    assert_int_equal(send_request().news, EMRS_NEWS_SENT);
    emrs_report report = receive_answer(text, sizeof text, 100);
    assert_string_equal(text, ANSWER); /* without any byte that came after it */
    hang_up();
    return report;
}

static void test_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        emrs_report report = exchange_up_to_its_end(endings[i].answer);
        assert_int_equal(report.news, endings[i].report.news);
        assert_int_equal(report.detail, endings[i].report.detail);
    }
}

/* After a reset during sending the core looks once for an early answer. */
static void test_answer_before_the_request(void **state)
{
    char answer[256];
    emrs_move move = {.send = "D", .size = 1};
    (void)state;
    assert_connected(shake_hands(HOST));
    move.until_ms = b.ms + UNTIL_MS;
    assert_int_equal(await(b.tls.stream.send, &move).news, EMRS_NEWS_SENT);
    answer_and_end();
    b.send_fault = emrs_failed(EMRS_REASON_RESET, 32);
    assert_failed(send_request(), EMRS_REASON_RESET);
    assert_int_equal(receive_answer(answer, sizeof answer, 100).news, EMRS_NEWS_CLOSED);
    assert_string_equal(answer, ANSWER);
}

static void answer_and_stay(void)
{
    say(ANSWER);
}

/* Sends a request and receives its answer; the stream stays open. */
static void exchange_and_stay(void)
{
    char answer[sizeof ANSWER];
    size_t size = 0;
    b.answered = false;
    b.request_size = 0;
    memset(b.request, 0, sizeof b.request);
    assert_int_equal(send_request().news, EMRS_NEWS_SENT);
    while (size < sizeof ANSWER - 1) {
        emrs_move move = {.until_ms = b.ms + UNTIL_MS,
                          .receive = answer + size,
                          .size = sizeof ANSWER - 1 - size};
        emrs_report report = await(b.tls.stream.receive, &move);
        assert_int_equal(report.news, EMRS_NEWS_RECEIVED);
        size += report.size;
    }
    assert_string_equal(b.request, REQUEST);
    assert_memory_equal(answer, ANSWER, sizeof ANSWER - 1);
}

static void test_a_kept_stream_is_used_again(void **state)
{
    (void)state;
    b.answer = answer_and_stay;
    for (int style = 0; style < 3; style++) {
        b.short_steps = style == 1;
        b.hesitant = style == 2;
        assert_connected(shake_hands(HOST));
        for (int i = 0; i < 3; i++)
            exchange_and_stay();
        hang_up();
    }
}

/* The look before a request reads what has arrived, and does not wait. */
static void test_the_check_before_a_request_does_not_wait(void **state)
{
    (void)state;
    b.answer = answer_and_stay;
    for (int style = 0; style < 2; style++) {
        b.short_steps = style == 1;
        assert_connected(shake_hands(HOST));
        exchange_and_stay();
        b.wait_count = 0;
        assert_int_equal(send_request().news, EMRS_NEWS_SENT);
        assert_int_equal(b.wait_count, 0);
        hang_up();
    }
}

/* Sends a warning alert before the answer. mbedTLS reports it as "call again", so a check that
 * stops there would not find the answer. */
static void warn_and_answer(void)
{
    enum { WARNING = 1, NO_RENEGOTIATION = 100 };
    (void)mbedtls_ssl_send_alert_message(&b.server, WARNING, NO_RENEGOTIATION);
    answer_and_stay();
}

/* Sends more records than the check before a request reads. */
static void warn_without_end(void)
{
    for (int i = 0; i < 300; i++)
        (void)mbedtls_ssl_send_alert_message(&b.server, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                             MBEDTLS_SSL_ALERT_MSG_NO_RENEGOTIATION);
}

static void answer_in_part(void)
{
    answer_and_stay();
    b.down.end -= 10;
}

static void say_no_more(void)
{
    (void)mbedtls_ssl_close_notify(&b.server);
}

static void cut(void)
{
    b.ended = true;
}

static void reset(void)
{
    b.fault = emrs_failed(EMRS_REASON_RESET, 104);
    b.fault_at = b.call_count;
}

/* If data or an end came while no request was open, the next request is not sent on this stream. */
static void test_a_kept_stream_with_unexpected_data(void **state)
{
    static void (*const speeches[])(void) = {answer_and_stay,
                                             warn_and_answer,
                                             warn_without_end,
                                             answer_in_part,
                                             say_no_more,
                                             cut,
                                             reset};
    (void)state;
    b.answer = answer_and_stay;
    for (size_t i = 0; i < COUNT_OF(speeches); i++) {
        assert_connected(shake_hands(HOST));
        exchange_and_stay();
        speeches[i]();
        size_t sent_size = b.up.end;
        assert_failed(send_request(), EMRS_REASON_TLS);
        assert_int_equal(b.up.end, sent_size);
        hang_up();
        b.fault_at = NEVER;
    }
}

static void warn(void)
{
    (void)mbedtls_ssl_send_alert_message(&b.server, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                         MBEDTLS_SSL_ALERT_MSG_NO_RENEGOTIATION);
}

static void say_empty_records(void)
{
    for (int i = 0; i < 2; i++)
        (void)mbedtls_ssl_write(&b.server, (const unsigned char *)"", 0);
}

/* A fresh stream is not used if the peer sent data before the first request: the peer is broken,
 * and the next connection may reach another one. */
static void test_a_fresh_stream_with_unexpected_data(void **state)
{
    static void (*const greetings[])(void) = {answer_and_stay, warn_and_answer, say_no_more, cut};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(greetings); i++) {
        b.greet = greetings[i];
        assert_failed(shake_hands(HOST), EMRS_REASON_TLS_CUT);
        hang_up();
        b.greet = NULL;
        assert_connected(shake_hands(HOST));
        greetings[i](); /* after the handshake, before the request */
        size_t sent_size = b.up.end;
        assert_failed(send_request(), EMRS_REASON_TLS);
        assert_int_equal(b.up.end, sent_size);
        hang_up();
    }
    b.greet = warn;
    assert_exchange(HOST);
    b.greet = say_empty_records;
    assert_exchange(HOST);
    b.greet = NULL;
    assert_connected(shake_hands(HOST));
    answer_in_part(); /* this may be the beginning of a session ticket */
    assert_int_equal(send_request().news, EMRS_NEWS_SENT);
}

#if defined(MBEDTLS_SSL_RENEGOTIATION)
static void ask_to_renegotiate(void)
{
    (void)mbedtls_ssl_renegotiate(&b.server);
    answer_and_end();
}
#endif

/* Renegotiation is never accepted. TLS 1.3 does not have it. */
static void test_renegotiation_is_declined(void **state)
{
    (void)state;
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    if (version == EMRS_TLS_1_3)
        return;
    mbedtls_ssl_conf_renegotiation(&b.server_config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    b.answer = ask_to_renegotiate;
    assert_exchange(HOST);
#else
    skip();
#endif
}

/* Floods: records without data do not delay a move beyond until_ms, which inner_receive checks */

static void flood_with_plain_warnings(void)
{
    (void)push(&b.down, "\x15\x03\x03\x00\x02\x01\x5a", 7);
}

static void flood_with_plain_nothing(void)
{
    (void)push(&b.down, "\x16\x03\x03\x00\x00", 5);
}

static void flood_with_warnings(void)
{
    (void)mbedtls_ssl_send_alert_message(&b.server, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                         MBEDTLS_SSL_ALERT_MSG_USER_CANCELED);
}

static void flood_with_nothing(void)
{
    (void)mbedtls_ssl_write(&b.server, (const unsigned char *)"", 0);
}

static void assert_waited_in_vain(emrs_report report, uint32_t since_ms)
{
    assert_true(report.news == EMRS_NEWS_PENDING || report.news == EMRS_NEWS_FAILED);
    assert_true(b.ms - since_ms <= UNTIL_MS + 1);
}

static void test_floods_in_the_handshake(void **state)
{
    static void (*const floods[])(void) = {flood_with_plain_warnings, flood_with_plain_nothing};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(floods); i++) {
        emrs_move move = connect_move(HOST);
        uint32_t since_ms = b.ms;
        begin();
        b.flood = floods[i];
        floods[i](); /* before the server sends anything else */
        b.shaken = true;
        b.notified = true; /* and it never will */
        assert_waited_in_vain(await(b.tls.stream.connect, &move), since_ms);
        hang_up();
        b.flood = NULL;
    }
}

static void test_floods_in_the_answer(void **state)
{
    static void (*const floods[])(void) = {flood_with_warnings, flood_with_nothing};
    char answer[256];
    (void)state;
    b.answer = NULL;
    for (size_t i = 0; i < COUNT_OF(floods); i++) {
        assert_connected(shake_hands(HOST));
        assert_int_equal(send_request().news, EMRS_NEWS_SENT);
        uint32_t since_ms = b.ms;
        b.flood = floods[i];
        assert_waited_in_vain(receive_answer(answer, sizeof answer, 100), since_ms);
        hang_up();
        b.flood = NULL;
    }
}

static int empty_record_count;

static void answer_after_empty_records(void)
{
    for (int i = 0; i < empty_record_count; i++)
        flood_with_nothing();
    answer_and_end();
}

/* An empty record is not an end. Old versions of OpenSSL send one before each other record. */
static void test_empty_records(void **state)
{
    (void)state;
    b.answer = answer_after_empty_records;
    for (empty_record_count = 1; empty_record_count <= 3; empty_record_count++)
        assert_exchange(HOST);
}

/* Sessions */

static void test_session_is_resumed(void **state)
{
    (void)state;
    keep_sessions();
    for (int i = 0; i < 3; i++) {
        assert_exchange(HOST);
        assert_int_equal(b.resumed, i);
    }
}

static void test_session_is_kept_only_if_configured(void **state)
{
    (void)state;
    b.offered = 0;
    for (int i = 0; i < 2; i++)
        assert_exchange(HOST);
    assert_int_equal(b.offered, 0);
}

static void test_session_is_for_one_host(void **state)
{
    (void)state;
    keep_sessions();
    assert_exchange(HOST);
    assert_exchange("a.wild.test");
    assert_exchange(HOST);
    assert_int_equal(b.offered, 0);
    assert_refused("elsewhere.test", EMRS_REASON_NAME_MISMATCH);
    assert_int_equal(b.offered, 0);
}

/* Resumption has no certificates, so those of the first handshake must still be valid. */
static void test_session_ends_with_its_certificates(void **state)
{
    static const struct {
        uint32_t utc_s;
        emrs_reason reason;
    } rows[] = {
        {JULY(2050), EMRS_REASON_EXPIRED}, /* the intermediate; the leaf would still be valid */
        {JULY(1999), EMRS_REASON_NOT_YET_VALID},
        {0, EMRS_REASON_NOT_YET_VALID},
    };
    (void)state;
    present(SHORT_LEAF SHORT_INTERMEDIATE);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        keep_sessions();
        b.utc_s = JULY(2049);
        assert_exchange(HOST);
        b.utc_s = rows[i].utc_s;
        assert_refused(HOST, rows[i].reason);
        assert_int_equal(b.offered, 0);
    }
}

/* Without the time this cannot be checked, so every handshake is a full one. */
static void test_session_at_the_floor(void **state)
{
    (void)state;
    init_at_the_floor(true);
    b.offered = b.resumed = 0;
    b.utc_s = 0;
    present(FUTURE_LEAF INTERMEDIATE);
    assert_exchange(HOST);
    assert_exchange(HOST);
    assert_int_equal(b.offered, 0);
    b.utc_s = JULY(2070);
    assert_exchange(HOST);
    assert_int_equal(b.resumed, 1);
}

/* RFC 5246, 7.2.2: a connection that ends with a fatal alert is not resumed. */
static void test_session_does_not_outlive_a_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        keep_sessions();
        emrs_report report = exchange_up_to_its_end(endings[i].answer);
        b.answer = answer_and_end;
        assert_exchange(HOST);
        assert_int_equal(b.offered, report.news != EMRS_NEWS_FAILED);
    }
}

/* If the server does not know the session, there is a full handshake and a new session. */
static void test_session_may_be_refused(void **state)
{
    (void)state;
    keep_sessions();
    assert_exchange(HOST);
    mbedtls_ssl_ticket_free(&b.tickets);
    mbedtls_ssl_ticket_init(&b.tickets);
    assert_int_equal(mbedtls_ssl_ticket_setup(&b.tickets, server_random, NULL,
                                              MBEDTLS_CIPHER_AES_256_GCM, 86400),
                     0);
    assert_exchange(HOST);
    assert_int_equal(b.offered, 1);
    assert_int_equal(b.resumed, 0);
    assert_exchange(HOST);
    assert_int_equal(b.resumed, 1);
}

#if defined(MBEDTLS_ECP_RESTARTABLE)
/* ret: how often connect was called */
static int connect_count(unsigned ops_max)
{
    int count = 0;
    emrs_report report;
    emrs_move move = connect_move(HOST);
    begin();
    mbedtls_ecp_set_max_ops(ops_max);
    do {
        report = b.tls.stream.connect(b.tls.stream.context, &move);
        count++;
    } while (report.news <= EMRS_NEWS_CONNECTING);
    mbedtls_ecp_set_max_ops(0);
    assert_connected(report);
    hang_up();
    return count;
}

/* mbedTLS may compute on curves in parts (emrs_tls.h): connect reports PENDING after each part. */
static void test_curves_in_pieces(void **state)
{
    (void)state;
    int whole = connect_count(0), pieces = connect_count(1000);
    assert_true(pieces > whole || version == EMRS_TLS_1_3); /* 1.3 computes each at once */
}
#endif

/* Calls through the core, to a service that counts the requests */

#define SKEWED "HTTP/1.1 403 Forbidden\r\nx-amzn-errortype: InvalidSignatureException\r\n"
#define DATED(date) SKEWED "Date: " date " 12:00:00 GMT\r\n"
#define LAST "Connection: close\r\n"
#define EMPTY "Content-Length: 2\r\n\r\n{}"
#define ACCEPTS                                                                                    \
    "HTTP/1.1 200 OK\r\nContent-Length: 46\r\n\r\n"                                                \
    "{\"applicationId\":\"00app1\",\"jobRunId\":\"00run1\"}"

static struct {
    emrs_credentials credentials;
    emrs_client client;
    emrs_call call;
    emrs_result result;
    char work[EMRS_WORK_SIZE];
    const char *answers[2]; /* the last one is repeated */
    char dates[2][17];      /* the dates in the requests */
    int request_count, connection_count;
} c;

static emrs_report inner_accept(void *context, const emrs_move *move)
{
    (void)context;
    (void)move;
    serving = true;
    begin();
    serving = false;
    c.connection_count++;
    return emrs_connected(EMRS_PEER_PLAIN);
}

static void answer_call(void)
{
    size_t i = c.request_count == 0 ? 0 : 1;
    const char *date = strstr(b.request, "\r\nX-Amz-Date: ");
    assert_non_null(date);
    memcpy(c.dates[i], date + 14, 16);
    c.request_count++;
    say(c.answers[i] != NULL ? c.answers[i] : c.answers[0]);
    memset(b.request, 0, sizeof b.request);
    b.request_size = 0;
    b.answered = false; /* for the next request of this connection */
}

static void let_time_pass(void *context, uint32_t until_ms)
{
    (void)context;
    b.ms = until_ms;
}

/* The clock of a device without one, after an answer gave the time. */
static emrs_now now_told(void *context)
{
    emrs_now told = now(context);
    told.utc_s = emrs_utc(&c.client, told);
    return told;
}

static void prepare_call(bool clock_floor)
{
    c.credentials =
        (emrs_credentials){EMRS_TEXT("AKIDEXAMPLE"), EMRS_TEXT("secret"), EMRS_TEXT(""), 0, 0};
    emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                          .endpoint = EMRS_TEXT("https://" HOST),
                          .credentials = &c.credentials,
                          .work = c.work,
                          .work_size = sizeof c.work,
                          .clock_floor = clock_floor};
    b.inner.connect = inner_accept;
    b.answer = answer_call;
    c.request_count = c.connection_count = 0;
    assert_int_equal(emrs_init(&c.client, &config, &c.result), EMRS_OK);
}

static int run_call(void)
{
    const emrs_port port = {.stream = &b.tls.stream, .now = now, .wait = let_time_pass};
    const emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT("00app1"),
                                             .job_run_id = EMRS_TEXT("00run1")};
    assert_int_equal(emrs_cancel_job_run_start(&c.call, &c.client, &input, &c.result), EMRS_OK);
    return emrs_run(&c.call, &port);
}

static void prepare_call_at_the_floor(const char *chain, const char *first, const char *second)
{
    init_at_the_floor(false);
    b.tls.config.now = now_told;
    b.utc_s = 0;
    present(chain);
    c.answers[0] = first;
    c.answers[1] = second;
    prepare_call(true);
}

static void assert_call(int code, emrs_effect effect, emrs_reason reason, int request_count)
{
    assert_int_equal(run_call(), code);
    assert_int_equal(c.result.effect, effect);
    assert_int_equal(c.result.reason, reason);
    assert_int_equal(c.request_count, request_count);
}

/* A device without a clock signs with the build date. The service refuses it, which gives the time,
 * and the next attempt is signed with that. */
static void test_call_at_the_floor(void **state)
{
    static const char *const firsts[] = {DATED("Tue, 01 Jul 2070") EMPTY,
                                         DATED("Tue, 01 Jul 2070") LAST EMPTY};
    char date[16];
    (void)state;
    emrs_clock_write(EMRS_BUILD_TIME_S, date);
    for (int i = 0; i < 2; i++) {
        prepare_call_at_the_floor(FUTURE_LEAF INTERMEDIATE, firsts[i], ACCEPTS);
        assert_call(EMRS_DONE, EMRS_EFFECT_ACCEPTED, EMRS_REASON_NONE, 2);
        assert_int_equal(c.connection_count, 1 + i);
        assert_memory_equal(c.dates[0], date, sizeof date);
        assert_memory_equal(c.dates[1], "20700701T1200", 13);
    }
    prepare_call_at_the_floor(LEAF INTERMEDIATE, ACCEPTS, NULL); /* the date is accepted */
    assert_call(EMRS_DONE, EMRS_EFFECT_ACCEPTED, EMRS_REASON_NONE, 1);
    prepare_call_at_the_floor(LEAF INTERMEDIATE, SKEWED EMPTY,
                              ACCEPTS); /* the answer has no Date */
    assert_call(EMRS_E_AUTH, EMRS_EFFECT_REFUSED, EMRS_REASON_NONE, 1);
}

/* A certificate that expired before the build is never accepted. One that is not valid at the
 * time of an answer is refused after that answer. */
static void test_certificates_of_a_call_at_the_floor(void **state)
{
    static const struct {
        const char *first;
        emrs_reason reason;
    } rows[] = {
        {DATED("Sun, 01 Jul 2085") LAST EMPTY, EMRS_REASON_EXPIRED},
        {DATED("Mon, 01 Jul 2030") LAST EMPTY, EMRS_REASON_NOT_YET_VALID},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        prepare_call_at_the_floor(FUTURE_LEAF INTERMEDIATE, rows[i].first, ACCEPTS);
        assert_call(EMRS_E_CERTIFICATE, EMRS_EFFECT_REFUSED, rows[i].reason, 1);
        assert_int_equal(c.connection_count, 2);
    }
    prepare_call_at_the_floor(PAST_LEAF INTERMEDIATE, ACCEPTS, NULL);
    assert_call(EMRS_E_CERTIFICATE, EMRS_EFFECT_NONE, EMRS_REASON_EXPIRED, 0);
}

/* If only the client or only TLS has clock_floor, the other one reports an error. */
static void test_clock_floor_on_one_side(void **state)
{
    (void)state;
    prepare_call_at_the_floor(LEAF INTERMEDIATE, ACCEPTS, NULL);
    prepare_call(false);
    assert_call(EMRS_E_CLOCK, EMRS_EFFECT_NONE, EMRS_REASON_NONE, 0);
    assert_int_equal(c.connection_count, 0);
    prepare_call_at_the_floor(LEAF INTERMEDIATE, ACCEPTS, NULL);
    b.tls.config.clock_floor = false;
    assert_call(EMRS_E_CERTIFICATE, EMRS_EFFECT_NONE, EMRS_REASON_NOT_YET_VALID, 0);
}

#if MBEDTLS_VERSION_NUMBER == 0x03060600 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
/* One CONNECT to a server of these versions.      ret: how many connections it took */
static int dial(mbedtls_ssl_protocol_version least, mbedtls_ssl_protocol_version most)
{
    emrs_phase phase = EMRS_PHASE_NAME;
    emrs_report report;
    emrs_move move = connect_move(HOST);
    mbedtls_ssl_conf_min_tls_version(&b.server_config, least);
    mbedtls_ssl_conf_max_tls_version(&b.server_config, most);
    c.connection_count = 0;
    do {
        report = b.tls.stream.connect(b.tls.stream.context, &move);
        if (report.news
            == EMRS_NEWS_CONNECTING) { /* phases must not go back, as each has one time limit */
            assert_true(report.detail >= (int)phase);
            phase = (emrs_phase)report.detail;
        }
    } while (report.news <= EMRS_NEWS_CONNECTING);
    assert_connected(report);
    assert_string_equal(emrs_tls_version_words(&b.tls),
                        most == MBEDTLS_SSL_VERSION_TLS1_3 ? "TLSv1.3" : "TLSv1.2");
    assert_int_equal(send_request().news, EMRS_NEWS_SENT);
    hang_up();
    return c.connection_count;
}

/* With mbedTLS 3.6.6 each version is offered alone, and servers of both versions are reached. */
static void test_versions_one_after_the_other(void **state)
{
    const mbedtls_ssl_protocol_version old = MBEDTLS_SSL_VERSION_TLS1_2,
                                       new = MBEDTLS_SSL_VERSION_TLS1_3;
    (void)state;
    emrs_tls_free(&b.tls);
    version = version == EMRS_TLS_1_2 ? EMRS_TLS_BEST : version;
    init_tls(false);
    version = version == EMRS_TLS_BEST ? EMRS_TLS_1_2 : version;
    b.inner.connect = inner_accept;
    assert_int_equal(dial(old, new), 1);
    assert_int_equal(dial(new, new), 1);
    assert_int_equal(dial(old, old), 2);
    assert_int_equal(dial(old, old), 1); /* the version is remembered */
    assert_int_equal(dial(old, old), 1);
    mbedtls_ssl_conf_min_tls_version(&b.server_config, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_max_tls_version(&b.server_config, MBEDTLS_SSL_VERSION_TLS1_3);
    emrs_move move = connect_move(HOST);
    assert_failed(await(b.tls.stream.connect, &move), EMRS_REASON_TLS_VERSION);
    hang_up();
    assert_int_equal(dial(new, new), 1); /* and forgotten after it was refused */
}
#endif

/* States */

static void test_close_in_every_state(void **state)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    (void)state;
    for (int steps = 0; report.news != EMRS_NEWS_CONNECTED; steps++) {
        emrs_move move = connect_move(HOST);
        begin();
        for (int i = 0; i < steps; i++)
            report = b.tls.stream.connect(b.tls.stream.context, &move);
        hang_up();
        hang_up();
        assert_int_equal(b.close_count, 2);
    }
    assert_exchange(HOST);
}

/* CONNECT on an open stream closes it and opens a new one, as the host may be another one. */
static void test_connect_without_close(void **state)
{
    (void)state;
    for (int plain = 0; plain < 2; plain++) {
        assert_connected(shake_hands("a.wild.test"));
        emrs_move move = connect_move(HOST);
        move.tls = plain == 0; /* nor is it used as a stream without TLS */
        emrs_report report = b.tls.stream.connect(b.tls.stream.context, &move);
        assert_int_not_equal(report.news, EMRS_NEWS_FAILED);
        assert_int_equal(b.close_count, 1);
        hang_up();
        assert_exchange(HOST);
    }
}

/* connect does not go on with a stream that is open, or being opened, without TLS. */
static void test_connect_of_another_kind(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        emrs_move move = connect_move(HOST);
        begin();
        move.tls = first != 0;
        (void)b.tls.stream.connect(b.tls.stream.context, &move);
        move.tls = !move.tls;
        (void)b.tls.stream.connect(b.tls.stream.context, &move);
        assert_int_equal(b.close_count, 1);
        assert_int_not_equal(await(b.tls.stream.connect, &move).news, EMRS_NEWS_FAILED);
        hang_up();
    }
}

/* connect goes on with a stream only for the same owner and host. */
static void test_connect_for_another_while_connecting(void **state)
{
    static const char *const hosts[] = {HOST, "a.wild.test"};
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    int owners[2];
    (void)state;
    for (int other = 0; other < 2; other++)
        for (int steps = 1; steps < 5; steps++) {
            emrs_move move = connect_move(HOST);
            move.owner = &owners[0];
            begin();
            for (int i = 0; i < steps; i++)
                report = b.tls.stream.connect(b.tls.stream.context, &move);
            assert_int_not_equal(report.news, EMRS_NEWS_CONNECTED);
            begin();
            move.owner = &owners[other];
            move.host = hosts[1 - other];
            report = await(b.tls.stream.connect, &move);
            assert_connected(report);
            assert_int_equal(b.close_count, 1);
            assert_string_equal(b.name, move.host);
            hang_up();
        }
}

/* Only its owner uses a stream: what another client left open is not used. */
static void test_two_clients_of_one_stream(void **state)
{
    int owners[2];
    char byte;
    emrs_move move = connect_move("a.wild.test");
    (void)state;
    b.inner.connect = inner_accept; /* a new server for each connection */
    c.connection_count = 0;
    move.owner = &owners[0];
    assert_connected(await(b.tls.stream.connect, &move));
    move = connect_move(HOST);
    move.owner = &owners[1];
    assert_connected(await(b.tls.stream.connect, &move)); /* for the second client, to its host */
    assert_int_equal(c.connection_count, 2);
    size_t sent_size = b.up.end;
    move = (emrs_move){.until_ms = b.ms + UNTIL_MS, .owner = &owners[0], .send = "x", .size = 1};
    assert_failed(b.tls.stream.send(b.tls.stream.context, &move), EMRS_REASON_RESET);
    move.receive = &byte;
    assert_failed(b.tls.stream.receive(b.tls.stream.context, &move), EMRS_REASON_RESET);
    assert_int_equal(b.up.end, sent_size);
    move.owner = &owners[1];
    assert_int_equal(await(b.tls.stream.send, &move).news, EMRS_NEWS_SENT);
    hang_up();
    assert_failed(b.tls.stream.send(b.tls.stream.context, &move), EMRS_REASON_RESET); /* closed */
}

typedef struct {
    const emrs_move *move;
    emrs_report report;
} plain_stream;

static emrs_report pass(void *context, const emrs_move *move)
{
    plain_stream *p = context;
    p->move = move;
    return p->report;
}

static void end_plain(void *context)
{
    ((plain_stream *)context)->move = NULL;
}

/* Without tls in the move, moves and reports are passed through unchanged. */
static void test_plain_passes_through(void **state)
{
    plain_stream p = {NULL, {EMRS_NEWS_CONNECTED, EMRS_PEER_PLAIN, 0, 0}};
    emrs_stream inner = {&p, pass, pass, pass, end_plain};
    emrs_move move = {.until_ms = b.ms, .host = HOST, .port = 80, .send = "x", .size = 1};
    action *const actions[] = {b.tls.stream.connect, b.tls.stream.send, b.tls.stream.receive};
    (void)state;
    b.tls.config.inner = &inner;
    for (int news = EMRS_NEWS_CONNECTED; news <= EMRS_NEWS_FAILED; news++)
        for (size_t i = 0; i < COUNT_OF(actions); i++) {
            p = (plain_stream){NULL, {(emrs_news)news, 3, 5, 7}};
            emrs_report report = actions[i](b.tls.stream.context, &move);
            assert_ptr_equal(p.move, &move);
            assert_memory_equal(&report, &p.report, sizeof report);
        }
    hang_up();
    assert_null(p.move);
    b.tls.config.inner = &b.inner;
    assert_exchange(HOST); /* the next connection may use TLS */
}

/* What an image may set: roots in flash, a function for its watchdog, and one that tells whether
 * memory ran out */

/* The functions of the application that are called during a handshake. */
static struct {
    int alive_count;
    bool ran_out;
} own;

static void note_alive(void *context)
{
    assert_ptr_equal(context, &own);
    own.alive_count++;
}

static bool has_run_out(void *context)
{
    assert_ptr_equal(context, &own);
    return own.ran_out;
}

/* ret: of init */
static emrs_reason init_own(const emrs_root *roots, size_t root_count)
{
    const emrs_tls_config config = {.inner = &b.inner,
                                    .trust = root_count > 0 ? NULL : &b.trust,
                                    .roots = roots,
                                    .root_count = root_count,
                                    .random = client_random,
                                    .now = now,
                                    .version_max = version,
                                    .alive = note_alive,
                                    .ran_out = has_run_out,
                                    .context = &own};
    emrs_tls_free(&b.tls);
    memset(&own, 0, sizeof own);
    return emrs_tls_init(&b.tls, &config);
}

/* alive is called at least once per use of randomness and per call of the inner stream, and twice
 * more. */
static void test_alive(void **state)
{
    (void)state;
    assert_int_equal(init_own(NULL, 0), EMRS_REASON_NONE);
    assert_connected(shake_hands(HOST));
    assert_true(own.alive_count >= b.random_count + b.call_count + 2);
    hang_up();
}

/* If memory ran out, a TLS failure is reported as TLS_MEMORY, whatever mbedTLS calls it. Failures
 * below TLS are reported as they are. */
static void test_ran_out(void **state)
{
    (void)state;
    assert_int_equal(init_own(NULL, 0), EMRS_REASON_NONE);
    trust(OTHER_ROOT);
    assert_refused(HOST, EMRS_REASON_ISSUER);
    own.ran_out = true;
    assert_refused(HOST, EMRS_REASON_TLS_MEMORY);
    b.refusal = EMRS_REASON_REFUSED;
    assert_refused(HOST, EMRS_REASON_REFUSED);
    b.refusal = EMRS_REASON_NONE;
    trust(ROOT);
    assert_exchange(HOST); /* it may succeed with less memory */
}

/* This device's certificate */

/* The server requires a certificate of these CAs from now on. */
static void require(const char *pem)
{
    const unsigned char *text = (const unsigned char *)pem;
    mbedtls_x509_crt_free(&b.device_trust);
    mbedtls_x509_crt_init(&b.device_trust);
    assert_int_equal(mbedtls_x509_crt_parse(&b.device_trust, text, strlen(pem) + 1), 0);
    mbedtls_ssl_conf_authmode(&b.server_config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&b.server_config, &b.device_trust, NULL);
}

static void init_with(emrs_identity *identity)
{
    const emrs_tls_config config = {.inner = &b.inner,
                                    .trust = &b.trust,
                                    .random = client_random,
                                    .now = now,
                                    .version_max = version,
                                    .keep_session = true,
                                    .identity = identity};
    emrs_tls_free(&b.tls);
    assert_int_equal(emrs_tls_init(&b.tls, &config), EMRS_REASON_NONE);
}

typedef struct {
    const char *certificate, *key;
    unsigned char certificate_der[2048], key_der[2048];
    emrs_identity pem, der; /* the same two, in both formats */
} device;

/* ret: an object that is valid until the next call */
static device *device_of(const char *certificate, const char *key)
{
    static device d;
    const unsigned char *text = (const unsigned char *)certificate;
    mbedtls_x509_crt crt;
    mbedtls_pk_context pk;
    mbedtls_x509_crt_init(&crt);
    assert_int_equal(mbedtls_x509_crt_parse(&crt, text, strlen(certificate) + 1), 0);
    size_t size = crt.raw.len;
    assert_in_range(size, 1, sizeof d.certificate_der);
    memcpy(d.certificate_der, crt.raw.p, size);
    mbedtls_x509_crt_free(&crt);
    parse_key(&pk, key);
    int key_size = mbedtls_pk_write_key_der(&pk, d.key_der, sizeof d.key_der);
    mbedtls_pk_free(&pk);
    assert_true(key_size > 0);
    d.certificate = certificate;
    d.key = key;
    emrs_identity_with_key(&d.pem, certificate, strlen(certificate) + 1, key, strlen(key) + 1);
    emrs_identity_with_key(&d.der, d.certificate_der, size,
                           d.key_der + sizeof d.key_der - (size_t)key_size, (size_t)key_size);
    return &d;
}

/* Asserts that certificate and key were freed. */
static void assert_freed(void)
{
    static const mbedtls_x509_crt none;
    const emrs_identity *identity = b.tls.config.identity;
    assert_null(identity->user);
    assert_memory_equal(&identity->parsed, &none, sizeof none);
    assert_null(identity->parsed_key.MBEDTLS_PRIVATE(pk_ctx));
}

/* Asserts that an exchange succeeds, that the server gets our certificate, and that it is freed. */
static void assert_exchange_with_certificate(const device *d)
{
    char answer[256];
    assert_connected(shake_hands(HOST));
    assert_freed();
    assert_int_equal(send_request().news, EMRS_NEWS_SENT);
    assert_int_equal(receive_answer(answer, sizeof answer, 100).news, EMRS_NEWS_CLOSED);
    const mbedtls_x509_crt *seen = mbedtls_ssl_get_peer_cert(&b.server);
    assert_non_null(seen);
    assert_memory_equal(seen->raw.p, d->certificate_der, seen->raw.len);
    assert_string_equal(b.name, HOST); /* SNI */
    assert_string_equal(answer, ANSWER);
    hang_up();
}

static void test_own_certificate(void **state)
{
    static const struct {
        const char *certificate, *key, *trust;
    } rows[] = {{LEAF INTERMEDIATE, LEAF_KEY, ROOT}, {RSA_DEVICE, RSA_KEY, RSA_DEVICE}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        device *d = device_of(rows[i].certificate, rows[i].key);
        present(LEAF INTERMEDIATE);
        require(rows[i].trust);
        init_with(&d->pem);
        assert_exchange_with_certificate(d);
        assert_exchange_with_certificate(d);
        if (i == 0)
            require(ROOT INTERMEDIATE); /* DER is one certificate */
        init_with(&d->der);
        assert_exchange_with_certificate(d);
    }
}

/* It is sent only to a server that requests it. */
static void test_own_certificate_is_sent_only_on_request(void **state)
{
    (void)state;
    init_with(&device_of(LEAF INTERMEDIATE, LEAF_KEY)->pem);
    assert_exchange(HOST);
    assert_null(mbedtls_ssl_get_peer_cert(&b.server));
}

/* Certificate and key are in memory only during a handshake, however it ends. */
static void test_own_certificate_is_freed(void **state)
{
    emrs_move move = connect_move(HOST);
    (void)state;
    require(ROOT);
    init_with(&device_of(LEAF INTERMEDIATE, LEAF_KEY)->pem);
    assert_freed();
    for (int count = 1; count < 6; count++) {
        begin();
        for (int i = 0; i < count; i++)
            assert_true(b.tls.stream.connect(b.tls.stream.context, &move).news
                        <= EMRS_NEWS_CONNECTING);
        assert_non_null(b.tls.config.identity->user);
        hang_up();
        assert_freed();
    }
    trust(OTHER_ROOT);
    assert_refused(HOST, EMRS_REASON_ISSUER);
    assert_freed();
}

/* An identity serves one stream at a time. */
static void test_own_certificate_of_two(void **state)
{
    emrs_identity *identity = &device_of(LEAF INTERMEDIATE, LEAF_KEY)->pem;
    (void)state;
    init_with(identity);
    identity->user = (const emrs_tls *)&c; /* an address, never read */
    assert_failed(shake_hands(HOST), EMRS_REASON_OWN_CERTIFICATE);
    assert_int_equal(b.dial_count, 0);
    hang_up();
    identity->user = NULL;
    assert_exchange(HOST);
}

/* A resumed session does not send a certificate, so with an identity no session is kept. */
static void test_no_session_with_own_certificate(void **state)
{
    (void)state;
    require(ROOT);
    init_with(&device_of(LEAF INTERMEDIATE, LEAF_KEY)->pem);
    b.offered = 0;
    for (int i = 0; i < 2; i++)
        assert_exchange(HOST);
    assert_int_equal(b.offered, 0);
}

/* Asserts that no connection is opened, and that the failure is final. */
static void assert_unusable(emrs_identity *identity)
{
    init_with(identity);
    for (int i = 0; i < 2; i++) {
        assert_failed(shake_hands(HOST), EMRS_REASON_OWN_CERTIFICATE);
        assert_int_equal(b.dial_count, 0);
        assert_int_equal(b.call_count, 0);
        hang_up();
        assert_freed();
    }
}

static void test_own_certificate_that_cannot_be_used(void **state)
{
    static const char rubbish[] = "rubbish",
                      second[] = LEAF "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                      "-----END CERTIFICATE-----\n",
                      leaf[] = LEAF, key[] = LEAF_KEY;
    static const struct {
        const char *certificate;
        size_t certificate_size;
        const char *key;
        size_t key_size;
    } rows[] = {
        {"", 0, key, sizeof key},
        {"", 1, key, sizeof key},
        {rubbish, sizeof rubbish, key, sizeof key},
        {leaf, sizeof leaf - 1, key, sizeof key}, /* without its NUL */
        {leaf, sizeof leaf / 2, key, sizeof key},
        {second, sizeof second, key, sizeof key},
        {leaf, sizeof leaf, "", 0},
        {leaf, sizeof leaf, rubbish, sizeof rubbish},
        {leaf, sizeof leaf, key, sizeof key - 1},
        {leaf, sizeof leaf, leaf, sizeof leaf},
        {leaf, sizeof leaf, OTHER_KEY, sizeof OTHER_KEY},
        {leaf, sizeof leaf, RSA_KEY, sizeof RSA_KEY},
        {RSA_DEVICE, sizeof RSA_DEVICE, key, sizeof key},
    };
    static emrs_identity identity; /* static: the stream reads it until it is freed */
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_identity_with_key(&identity, rows[i].certificate, rows[i].certificate_size,
                               rows[i].key, rows[i].key_size);
        assert_unusable(&identity);
        /* The last three rows are keys of other certificates. */
        bool is_other = shake_hands(HOST).native == MBEDTLS_ERR_PK_TYPE_MISMATCH;
        assert_int_equal(is_other, i + 3 >= COUNT_OF(rows));
        hang_up();
    }
    const device *d = device_of(LEAF, LEAF_KEY);
    emrs_identity_with_key(&identity, d->certificate_der, d->der.certificate_size - 1, key,
                           sizeof key);
    assert_unusable(&identity);
}

/* The server refuses this device's certificate; its clock is libc's, after 2010. Only with TLS 1.2:
 * with 1.3 mbedTLS's server encrypts its alert with a key that the client no longer has
 * (tests/peer/test_identity.py tests it with OpenSSL). */
static void test_own_certificate_is_refused(void **state)
{
    static const struct {
        const char *certificate;
        unsigned char alert; /* 0: the server's own */
        emrs_reason reason;
    } rows[] = {
        {LEAF, 0, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* its issuer is missing */
        {PAST_LEAF INTERMEDIATE, 0, EMRS_REASON_OWN_CERTIFICATE_REFUSED},
        {LEAF, 40, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* handshake_failure */
        {LEAF, 42, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* bad_certificate */
        {LEAF, 43, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* unsupported_certificate */
        {LEAF, 44, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* certificate_revoked */
        {LEAF, 45, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* certificate_expired */
        {LEAF, 46, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* certificate_unknown */
        {LEAF, 48, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* unknown_ca */
        {LEAF, 49, EMRS_REASON_OWN_CERTIFICATE_REFUSED}, /* access_denied */
        {LEAF, 51, EMRS_REASON_OWN_CERTIFICATE},         /* decrypt_error */
        {LEAF, 50, EMRS_REASON_TLS_ALERT},               /* decode_error */
        {LEAF, 80, EMRS_REASON_TLS_CUT},                 /* internal_error */
    };
    (void)state;
    require(ROOT);
    for (size_t i = 0; version == EMRS_TLS_1_2 && i < COUNT_OF(rows); i++) {
        b.last_alert = rows[i].alert;
        init_with(&device_of(rows[i].certificate, LEAF_KEY)->pem);
        assert_refused(HOST, rows[i].reason);
    }
}

static int spoiled_record; /* its number among the records that the server sends */

static void spoil_record(void)
{
    unsigned char *record = b.down.bytes + b.down.begin;
    for (int i = 0; i < spoiled_record && record < b.down.bytes + b.down.end; i++)
        record += 5 + (record[3] << 8 | record[4]);
    if (record < b.down.bytes + b.down.end)
        record[4 + (record[3] << 8 | record[4])] ^= 1; /* its last byte */
    else
        spoiled_record = NEVER;
}

/* An error in the server's messages, its signature included, is not reported as one of our
 * certificate. */
static void test_own_certificate_is_not_blamed(void **state)
{
    int count = 0;
    (void)state;
    init_with(&device_of(LEAF INTERMEDIATE, LEAF_KEY)->pem);
    for (spoiled_record = 0; spoiled_record != NEVER; spoiled_record++, count++) {
        emrs_report report = shake_hands_until_hello(spoil_record);
        if (spoiled_record == NEVER)
            break;
        assert_int_not_equal(report.detail, EMRS_REASON_OWN_CERTIFICATE);
        assert_int_not_equal(report.detail, EMRS_REASON_OWN_CERTIFICATE_REFUSED);
        hang_up();
    }
    assert_true(count >= 3);
}

/* An RSA key that cannot be read out */

static struct {
    mbedtls_pk_context key;
    int count, fails, spoils;
    mbedtls_md_type_t hash_type;
    size_t hash_size;
} element;

static int sign_in_element(void *context, mbedtls_md_type_t hash_type, const unsigned char *hash,
                           size_t hash_size, unsigned char *signature)
{
    mbedtls_rsa_context *rsa = mbedtls_pk_rsa(element.key);
    assert_ptr_equal(context, &element);
    element.count++;
    element.hash_type = hash_type;
    element.hash_size = hash_size;
    if (element.fails != 0)
        return element.fails;
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    int code = mbedtls_rsa_pkcs1_sign(rsa, server_random, NULL, MBEDTLS_RSA_PRIVATE, hash_type,
                                      (unsigned)hash_size, hash, signature);
#else
    int code = mbedtls_rsa_pkcs1_sign(rsa, server_random, NULL, hash_type, (unsigned)hash_size,
                                      hash, signature);
#endif
    signature[0] ^= (unsigned char)element.spoils;
    return code;
}

/* A key in a secure element: one signature per handshake, of a hash, with TLS 1.2. */
static void test_own_key_elsewhere(void **state)
{
    static emrs_identity identity;
    const device *d = device_of(RSA_DEVICE, RSA_KEY);
    (void)state;
    memset(&element, 0, sizeof element);
    parse_key(&element.key, RSA_KEY);
    require(RSA_DEVICE);
    emrs_identity_with_rsa(&identity, RSA_DEVICE, sizeof RSA_DEVICE, sign_in_element, &element);
    init_with(&identity);
    for (int i = 1; i <= 2; i++) {
        assert_exchange_with_certificate(d);
        assert_int_equal(element.count, i);
        assert_true(element.hash_type == MBEDTLS_MD_SHA256
                        ? element.hash_size == 32
                        : element.hash_type == MBEDTLS_MD_SHA384 && element.hash_size == 48);
    }
    assert_connected(shake_hands(HOST));
    assert_string_equal(emrs_tls_version_words(&b.tls), "TLSv1.2");
    hang_up();
    element.spoils = 1;
    b.last_alert = 51; /* decrypt_error: key and certificate do not belong together */
    assert_refused(HOST, EMRS_REASON_OWN_CERTIFICATE);
    element.fails = -1;
    assert_refused(HOST, EMRS_REASON_OWN_CERTIFICATE);
    assert_int_equal(element.count, 5);
    emrs_identity_with_rsa(&identity, LEAF, sizeof LEAF, sign_in_element, &element);
    assert_unusable(&identity);
    assert_int_equal(element.count, 5);
    mbedtls_pk_free(&element.key);
}

/* If mbedTLS signs with its own ECDSA, emrs_identity_with_image has no key, and is refused. */
static void test_own_key_of_the_image(void **state)
{
    static emrs_identity identity;
    (void)state;
    emrs_identity_with_image(&identity, LEAF, sizeof LEAF);
    assert_unusable(&identity);
}

#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK) || MBEDTLS_VERSION_NUMBER < 0x03000000
/* Before any signature is checked, two numbers are limited: of certificates, and of certificates
 * with the same name, since mbedTLS would try each of these as the issuer. */
static void test_cost_of_a_chain(void **state)
{
    static const struct {
        const char *chain;
        emrs_reason reason;
    } rows[] = {
        {LEAF INTERMEDIATE ROOT, EMRS_REASON_NONE},
        {LEAF INTERMEDIATE ROOT ROOT, EMRS_REASON_NONE},
        {LEAF INTERMEDIATE INTERMEDIATE ROOT ROOT, EMRS_REASON_NONE},
        {LEAF INTERMEDIATE SHORT_LEAF SHORT_LEAF SHORT_LEAF, EMRS_REASON_NONE},
        {LEAF INTERMEDIATE SHORT_LEAF SHORT_LEAF SHORT_LEAF SHORT_LEAF, EMRS_REASON_CHAIN_COST},
        {LEAF INTERMEDIATE OTHER_ROOT ROOT OTHER_ROOT, EMRS_REASON_CHAIN_COST},
        {LEAF INTERMEDIATE INTERMEDIATE INTERMEDIATE, EMRS_REASON_CHAIN_COST},
    };
    (void)state;
    assert_int_equal(init_own(NULL, 0), EMRS_REASON_NONE);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        present(rows[i].chain);
        if (rows[i].reason == EMRS_REASON_NONE)
            assert_exchange(HOST);
        else
            assert_refused(HOST, rows[i].reason);
    }
}

/* Gives a certificate of the server's chain an unknown signature algorithm. */
static void make_unknown(int place)
{
    static const unsigned char oid[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    mbedtls_x509_crt *certificate = &b.chain;
    size_t at = 0;
    while (place-- > 0)
        certificate = certificate->next;
    while (memcmp(certificate->raw.p + at, oid, sizeof oid) != 0)
        assert_true(++at + sizeof oid <= certificate->raw.len);
    certificate->raw.p[at + sizeof oid - 1] = 0x7f;
}

/* mbedTLS skips such a certificate at any place, and goes on with those after it. */
static void test_cost_after_an_unknown_certificate(void **state)
{
    (void)state;
    assert_int_equal(init_own(NULL, 0), EMRS_REASON_NONE);
    present(LEAF SHORT_LEAF INTERMEDIATE ROOT);
    make_unknown(1);
    assert_exchange(HOST);
    present(LEAF SHORT_LEAF INTERMEDIATE INTERMEDIATE INTERMEDIATE);
    make_unknown(1);
    assert_refused(HOST, EMRS_REASON_CHAIN_COST);
    present(SHORT_LEAF LEAF INTERMEDIATE INTERMEDIATE INTERMEDIATE);
    make_unknown(0);
    assert_refused(HOST, EMRS_REASON_CHAIN_COST);
    present(
        LEAF SHORT_LEAF SHORT_LEAF SHORT_LEAF SHORT_LEAF INTERMEDIATE INTERMEDIATE INTERMEDIATE);
    for (int place = 1; place <= 4; place++)
        make_unknown(place);
    assert_refused(HOST, EMRS_REASON_CHAIN_COST);
}
#endif

#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
static mbedtls_x509_crt certificates; /* their bytes are the roots */

static emrs_root root_of(const char *pem)
{
    const unsigned char *text = (const unsigned char *)pem;
    mbedtls_x509_crt_free(&certificates);
    mbedtls_x509_crt_init(&certificates);
    assert_int_equal(mbedtls_x509_crt_parse(&certificates, text, strlen(pem) + 1), 0);
    unsigned char *der = malloc(certificates.raw.len);
    assert_non_null(der);
    memcpy(der, certificates.raw.p, certificates.raw.len);
    return (emrs_root){der, certificates.raw.len};
}

enum { RIGHT, WRONG, BETWEEN, SHORTENED, RUBBISH, NOTHING, ROOT_COUNT };
static emrs_root all[ROOT_COUNT];

static int set_up_roots(void **state)
{
    static const unsigned char rubbish[] = {0x30, 0x03, 0x02, 0x01, 0x00};
    all[RIGHT] = root_of(ROOT);
    all[WRONG] = root_of(OTHER_ROOT);
    all[BETWEEN] = root_of(INTERMEDIATE);
    all[SHORTENED] = (emrs_root){all[RIGHT].der, all[RIGHT].size - 1};
    all[RUBBISH] = (emrs_root){rubbish, sizeof rubbish};
    all[NOTHING] = (emrs_root){rubbish, 0};
    mbedtls_x509_crt_free(&certificates);
    return set_up(state);
}

static int tear_down_roots(void **state)
{
    for (int i = RIGHT; i <= BETWEEN; i++)
        free((void *)(uintptr_t)all[i].der);
    return tear_down(state);
}

/* Of two roots with the same name the right one is found, in any order. A root that cannot be
 * read is skipped. If none is right, the handshake fails. */
static void test_roots(void **state)
{
    static const struct {
        int roots[4];
        size_t count;
        const char *chain;
        emrs_reason reason;
    } rows[] = {
        {{RIGHT}, 1, LEAF INTERMEDIATE, EMRS_REASON_NONE},
        {{WRONG}, 1, LEAF INTERMEDIATE, EMRS_REASON_ISSUER},
        {{WRONG, RIGHT}, 2, LEAF INTERMEDIATE, EMRS_REASON_NONE},
        {{RIGHT, WRONG}, 2, LEAF INTERMEDIATE, EMRS_REASON_NONE},
        {{WRONG, WRONG, WRONG, RIGHT}, 4, LEAF INTERMEDIATE, EMRS_REASON_NONE},
        {{RUBBISH, SHORTENED, NOTHING, RIGHT}, 4, LEAF INTERMEDIATE, EMRS_REASON_NONE},
        {{RUBBISH, SHORTENED, NOTHING}, 3, LEAF INTERMEDIATE, EMRS_REASON_ISSUER},
        {{BETWEEN}, 1, LEAF, EMRS_REASON_NONE},
        {{BETWEEN}, 1, LEAF INTERMEDIATE, EMRS_REASON_NONE},
        {{RIGHT}, 1, LEAF, EMRS_REASON_ISSUER},
        {{RIGHT}, 1, LEAF INTERMEDIATE ROOT, EMRS_REASON_NONE},
        {{WRONG}, 1, LEAF INTERMEDIATE ROOT, EMRS_REASON_ISSUER},
        {{RIGHT}, 1, PAST_LEAF INTERMEDIATE, EMRS_REASON_EXPIRED},
        {{RIGHT}, 1, NAMELESS_LEAF INTERMEDIATE, EMRS_REASON_NAME_MISMATCH},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_root roots[4];
        for (size_t k = 0; k < rows[i].count; k++)
            roots[k] = all[rows[i].roots[k]];
        present(rows[i].chain);
        assert_int_equal(init_own(roots, rows[i].count), EMRS_REASON_NONE);
        if (rows[i].reason == EMRS_REASON_NONE)
            assert_exchange(HOST);
        else
            assert_refused(HOST, rows[i].reason);
    }
}

#if defined(MBEDTLS_PLATFORM_MEMORY)
/* The client's memory. The server uses other memory. */
static long memory_left;
static bool is_alone; /* only this allocation fails, not those after it */
static bool every_allocation;
static int blocks;

static void *scarce_calloc(size_t count, size_t size)
{
    bool fails = memory_left == 0 && !serving;
    void *memory = fails ? NULL : calloc(count, size);
    own.ran_out = own.ran_out || fails;
    if (memory_left > 0 && !serving)
        memory_left--;
    if (fails && is_alone)
        memory_left = NEVER;
    blocks += memory != NULL && !serving;
    return memory;
}

static unsigned char private_number[32]; /* most significant byte first */
static bool seeks_number;
static int number_count; /* freed blocks that still contained it */

static bool has_number(const unsigned char *bytes, size_t size)
{
    enum { SIZE = sizeof private_number };
    for (size_t at = 0; at + SIZE <= size; at++) {
        size_t big = 0, little = 0; /* mbedTLS stores numbers in the other byte order */
        while (big < SIZE && bytes[at + big] == private_number[big])
            big++;
        while (little < SIZE && bytes[at + little] == private_number[SIZE - 1 - little])
            little++;
        if (big == SIZE || little == SIZE)
            return true;
    }
    return false;
}

static void scarce_free(void *memory)
{
    if (seeks_number && memory != NULL && !serving)
        number_count += has_number(memory, malloc_usable_size(memory));
    blocks -= memory != NULL && !serving;
    free(memory);
}

/* Makes a call in which an allocation fails, and all after it; with `once` only this one.
 * ret: whether one failed */
static bool call_runs_out(long left, bool once)
{
    int before = blocks;
    c.request_count = 0;
    own.ran_out = false;
    is_alone = once;
    memory_left = left;
    int code = run_call();
    memory_left = NEVER;
    is_alone = false;
    emrs_effect effect = c.result.effect;
    if (code != EMRS_DONE)
        assert_int_equal(code, EMRS_E_TLS_MEMORY);
    assert_true(code != EMRS_DONE || c.request_count == 1); /* the service got one */
    assert_true(effect != EMRS_EFFECT_NONE || c.request_count == 0);
    assert_int_equal(effect == EMRS_EFFECT_ACCEPTED, code == EMRS_DONE);
    assert_true(effect != EMRS_EFFECT_REFUSED);
    if (blocks > before) /* fewer are possible: PSA may lose a block that it kept */
        fail_msg("allocation %ld%s fails: %d blocks are left", left, once ? ", alone," : "",
                 blocks - before);
    return own.ran_out;
}

/* Lets each allocation fail in turn with `every` (make tls-memory), else each of the first ones
 * and a sample of the others, most of which are numbers for curves. */
static void assert_memory_may_end(void)
{
    long counts[2] = {0, 0}, calls = 0, well = 0;
    b.utc_s = JULY(2030);
    c.answers[0] = ACCEPTS;
    c.answers[1] = NULL;
    prepare_call(false);
    c.client.config.attempt_count = 1;
    assert_int_equal(run_call(), EMRS_DONE); /* allocates what PSA keeps until the program ends */
    for (int once = 0; once < 2; once++)
        for (long left = 0; call_runs_out(left, once != 0); calls++) {
            counts[once] = left + 1;
            well += c.result.code == EMRS_DONE;
            left += every_allocation || left < 32 ? 1 : left / 8;
        }
    assert_true(counts[0] > 50 && counts[1] > 50);
    print_message("# about %ld allocations; %ld calls in which one failed, %ld of them succeeded\n",
                  counts[0], calls, well);
}

static void test_memory_ends_anywhere(void **state)
{
    emrs_root roots[] = {all[WRONG], all[RIGHT]};
    (void)state;
    assert_int_equal(init_own(roots, COUNT_OF(roots)), EMRS_REASON_NONE);
    assert_memory_may_end();
}

static void test_memory_ends_anywhere_with_own_certificate(void **state)
{
    (void)state;
    require(ROOT);
    assert_int_equal(init_own(&all[RIGHT], 1), EMRS_REASON_NONE);
    b.tls.config.identity = &device_of(LEAF INTERMEDIATE, LEAF_KEY)->pem;
    assert_memory_may_end();
}

/* No memory block that a handshake frees contains the private key, in each format of the key and
 * however the handshake ends. */
static void test_own_key_is_wiped(void **state)
{
    enum { NUMBER_AT = 7 }; /* in the DER of SEC1 */
    device *d = device_of(LEAF INTERMEDIATE, LEAF_KEY);
    void *control = scarce_calloc(1, 100);
    (void)state;
    assert_non_null(control);
    memcpy(private_number, d->der.key + NUMBER_AT, sizeof private_number);
    seeks_number = true;
    number_count = 0;
    memcpy((unsigned char *)control + 5, private_number, sizeof private_number);
    scarce_free(control);
    assert_int_equal(number_count, 1);
    require(ROOT INTERMEDIATE);
    for (int i = 0; i < 2; i++) {
        init_with(i == 0 ? &d->pem : &d->der);
        assert_exchange(HOST);
        trust(OTHER_ROOT);
        assert_refused(HOST, EMRS_REASON_ISSUER);
        trust(ROOT);
    }
    emrs_identity_with_key(&d->pem, RSA_DEVICE, sizeof RSA_DEVICE, LEAF_KEY, sizeof LEAF_KEY);
    assert_unusable(&d->pem);
    seeks_number = false;
    assert_int_equal(number_count, 1);
}

/* Several roots have the name: those found before memory ran out are freed too. */
static void test_memory_ends_in_find_issuer(void **state)
{
    enum { ENOUGH_FOR_ALL = 60 };
    const unsigned char *pem = (const unsigned char *)INTERMEDIATE;
    emrs_root roots[] = {all[RIGHT], all[WRONG], all[RIGHT]};
    mbedtls_ssl_config *config = &b.tls.ssl_config;
    mbedtls_x509_crt child;
    (void)state;
    memory_left = NEVER;
    mbedtls_x509_crt_init(&child);
    assert_int_equal(mbedtls_x509_crt_parse(&child, pem, sizeof INTERMEDIATE), 0);
    assert_int_equal(init_own(roots, COUNT_OF(roots)), EMRS_REASON_NONE);
    for (long left = 0; left < ENOUGH_FOR_ALL; left++) {
        uint32_t flags = 0;
        int before = blocks;
        memory_left = left;
        int code = mbedtls_x509_crt_verify_with_ca_cb(
            &child, config->MBEDTLS_PRIVATE(f_ca_cb), config->MBEDTLS_PRIVATE(p_ca_cb),
            &mbedtls_x509_crt_profile_default, NULL, &flags, NULL, NULL);
        memory_left = NEVER;
        assert_int_equal(blocks, before);
        assert_true(code != 0);
        assert_true(left > 0 || b.tls.memory_failed);
    }
    mbedtls_x509_crt_free(&child);
}
#endif
#else
/* This mbedTLS has no callback for roots. So if roots in flash are set, init fails, even if
 * there is a chain too. */
static void test_roots_need_the_callback(void **state)
{
    static const unsigned char der[] = {0x30, 0x00};
    const emrs_root root = {der, sizeof der};
    (void)state;
    assert_int_equal(init_own(&root, 1), EMRS_REASON_TRUST);
    assert_failed(shake_hands(HOST), EMRS_REASON_TRUST);
    assert_int_equal(b.dial_count, 0);
    hang_up();
    emrs_tls_free(&b.tls);
    const emrs_tls_config both = {.inner = &b.inner,
                                  .trust = &b.trust,
                                  .roots = &root,
                                  .root_count = 1,
                                  .random = client_random,
                                  .now = now};
    assert_int_equal(emrs_tls_init(&b.tls, &both), EMRS_REASON_TRUST);
    assert_failed(shake_hands(HOST), EMRS_REASON_TRUST);
    assert_int_equal(b.dial_count, 0);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* usage: test_tls [every]      every: fails each allocation in turn, not a choice of them */
int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        TEST(test_exchange),
        TEST(test_phases),
        TEST(test_short_steps_and_hesitation),
        TEST(test_windows),
        TEST(test_more_is_passed_on),
        TEST(test_names),
        TEST(test_addresses),
        TEST(test_common_name_alone),
        TEST(test_issuers),
        TEST(test_dates),
        TEST(test_dates_at_the_floor),
        TEST(test_fault_at_every_call),
        TEST(test_connect_fails),
        TEST(test_random_fails),
        TEST(test_random_later),
        TEST(test_fault_of_init),
        TEST(test_alerts_in_the_handshake),
        TEST(test_a_certificate_that_cannot_be_read),
        TEST(test_a_fault_before_a_reset),
        TEST(test_an_alert_after_the_server_hello),
        TEST(test_a_client_certificate_is_required),
        TEST(test_a_handshake_message_in_pieces),
        TEST(test_ends),
        TEST(test_answer_before_the_request),
        TEST(test_a_kept_stream_is_used_again),
        TEST(test_the_check_before_a_request_does_not_wait),
        TEST(test_a_kept_stream_with_unexpected_data),
        TEST(test_a_fresh_stream_with_unexpected_data),
        TEST(test_renegotiation_is_declined),
        TEST(test_floods_in_the_handshake),
        TEST(test_floods_in_the_answer),
        TEST(test_empty_records),
        TEST(test_session_is_resumed),
        TEST(test_session_is_kept_only_if_configured),
        TEST(test_session_is_for_one_host),
        TEST(test_session_ends_with_its_certificates),
        TEST(test_session_at_the_floor),
        TEST(test_session_does_not_outlive_a_fault),
        TEST(test_session_may_be_refused),
#if defined(MBEDTLS_ECP_RESTARTABLE)
        TEST(test_curves_in_pieces),
#endif
#if MBEDTLS_VERSION_NUMBER == 0x03060600 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
        TEST(test_versions_one_after_the_other),
#endif
        TEST(test_call_at_the_floor),
        TEST(test_certificates_of_a_call_at_the_floor),
        TEST(test_clock_floor_on_one_side),
        TEST(test_close_in_every_state),
        TEST(test_connect_without_close),
        TEST(test_connect_of_another_kind),
        TEST(test_connect_for_another_while_connecting),
        TEST(test_two_clients_of_one_stream),
        TEST(test_plain_passes_through),
        TEST(test_alive),
        TEST(test_ran_out),
        TEST(test_own_certificate),
        TEST(test_own_certificate_is_sent_only_on_request),
        TEST(test_own_certificate_is_freed),
        TEST(test_own_certificate_of_two),
        TEST(test_no_session_with_own_certificate),
        TEST(test_own_certificate_that_cannot_be_used),
        TEST(test_own_certificate_is_refused),
        TEST(test_own_certificate_is_not_blamed),
        TEST(test_own_key_elsewhere),
        TEST(test_own_key_of_the_image),
#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK) || MBEDTLS_VERSION_NUMBER < 0x03000000
        TEST(test_cost_of_a_chain),
        TEST(test_cost_after_an_unknown_certificate),
#endif
#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
        cmocka_unit_test_setup_teardown(test_roots, set_up_roots, tear_down_roots),
#if defined(MBEDTLS_PLATFORM_MEMORY)
        cmocka_unit_test_setup_teardown(test_memory_ends_anywhere, set_up_roots, tear_down_roots),
        cmocka_unit_test_setup_teardown(test_memory_ends_anywhere_with_own_certificate,
                                        set_up_roots, tear_down_roots),
        TEST(test_own_key_is_wiped),
        cmocka_unit_test_setup_teardown(test_memory_ends_in_find_issuer, set_up_roots,
                                        tear_down_roots),
#endif
#else
        TEST(test_roots_need_the_callback),
#endif
    };
#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK) && defined(MBEDTLS_PLATFORM_MEMORY)
    memory_left = NEVER;
    every_allocation = count > 1 && strcmp(words[1], "every") == 0;
    if (every_allocation)
        cmocka_set_test_filter("test_memory_ends_anywhere*");
    (void)mbedtls_platform_set_calloc_free(scarce_calloc, scarce_free);
#else
    (void)count;
    (void)words;
#endif
    version = EMRS_TLS_1_2;
    int failed = cmocka_run_group_tests_name("TLS 1.2", tests, NULL, NULL);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    if (count > 1) /* PSA's own generator would crash: port/tls/README.md */
        return failed;
    version = EMRS_TLS_1_3;
    failed += cmocka_run_group_tests_name("TLS 1.3", tests, NULL, NULL);
#endif
    return failed;
}
