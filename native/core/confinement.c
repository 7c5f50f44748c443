/* How confined a process is, as /proc/PID/status tells it. */
#include "core/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long field(const char *text, const char *name) {
  const char *at = strstr(text, name);
  return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

int ak_confinement_read(const char *path, struct ak_confinement *out) {
  char text[4096];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0) return -ESRCH;
  text[n] = 0;
  /* The name on the first line is the process's own choice; every field that counts stands after a line feed. */
  const char *rest = strchr(text, '\n');
  if (!rest) return -ESRCH;
  out->no_new_privs = field(rest, "\nNoNewPrivs:");
  out->seccomp = field(rest, "\nSeccomp:");
  out->filters = field(rest, "\nSeccomp_filters:");
  return 0;
}

int ak_confinement_is_filtered_more(const struct ak_confinement *inner, const struct ak_confinement *outer) {
  return inner->seccomp > outer->seccomp || inner->filters > outer->filters;
}
