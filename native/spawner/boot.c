/* What the spawner makes sure of before anything else: directories, the lock, the request socket with its final mode. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/printable.h"
#include "spawner/spawner.h"

/* How long a daemon that no longer listens may take to end, in seconds; a stuck broker costs it half of that. */
#define LEAVING_S 10

void boot_complain(const char *message, const char *what, const char *hint) {
  fprintf(stderr, "agentkeys: error: %s: ", message);
  ak_print_cut(stderr, what);
  fputc('\n', stderr);
  if (hint) fprintf(stderr, "agentkeys: hint: %s\n", hint);
}

static int require_directory(const char *path) {
  int bad = ak_directory_require(path);
  if (bad == -EPERM)
    boot_complain("the directory is refused", path, "it must be yours and closed to others: chmod 700");
  else if (bad)
    boot_complain(strerror(-bad), path, "make the directory, or set AGENTKEYS_HOME to one that you own");
  return bad ? 78 : 0;
}

static int connects(const struct spawner *s) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, s->paths.socket);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
  if (fd >= 0) close(fd);
  return ok;
}

static void on_alarm(int number) { (void)number; /* only ends the wait below */ }

/* Locked, yet nobody listens at our socket: the one before us is on its way out, or serves the same state from another run directory
   (a login with XDG_RUNTIME_DIR and a cron job without it). That one does not go away, and nobody must wait for it for ever. */
static int await_lock(int fd) {
  const struct sigaction interrupting = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &interrupting, NULL);
  alarm(LEAVING_S);
  int bad = flock(fd, LOCK_EX);
  alarm(0);
  return bad;
}

/* ATTACK: a link, a FIFO or a stranger's file under a name of ours. */
static int is_own_file(int fd) {
  struct stat facts;
  return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_uid == geteuid() && facts.st_nlink == 1;
}

/* Who holds the lock and where it listens, for whoever finds it held: its socket may be gone, or be looked for elsewhere. */
static void sign_lock(int fd, const char *run) {
  if (ftruncate(fd, 0) == 0) dprintf(fd, "%d %s\n", (int)getpid(), run);
}

/* What sign_lock wrote: "DIRECTORY (process N in RUN)". The file is the user's own, and may hold anything. */
static const char *describe_holder(int fd, const char *directory) {
  static char words[2 * AK_PATH_MAX + 64];
  char signature[AK_PATH_MAX + 32] = "";
  ssize_t n = pread(fd, signature, sizeof signature - 1, 0);
  char *end = signature;
  long pid = n > 0 ? strtol(signature, &end, 10) : 0;
  if (pid <= 0 || *end != ' ') return directory;
  end[strcspn(end, "\n")] = 0;
  snprintf(words, sizeof words, "%s (process %ld, in %s)", directory, pid, end + 1);
  return words;
}

/* The lock lives as long as any process has this open file: the spawner keeps it, nobody else inherits it. */
static int take_lock(const struct spawner *s) {
  char path[AK_PATH_MAX];
  if (ak_path_join(path, s->paths.state, "agentkeysd.lock")) return 78;
  int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0 || !is_own_file(fd)) {
    boot_complain(fd < 0 ? strerror(errno) : "the lock is refused", path, "it must be a file of yours, no link: remove what is there");
    return 78;
  }
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
    sign_lock(fd, s->paths.run);
    return 0;
  }
  if (!connects(s) && !await_lock(fd)) {
    sign_lock(fd, s->paths.run);
    return 0;
  }
  /* Asked again: the one before us may only have begun to listen meanwhile. */
  if (connects(s))
    boot_complain("another agentkeysd already serves", s->paths.state, "use it, or end it first: agentkeys stop");
  else
    boot_complain("another agentkeysd serves this state from another socket", describe_holder(fd, s->paths.state),
                  "give every caller the same XDG_RUNTIME_DIR, or end that daemon: agentkeys stop there, or kill its process");
  return 77;
}

/* Two states may be given one run directory: then the later daemon would take the socket away from the earlier one, and its callers
   would store in the wrong vault. The directory itself is locked, for as long as the spawner lives. */
static int take_run(const struct spawner *s) {
  static const char complaint[] = "another agentkeysd serves another state from this directory";
  static const char hint[] = "give each XDG_STATE_HOME an XDG_RUNTIME_DIR of its own, or end that daemon first: agentkeys stop";
  int fd = open(s->paths.run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return 78;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
  if (!connects(s) && !await_lock(fd)) return 0;
  boot_complain(complaint, s->paths.run, hint);
  return 77;
}

static int open_session_directory(struct spawner *s) {
  char path[AK_PATH_MAX];
  if (ak_path_join(path, s->paths.run, "session")) return 78;
  int bad = require_directory(path);
  if (bad) return bad;
  s->session_directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return s->session_directory < 0 ? 78 : 0;
}

static int listen_on_socket(struct spawner *s) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, s->paths.socket); /* the length was checked when the paths were resolved */
  struct stat facts;
  /* What is no socket was not left behind by a daemon, and is not ours to remove. */
  if (lstat(s->paths.socket, &facts) == 0 && !S_ISSOCK(facts.st_mode)) return -ENOTSOCK;
  if (unlink(s->paths.socket) && errno != ENOENT) return -errno;
  s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s->listener < 0) return -errno;
  /* The mode is final from the first moment: a later chmod would leave a gap. */
  mode_t before = umask(0177);
  int bad = bind(s->listener, (struct sockaddr *)&address, sizeof address) ? -errno : 0;
  umask(before);
  if (!bad && listen(s->listener, 128)) bad = -errno;
  return bad;
}

int boot_prepare(struct spawner *s) {
  int bad = ak_paths_resolve(&s->paths);
  if (bad) {
    boot_complain("no directory for the daemon", ak_paths_complaint(bad), "set HOME, or AGENTKEYS_HOME to an absolute path of at most 88 bytes");
    return 78;
  }
  if (ak_package_root(s->root, sizeof s->root)) return 78;
  bad = require_directory(s->paths.state);
  if (!bad) bad = require_directory(s->paths.run);
  if (!bad) bad = open_session_directory(s);
  if (!bad) bad = take_lock(s);
  if (!bad) bad = take_run(s);
  if (bad) return bad;
  bad = listen_on_socket(s);
  if (bad) boot_complain(strerror(-bad), s->paths.socket, "the daemon makes its socket there: remove what is in the way");
  snprintf(s->socket_entry, sizeof s->socket_entry, "AGENTKEYS_SOCKET=%s", s->paths.socket);
  return bad ? 78 : 0;
}
