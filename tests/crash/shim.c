/* A disk that fails when it is told to: preloaded (LD_PRELOAD) into the server under test.

   The file named by FAULT says which call fails on which file, and how: "fdatasync keyring.bin 5"
   (EIO), "pwrite db-wal 28" (ENOSPC). While it is not there, nothing fails. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int fault(const char *call, int fd) {
    const char *control = getenv("FAULT");
    char text[256], link[64], path[4096], which[64], part[128];
    int error, from;
    ssize_t size;
    if (!control || (from = syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC)) < 0)
        return 0;
    size = syscall(SYS_read, from, text, sizeof text - 1);
    syscall(SYS_close, from);
    if (size <= 0) return 0;
    text[size] = 0;
    if (sscanf(text, "%63s %127s %d", which, part, &error) != 3 || strcmp(which, call)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return strstr(path, part) ? error : 0;
}

#define FAILS(call, fd) \
    do { int error_ = fault(call, fd); if (error_) { errno = error_; return -1; } } while (0)
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) { FAILS("fsync", fd); return REAL(fsync)(fd); }
int fdatasync(int fd) { FAILS("fdatasync", fd); return REAL(fdatasync)(fd); }
ssize_t write(int fd, const void *b, size_t n) { FAILS("write", fd); return REAL(write)(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) {
    FAILS("pwrite", fd);
    return REAL(pwrite)(fd, b, n, at);
}
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) {
    FAILS("pwrite", fd);
    return REAL(pwrite64)(fd, b, n, at);
}
