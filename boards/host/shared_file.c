/* SPDX-License-Identifier: MIT */
/* Reads one of AWS's shared files. Its path may begin with "~" or hold variables, as in botocore
 * (os.path.expandvars, then os.path.expanduser). */
#include "shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emrs_text.h"

static bool is_name(char c)
{
    return emrs_is_alnum(c) || c == '_';
}

/* Replaces $NAME and ${NAME}. What is not set stays as it is written. */
static void expand_variables(emrs_pen *pen, const char *path)
{
    while (*path != '\0') {
        bool in_braces = path[0] == '$' && path[1] == '{';
        const char *start = path + (in_braces ? 2 : 1), *end = start;
        while (*end != '\0' && (in_braces ? *end != '}' : is_name(*end)))
            end++;
        char name[256];
        const char *value = NULL;
        if (*path == '$' && end > start && (size_t)(end - start) < sizeof name
            && (!in_braces || *end == '}')) {
            memcpy(name, start, (size_t)(end - start));
            name[end - start] = '\0';
            value = getenv(name);
        }
        if (value != NULL) {
            emrs_put(pen, (emrs_text){value, strlen(value)});
            path = in_braces ? end + 1 : end;
        } else {
            emrs_put_byte(pen, *path++);
        }
    }
}

/* ret: the home folder of a user, or of this one if the name is empty; NULL: not known */
static const char *home_of(const char *user)
{
    const char *home = getenv("HOME");
    if (*user == '\0' && home != NULL)
        return home;
    const struct passwd *entry = *user == '\0' ? getpwuid(getuid()) : getpwnam(user);
    return entry != NULL ? entry->pw_dir : NULL;
}

bool path_expand(const char *path, char *expanded, size_t size)
{
    char text[PROFILE_PATH_SIZE], user[256];
    emrs_pen pen = emrs_pen_on(text, sizeof text), out = emrs_pen_on(expanded, size);
    expand_variables(&pen, path);
    emrs_put_byte(&pen, '\0');
    if (emrs_pen_full(&pen))
        return false;
    const char *rest = text, *home = NULL;
    size_t user_size = strcspn(text, "/");
    if (*text == '~' && user_size <= sizeof user) {
        memcpy(user, text + 1, user_size - 1);
        user[user_size - 1] = '\0';
        home = home_of(user);
    }
    if (home != NULL) {
        size_t home_size = strlen(home);
        while (home_size > 0 && home[home_size - 1] == '/')
            home_size--;
        emrs_put(&out, (emrs_text){home, home_size});
        rest += user_size;
        if (home_size == 0 && *rest == '\0')
            emrs_put_byte(&out, '/');
    }
    emrs_put(&out, (emrs_text){rest, strlen(rest) + 1});
    return !emrs_pen_full(&out);
}

const char *other_kind(const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0 || S_ISREG(file.st_mode))
        return NULL;
    return S_ISDIR(file.st_mode) ? "it is a directory, not a regular file"
                                 : "it is a pipe, a socket or a device, not a regular file";
}

/* ret: NULL, or why it cannot be used */
static const char *read_all(shared_file *file, int fd)
{
    ssize_t size;
    file->size = 0;
    while (file->size <= SHARED_FILE_SIZE_MAX) {
        size = read(fd, file->bytes + file->size, SHARED_FILE_SIZE_MAX + 1 - file->size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            file->error = errno;
        if (size <= 0)
            return size < 0 ? "cannot be read" : NULL;
        file->size += (size_t)size;
    }
    return "is larger than 1 MB";
}

static void note_access(shared_file *file, const struct stat *status)
{
    bool is_own = status->st_uid == geteuid() || status->st_uid == 0;
    file->others_write = !is_own || (status->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    file->others_read = (status->st_mode & (S_IROTH | S_IWOTH)) != 0;
}

const char *shared_file_read(shared_file *file, const char *path)
{
    struct stat status;
    file->size = 0;
    file->error = 0;
    file->absence = NULL;
    if (!path_expand(path, file->path, sizeof file->path))
        return "has a name that is too long";
    if (strcmp(file->path, "/dev/null") == 0) { /* a usual way to say "no file" */
        file->absence = "no file";
        return NULL;
    }
    const char *kind = other_kind(file->path);
    if (kind != NULL)
        return kind;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        bool is_missing = errno == ENOENT || errno == ENOTDIR;
        file->error = is_missing ? 0 : errno;
        file->absence = is_missing ? "no such file" : "cannot be read";
        return NULL;
    }
    const char *why = fstat(fd, &status) != 0 ? "cannot be read" : read_all(file, fd);
    note_access(file, &status);
    (void)close(fd);
    if (why != NULL && file->error != 0) {
        file->absence = why;
        return NULL;
    }
    return why;
}
