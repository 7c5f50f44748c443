/* The value steps: between the caller's descriptor and a pipe of the broker, through locked memory that is wiped. */
#include "client/step.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The broker's end of the pipe never blocks, and the flag belongs to the pipe: waiting is done here. 0 when there is no more point. */
static int may_retry(int fd, short events) {
  if (errno == EINTR) return 1;
  if (errno != EAGAIN) return 0;
  struct pollfd ready = {.fd = fd, .events = events};
  return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

ssize_t step_read(int fd, unsigned char *at, size_t room) {
  for (;;) {
    ssize_t n = read(fd, at, room);
    if (n >= 0 || !may_retry(fd, POLLIN)) return n;
  }
}

int step_write(int fd, const unsigned char *at, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, at, length);
    if (n < 0 && may_retry(fd, POLLOUT)) continue;
    if (n <= 0) return STEP_READER_GONE;
    at += n;
    length -= (size_t)n;
  }
  return STEP_OK;
}

/* Nobody attaches to this process or reads its memory while the value passes. */
int step_protect(struct ak_region *region, size_t bytes) {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || ak_region_create(region, bytes, 0) ? STEP_FAILED : STEP_OK;
}

void step_forget(struct ak_region *region) {
  ak_region_wipe(region);
  ak_region_drop(region);
}

/* One byte more than a value may have tells "too long" from "just fits". */
static int read_value(int fd, struct ak_region *region, size_t *length) {
  unsigned char *bytes = region->address;
  while (*length <= AK_VALUE_MAX) {
    ssize_t n = step_read(fd, bytes + *length, AK_VALUE_MAX + 1 - *length);
    if (n < 0) return STEP_UNREADABLE;
    if (n == 0) return *length == 0 ? STEP_EMPTY : STEP_OK;
    *length += (size_t)n;
  }
  return STEP_TOO_LONG;
}

static int copy(int from, int to, int has_advice) {
  struct ak_region region;
  size_t length = 0;
  if (step_protect(&region, AK_VALUE_MAX + 1)) return STEP_FAILED;
  int code = read_value(from, &region, &length);
  if (code == STEP_OK) code = step_write(to, region.address, length);
  if (code == STEP_OK && has_advice && ((unsigned char *)region.address)[length - 1] == '\n')
    fputs("agentkeys: note: the value ends with a newline, which is stored too; printf %s leaves it out, as does the prompt\n", stderr);
  step_forget(&region);
  return code;
}

int step_pour(int is_quiet) { return copy(0, AK_STEP_PIPE, !is_quiet); }

int step_drain(void) { return copy(AK_STEP_PIPE, 1, 0); }
