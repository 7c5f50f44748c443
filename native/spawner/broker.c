/* Starts the broker through a step that cleans the environment, confines the process and execs Node; restarts it when it dies. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "spawner/spawner.h"

/* A broker that ends sooner than this has not served anyone. */
#define QUICK_MS 3000
#define QUICK_DEATHS_MAX 5

static uint64_t monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

_Noreturn static void become_broker(const struct spawner *s, int link, int voice) {
  char node[AK_PATH_MAX], script[AK_PATH_MAX];
  if (ak_node_find(s->root, node) || ak_path_join(script, s->root, "dist/bin/broker.js")) _exit(78);
  /* 3 is the request socket, 4 the spawner; both are copied above the range first, so that neither overwrites the other. */
  int listener = fcntl(s->listener, F_DUPFD, 10), spawner = fcntl(link, F_DUPFD, 10);
  if (listener < 0 || spawner < 0 || dup2(listener, 3) < 0 || dup2(spawner, 4) < 0) _exit(78);
  if (dup2(s->null_fd, 0) < 0) _exit(78);
  if (dup2(s->null_fd, 1) < 0 || dup2(voice, 2) < 0) _exit(78);
  if (syscall(SYS_close_range, 5u, ~0u, 0u)) _exit(78);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (confine_broker()) _exit(78);
  char *const argv[] = {node,
                        "--disable-sigusr1",
                        "--disable-proto=throw",
                        "--disallow-code-generation-from-strings",
                        "--no-experimental-global-navigator",
                        script,
                        "--listen-fd=3",
                        "--spawner-fd=4",
                        "--config",
                        (char *)s->paths.config,
                        "--state",
                        (char *)s->paths.state,
                        "--run",
                        (char *)s->paths.run,
                        s->force_fallback ? "--memory=fallback" : "--memory=secret",
                        NULL};
  char *const environment[] = {NULL};
  execve(node, argv, environment);
  _exit(78);
}

static void close_voice(struct spawner *s) {
  if (s->broker_voice < 0) return;
  epoll_ctl(s->poller, EPOLL_CTL_DEL, s->broker_voice, NULL);
  close(s->broker_voice);
  s->broker_voice = -1;
}

void broker_hear_voice(struct spawner *s) {
  char text[4096];
  ssize_t n = read(s->broker_voice, text, sizeof text);
  if (n > 0) {
    /* Nobody may listen any more: then it is lost, as a log may be. */
    ssize_t ignored = write(2, text, (size_t)n);
    (void)ignored;
  } else if (n == 0 || errno != EAGAIN) {
    close_voice(s);
  }
}

static int watch_broker(struct spawner *s) {
  struct epoll_event link = {.events = EPOLLIN, .data.ptr = &s->broker_link};
  struct epoll_event voice = {.events = EPOLLIN, .data.ptr = &s->broker_voice};
  if (epoll_ctl(s->poller, EPOLL_CTL_ADD, s->broker_link, &link)) return -errno;
  return epoll_ctl(s->poller, EPOLL_CTL_ADD, s->broker_voice, &voice) ? -errno : 0;
}

int broker_start(struct spawner *s) {
  int pair[2], voice[2];
  if (pipe2(voice, O_CLOEXEC)) return -errno;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair)) {
    int bad = -errno;
    close(voice[0]);
    close(voice[1]);
    return bad;
  }
  s->broker_started_ms = monotonic_ms();
  s->broker = fork();
  int bad = s->broker < 0 ? -errno : 0;
  if (s->broker == 0) become_broker(s, pair[1], voice[1]);
  close(pair[1]);
  close(voice[1]);
  if (bad) {
    close(pair[0]);
    close(voice[0]);
    return bad;
  }
  s->broker_link = pair[0];
  s->broker_voice = voice[0];
  fcntl(voice[0], F_SETFL, O_NONBLOCK);
  return watch_broker(s);
}
int broker_after_death(struct spawner *s, int status) {
  s->broker = 0;
  if (s->broker_voice >= 0) broker_hear_voice(s); /* its last words are in the pipe still */
  close_voice(s);
  if (s->is_stopping) return 0;
  sessions_abandon_unstarted(s);
  /* 77, 78: a refusal that the next start would meet again, such as a state file with the wrong owner. */
  int is_final = WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 78);
  s->quick_deaths = monotonic_ms() - s->broker_started_ms < QUICK_MS ? s->quick_deaths + 1 : 0;
  if (is_final || s->quick_deaths >= QUICK_DEATHS_MAX) {
    boot_complain("the daemon cannot serve", s->paths.state, "mend what is named above; state/broker.log may say more");
    return is_final ? WEXITSTATUS(status) : 1;
  }
  return broker_start(s) ? 1 : 0;
}
