/* Starts a missing daemon: one at a time by a lock, detached from the caller in every way that it could carry along. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/client.h"
#include "core/confinement.h"

static const char *const kept[] = {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "AGENTKEYS_HOME"};
#define KEPT (sizeof kept / sizeof kept[0])

static void raise_soft_limits(void) {
  static const int raised[] = {RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_NPROC};
  for (size_t i = 0; i < sizeof raised / sizeof raised[0]; i++) {
    struct rlimit limit;
    if (getrlimit(raised[i], &limit)) continue;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(raised[i], &limit);
  }
}

static char **clean_environment(void) {
  static char *environment[KEPT + 1];
  size_t n = 0;
  for (size_t i = 0; i < KEPT; i++) {
    const char *value = getenv(kept[i]);
    if (!value) continue;
    size_t length = strlen(kept[i]) + strlen(value) + 2;
    environment[n] = malloc(length);
    if (!environment[n]) continue;
    snprintf(environment[n], length, "%s=%s", kept[i], value);
    n++;
  }
  return environment;
}

_Noreturn static void become_daemon(int ready) {
  char program[AK_PATH_MAX], root[AK_PATH_MAX];
  char **environment = clean_environment();
  if (ak_package_root(root, sizeof root) || ak_path_join(program, root, "bin/agentkeysd")) _exit(1);
  setsid();
  if (fork() != 0) _exit(0);
  int null = open("/dev/null", O_RDWR);
  if (null < 0 || chdir("/")) _exit(1);
  umask(077);
  /* 1 and 2 are the pipe that the starter reads; the daemon closes them once it listens. */
  if (dup2(null, 0) < 0 || dup2(ready, 1) < 0 || dup2(ready, 2) < 0) _exit(1);
  if (syscall(SYS_close_range, 3u, ~0u, 0u)) _exit(1);
  for (int n = 1; n < 65; n++) signal(n, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setpriority(PRIO_PROCESS, 0, 0);
  raise_soft_limits();
  char *const argv[] = {program, NULL};
  execve(program, argv, environment);
  fprintf(stderr, "agentkeys: error: %s cannot be started: %s\n", program, strerror(errno));
  _exit(1);
}

/* Reads the daemon's first words: "listening", or what it complained about, which is passed on. */
static int await_daemon(int ready) {
  char text[2048];
  size_t used = 0;
  ssize_t n;
  while ((n = read(ready, text + used, sizeof text - 1 - used)) != 0) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    used += (size_t)n;
    if (used == sizeof text - 1) break;
  }
  text[used] = 0;
  if (!strncmp(text, "listening\n", 10)) return 0;
  if (used > 0)
    pass_on("DAEMON_UNREACHABLE", text);
  else
    complain_as("DAEMON_UNREACHABLE", "the daemon ended before it listened", NULL, "agentkeys daemon --foreground shows why");
  return 1;
}

static int start_locked(const struct ak_paths *paths) {
  int pipe_ends[2], status;
  int fd = connect_daemon(paths);
  if (fd >= 0) { /* somebody else started it while we waited for the lock */
    close(fd);
    return 0;
  }
  if (pipe2(pipe_ends, O_CLOEXEC)) return 1;
  pid_t middle = fork();
  if (middle == 0) become_daemon(pipe_ends[1]);
  close(pipe_ends[1]);
  int bad = middle < 0 || await_daemon(pipe_ends[0]);
  close(pipe_ends[0]);
  while (middle > 0 && waitpid(middle, &status, 0) < 0 && errno == EINTR) continue;
  return bad;
}

/* A daemon that inherits a sandbox would fail its callers in strange ways, and one started by an agent would be inside its session.
   What the whole container has, pid 1 has too: that is no sandbox of this caller. */
static const char *unfit_place(void) {
  struct ak_confinement ours, machine;
  if (getenv("AGENTKEYS_SOCKET")) return "this process belongs to an agent's session";
  if (ak_confinement_read("/proc/self/status", &ours)) return "/proc is missing";
  if (ak_confinement_read("/proc/1/status", &machine)) memset(&machine, 0, sizeof machine);
  if (ours.no_new_privs > machine.no_new_privs) return "this process may gain no new privileges";
  return ak_confinement_is_filtered_more(&ours, &machine) ? "this process has a seccomp filter" : NULL;
}

int start_daemon(const struct ak_paths *paths) {
  char lock[AK_PATH_MAX];
  const char *unfit = unfit_place();
  if (unfit) {
    complain_as("DAEMON_UNREACHABLE", "no daemon runs, and none is started from here", unfit, "start it from a plain shell: agentkeys daemon");
    return 69;
  }
  int bad = ak_directory_require(paths->run);
  if (bad || ak_path_join(lock, paths->run, "start.lock")) {
    complain_as("STATE_UNSAFE", bad == -EPERM ? "directory is refused" : strerror(-bad), paths->run, "it must be yours and closed to others: chmod 700");
    return 78;
  }
  int fd = open(lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0 || flock(fd, LOCK_EX)) {
    int is_disk = errno == EROFS || errno == ENOSPC || errno == EDQUOT || errno == EIO;
    complain_as("STATE_UNSAFE", strerror(errno), lock,
                is_disk ? "the daemon needs a directory that it can write: free or repair the disk under it"
                        : "it must be a file of yours, no link: remove what is there");
    if (fd >= 0) close(fd);
    return 78;
  }
  bad = start_locked(paths) ? 69 : 0;
  close(fd);
  return bad;
}
