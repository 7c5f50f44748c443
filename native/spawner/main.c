/* agentkeysd: takes the lock, listens, starts the broker, forks monitors for it, and reaps. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/message.h"
#include "spawner/fault.h"
#include "spawner/spawner.h"

static void stop(struct spawner *s) {
  struct ak_head word = {.version = AK_WIRE_VERSION, .type = AK_STOPPING};
  if (s->is_stopping) return;
  s->is_stopping = 1;
  /* The name goes first: whoever comes now finds no daemon instead of one that is leaving. */
  unlink(s->paths.socket);
  sessions_abandon_unstarted(s);
  tell_broker(s, &word, sizeof word);
}

static void close_broker_link(struct spawner *s) {
  epoll_ctl(s->poller, EPOLL_CTL_DEL, s->broker_link, NULL);
  close(s->broker_link);
  s->broker_link = -1;
}

/* The broker has its audit log and its memory. Whoever started us waits for this line: from here on a connection is answered. */
static void on_ready(struct spawner *s) {
  sessions_announce(s);
  if (s->is_listening) return;
  s->is_listening = 1;
  puts("listening");
  fflush(stdout);
  if (s->is_foreground) return;
  dup2(s->null_fd, 1);
  dup2(s->null_fd, 2);
}

static void hear_broker(struct spawner *s) {
  static unsigned char bytes[AK_MESSAGE_MAX] __attribute__((aligned(8)));
  int fd = -1;
  size_t count;
  ssize_t n = ak_message_receive(s->broker_link, bytes, sizeof bytes, &fd, 1, &count);
  if (n == -EAGAIN) return;
  if (n == -EPROTO) {
    /* No room for the descriptor that came along. The bytes are there all the same, and that launch alone fails. */
    launch_refuse(s, ((const struct ak_head *)bytes)->session, AK_STAGE_PLAN, EMFILE);
    return;
  }
  if (n <= 0) {
    close_broker_link(s); /* the broker's death follows as SIGCHLD */
    return;
  }
  const struct ak_head *head = (const struct ak_head *)bytes;
  if ((size_t)n < sizeof *head || head->version != AK_WIRE_VERSION) {
    /* A broker of another version, where the package was replaced while we ran: with neither side understood, callers would wait for
       ever. Brokers that end at once end the daemon, and the next one is of one version. SAFETY: the broker is our unreaped child. */
    if (s->broker > 0) kill(s->broker, SIGKILL);
  } else {
    if (head->type == AK_PREPARE) launch_prepare(s, bytes, (size_t)n, fd);
    else if (head->type == AK_COMMIT) launch_commit(s, bytes, (size_t)n, fd);
    else if (head->type == AK_GO) launch_go(s, head);
    else if (head->type == AK_ABORT) launch_abort(s, head);
    else if (head->type == AK_READY) on_ready(s);
    else if (head->type == AK_STOP) stop(s);
  }
  if (fd >= 0) close(fd);
}

/* -1 to go on, or the exit code. */
static int reap(struct spawner *s) {
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return -1;
    if (pid != s->broker) continue; /* monitors report over their links */
    if (s->broker_link >= 0) close_broker_link(s);
    int code = broker_after_death(s, status);
    if (s->is_stopping || code) return code;
  }
}

static int hear_signals(struct spawner *s) {
  struct signalfd_siginfo info;
  int code = -1;
  while (code < 0 && read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
    if (info.ssi_signo == SIGCHLD)
      code = reap(s);
    else if (info.ssi_signo != SIGUSR1 && info.ssi_signo != SIGUSR2) /* they mean nothing here, and must not end us */
      stop(s);
  }
  return code;
}

static int serve(struct spawner *s) {
  for (;;) {
    struct epoll_event ready[1]; /* one at a time: handling it may remove any other session */
    int n = epoll_wait(s->poller, ready, 1, s->is_stopping ? STUCK_MS : -1);
    if (n < 0 && errno != EINTR) return 1;
    /* A broker that does not answer the order to stop would keep the lock for ever, and every later daemon waiting for it. */
    if (n == 0 && s->broker > 0) kill(s->broker, SIGKILL);
    if (n < 1) continue;
    int code = -1;
    if (ready[0].data.ptr == &s->signals)
      code = hear_signals(s);
    else if (ready[0].data.ptr == &s->broker_link)
      hear_broker(s);
    else if (ready[0].data.ptr == &s->broker_voice)
      broker_hear_voice(s);
    else
      session_hear(s, ready[0].data.ptr);
    if (code >= 0) return code;
  }
}

/* A descriptor that the starter had closed is filled: the lock or a directory would land there, and later be /dev/null. */
static int fill_stdio(void) {
  for (int i = 0; i < 3; i++)
    if (fcntl(i, F_GETFD) < 0 && open("/dev/null", O_RDWR) != i) return -1;
  return 0;
}

/* Non-dumpable before anything is opened: nobody of the same uid attaches, reads descriptors or takes them. */
static int harden(void) {
  struct rlimit core;
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
  if (getrlimit(RLIMIT_CORE, &core)) return -1;
  core.rlim_cur = 0; /* the soft limit only: a lowered hard one could not be given back to agents */
  return setrlimit(RLIMIT_CORE, &core);
}

static int open_events(struct spawner *s) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_SETMASK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  s->poller = epoll_create1(EPOLL_CLOEXEC);
  s->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  struct epoll_event on = {.events = EPOLLIN, .data.ptr = &s->signals};
  if (s->signals < 0 || s->poller < 0 || s->null_fd < 0) return -1;
  return epoll_ctl(s->poller, EPOLL_CTL_ADD, s->signals, &on);
}

static int parse(struct spawner *s, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--foreground")) s->is_foreground = 1;
    else if (!strcmp(argv[i], "--memory=fallback")) s->force_fallback = 1;
#ifdef AGENTKEYS_FAULTS
    else if (!strncmp(argv[i], "--fault=", 8) && ak_fault_set(argv[i] + 8) == 0) continue;
#endif
    else {
      boot_complain("unknown option", argv[i], "agentkeysd [--foreground] [--memory=fallback]");
      return 2;
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  static struct spawner s = {.listener = -1, .broker_link = -1, .broker_voice = -1};
  if (fill_stdio()) return 1;
  int bad = parse(&s, argc, argv);
  if (bad) return bad;
  if (harden()) {
    boot_complain(strerror(errno), "the process cannot be protected", NULL);
    return 1;
  }
  bad = boot_prepare(&s);
  if (bad) return bad;
  if (open_events(&s) || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) || (adopt_sessions(&s), broker_start(&s))) {
    boot_complain(strerror(errno), "the daemon cannot start", NULL);
    unlink(s.paths.socket);
    return 1;
  }
  bad = serve(&s);
  if (!s.is_stopping) unlink(s.paths.socket);
  return bad;
}
