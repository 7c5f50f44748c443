/* The monitor's part of a launch: the client's descriptors, the checked context, the child, the region's way through. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/message.h"
#include "core/region.h"
#include "spawner/fault.h"
#include "spawner/monitor.h"

/* The client's one HELLO waits in the socket already: it was sent before the broker heard of this launch. */
static int take_hello(struct monitor *m, struct child *c) {
  int fds[AK_DESCRIPTORS_MAX];
  struct ak_hello hello;
  size_t count, next = 0;
  int forced = AK_FAULT(AK_STAGE_HELLO);
  if (forced) return forced;
  ssize_t n = ak_message_receive(m->control, &hello, sizeof hello, fds, AK_DESCRIPTORS_MAX, &count);
  if (n < 0) return (int)-n;
  size_t expected = 2;
  for (int i = 0; i < 3; i++) expected += (hello.open_stdio >> i) & 1;
  if (n != (ssize_t)sizeof hello || hello.head.version != AK_WIRE_VERSION || hello.head.type != AK_HELLO || hello.open_stdio > 7 ||
      count != expected) {
    ak_descriptors_close(fds, count);
    return EPROTO;
  }
  for (int i = 0; i < 3; i++) c->stdio[i] = (hello.open_stdio >> i) & 1 ? fds[next++] : -1;
  c->directory = fds[next++];
  c->context_fd = fds[next];
  return 0;
}

/* The broker decided on a context; the client sent one. They must be the same file, or the broker (or the client) cheats. */
static int check_context(const struct monitor *m, const struct child *c) {
  struct stat facts;
  int forced = AK_FAULT(AK_STAGE_CONTEXT);
  if (forced) return forced;
  if (fstat(c->context_fd, &facts)) return errno;
  if (facts.st_dev != m->in->plan->context_device || facts.st_ino != m->in->plan->context_inode) return ESTALE;
  int seals = fcntl(c->context_fd, F_GET_SEALS);
  return seals >= 0 && (seals & AK_CONTEXT_SEALS) == AK_CONTEXT_SEALS ? 0 : EPERM;
}

static int fork_child(struct monitor *m, struct child *c) {
  int marks[2], gate[2];
  int forced = AK_FAULT(AK_STAGE_FORK);
  if (forced) return forced;
  if (pipe2(marks, O_CLOEXEC)) return errno;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate)) return errno;
  m->child = fork();
  if (m->child < 0) return errno;
  if (m->child == 0) {
    close(marks[0]);
    close(gate[0]);
    close(m->control);
    close(m->link);
    close(m->events);
    close(m->in->session_directory);
    c->marks = marks[1];
    c->gate = gate[1];
    child_run(c);
  }
  close(marks[1]);
  close(gate[1]);
  m->marks = marks[0];
  m->gate = gate[0];
  m->stage = AK_STAGE_FORK;
  return fcntl(m->marks, F_SETFL, O_NONBLOCK) ? errno : 0;
}

int monitor_launch(struct monitor *m) {
  static struct child c;
  const struct monitor_input *in = m->in;
  uint32_t stage = AK_STAGE_HELLO;
  c = (struct child){.plan = in->plan, .socket_entry = in->socket_entry, .uid = in->uid, .gid = in->gid, .groups = in->groups,
                     .group_count = in->group_count, .take_no_new_privs = in->take_no_new_privs, .stdio = {-1, -1, -1}, .directory = -1,
                     .context_fd = -1};
  int bad = take_hello(m, &c);
  if (!bad) {
    stage = AK_STAGE_CONTEXT;
    bad = check_context(m, &c);
  }
  if (!bad) {
    stage = AK_STAGE_FORK;
    bad = fork_child(m, &c);
  }
  /* Copies of the caller's descriptors would keep its pipes open after the agent has closed them. */
  ak_descriptors_close(c.stdio, 3);
  if (c.directory >= 0) close(c.directory);
  if (c.context_fd >= 0) close(c.context_fd);
  if (bad) monitor_report_failure(m, stage, bad);
  return bad ? -1 : 0;
}

/* A child that has died takes no message; what it died of stands in its marks, which end with it and are read next. */
static int is_dead_end(int bad) { return bad == -EPIPE || bad == -ECONNRESET; }

void monitor_deliver(struct monitor *m, const struct ak_commit *commit, int fd) {
  int bad = -AK_FAULT(AK_STAGE_DELIVER), is_second = m->region_fd >= 0;
  /* A spawner never sends two; the first must not be lost unwiped all the same. */
  monitor_wipe(m);
  m->region_fd = fd;
  if (!bad && (is_second || !m->is_prepared || m->is_going)) bad = -EPROTO;
  if (!bad && m->gate >= 0) bad = ak_message_send(m->gate, commit, sizeof *commit, &fd, fd >= 0 ? 1 : 0);
  if (bad && !is_dead_end(bad)) monitor_report_failure(m, AK_STAGE_DELIVER, -bad);
  /* Nobody is left who could take it. */
  if (m->has_failed || m->has_ended) monitor_wipe(m);
}

void monitor_go(struct monitor *m, const struct ak_head *go) {
  if (m->has_failed) return;
  m->is_going = 1;
  int bad = m->gate >= 0 ? ak_message_send(m->gate, go, sizeof *go, NULL, 0) : 0;
  if (bad && !is_dead_end(bad)) monitor_report_failure(m, AK_STAGE_DELIVER, -bad);
}

void monitor_wipe(struct monitor *m) {
  if (m->region_fd < 0) return;
  struct ak_region region;
  if (ak_region_map(&region, m->region_fd) == 0) {
    ak_region_wipe(&region);
    ak_region_unmap(&region);
  }
  close(m->region_fd);
  m->region_fd = -1;
}
