/* LD_PRELOAD for the durability tests: a disk that fills up or breaks under the databases. While the file named by
   DISK_FAULT exists, writes and syncs of *.db and *.db-wal fail as it says: "ENOSPC" (half of a write arrives, as on a real
   disk), "EIO", or "EIO sync" (only syncs fail: what was written may be gone). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { most_descriptors = 4096 };
static volatile char is_database[most_descriptors];

enum fault { none, no_space, io_error, sync_error };

static enum fault fault_now(int fd) {
    const char *path = getenv("DISK_FAULT");
    if (path == NULL || fd < 0 || fd >= most_descriptors || !is_database[fd]) {
        return none;
    }
    const int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC); /* not through our own open */
    if (file < 0) {
        return none;
    }
    char text[16] = {0};
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) {
        return none;
    }
    return strncmp(text, "ENOSPC", 6) == 0 ? no_space : strncmp(text, "EIO sync", 8) == 0 ? sync_error : io_error;
}

static int ends_with(const char *text, const char *end) {
    const size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static int note(int fd, const char *path) {
    if (fd >= 0 && fd < most_descriptors) {
        is_database[fd] = (char)(ends_with(path, ".db") || ends_with(path, ".db-wal") || ends_with(path, ".db-journal"));
    }
    return fd;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    return note(NEXT(open)(path, flags, mode), path);
}

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    return note(NEXT(open64)(path, flags, mode), path);
}

static int write_fault(int fd, size_t *length) {
    switch (fault_now(fd)) {
    case no_space:
        *length /= 2;
        if (*length > 0) {
            return 0;
        }
        errno = ENOSPC;
        return -1;
    case io_error:
        errno = EIO;
        return -1;
    default:
        return 0;
    }
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
    return write_fault(fd, &length) != 0 ? -1 : NEXT(pwrite64)(fd, data, length, at);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
    return write_fault(fd, &length) != 0 ? -1 : NEXT(pwrite)(fd, data, length, at);
}

ssize_t write(int fd, const void *data, size_t length) {
    return write_fault(fd, &length) != 0 ? -1 : NEXT(write)(fd, data, length);
}

static int sync_fault(int fd) {
    const enum fault fault = fault_now(fd);
    if (fault == none || fault == no_space) {
        return 0;
    }
    errno = EIO;
    return -1;
}

int fsync(int fd) {
    return sync_fault(fd) != 0 ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd) {
    return sync_fault(fd) != 0 ? -1 : NEXT(fdatasync)(fd);
}

int ftruncate64(int fd, off64_t length) {
    return sync_fault(fd) != 0 ? -1 : NEXT(ftruncate64)(fd, length);
}
