/*
 * A disk whose cost is known, for measurements that repeat on a busy machine. Preloaded into a server whose data lies
 * on tmpfs, it makes every fsync and fdatasync take a fixed time and a time per byte written since the last one, and
 * counts both where the bench can read them. It proves nothing about power loss.
 *
 *   SLOWSYNC_BASE_NS      what a sync costs by itself
 *   SLOWSYNC_PICOS_BYTE   what each byte costs on top, in picoseconds
 *   SLOWSYNC_COUNTERS     a file that holds two 64-bit numbers afterwards: syncs, and bytes that were synced
 *
 *   cc -O2 -shared -fPIC -o slowsync.so slowsync.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct counters {
    atomic_ullong syncs;
    atomic_ullong bytes;
};

typedef ssize_t (*write_fn)(int, const void *, size_t);
typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off_t);

static struct counters unread;
static struct counters *counters = &unread;
static atomic_ullong unsynced;
static unsigned long long base_ns, picos_byte;
static write_fn real_write;
static pwrite_fn real_pwrite;

static unsigned long long setting(const char *name) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void set_up(void) {
    real_write = (write_fn)dlsym(RTLD_NEXT, "write");
    real_pwrite = (pwrite_fn)dlsym(RTLD_NEXT, "pwrite64");
    base_ns = setting("SLOWSYNC_BASE_NS");
    picos_byte = setting("SLOWSYNC_PICOS_BYTE");
    const char *path = getenv("SLOWSYNC_COUNTERS");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0) return;
    if (ftruncate(fd, sizeof *counters) == 0) {
        /* Shared, so that the figures outlive a kill. */
        void *shared = mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (shared != MAP_FAILED) counters = shared;
    }
    close(fd);
}

static void wrote(int fd, ssize_t bytes) {
    struct stat status;
    if (bytes > 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) atomic_fetch_add(&unsynced, bytes);
}

static int sync_at_its_price(void) {
    static _Thread_local int exact;
    if (!exact) {
        /* A thread's sleep may otherwise be 50 us longer than asked for. */
        prctl(PR_SET_TIMERSLACK, 1UL);
        exact = 1;
    }
    unsigned long long bytes = atomic_exchange(&unsynced, 0);
    unsigned long long ns = base_ns + bytes * picos_byte / 1000;
    struct timespec wait = {ns / 1000000000, ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, &wait) != 0) {}
    atomic_fetch_add(&counters->syncs, 1);
    atomic_fetch_add(&counters->bytes, bytes);
    return 0;
}

int fsync(int fd) {
    (void)fd;
    return sync_at_its_price();
}

int fdatasync(int fd) {
    (void)fd;
    return sync_at_its_price();
}

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t done = real_write(fd, bytes, length);
    /* Shorter ones are wake-ups and log lines, not data. */
    if (done > 256) wrote(fd, done);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
    ssize_t done = real_pwrite(fd, bytes, length, at);
    wrote(fd, done);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    return pwrite64(fd, bytes, length, at);
}
