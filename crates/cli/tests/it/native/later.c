/* Preloaded into a gateway.
 *
 * LATER_BY=n    the wall clock is n seconds ahead; clocks that measure stretches of time are as they are
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long later_by;

__attribute__((constructor)) static void begin(void) {
    const char *by = getenv("LATER_BY");
    later_by = by ? atol(by) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME) now->tv_sec += later_by;
    return (int)failed;
}
