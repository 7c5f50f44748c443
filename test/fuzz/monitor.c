/* A spawner, a client and a child that say anything to the monitor: on_link, on_control, on_gate, on_marks. No signal goes astray. */
/* links: spawner/plan.c spawner/monitor-launch.c spawner/monitor-door.c core/names.c core/message.c core/region.c core/wipe.c */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "spawner/monitor.h"

static const struct monitor *judged;
static int fuzz_kill(int group, int number);

#define kill(group, number) fuzz_kill(group, number)
#include "spawner/monitor.c"
#undef kill

static int fuzz_kill(int group, int number) {
  DEMAND(group == -judged->child && judged->has_execed && !judged->has_ended);
  DEMAND(is_forwardable(number));
  return 0;
}

void child_run(struct child *child) { (void)child, abort(); }

static struct ak_plan plan = {.session = 9, .label = "label", .label_length = 5};

/* A region with something in it, and a second descriptor that the harness looks through at the end. */
static int make_region(int *watched) {
  struct ak_region region;
  DEMAND(ak_region_create(&region, 64, 1) == 0);
  memset(region.address, 0x5a, 64);
  ak_region_unmap(&region);
  *watched = dup(region.fd);
  return region.fd;
}

static int is_wiped(int fd) {
  unsigned char bytes[64];
  DEMAND(pread(fd, bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; i++)
    if (bytes[i]) return 0;
  return 1;
}

static void say(int to, struct input *in, const uint16_t *types, size_t type_count, int fd) {
  union {
    struct ak_head head;
    struct ak_signal signal;
    unsigned char bytes[sizeof(struct ak_prepared) + 64];
  } word;
  memset(&word, 0, sizeof word);
  uint8_t mode = take_byte(in);
  word.head = (struct ak_head){.version = AK_WIRE_VERSION, .type = types[mode % type_count], .session = 9};
  size_t length = mode & 128 ? take_byte(in) : word.head.type == AK_PREPARED ? sizeof(struct ak_prepared) : 24;
  if (length > sizeof word.bytes) length = sizeof word.bytes;
  if (word.head.type == AK_SIGNAL) word.signal.number = (int8_t)take_byte(in);
  if (to >= 0 && length > 0) ak_message_try(to, word.bytes, length, &fd, fd >= 0);
}

static void say_mark(int to, struct input *in) {
  struct ak_mark mark = {.stage = take_byte(in), .error = (int8_t)take_byte(in)};
  if (to >= 0 && write(to, &mark, sizeof mark) != (ssize_t)sizeof mark) return;
}

struct ends {
  int link, control, gate, marks;
};

static void hear_all(struct monitor *m) {
  if (m->gate >= 0) on_gate(m);
  if (m->marks >= 0) on_marks(m);
  if (m->link >= 0) on_link(m);
  if (m->control >= 0) on_control(m);
}

static void turn(struct monitor *m, struct ends *ends, struct input *in, int *watched) {
  static const uint16_t orders[] = {AK_COMMIT, AK_GO, AK_ABORT, AK_HELLO}, signals[] = {AK_SIGNAL, AK_SIGNAL, AK_HELLO},
                        words[] = {AK_PREPARED, AK_MAPPED, AK_GONE};
  uint8_t what = take_byte(in);
  int region = -1, *closed[] = {&ends->link, &ends->control, &ends->gate, &ends->marks};
  switch (what % 8) {
    case 0:
      if (*watched < 0) region = make_region(watched);
      /* fall through */
    case 1:
      say(ends->link, in, orders, 4, region);
      break;
    case 2: say(ends->control, in, signals, 3, -1); break;
    case 3: say(ends->gate, in, words, 3, -1); break;
    case 4: say_mark(ends->marks, in); break;
    case 5: drop(closed[what / 8 % 4]); break;
    case 6:
      if (!m->has_ended && what & 64) on_ended(m, what);
      break;
    default: break;
  }
  drop(&region);
  hear_all(m);
}

static void open_ends(struct monitor *m, struct ends *ends) {
  int pair[2], type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
  DEMAND(socketpair(AF_UNIX, type, 0, pair) == 0);
  m->link = pair[0], ends->link = pair[1];
  DEMAND(socketpair(AF_UNIX, type, 0, pair) == 0);
  m->control = pair[0], ends->control = pair[1];
  DEMAND(socketpair(AF_UNIX, type, 0, pair) == 0);
  m->gate = pair[0], ends->gate = pair[1];
  DEMAND(pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0);
  m->marks = pair[0], ends->marks = pair[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  struct descriptors before;
  struct monitor_input origin = {.plan = &plan, .session_directory = -1};
  struct monitor m = {.in = &origin, .events = -1, .door = -1, .region_fd = -1, .child = getpid(), .stage = AK_STAGE_FORK};
  struct ends ends;
  int watched = -1, was_held = 0;
  descriptors_look(&before);
  open_ends(&m, &ends);
  judged = &m;
  for (int i = 0; in.left > 0 && i < 100; i++) {
    turn(&m, &ends, &in, &watched);
    was_held = was_held || m.region_fd >= 0;
  }
  /* The agent ends, as every agent does: nothing of a delivered region may be left. */
  if (!m.has_ended) on_ended(&m, 0);
  DEMAND(m.region_fd < 0);
  drop(&m.link), drop(&m.control), drop(&m.gate), drop(&m.marks);
  drop(&ends.link), drop(&ends.control), drop(&ends.gate), drop(&ends.marks);
  DEMAND(!was_held || is_wiped(watched));
  drop(&watched);
  DEMAND(descriptors_are(&before));
  return 0;
}
