/* What the spawner says to a child before its exec: child_await and take_region. Input: planned names, then messages. */
/* links: spawner/plan.c core/names.c core/message.c core/region.c core/wipe.c core/context.c */
#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "spawner/child.h"

static jmp_buf leave;

#define _exit(code) longjmp(leave, 1)
#include "spawner/gate.c"
#define child_run fuzz_child_run
#include "spawner/child.c"
#undef _exit

int child_take_groups(struct child *c) { return (void)c, 0; }
int child_take_user(struct child *c) { return (void)c, 0; }
int child_resolve(struct child *c) { return (void)c, 0; }
int child_build_arguments(struct child *c) { return (void)c, 0; }
int child_build_environment(struct child *c) { return (void)c, 0; }
int child_take_limits(struct child *c) { return (void)c, 0; }
int child_check_open_files(struct child *c) { return (void)c, 0; }
int child_check_core(struct child *c) { return (void)c, 0; }

/* A file of the sort that the byte names: a region, one that can shrink, one of half a page, no memory at all. */
static int make_file(uint8_t kind) {
  struct ak_region region;
  if (kind % 4 == 0 && ak_region_create(&region, 1 + kind * 64u, kind & 4) == 0) {
    ak_region_unmap(&region);
    return region.fd;
  }
  int fd = memfd_create("region", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  DEMAND(fd >= 0 && ftruncate(fd, kind % 4 == 2 ? 2048 : 4096) == 0);
  if (kind % 4 == 2) DEMAND(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
  return fd;
}

static void send_message(int to, struct input *in) {
  uint8_t mode = take_byte(in);
  struct ak_commit word = {.head = {.version = AK_WIRE_VERSION, .type = mode & 1 ? AK_COMMIT : AK_GO, .session = 7}};
  size_t length = mode & 1 ? sizeof word : sizeof word.head;
  word.count = take_byte(in) % 4;
  word.length = (uint32_t)take_byte(in) * (mode & 2 ? 1u : 64u);
  if (mode & 4) word.head.type = (uint16_t)take_byte(in);
  if (mode & 8) word.head.session = take_byte(in);
  if (mode & 16) length = take_byte(in) % (sizeof word + 1);
  int fd = mode & 32 ? make_file(take_byte(in)) : -1;
  ak_message_send(to, &word, length, &fd, fd >= 0);
  if (fd >= 0) close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char names[] = "A\0B\0C";
  struct input in = {data, size};
  struct ak_plan plan = {.session = 7, .secrets = {.bytes = names, .count = take_byte(&in) % 4}};
  int pair[2], marks[2];
  DEMAND(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 && pipe2(marks, O_CLOEXEC) == 0);
  struct child *c = calloc(1, sizeof *c);
  DEMAND(c);
  c->plan = &plan;
  c->gate = pair[0];
  c->marks = marks[1];
  c->region.fd = -1;
  for (int i = 0; in.left > 0 && i < 4; i++) send_message(pair[1], &in);
  shutdown(pair[1], SHUT_WR);
  if (!setjmp(leave)) {
    take_region(c);
    /* It would go on to its exec: everything agrees with the plan. */
    DEMAND(c->region_count == plan.secrets.count && (c->region_count > 0) == (c->region.address != NULL));
    DEMAND(c->region_used <= c->region.length || c->region_count == 0);
  }
  ak_region_unmap(&c->region);
  free(c);
  /* What the child received goes with its process. */
  for (int fd = pair[0]; fd < pair[0] + 16; fd++) close(fd);
  return 0;
}
