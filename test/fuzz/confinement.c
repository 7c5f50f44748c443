/* A status file that a process named as it likes: ak_confinement_read. Input: the file. */
/* links: core/confinement.c */
#include "core/confinement.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64];
  struct ak_confinement found, of_nothing = {0};
  int fd = memfd_create("status", MFD_CLOEXEC);
  DEMAND(fd >= 0 && write(fd, data, size) == (ssize_t)size);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  memset(&found, 0, sizeof found);
  int bad = ak_confinement_read(path, &found);
  DEMAND(bad == 0 || bad == -ESRCH);
  /* A process cannot put words of its own before the first line feed, where its name stands. */
  if (!bad && !memchr(data, '\n', size)) DEMAND(0);
  if (!bad) {
    DEMAND(!ak_confinement_is_filtered_more(&found, &found) && !ak_confinement_has_less(&found, &found));
    DEMAND(!ak_confinement_has_less(&found, &of_nothing));
  }
  close(fd);
  return 0;
}
