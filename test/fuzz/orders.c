/* A broker and monitors that say anything in any order to the spawner: hear_broker, session_hear. A monitor hears commit, then go. */
/* links: spawner/plan.c spawner/sessions.c core/names.c core/message.c */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"

#define MOST_MONITORS 16

static struct {
  int fd; /* the monitor's end; -1: closed by it */
  int has_prepared, commits, gos;
} monitors[MOST_MONITORS];
static int monitor_count;

/* The monitor's end is kept before the spawner closes its own copy. */
static int fuzz_socketpair(int domain, int type, int protocol, int pair[2]) {
  if (monitor_count == MOST_MONITORS) return errno = EMFILE, -1;
  int bad = socketpair(domain, type, protocol, pair);
  if (!bad) {
    memset(&monitors[monitor_count], 0, sizeof monitors[0]);
    monitors[monitor_count++].fd = dup(pair[1]);
  }
  return bad;
}

#define fork() ((pid_t)1000000)
#include "core/message.h"
#include "spawner/monitor.h"
#include "spawner/spawner.h"
#define socketpair fuzz_socketpair
#include "spawner/launch.c"
#undef socketpair
#define main spawner_main
#include "spawner/main.c"
#undef main

int boot_prepare(struct spawner *s) { return (void)s, 1; }
void boot_complain(const char *message, const char *what, const char *hint) { (void)message, (void)what, (void)hint; }
int broker_start(struct spawner *s) { return (void)s, 1; }
void broker_hear_voice(struct spawner *s) { (void)s; }
int broker_after_death(struct spawner *s, int status) { return (void)s, status; }
void adopt_sessions(struct spawner *s) { (void)s; }
void monitor_run(const struct monitor_input *in) { (void)in, abort(); }

int authority_read(const struct spawner *s, int control, struct authority *out, uint32_t *stage) {
  (void)s, (void)out;
  *stage = AK_STAGE_AUTHORITY;
  return control < 0 ? EBADF : 0;
}

/* Prepare with one secret and a label, commit, go, abort, ready, or what the input says. */
static void say_to_spawner(int broker, struct input *in) {
  union {
    struct ak_head head;
    struct ak_prepare prepare;
    struct ak_commit commit;
    unsigned char bytes[256];
  } word;
  static const uint16_t types[] = {AK_PREPARE, AK_COMMIT, AK_GO, AK_ABORT, AK_READY, AK_STOP, 6, 255};
  memset(&word, 0, sizeof word);
  uint8_t mode = take_byte(in);
  int fd = mode & 16 ? STDIN_FILENO : -1;
  size_t length = sizeof word.head;
  word.head.version = AK_WIRE_VERSION;
  word.head.type = types[mode % 8];
  word.head.session = take_byte(in) % 4;
  if (word.head.type == AK_PREPARE) {
    word.prepare.open_files = word.prepare.core = AK_LIMIT_ABSENT;
    word.prepare.file_mode_mask = AK_MASK_ABSENT;
    word.prepare.secret_count = 1;
    word.prepare.strings_length = 2;
    word.prepare.label_length = take_byte(in) % 64;
    word.bytes[sizeof word.prepare] = 'A';
    length = sizeof word.prepare + 2 + word.prepare.label_length;
  }
  if (word.head.type == AK_COMMIT) length = sizeof word.commit;
  if (mode & 32) {
    size_t n;
    const uint8_t *raw = take_bytes(in, take_byte(in) % sizeof word.bytes, &n);
    memcpy(word.bytes, raw, n);
    length = n ? n : 1;
  }
  DEMAND(ak_message_try(broker, word.bytes, length, &fd, fd >= 0) == 0);
}

static void say_as_monitor(struct spawner *s, struct input *in) {
  if (monitor_count == 0) return;
  int which = take_byte(in) % monitor_count, fd = monitors[which].fd;
  struct session *session = s->sessions;
  union {
    struct ak_head head;
    unsigned char bytes[sizeof(struct ak_prepared) + 64];
  } word;
  static const uint16_t types[] = {AK_PREPARED, AK_FAILED, AK_MAPPED, AK_EXECED, AK_EXITED, AK_GONE, AK_SESSION, AK_GO};
  static const size_t lengths[] = {sizeof(struct ak_prepared), sizeof(struct ak_failed), 16, sizeof(struct ak_exited),
                                   sizeof(struct ak_exited),   16,                       32, 16};
  memset(&word, 0, sizeof word);
  uint8_t mode = take_byte(in);
  word.head = (struct ak_head){.version = AK_WIRE_VERSION, .type = types[mode % 8], .session = take_byte(in) % 4};
  size_t length = mode & 16 ? take_byte(in) % sizeof word.bytes : lengths[mode % 8];
  if (mode & 32 && fd >= 0) {
    close(fd);
    monitors[which].fd = -1;
  } else if (fd >= 0 && length > 0) {
    ak_message_try(fd, word.bytes, length, NULL, 0);
  }
  for (struct session *next; session; session = next) {
    next = session->next;
    session_hear(s, session);
  }
}

/* The broker reads everything; monitors hear at most one commit, and a go only behind it. */
static void listen_to_spawner(int broker) {
  unsigned char bytes[sizeof(struct ak_session) + AK_LABEL_MAX] __attribute__((aligned(8)));
  int held[1];
  size_t count;
  while (ak_message_receive(broker, bytes, sizeof bytes, NULL, 0, &count) > 0) {
    const struct ak_head *head = (const struct ak_head *)bytes;
    DEMAND(head->version == AK_WIRE_VERSION && head->type >= AK_PREPARED && head->type <= AK_READY);
  }
  for (int i = 0; i < monitor_count; i++)
    while (monitors[i].fd >= 0 && ak_message_receive(monitors[i].fd, bytes, sizeof bytes, held, 1, &count) > 0) {
      const struct ak_head *head = (const struct ak_head *)bytes;
      if (count) close(held[0]);
      DEMAND(head->type == AK_COMMIT || head->type == AK_GO);
      if (head->type == AK_COMMIT) DEMAND(++monitors[i].commits == 1 && monitors[i].gos == 0);
      if (head->type == AK_GO) DEMAND(++monitors[i].gos == 1 && monitors[i].commits == 1 && count == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  struct descriptors before;
  int pair[2];
  descriptors_look(&before);
  struct spawner *s = calloc(1, sizeof *s);
  DEMAND(s && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
  s->broker_link = pair[0];
  s->poller = epoll_create1(EPOLL_CLOEXEC);
  s->is_listening = 1;
  s->null_fd = -1;
  monitor_count = 0;
  for (int turn = 0; in.left > 0 && turn < 200 && s->broker_link >= 0; turn++) {
    if (take_byte(&in) & 1) {
      say_to_spawner(pair[1], &in);
      hear_broker(s);
    } else {
      say_as_monitor(s, &in);
    }
    listen_to_spawner(pair[1]);
  }
  while (s->sessions) session_remove(s, s->sessions);
  for (int i = 0; i < monitor_count; i++)
    if (monitors[i].fd >= 0) close(monitors[i].fd);
  if (s->broker_link >= 0) close(s->broker_link);
  close(pair[1]);
  close(s->poller);
  free(s);
  DEMAND(descriptors_are(&before));
  return 0;
}
