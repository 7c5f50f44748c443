/* The monitor: waits on client, spawner and agent; session leader, keeper of the delivered region and of the exit status. */
#include "spawner/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/message.h"

static struct ak_head head(const struct monitor *m, uint16_t type) {
  return (struct ak_head){.version = AK_WIRE_VERSION, .type = type, .session = m->in->plan->session};
}

static void drop(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* A closed socket loses the news and nothing else: each of the few messages of a session fits its buffer. A client that has filled its
   own must not hold up the session: the agent would run on unreaped, and the broker would never hear that it had started. */
static int tell(int fd, const void *bytes, size_t length) {
  return fd >= 0 && ak_message_try(fd, bytes, length, NULL, 0) == 0;
}

void monitor_report_failure(struct monitor *m, uint32_t stage, int error) {
  if (m->has_failed) return;
  m->has_failed = 1;
  drop(&m->gate);
  monitor_wipe(m);
  struct ak_failed failed = {.head = head(m, AK_FAILED), .stage = stage, .error = error};
  tell(m->link, &failed, sizeof failed);
}

/* End of file on the marks: either exec closed the pipe, or the child died; a bare end of file cannot tell. PF_FORKNOEXEC (0x40) in
   its flags can: exec takes it away before it closes the pipe. The child is not reaped yet, so the number is still its own. */
static int child_has_execed(int pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (n <= 0) return 0;
  text[n] = 0;
  unsigned long flags = 0x40;
  char *name_end = strrchr(text, ')'); /* the name itself may contain anything */
  if (name_end) sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %lu", &flags);
  return !(flags & 0x40);
}

/* The group is named by its leader, which is ours and not yet reaped, so the number cannot have been given to anyone else. */
static void signal_group(const struct monitor *m, int number) {
  if (m->has_execed && !m->has_ended && m->child > 1) kill(-m->child, number);
}

/* The client is gone. To a running agent that is a hang-up, no more. */
static void hang_up(struct monitor *m) {
  m->has_hung_up = 1;
  signal_group(m, SIGHUP);
  signal_group(m, SIGCONT);
}

/* An agent that stops itself, as on ^Z, must stop its client too: the shell waits for the one that it knows. */
static void tell_stop(const struct monitor *m) {
  siginfo_t state;
  memset(&state, 0, sizeof state);
  if (m->has_ended || waitid(P_PID, (id_t)m->child, &state, WSTOPPED | WNOHANG) || state.si_pid == 0) return;
  struct ak_exited stopped = {.head = head(m, AK_STOPPED), .status = state.si_status, .pid = m->child};
  tell(m->control, &stopped, sizeof stopped);
}

static void on_exec(struct monitor *m) {
  m->has_execed = 1;
  drop(&m->gate);
  monitor_wipe(m);
  struct ak_exited started = {.head = head(m, AK_STARTED), .pid = m->child};
  tell(m->control, &started, sizeof started);
  started.head.type = AK_EXECED;
  tell(m->link, &started, sizeof started);
  /* What came while exec was under way: a signal for the agent, the client's end, or the agent's own stop right after it. */
  if (m->early_signal) signal_group(m, m->early_signal);
  if (m->has_hung_up) hang_up(m);
  tell_stop(m);
  monitor_open_door(m);
}

static void on_marks(struct monitor *m) {
  struct ak_mark record;
  ssize_t n = read(m->marks, &record, sizeof record);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n == (ssize_t)sizeof record) {
    m->stage = record.stage;
    m->stage_error = record.error;
    return;
  }
  drop(&m->marks);
  if (m->stage == AK_STAGE_EXEC && !m->stage_error && child_has_execed(m->child))
    on_exec(m);
  else
    monitor_report_failure(m, m->stage, m->stage_error);
}

/* The child's own words: prepared (with what it resolved) and mapped. Passed on with the pids that only we know. */
static void on_gate(struct monitor *m) {
  unsigned char bytes[sizeof(struct ak_prepared) + AK_PATH_BYTES];
  size_t count;
  ssize_t n = ak_message_receive(m->gate, bytes, sizeof bytes, NULL, 0, &count);
  if (n == -EAGAIN) return;
  if (n < (ssize_t)sizeof(struct ak_head)) {
    drop(&m->gate);
    return;
  }
  struct ak_head *word = (struct ak_head *)bytes;
  if (word->type == AK_PREPARED && !m->is_prepared && n >= (ssize_t)sizeof(struct ak_prepared)) {
    struct ak_prepared *prepared = (struct ak_prepared *)bytes;
    prepared->pid = m->child;
    prepared->monitor_pid = getpid();
    m->is_prepared = 1;
    tell(m->link, bytes, (size_t)n);
  } else if (word->type == AK_MAPPED && m->region_fd >= 0) {
    tell(m->link, bytes, sizeof *word);
  }
}

static void give_up(struct monitor *m) {
  if (m->is_going || m->has_execed) return;
  monitor_report_failure(m, m->stage, ECANCELED);
}

static void on_link(struct monitor *m) {
  union {
    struct ak_head head;
    struct ak_commit commit;
    unsigned char bytes[64];
  } word;
  int fd = -1;
  size_t count;
  ssize_t n = ak_message_receive(m->link, &word, sizeof word, &fd, 1, &count);
  if (n == -EAGAIN) return;
  if (n < (ssize_t)sizeof word.head) {
    /* The spawner is gone. Before the go nothing may start; after it the agent goes on. */
    drop(&m->link);
    give_up(m);
  } else if (word.head.type == AK_COMMIT && n == (ssize_t)sizeof word.commit) {
    monitor_deliver(m, &word.commit, fd);
    fd = -1;
  } else if (word.head.type == AK_GO) {
    monitor_go(m, &word.head);
  } else if (word.head.type == AK_ABORT) {
    give_up(m);
  }
  drop(&fd);
}

static int is_forwardable(int number) {
  switch (number) {
    case SIGHUP: case SIGINT: case SIGQUIT: case SIGUSR1: case SIGUSR2: case SIGALRM: case SIGTERM: case SIGCONT: case SIGTSTP:
    case SIGWINCH: case SIGVTALRM: case SIGPROF: case SIGIO:
      return 1;
    default:
      return 0;
  }
}

static void on_control(struct monitor *m) {
  struct ak_signal word;
  size_t count;
  ssize_t n = ak_message_receive(m->control, &word, sizeof word, NULL, 0, &count);
  if (n == -EAGAIN) return;
  if (n == (ssize_t)sizeof word && word.head.type == AK_SIGNAL) {
    if (is_forwardable(word.number) && m->is_going && !m->has_execed) m->early_signal = word.number;
    if (is_forwardable(word.number)) signal_group(m, word.number);
    return;
  }
  drop(&m->control);
  give_up(m);
  hang_up(m);
}

static void on_ended(struct monitor *m, int status) {
  m->has_ended = 1;
  monitor_wipe(m);
  if (!m->has_execed) {
    monitor_report_failure(m, m->stage, m->stage_error);
  } else {
    struct ak_exited ended = {.head = head(m, AK_ENDED), .status = status, .pid = m->child};
    tell(m->control, &ended, sizeof ended);
    ended.head.type = AK_EXITED;
    m->status = status;
    m->has_told_end = tell(m->link, &ended, sizeof ended);
  }
  drop(&m->control);
}

/* 1 while the agent or anything that it left behind is alive: orphans come to us, the subreaper. */
static int reap(struct monitor *m) {
  struct signalfd_siginfo ignored;
  while (read(m->events, &ignored, sizeof ignored) > 0) continue;
  if (m->has_execed) tell_stop(m);
  for (;;) {
    siginfo_t state;
    memset(&state, 0, sizeof state);
    if (waitid(P_ALL, 0, &state, WEXITED | WNOHANG | WNOWAIT)) return errno != ECHILD;
    if (state.si_pid == 0) return 1;
    int status;
    /* What exec left in the pipe is read before the leader's number is given back. */
    if (state.si_pid == m->child)
      while (m->marks >= 0) on_marks(m);
    if (waitpid(state.si_pid, &status, 0) == m->child) on_ended(m, status);
  }
}

static void watch(struct monitor *m) {
  for (int alive = 1; alive;) {
    struct pollfd on[] = {{m->control, POLLIN, 0}, {m->link, POLLIN, 0}, {m->marks, POLLIN, 0},
                          {m->gate, POLLIN, 0},    {m->events, POLLIN, 0}, {m->door, POLLIN, 0}};
    if (poll(on, 6, -1) < 0) continue;
    if (on[3].revents) on_gate(m);
    if (on[2].revents && m->marks >= 0) on_marks(m);
    if (on[1].revents && m->link >= 0) on_link(m);
    if (on[0].revents && m->control >= 0) on_control(m);
    /* After the link: a spawner that has died makes room first. */
    if (on[5].revents) monitor_answer_door(m);
    if (on[4].revents) alive = reap(m);
  }
}

_Noreturn void monitor_run(const struct monitor_input *in) {
  struct monitor m = {.in = in, .control = in->control, .link = in->link, .gate = -1, .marks = -1, .door = -1, .region_fd = -1};
  sigset_t all, only_child;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  sigemptyset(&only_child);
  sigaddset(&only_child, SIGCHLD);
  m.events = signalfd(-1, &only_child, SFD_CLOEXEC | SFD_NONBLOCK);
  prctl(PR_SET_NAME, "agentkeys-mon");
  if (m.events < 0 || setsid() < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) {
    monitor_report_failure(&m, AK_STAGE_MONITOR, errno);
    _exit(1);
  }
  if (monitor_launch(&m)) _exit(1);
  watch(&m);
  monitor_close_door(&m);
  _exit(0);
}
