/* Whose rights the agent gets: exactly the caller's, as the kernel named them, verified after each step. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner/child.h"

#define GROUPS_MAX 1024

static int groups_agree(const struct child *c) {
  uint32_t now[GROUPS_MAX];
  long n = syscall(SYS_getgroups, GROUPS_MAX, now);
  return n == (long)c->group_count && (n == 0 || !memcmp(now, c->groups, (size_t)n * sizeof *now));
}

int child_take_groups(struct child *c) {
  /* SAFETY: raw calls, since the C library's versions may signal other threads; there is only this one. */
  if (!groups_agree(c) && syscall(SYS_setgroups, c->group_count, c->groups)) return errno;
  if (getgid() != c->gid && syscall(SYS_setresgid, c->gid, c->gid, c->gid)) return errno;
  return groups_agree(c) && getgid() == c->gid && getegid() == c->gid ? 0 : EPERM;
}

int child_take_user(struct child *c) {
  if (getuid() != c->uid && syscall(SYS_setresuid, c->uid, c->uid, c->uid)) return errno;
  return getuid() == c->uid && geteuid() == c->uid ? 0 : EPERM;
}
