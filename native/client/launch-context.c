/* The launch context: argv, environment and attributes of this process, in a memfd that nobody can change any more. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client/client.h"
#include "core/context.h"

uint64_t ignored_signals(void) {
  uint64_t ignored = 0;
  for (int n = 1; n < 65; n++) {
    struct sigaction now;
    if (sigaction(n, NULL, &now) == 0 && now.sa_handler == SIG_IGN) ignored |= 1ull << (n - 1);
  }
  return ignored;
}

static size_t measure(char **strings, uint32_t *count) {
  size_t length = 0;
  for (*count = 0; strings[*count]; (*count)++) length += strlen(strings[*count]) + 1;
  return length;
}

static int write_all(int fd, const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    ssize_t n = write(fd, at, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -errno;
    at += n;
    length -= (size_t)n;
  }
  return 0;
}

/* write(2) in batches, never a mapping: a memfd cannot be sealed against write while a writable mapping exists. */
static int write_strings(int fd, char **strings) {
  int bad = 0;
  for (size_t i = 0; strings[i] && !bad;) {
    struct iovec parts[64];
    size_t n = 0, length = 0;
    for (; n < 64 && strings[i]; n++, i++) {
      parts[n] = (struct iovec){strings[i], strlen(strings[i]) + 1};
      length += parts[n].iov_len;
    }
    ssize_t done = writev(fd, parts, (int)n);
    if (done == (ssize_t)length) continue;
    size_t skip = done > 0 ? (size_t)done : 0;
    for (size_t k = 0; k < n && !bad; k++) {
      size_t here = skip < parts[k].iov_len ? skip : parts[k].iov_len;
      skip -= here;
      bad = write_all(fd, (char *)parts[k].iov_base + here, parts[k].iov_len - here);
    }
  }
  return bad;
}

static void describe(struct ak_context_header *h, uint64_t ignored) {
  struct winsize size;
  h->magic = AK_CONTEXT_MAGIC;
  h->version = 1;
  h->file_mode_mask = umask(0);
  umask(h->file_mode_mask);
  h->nice = getpriority(PRIO_PROCESS, 0);
  h->ignored = ignored;
  h->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  if (ioctl(0, TIOCGWINSZ, &size) == 0 || ioctl(1, TIOCGWINSZ, &size) == 0 || ioctl(2, TIOCGWINSZ, &size) == 0) {
    h->rows = size.ws_row;
    h->columns = size.ws_col;
  }
  for (int i = 0; i < AK_CONTEXT_LIMITS; i++) {
    struct rlimit limit;
    h->limits[i].soft = 1; /* soft above hard: not given */
    if (getrlimit(i, &limit)) continue;
    h->limits[i].soft = limit.rlim_cur;
    h->limits[i].hard = limit.rlim_max;
  }
}

int build_context(char **command, char **environment, uint64_t ignored) {
  struct ak_context_header h;
  memset(&h, 0, sizeof h);
  size_t argv_length = measure(command, &h.argc), env_length = measure(environment, &h.envc);
  if (argv_length + env_length + sizeof h > AK_CONTEXT_MAX) return -E2BIG;
  h.argv_length = (uint32_t)argv_length;
  h.env_length = (uint32_t)env_length;
  describe(&h, ignored);
  int fd = memfd_create("agentkeys-launch", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -errno;
  int bad = write_all(fd, &h, sizeof h);
  if (!bad) bad = write_strings(fd, command);
  if (!bad) bad = write_strings(fd, environment);
  if (!bad && fcntl(fd, F_ADD_SEALS, AK_CONTEXT_SEALS)) bad = -errno;
  if (!bad) return fd;
  close(fd);
  return bad;
}
