/* Preloaded into a program.
 *
 * DIE_AT_CHANGE=n    the process is killed at its n-th change of a file, before anything of it happens
 * DIE_HALFWAY=1      ... and if that is a write, after its first half
 * PRETEND_TO_SYNC=1  files are said to be synced and are not
 *
 * A change is a write, a sync, a truncation, a removal or a renaming, counted over all threads. Sockets, pipes and the standard
 * streams don't count.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long die_at;
static int halfway, pretends;
static atomic_long changes;

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("DIE_AT_CHANGE");
    die_at = at ? atol(at) : 0;
    halfway = getenv("DIE_HALFWAY") != NULL;
    pretends = getenv("PRETEND_TO_SYNC") != NULL;
}

static int is_the_one(void) { return die_at && atomic_fetch_add(&changes, 1) + 1 == die_at; }

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int is_file(int fd) {
    struct stat about;
    return fd > 2 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

ssize_t write(int fd, const void *bytes, size_t n) {
    if (die_at && is_file(fd) && is_the_one()) {
        if (halfway) syscall(SYS_write, fd, bytes, n / 2);
        die();
    }
    return syscall(SYS_write, fd, bytes, n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
    if (is_the_one()) {
        if (halfway) syscall(SYS_pwrite64, fd, bytes, n / 2, at);
        die();
    }
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) { return pwrite64(fd, bytes, n, at); }

int fsync(int fd) {
    if (is_the_one()) die();
    return pretends ? 0 : syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    if (is_the_one()) die();
    return pretends ? 0 : syscall(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off64_t length) {
    if (is_the_one()) die();
    return syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int unlink(const char *path) {
    if (is_the_one()) die();
    return syscall(SYS_unlinkat, -100 /* AT_FDCWD */, path, 0);
}

int rename(const char *from, const char *to) {
    if (is_the_one()) die();
    return syscall(SYS_renameat2, -100 /* AT_FDCWD */, from, -100, to, 0);
}
