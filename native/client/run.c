/* `run`: sends the launch, forwards signals, ends as the agent ended. Never receives a credential byte. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/client.h"
#include "core/message.h"
#include "core/plan.h"

extern char **environ;

struct run {
  int request, control, signals;
  uint32_t open_stdio; /* bit n: the caller gave us descriptor n */
  int has_started, agent;
  uint64_t ignored; /* as the caller had it: bit n-1 for signal n */
  const char *command;
  struct reply reply;
};

static void add_list(struct text *t, const char *member, const char *const *values, size_t count) {
  text_add(t, member);
  text_add(t, ":[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) text_add(t, ",");
    text_add_string(t, values[i]);
  }
  text_add(t, "]");
}

static void describe(struct text *t, const struct run_options *o, int profile_file) {
  text_add(t, "{\"id\":1,\"verb\":\"launch\",\"body\":{");
  add_list(t, "\"with\"", o->with, o->with_count);
  add_list(t, ",\"env\"", o->env, o->env_count);
  if (o->profile && profile_file < 0) {
    text_add(t, ",\"profile\":");
    text_add_string(t, o->profile);
  }
  if (profile_file >= 0) {
    text_add(t, ",\"profileFile\":");
    text_add_string(t, o->profile);
  }
  if (o->agent_id) {
    text_add(t, ",\"agentId\":");
    text_add_string(t, o->agent_id);
  }
  text_add(t, "}}");
}

/* The client's own word to the monitor: what the agent gets from the caller goes past the broker. */
static int send_hello(int control, int context, uint32_t open_stdio) {
  struct ak_hello hello = {.head = {.version = AK_WIRE_VERSION, .type = AK_HELLO}, .open_stdio = open_stdio};
  int fds[5];
  size_t count = 0;
  for (int i = 0; i < 3; i++)
    if ((open_stdio >> i) & 1) fds[count++] = i;
  int directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -errno;
  fds[count++] = directory;
  fds[count++] = context;
  int bad = ak_message_send(control, &hello, sizeof hello, fds, count);
  close(directory);
  return bad;
}

static int send_launch(struct run *r, const struct run_options *o, int context, int profile_file) {
  int pair[2];
  struct text hello = {0}, launch = {0};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) return -errno;
  r->control = pair[0];
  int bad = send_hello(pair[0], context, r->open_stdio);
  text_add(&hello, "{\"hello\":{\"protocol\":1,\"client\":\"agentkeys\"}}");
  describe(&launch, o, profile_file);
  const int fds[] = {pair[1], context, profile_file};
  if (!bad) bad = frame_send(r->request, &hello, NULL, 0);
  if (!bad) bad = frame_send(r->request, &launch, fds, profile_file >= 0 ? 3 : 2);
  close(pair[1]);
  free(hello.bytes);
  free(launch.bytes);
  return bad;
}

/* Ends as the agent ended, so that a shell or a parent program sees the very same status. No core of ours is written over its. */
static int end_as(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  struct rlimit none = {0, 0};
  sigset_t set;
  int number = WTERMSIG(status);
  setrlimit(RLIMIT_CORE, &none);
  signal(number, SIG_DFL);
  sigemptyset(&set);
  sigaddset(&set, number);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  return 128 + number;
}

/* What a person typed after an equals sign may be a value that belonged elsewhere: only the name is shown. */
static const char *shown(const char *word) {
  size_t length = strcspn(word, "=");
  char *text = malloc(length + sizeof "=…");
  if (!text) return "?";
  memcpy(text, word, length);
  strcpy(text + length, word[length] ? "=…" : "");
  return text;
}

static int report_error(const struct run *r) {
  char message[4096] = "the daemon refused the launch", hint[4096] = "";
  int code = reply_error_exit(&r->reply);
  reply_error_text(&r->reply, "message", message, sizeof message);
  reply_error_text(&r->reply, "hint", hint, sizeof hint);
  complain_about(message, code == 126 || code == 127 ? shown(r->command) : NULL, hint);
  return code;
}

/* -1 to go on, else the exit code. */
static int on_control(struct run *r) {
  struct ak_exited word;
  size_t count;
  ssize_t n = ak_message_receive(r->control, &word, sizeof word, NULL, 0, &count);
  if (n == -EAGAIN) return -1;
  if (n == (ssize_t)sizeof word && word.head.type == AK_STARTED) {
    r->has_started = 1;
    r->agent = word.pid;
    return -1;
  }
  if (n == (ssize_t)sizeof word && word.head.type == AK_STOPPED) {
    raise(SIGSTOP); /* the SIGCONT that ends this is forwarded like any other signal */
    return -1;
  }
  if (n == (ssize_t)sizeof word && word.head.type == AK_ENDED) return end_as(word.status);
  close(r->control);
  r->control = -1;
  if (!r->has_started) return -1; /* the reason comes as the broker's answer */
  char pid[16];
  snprintf(pid, sizeof pid, "%d", r->agent);
  complain_about("the agent's monitor is gone and with it the exit status; the agent may still run, as process", pid, "ps -p shows whether it does");
  return AK_EXIT_FAILED;
}

static int has_word(int fd) {
  struct pollfd state = {.fd = fd, .events = POLLIN};
  return poll(&state, 1, 0) > 0;
}

static int on_signal(struct run *r) {
  struct signalfd_siginfo info;
  if (read(r->signals, &info, sizeof info) != (ssize_t)sizeof info) return -1;
  int number = (int)info.ssi_signo;
  struct ak_signal word = {.head = {.version = AK_WIRE_VERSION, .type = AK_SIGNAL}, .number = number};
  /* A blocked signal arrives here even where the caller ignores it: nohup and trap '' hold for us as they do for the agent. */
  int is_ignored = (int)(r->ignored >> (number - 1)) & 1;
  /* STARTED may wait already: then the signal is the agent's. */
  while (!r->has_started && r->control >= 0 && has_word(r->control)) {
    int code = on_control(r);
    if (code >= 0) return code;
  }
  if (!r->has_started) {
    if (is_ignored || number == SIGWINCH || number == SIGCONT || number == SIGTSTP) return -1;
    /* Before the go an interrupt means that nothing starts: closing the control socket is that order. After it the agent may be
       about to run: then the signal is for it, and waits in the socket. */
    ak_message_try(r->control, &word, sizeof word, NULL, 0);
    close(r->control);
    close(r->request);
    return end_as(number);
  }
  ak_message_send(r->control, &word, sizeof word, NULL, 0);
  return -1;
}

static int on_request(struct run *r) {
  int state = reply_read(r->request, &r->reply);
  if (state == REPLY_MORE) return -1;
  if (state == REPLY_ERROR && !r->has_started) return report_error(r);
  if (state == REPLY_LOST && !r->has_started && r->control < 0) {
    complain("the daemon went away before the agent started", "run the command again; agentkeys status shows the daemon");
    return AK_EXIT_FAILED;
  }
  /* The launch is answered, or the broker is gone: from now on only the monitor matters. */
  close(r->request);
  r->request = -1;
  return -1;
}

static int watch(struct run *r) {
  for (;;) {
    struct pollfd on[] = {{r->signals, POLLIN, 0}, {r->control, POLLIN, 0}, {r->request, POLLIN, 0}};
    if (poll(on, 3, -1) < 0) continue;
    int code = -1;
    if (on[0].revents) code = on_signal(r);
    if (code < 0 && on[1].revents) code = on_control(r);
    if (code < 0 && on[2].revents) code = on_request(r);
    if (code >= 0) return code;
    if (r->control < 0 && r->request < 0) {
      complain("the daemon went away before the agent started", "run the command again; agentkeys status shows the daemon");
      return AK_EXIT_FAILED;
    }
  }
}

static int open_signals(void) {
  static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGCONT, SIGTSTP, SIGWINCH, SIGVTALRM, SIGPROF, SIGIO};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof forwarded / sizeof forwarded[0]; i++) sigaddset(&set, forwarded[i]);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_profile(const struct run_options *o) {
  if (!o->profile || !strchr(o->profile, '/')) return -1;
  int fd = open(o->profile, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) complain_about(strerror(errno), o->profile, "give the name of a profile, or the path of a readable file");
  return fd < 0 ? -2 : fd;
}

static int connect_or_start(const struct ak_paths *paths) {
  int fd = connect_daemon(paths);
  if (fd != -ENOENT && fd != -ECONNREFUSED) return fd;
  if (start_daemon(paths)) return -ESRCH; /* it has said why */
  return connect_daemon(paths);
}

/* A descriptor that the caller had closed is filled, or the next one that we open would land there and reach the agent. */
static uint32_t take_stdio(void) {
  uint32_t open_stdio = 0;
  for (int i = 0; i < 3; i++) {
    if (fcntl(i, F_GETFD) >= 0)
      open_stdio |= 1u << i;
    else if (open("/dev/null", O_RDWR) != i)
      _exit(AK_EXIT_FAILED);
  }
  return open_stdio;
}

int run_main(const struct run_options *o, const struct ak_paths *paths) {
  struct run r = {.request = -1, .control = -1, .open_stdio = take_stdio(), .ignored = ignored_signals()};
  char **command = o->command;
  int profile_file = open_profile(o);
  if (profile_file == -2) return AK_EXIT_FAILED;
  int code = command ? 0 : default_command(o->profile, profile_file, &command);
  if (code) return code;
  r.command = command[0];
  int context = build_context(command, environ, r.ignored);
  if (context < 0) {
    complain_about("the launch context cannot be made", strerror(-context), "arguments and environment may have 8 MiB in all");
    return AK_EXIT_FAILED;
  }
  r.request = connect_or_start(paths);
  if (r.request == -ESRCH) return AK_EXIT_FAILED;
  /* Not sooner: until here a signal may end us as it ends anyone, also while a daemon takes its time to start. */
  r.signals = open_signals();
  if (r.request < 0) {
    if (r.request == -EPERM)
      complain_about("another account listens in the place of the daemon", paths->socket, "nothing was told to it: use a directory of your own");
    else
      complain_about("no daemon answers", strerror(-r.request), paths->socket);
    return AK_EXIT_FAILED;
  }
  int bad = send_launch(&r, o, context, profile_file);
  close(context);
  if (profile_file >= 0) close(profile_file);
  if (bad == -EMSGSIZE) {
    complain("a name on the command line is not UTF-8 text or is too long", "names are lower-case letters, digits, dot, dash and underscore");
    return AK_EXIT_FAILED;
  }
  if (bad && bad != -EPIPE && bad != -ECONNRESET) {
    complain_about("the launch cannot be sent", strerror(-bad), NULL);
    return AK_EXIT_FAILED;
  }
  return watch(&r);
}
