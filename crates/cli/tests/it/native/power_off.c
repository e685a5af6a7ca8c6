/* Ends a mounted ext4 as a power cut does: what was not synced is gone, the log is not flushed. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define EXT4_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define NO_LOG_FLUSH 2

int main(int argc, char **argv) {
    uint32_t how = NO_LOG_FLUSH;
    int mount = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (mount < 0 || ioctl(mount, EXT4_IOC_SHUTDOWN, &how) < 0) {
        perror("power_off");
        return 1;
    }
    return 0;
}
