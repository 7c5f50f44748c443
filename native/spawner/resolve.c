/* Which file the command names, found as execvp would in the agent's own directory and PATH. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/names.h"
#include "spawner/child.h"

static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

static int is_unset(const struct ak_plan *plan, const char *name, size_t length) {
  const char *pattern = plan->unset.bytes;
  for (uint32_t i = 0; i < plan->unset.count; i++, pattern = ak_list_next(pattern))
    if (ak_name_matches(pattern, name, length)) return 1;
  return 0;
}

/* A profile cannot set PATH, so it is the caller's or, where that does not reach the agent, a fixed one. */
static const char *search_path(const struct child *c) {
  if (c->plan->inherit == AK_INHERIT_NONE || is_unset(c->plan, "PATH", 4)) return default_path;
  const char *entry = c->context.env_bytes;
  for (uint32_t i = 0; i < c->context.envc; i++, entry = ak_list_next(entry))
    if (!strncmp(entry, "PATH=", 5)) return entry + 5;
  return default_path;
}

static int examine(struct child *c) {
  if (stat(c->path, &c->executable)) return errno;
  if (S_ISDIR(c->executable.st_mode)) return EISDIR;
  if (!S_ISREG(c->executable.st_mode)) return EACCES;
  return faccessat(AT_FDCWD, c->path, X_OK, AT_EACCESS) ? errno : 0;
}

/* directory/name into path; an empty PATH element is the working directory. */
static int join(struct child *c, const char *directory, size_t length, const char *name) {
  size_t n = strlen(name);
  if (length + n + 2 > sizeof c->path) return ENAMETOOLONG;
  memcpy(c->path, directory, length);
  if (length > 0) c->path[length++] = '/';
  memcpy(c->path + length, name, n + 1);
  return 0;
}

/* The caller meant its own directory when it wrote a relative path, in the command or in PATH. Under a directory that came with the
   broker's plan that path could name another file: a taken-over broker would choose what runs. So it names none there. */
static int may_be_relative(const struct child *c) { return !c->plan->directory; }

/* Through /proc/self/cwd an absolute path, too, depends on the directory: it must name the same file from the caller's own. */
static int check_caller_meant(struct child *c) {
  struct stat meant;
  if (may_be_relative(c)) return 0;
  if (fchdir(c->directory)) return errno;
  int same = !stat(c->path, &meant) && meant.st_dev == c->executable.st_dev && meant.st_ino == c->executable.st_ino;
  if (chdir(c->plan->directory)) return errno;
  return same ? 0 : ENOTSUP;
}

static int find_executable(struct child *c) {
  const char *name = c->argv[0];
  if (!name[0]) return ENOENT;
  if (strchr(name, '/')) {
    if (name[0] != '/' && !may_be_relative(c)) return ENOTSUP;
    int bad = join(c, "", 0, name);
    return bad ? bad : examine(c);
  }
  /* As execvp: the first that can be executed wins; one that is there but may not be executed is remembered. */
  int found = ENOENT;
  for (const char *at = search_path(c);; at++) {
    const char *end = strchrnul(at, ':');
    int bad = *at == '/' || may_be_relative(c) ? join(c, at, (size_t)(end - at), name) : ENOENT;
    if (!bad) bad = examine(c);
    if (!bad) return 0;
    if (bad == EACCES || bad == EISDIR) found = EACCES;
    if (!*end) return found;
    at = end;
  }
}

int child_resolve(struct child *c) {
  int bad = find_executable(c);
  return bad ? bad : check_caller_meant(c);
}
