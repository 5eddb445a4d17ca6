/* SPDX-License-Identifier: MIT */
/* Paths and bytes of AWS's shared files. */
#ifndef EMRS_HOST_SHARED_FILE_H
#define EMRS_HOST_SHARED_FILE_H

#include <sys/stat.h>

#include "profile.h"

/* The largest size of a shared file in bytes. A larger file is refused. */
#define SHARED_FILE_SIZE_MAX ((size_t)1024 * 1024)

/* Replaces "~", "~user", $NAME and ${NAME}.      ret: false: the result does not fit */
bool path_expand(const char *path, char *expanded, size_t size);

/* ret: what `path` is if it is not a regular file; NULL if it is one, or does not exist */
const char *other_kind(const char *path);

/* Reads a file from its start, at most `most` bytes. stdio is not used: it would leave a copy of
 * secrets in its buffer. Does not wait for the writer of a pipe.
 * out: size: of what was read, also if an error ended it; status: of the open file
 * ret: 0, or an errno */
int file_read(const char *path, char *bytes, size_t most, size_t *size, struct stat *status);

/* Reads the file. If it does not exist or cannot be read, it counts as empty, and file->absence
 * says why.
 * in:  file->bytes: memory of SHARED_FILE_SIZE_MAX + 1 bytes
 * ret: why the file must be refused; NULL: it was read, or counts as empty */
const char *shared_file_read(shared_file *file, const char *path);

#endif
