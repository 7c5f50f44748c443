/* The value steps: between the caller's descriptor and a pipe of the broker, through locked memory that is wiped. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "client/client.h"
#include "core/region.h"

#define VALUE_MAX 65535

enum { OK = 0, FAILED = 1, TOO_LONG = 3, EMPTY = 4, UNREADABLE = 5 };

/* The broker's end of the pipe never blocks, and the flag belongs to the pipe: waiting is done here. 0 when there is no more point. */
static int may_retry(int fd, short events) {
  if (errno == EINTR) return 1;
  if (errno != EAGAIN) return 0;
  struct pollfd ready = {.fd = fd, .events = events};
  return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

static ssize_t read_some(int fd, unsigned char *at, size_t room) {
  for (;;) {
    ssize_t n = read(fd, at, room);
    if (n >= 0 || !may_retry(fd, POLLIN)) return n;
  }
}

static int write_all(int fd, const unsigned char *at, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, at, length);
    if (n < 0 && may_retry(fd, POLLOUT)) continue;
    if (n <= 0) return FAILED;
    at += n;
    length -= (size_t)n;
  }
  return OK;
}

/* One byte more than a value may have tells "too long" from "just fits". */
static int read_value(int fd, struct ak_region *region, size_t *length) {
  unsigned char *bytes = region->address;
  while (*length <= VALUE_MAX) {
    ssize_t n = read_some(fd, bytes + *length, VALUE_MAX + 1 - *length);
    if (n < 0) return UNREADABLE;
    if (n == 0) return *length == 0 ? EMPTY : OK;
    *length += (size_t)n;
  }
  return TOO_LONG;
}

static int copy(int from, int to, int has_advice) {
  struct ak_region region;
  size_t length = 0;
  /* Nobody attaches to this process or reads its memory while the value passes. */
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || ak_region_create(&region, VALUE_MAX + 1, 0)) return FAILED;
  int code = read_value(from, &region, &length);
  if (code == OK) code = write_all(to, region.address, length);
  if (code == OK && has_advice && ((unsigned char *)region.address)[length - 1] == '\n')
    fputs("agentkeys: warning: the value ends with a newline, which was stored too; printf %s leaves it out\n", stderr);
  ak_region_wipe(&region);
  ak_region_drop(&region);
  return code;
}

int step_pour(void) { return copy(0, 3, 1); }

int step_drain(void) { return copy(3, 1, 0); }
