/* The child's words with its monitor over the gate: what it resolved, what it waits for. Async-signal-safe like child.c. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/message.h"
#include "spawner/child.h"

size_t child_await(const struct child *c, uint16_t type, void *out, size_t size, int *fd) {
  struct pollfd gate = {.fd = c->gate, .events = POLLIN};
  size_t count = 0;
  ssize_t n;
  do {
    while (poll(&gate, 1, -1) < 0)
      if (errno != EINTR) _exit(125);
    n = ak_message_receive(c->gate, out, size, fd, 1, &count);
  } while (n == -EAGAIN);
  struct ak_head *head = out;
  if (n < (ssize_t)sizeof *head || head->type != type || head->session != c->plan->session) _exit(125);
  return count;
}

void child_report_prepared(const struct child *c) {
  struct {
    struct ak_prepared fixed;
    char path[AK_PATH_BYTES];
  } report;
  memset(&report.fixed, 0, sizeof report.fixed);
  report.fixed.head = (struct ak_head){.version = AK_WIRE_VERSION, .type = AK_PREPARED, .session = c->plan->session};
  report.fixed.uid = getuid();
  report.fixed.gid = getgid();
  report.fixed.device = c->executable.st_dev;
  report.fixed.inode = c->executable.st_ino;
  report.fixed.size = (uint64_t)c->executable.st_size;
  report.fixed.modified_ns = c->executable.st_mtim.tv_sec * 1000000000ll + c->executable.st_mtim.tv_nsec;
  report.fixed.changed_ns = c->executable.st_ctim.tv_sec * 1000000000ll + c->executable.st_ctim.tv_nsec;
  report.fixed.path_length = (uint32_t)strlen(c->path);
  memcpy(report.path, c->path, report.fixed.path_length);
  if (ak_message_send(c->gate, &report, sizeof report.fixed + report.fixed.path_length, NULL, 0)) _exit(125);
}

void child_report_mapped(const struct child *c) {
  struct ak_head mapped = {.version = AK_WIRE_VERSION, .type = AK_MAPPED, .session = c->plan->session};
  if (ak_message_send(c->gate, &mapped, sizeof mapped, NULL, 0)) _exit(125);
}
