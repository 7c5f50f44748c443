/* Where the files are, under any environment: ak_paths_resolve. Input: AGENTKEYS_HOME, HOME and three XDG_*, split at NUL. */
/* links: core/paths.c */
#include "core/paths.h"

#include <errno.h>

#include "fuzz.h"

static int is_inside(const char *path, const char *directory) { return !strncmp(path, directory, strlen(directory)); }

static void check(const struct ak_paths *paths, const char *own) {
  const char *const all[] = {paths->config, paths->state, paths->run, paths->socket};
  for (int i = 0; i < 4; i++) {
    DEMAND(memchr(all[i], 0, AK_PATH_MAX) && all[i][0] == '/');
    if (own) DEMAND(is_inside(all[i], own));
  }
  DEMAND(strlen(paths->socket) <= AK_SOCKET_PATH_MAX && is_inside(paths->socket, paths->run));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"AGENTKEYS_HOME", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"};
  if (size < 1) return 0;
  char *text = text_of(data + 1, size - 1), *at = text;
  /* A bit for each: an empty variable is not an absent one. */
  for (int i = 0; i < 5; i++) {
    if (data[0] & (1 << i) && at < text + size) {
      DEMAND(setenv(names[i], at, 1) == 0);
      at += strlen(at) + 1;
    } else {
      unsetenv(names[i]);
    }
  }
  struct ak_paths paths;
  memset(&paths, 0x55, sizeof paths);
  int bad = ak_paths_resolve(&paths);
  const char *own = getenv("AGENTKEYS_HOME");
  DEMAND(bad == 0 || bad == -ENAMETOOLONG || bad == -ENOENT || bad == -EINVAL);
  DEMAND((bad == -EINVAL) == (own && own[0] != '/'));
  DEMAND(ak_paths_complaint(bad)[0]);
  if (!bad) check(&paths, own);
  free(text);
  return 0;
}
