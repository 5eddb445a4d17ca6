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
#include "host.h"

static bool is_name(char c)
{
    return emrs_is_alnum(c) || c == '_';
}

/* ret: size of a variable's name at the start of a path */
static size_t name_size(const char *path, bool in_braces)
{
    size_t size = 0;
    if (in_braces)
        return strcspn(path, "}");
    while (is_name(path[size]))
        size++;
    return size;
}

/* Reads "$NAME" or "${NAME}" at the start of a path, which begins with '$'.
 * out: size: of this text      ret: the variable's value; NULL: there is no such variable */
static const char *variable_at(const char *path, size_t *size)
{
    char name[256];
    bool in_braces = path[1] == '{';
    const char *start = path + (in_braces ? 2 : 1);
    size_t count = name_size(start, in_braces);
    if (count == 0 || count >= sizeof name || (in_braces && start[count] == '\0'))
        return NULL;
    memcpy(name, start, count);
    name[count] = '\0';
    *size = count + (in_braces ? 3 : 1);
    return getenv(name);
}

/* Replaces $NAME and ${NAME}. A variable that is not set stays as it is written. */
static void expand_variables(emrs_pen *pen, const char *path)
{
    while (*path != '\0') {
        size_t size = 1;
        const char *value = *path == '$' ? variable_at(path, &size) : NULL;
        emrs_put(pen, value != NULL ? text_of(value) : (emrs_text){path, 1});
        path += value != NULL ? size : 1;
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

/* Writes the home folder in place of "~" or "~user", if it is known.      ret: what follows */
static const char *expand_home(emrs_pen *pen, const char *path)
{
    char user[256];
    size_t size = strcspn(path, "/");
    if (*path != '~' || size > sizeof user)
        return path;
    memcpy(user, path + 1, size - 1);
    user[size - 1] = '\0';
    const char *home = home_of(user);
    emrs_text folder = text_of(home);
    while (folder.size > 0 && folder.bytes[folder.size - 1] == '/')
        folder.size--;
    emrs_put(pen, folder);
    return home != NULL ? path + size : path;
}

bool path_expand(const char *path, char *expanded, size_t size)
{
    char text[PROFILE_PATH_SIZE];
    emrs_pen pen = emrs_pen_on(text, sizeof text), out = emrs_pen_on(expanded, size);
    expand_variables(&pen, path);
    emrs_put_byte(&pen, '\0');
    if (emrs_pen_full(&pen))
        return false;
    const char *rest = expand_home(&out, text);
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

/* Notes that a file could not be read. If it does not exist, that is no error. */
static void set_absence(shared_file *file, int error)
{
    bool is_missing = error == ENOENT || error == ENOTDIR;
    file->error = is_missing ? 0 : error;
    file->absence = is_missing ? "no such file" : "cannot be read";
    file->size = 0;
}

/* ret: 0, or an errno */
static int read_all(int fd, char *bytes, size_t most, size_t *size)
{
    while (*size < most) {
        ssize_t got = read(fd, bytes + *size, most - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        *size += (size_t)got;
    }
    return 0;
}

int file_read(const char *path, char *bytes, size_t most, size_t *size, struct stat *status)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *size = 0;
    int error = fd < 0 || fstat(fd, status) != 0 ? errno : read_all(fd, bytes, most, size);
    if (fd >= 0)
        (void)close(fd);
    return error;
}

static void note_access(shared_file *file, const struct stat *status)
{
    bool is_own = status->st_uid == geteuid() || status->st_uid == 0;
    file->others_write = !is_own || (status->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    file->others_read = (status->st_mode & (S_IROTH | S_IWOTH)) != 0;
}

const char *shared_file_read(shared_file *file, const char *path)
{
    struct stat status = {.st_mode = 0};
    emrs_wipe(file->bytes, file->size); /* of an earlier read */
    *file = (shared_file){.bytes = file->bytes};
    if (!path_expand(path, file->path, sizeof file->path))
        return "has a name that is too long";
    if (strcmp(file->path, "/dev/null") == 0) { /* often used to say "no file" */
        file->absence = "no such file";
        return NULL;
    }
    const char *why = other_kind(file->path);
    if (why != NULL)
        return why;
    int error = file_read(file->path, file->bytes, SHARED_FILE_SIZE_MAX + 1, &file->size, &status);
    if (error != 0)
        set_absence(file, error);
    else
        note_access(file, &status);
    return file->size > SHARED_FILE_SIZE_MAX ? "is larger than 1 MB" : NULL;
}
