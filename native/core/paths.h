/* Where config, state, run and the request socket are: one answer for client, spawner, broker and CLI. */
#ifndef AK_PATHS_H
#define AK_PATHS_H

#define AK_PATH_MAX 4096
/* sockaddr_un holds 108 bytes with the NUL; a longer name is refused, never cut. */
#define AK_SOCKET_PATH_MAX 107

#ifdef __cplusplus
extern "C" {
#endif

struct ak_paths {
  char config[AK_PATH_MAX];
  char state[AK_PATH_MAX];
  char run[AK_PATH_MAX];
  char socket[AK_PATH_MAX];
};

/* Resolves from AGENTKEYS_HOME, else XDG_* and HOME. 0, -ENAMETOOLONG (socket path over 107 bytes too), -ENOENT (no home),
   -EINVAL (AGENTKEYS_HOME is empty or relative). */
int ak_paths_resolve(struct ak_paths *out);

/* What went wrong, for a person; never NULL. */
const char *ak_paths_complaint(int error);

/* Makes every missing directory of `path` with mode 0700, then demands that the last one is a directory, not a link, owned by
   this uid and closed to group and others. 0 or -errno; -EPERM: the owner or the mode is wrong. */
int ak_directory_require(const char *path);

/* The package's root: two levels above the running program (root/bin/program). 0 or -errno. */
int ak_package_root(char *out, unsigned long capacity);

/* The interpreter that was tested: inside the package, or beside it where npm hoisted it. Never through PATH. 0 or -ENOENT. */
int ak_node_find(const char *root, char *out);

/* Joins into a buffer of AK_PATH_MAX. 0 or -ENAMETOOLONG. */
int ak_path_join(char *out, const char *directory, const char *name);

#ifdef __cplusplus
}
#endif

#endif
