/* Which file a command names, in any PATH: child_resolve. Input: the command, NUL, entries of the environment; no file is looked at. */
/* links: spawner/plan.c core/names.c */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "spawner/child.h"

/* What is there follows from the path alone: now a file, now a directory, now nothing. */
static int fuzz_stat(const char *path, struct stat *facts) {
  unsigned sum = 0;
  memset(facts, 0, sizeof *facts);
  for (const char *at = path; *at; at++) sum = sum * 31 + (unsigned char)*at;
  errno = sum % 5 == 0 ? ENOENT : sum % 5 == 1 ? EACCES : ENOTDIR;
  facts->st_mode = sum % 3 ? S_IFREG : S_IFDIR;
  return sum % 2 ? -1 : 0;
}

static int fuzz_access(const char *path) {
  errno = EACCES;
  return strlen(path) % 3 ? 0 : -1;
}

#define stat(path, facts) fuzz_stat(path, facts)
#define faccessat(fd, path, mode, flags) fuzz_access(path)
#include "spawner/resolve.c"
#undef stat
#undef faccessat

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) return 0;
  char *text = text_of(data + 1, size - 1);
  char *words[2] = {text, NULL};
  struct ak_plan plan = {.inherit = data[0] % 3, .unset = {.bytes = "LC_*\0PATH", .count = data[0] & 4 ? 2 : 1}};
  struct child *c = calloc(1, sizeof *c);
  DEMAND(c);
  c->plan = &plan;
  c->argv = words;
  c->context.env_bytes = text + strlen(text) + 1;
  for (const char *at = c->context.env_bytes; at < text + size; at += strlen(at) + 1) c->context.envc++;
  int bad = child_resolve(c);
  DEMAND(bad >= 0 && memchr(c->path, 0, sizeof c->path));
  if (!bad) {
    const char *slash = strrchr(c->path, '/'), *name = strrchr(text, '/');
    DEMAND(strchr(text, '/') ? !strcmp(c->path, text) : !strcmp(slash ? slash + 1 : c->path, name ? name + 1 : text));
  }
  free(c);
  free(text);
  return 0;
}
