/* How confined a process is, as /proc/PID/status tells it. */
#include "core/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long long field(const char *text, const char *name, int base) {
  const char *at = strstr(text, name);
  return at ? strtoull(at + strlen(name), NULL, base) : 0;
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
  out->no_new_privs = (long)field(rest, "\nNoNewPrivs:", 10);
  out->seccomp = (long)field(rest, "\nSeccomp:", 10);
  out->filters = (long)field(rest, "\nSeccomp_filters:", 10);
  out->permitted = field(rest, "\nCapPrm:", 16);
  out->bounding = field(rest, "\nCapBnd:", 16);
  return 0;
}

int ak_confinement_is_filtered_more(const struct ak_confinement *inner, const struct ak_confinement *outer) {
  return inner->seccomp > outer->seccomp || inner->filters > outer->filters;
}

int ak_confinement_has_less(const struct ak_confinement *inner, const struct ak_confinement *outer) {
  return (outer->permitted & ~inner->permitted) != 0 || (outer->bounding & ~inner->bounding) != 0;
}

int ak_place_read(const char *process, struct ak_place *out) {
  static const char *const names[AK_PLACE_PARTS] = {"root",   "ns/cgroup", "ns/ipc",  "ns/mnt", "ns/net",
                                                    "ns/pid", "ns/time",   "ns/user", "ns/uts"};
  char path[64];
  memset(out, 0, sizeof *out);
  for (int i = 0; i < AK_PLACE_PARTS; i++) {
    struct stat facts;
    snprintf(path, sizeof path, "%s/%s", process, names[i]);
    if (stat(path, &facts)) {
      if (errno == ENOENT && i > 0) continue;
      return -errno;
    }
    out->parts[i].device = facts.st_dev;
    out->parts[i].inode = facts.st_ino;
  }
  return 0;
}

int ak_place_is_same(const struct ak_place *one, const struct ak_place *other) { return !memcmp(one, other, sizeof *one); }
