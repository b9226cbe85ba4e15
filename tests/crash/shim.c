/* Stands between a process and the files of one folder (LD_PRELOAD): writes down each change and
 * each sync in order, and plays a full or failing disk while a flag file exists.
 *
 *   CHANTIER_SHIM_FOLDER   whose files are watched
 *   CHANTIER_SHIM_TRACE    where the trace is appended; absent: nothing is written down
 *   CHANTIER_SHIM_FULL     while this file exists, writes that need room fail with ENOSPC
 *   CHANTIER_SHIM_BROKEN   while this file exists, syncs fail with EIO
 *
 * A record: kind (1 byte), length of the path (2), offset (8), length of the bytes (4), the path
 * inside the folder, the bytes. Numbers are little-endian; each record is one append, so that
 * the test may put its own marks into the same file. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE = 2, TRUNCATE = 3, SYNC_BEGIN = 4, SYNC_END = 5, UNLINK = 6, RENAME = 7 };
enum { FDS = 4096 };

static char folder[PATH_MAX];
static size_t folder_length;
static const char *full, *broken;
static int trace = -1;
static char *paths[FDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void) {
    const char *named = getenv("CHANTIER_SHIM_FOLDER");
    if (!named || !realpath(named, folder)) return;
    folder_length = strlen(folder);
    full = getenv("CHANTIER_SHIM_FULL");
    broken = getenv("CHANTIER_SHIM_BROKEN");
    const char *path = getenv("CHANTIER_SHIM_TRACE");
    if (path) trace = REAL(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The path inside the folder, "." for the folder itself; NULL when it is none of ours. */
static const char *inside(const char *path) {
    static _Thread_local char whole[PATH_MAX];
    if (!folder_length || !path) return NULL;
    if (path[0] != '/') {
        char here[PATH_MAX / 2];
        if (!getcwd(here, sizeof here)) return NULL;
        snprintf(whole, sizeof whole, "%s/%s", here, path);
        path = whole;
    }
    if (strncmp(path, folder, folder_length) != 0) return NULL;
    if (path[folder_length] == 0) return ".";
    return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

static const char *of(int fd) { return fd >= 0 && fd < FDS ? paths[fd] : NULL; }

static void record(uint8_t kind, const char *path, int64_t at, const void *bytes, uint32_t length) {
    if (trace < 0) return;
    uint16_t path_length = (uint16_t)strlen(path);
    size_t size = 15 + (size_t)path_length + length;
    char *whole = malloc(size);
    whole[0] = (char)kind;
    memcpy(whole + 1, &path_length, 2);
    memcpy(whole + 3, &at, 8);
    memcpy(whole + 11, &length, 4);
    memcpy(whole + 15, path, path_length);
    if (length) memcpy(whole + 15 + path_length, bytes, length);
    int kept = errno;
    if (REAL(write)(trace, whole, size) != (ssize_t)size) abort();
    errno = kept;
    free(whole);
}

static int no_room(void) {
    if (!full || access(full, F_OK) != 0) return 0;
    errno = ENOSPC;
    return 1;
}

static int opened(int fd, const char *path, int flags, int existed) {
    const char *ours = inside(path);
    if (fd >= 0 && fd < FDS) {
        pthread_mutex_lock(&lock);
        free(paths[fd]);
        paths[fd] = ours ? strdup(ours) : NULL;
        if (ours && (flags & O_CREAT) && !existed) record(CREATE, ours, 0, NULL, 0);
        if (ours && (flags & O_TRUNC) && existed) record(TRUNCATE, ours, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return fd;
}

static int open_at(int folder_fd, const char *path, int flags, mode_t mode) {
    int existed = access(path, F_OK) == 0;
    if (inside(path) && (flags & O_CREAT) && !existed && no_room()) return -1;
    return opened(REAL(openat)(folder_fd, path, flags, mode), path, flags, existed);
}

#define MODE(flags) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return open_at(at, path, flags, mode); }

int close(int fd) {
    if (of(fd)) {
        pthread_mutex_lock(&lock);
        free(paths[fd]);
        paths[fd] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return REAL(close)(fd);
}

/* The write-ahead index is shared memory: a crash rebuilds it, so it is not recorded. */
static ssize_t put(int fd, const void *bytes, size_t length, off_t at, int moves) {
    const char *path = of(fd);
    if (path && no_room()) return -1;
    if (path && moves) at = lseek(fd, 0, SEEK_CUR);
    if (path) pthread_mutex_lock(&lock);
    ssize_t done = moves ? REAL(write)(fd, bytes, length) : REAL(pwrite)(fd, bytes, length, at);
    if (path) {
        if (done > 0) record(WRITE, path, at, bytes, (uint32_t)done);
        pthread_mutex_unlock(&lock);
    }
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return put(fd, bytes, length, 0, 1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return put(fd, bytes, length, at, 0); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return put(fd, bytes, length, at, 0); }

static ssize_t put_many(int fd, const struct iovec *parts, int count, off_t at, int moves) {
    if (!of(fd)) return moves ? REAL(writev)(fd, parts, count) : REAL(pwritev)(fd, parts, count, at);
    ssize_t all = 0;
    for (int one = 0; one < count; one++) {
        ssize_t done = put(fd, parts[one].iov_base, parts[one].iov_len, at + all, moves);
        if (done < 0) return all ? all : -1;
        all += done;
        if ((size_t)done < parts[one].iov_len) break;
    }
    return all;
}

ssize_t writev(int fd, const struct iovec *parts, int count) { return put_many(fd, parts, count, 0, 1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return put_many(fd, parts, count, at, 0); }

static int cut(int fd, off_t length) {
    const char *path = of(fd);
    struct stat now;
    if (path && fstat(fd, &now) == 0 && length > now.st_size && no_room()) return -1;
    if (path) pthread_mutex_lock(&lock);
    int done = REAL(ftruncate)(fd, length);
    if (path) {
        if (done == 0) record(TRUNCATE, path, length, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int reserve(int fd, off_t at, off_t length) {
    if (of(fd) && no_room()) return ENOSPC;
    int done = REAL(posix_fallocate)(fd, at, length);
    struct stat now;
    if (of(fd) && done == 0 && fstat(fd, &now) == 0) {
        pthread_mutex_lock(&lock);
        record(TRUNCATE, of(fd), now.st_size, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}

int posix_fallocate(int fd, off_t at, off_t length) { return reserve(fd, at, length); }
int posix_fallocate64(int fd, off64_t at, off64_t length) { return reserve(fd, at, length); }

/* What was written before the sync began is on the disk when it ended; no more is promised. */
static int force(int fd, int data_only) {
    const char *path = of(fd);
    if (!path) return data_only ? REAL(fdatasync)(fd) : REAL(fsync)(fd);
    if (broken && access(broken, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    pthread_mutex_lock(&lock);
    record(SYNC_BEGIN, path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    int done = data_only ? REAL(fdatasync)(fd) : REAL(fsync)(fd);
    if (done == 0) {
        pthread_mutex_lock(&lock);
        record(SYNC_END, path, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}

int fsync(int fd) { return force(fd, 0); }
int fdatasync(int fd) { return force(fd, 1); }

int unlink(const char *path) {
    int done = REAL(unlink)(path);
    const char *ours = inside(path);
    if (done == 0 && ours) record(UNLINK, ours, 0, NULL, 0);
    return done;
}

int rename(const char *from, const char *to) {
    int done = REAL(rename)(from, to);
    const char *ours = inside(from);
    if (done == 0 && ours) {
        char source[PATH_MAX];
        snprintf(source, sizeof source, "%s", ours);
        const char *target = inside(to);
        if (target) record(RENAME, source, 0, target, (uint32_t)strlen(target));
    }
    return done;
}
