/* What the broker may ask for, in the only order in which it may ask: prepare, commit, go. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/message.h"
#include "spawner/fault.h"
#include "spawner/monitor.h"
#include "spawner/spawner.h"

void launch_refuse(struct spawner *s, uint64_t session, uint32_t stage, int error) {
  struct ak_failed failed = {.head = {.version = AK_WIRE_VERSION, .type = AK_FAILED, .session = session}, .stage = stage, .error = error};
  tell_broker(s, &failed, sizeof failed);
}

_Noreturn static void give_up_monitor(const struct ak_plan *plan, int link) {
  struct ak_failed failed = {
      .head = {.version = AK_WIRE_VERSION, .type = AK_FAILED, .session = plan->session}, .stage = AK_STAGE_MONITOR, .error = errno};
  ak_message_send(link, &failed, sizeof failed, NULL, 0);
  _exit(1);
}

/* Everything of the spawner is closed but the two sockets of this session; 0, 1 and 2 are /dev/null. */
_Noreturn static void become_monitor(const struct spawner *s, const struct ak_plan *plan, const struct authority *who, int control, int link) {
  struct monitor_input in = {.plan = plan,
                             .socket_entry = s->socket_entry,
                             .uid = who->uid,
                             .gid = who->gid,
                             .groups = who->groups,
                             .group_count = who->group_count,
                             .take_no_new_privs = who->take_no_new_privs};
  int held_control = fcntl(control, F_DUPFD_CLOEXEC, 10), held_link = fcntl(link, F_DUPFD_CLOEXEC, 10);
  int held_directory = fcntl(s->session_directory, F_DUPFD_CLOEXEC, 10);
  /* The table may be full: then the caller reads that, and not that a monitor has gone. */
  if (held_control < 0 || held_link < 0 || held_directory < 0) give_up_monitor(plan, link);
  for (int i = 0; i < 3; i++)
    if (dup2(s->null_fd, i) < 0) _exit(1);
  in.control = dup2(held_control, 3);
  in.link = dup2(held_link, 4);
  in.session_directory = dup2(held_directory, 5);
  if (in.control < 0 || in.link < 0 || in.session_directory < 0) _exit(1);
  if (syscall(SYS_close_range, 6u, ~0u, 0u)) _exit(1);
  for (int fd = 3; fd < 6; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
  monitor_run(&in);
}

static int fork_monitor(struct spawner *s, const struct ak_plan *plan, const struct authority *who, int control) {
  int pair[2];
  int forced = AK_FAULT(AK_STAGE_MONITOR);
  if (forced) return forced;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair)) return errno;
  struct session *session = session_add(s, plan->session, plan->label, plan->label_length);
  pid_t pid = session ? fork() : -1;
  int fork_error = errno;
  if (pid == 0) become_monitor(s, plan, who, control, pair[1]);
  close(pair[1]);
  if (!session) {
    close(pair[0]);
    return ENOMEM;
  }
  session->link = pair[0];
  session->monitor = pid;
  struct epoll_event on = {.events = EPOLLIN, .data.ptr = session};
  if (pid > 0 && epoll_ctl(s->poller, EPOLL_CTL_ADD, session->link, &on) == 0) return 0;
  int bad = pid < 0 ? fork_error : errno;
  /* The reason goes first: the broker forgets a session that is gone. */
  launch_refuse(s, session->id, AK_STAGE_MONITOR, bad);
  session_remove(s, session);
  return 0;
}

void launch_prepare(struct spawner *s, const unsigned char *bytes, size_t length, int control) {
  static struct authority who;
  struct ak_plan plan;
  const struct ak_head *head = (const struct ak_head *)bytes;
  uint32_t stage;
  memset(&who, 0, sizeof who);
  int bad = authority_read(s, control, &who, &stage);
  if (!bad) {
    stage = AK_STAGE_PLAN;
    bad = AK_FAULT(AK_STAGE_PLAN);
    if (!bad) bad = -ak_plan_parse(bytes, length, &plan);
    if (!bad && (plan.session == 0 || session_find(s, plan.session))) bad = EEXIST;
  }
  if (!bad) {
    stage = AK_STAGE_MONITOR;
    bad = fork_monitor(s, &plan, &who, control);
  }
  if (bad) launch_refuse(s, head->session, stage, bad);
}

/* A step out of order: the session, if there is one, is given up. */
static struct session *require_phase(struct spawner *s, uint64_t id, enum phase phase) {
  struct session *session = session_find(s, id);
  if (session && session->phase == phase) return session;
  launch_refuse(s, id, AK_STAGE_PLAN, EPROTO);
  if (session && session->phase < AK_RUNNING) session_remove(s, session);
  return NULL;
}

static int pass_on(struct spawner *s, struct session *session, const void *bytes, size_t length, int fd) {
  int bad = ak_message_send(session->link, bytes, length, &fd, fd >= 0 ? 1 : 0);
  if (!bad) return 0;
  /* The monitor has ended; why stands in its last words, which are still to be read from this very link. */
  if (bad == -EPIPE || bad == -ECONNRESET) return bad;
  launch_refuse(s, session->id, AK_STAGE_DELIVER, -bad);
  session_remove(s, session);
  return bad;
}

void launch_commit(struct spawner *s, const unsigned char *bytes, size_t length, int fd) {
  struct ak_commit commit;
  if (length != sizeof commit) return;
  memcpy(&commit, bytes, sizeof commit);
  struct session *session = require_phase(s, commit.head.session, AK_PREPARED_PHASE);
  /* The caller closes fd when we return: from then on the monitor is the only one outside the child that holds the region. */
  if (session && pass_on(s, session, &commit, sizeof commit, fd) == 0) session->phase = AK_COMMITTED;
}

void launch_go(struct spawner *s, const struct ak_head *head) {
  struct session *session = require_phase(s, head->session, AK_COMMITTED);
  if (session && pass_on(s, session, head, sizeof *head, -1) == 0) session->phase = AK_RUNNING;
}

void launch_abort(struct spawner *s, const struct ak_head *head) {
  struct session *session = session_find(s, head->session);
  if (session && session->phase < AK_RUNNING) session_remove(s, session);
}
