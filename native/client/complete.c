/* Names for the completion of a shell, from file names alone: fast, silent, and no daemon is started or asked. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "client/client.h"

#define NAME_BYTES 64

/* What src/core/ids.ts takes as a name; a file with any other name is none of ours, and might steer a terminal. */
static int is_name(const char *name, size_t length) {
  if (length < 1 || length > NAME_BYTES) return 0;
  return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") >= length && !strchr("._-", name[0]);
}

static void list_names(const char *directory, const char *name, const char *suffix) {
  char path[AK_PATH_MAX];
  DIR *open = ak_path_join(path, directory, name) ? NULL : opendir(path);
  for (struct dirent *entry; open && (entry = readdir(open));) {
    size_t length = strlen(entry->d_name), end = strlen(suffix);
    if (length <= end || strcmp(entry->d_name + length - end, suffix)) continue;
    if (is_name(entry->d_name, length - end)) printf("%.*s\n", (int)(length - end), entry->d_name);
  }
  if (open) closedir(open);
}

int complete_names(const char *kind) {
  struct ak_paths paths;
  char root[AK_PATH_MAX];
  if (ak_paths_resolve(&paths)) return 1;
  if (!strcmp(kind, "service")) list_names(paths.state, "vault", ".cred");
  if (!strcmp(kind, "profile")) {
    list_names(paths.config, "profiles", ".toml");
    list_names("/etc/agentkeys", "profiles", ".toml");
    if (ak_package_root(root, sizeof root) == 0) list_names(root, "profiles", ".toml");
  }
  return 0;
}
