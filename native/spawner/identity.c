/* Whose rights the agent gets: exactly the caller's, as the kernel named them, verified after each step. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

static int take_limit(int resource, uint64_t soft, uint64_t hard) {
  struct rlimit now, wanted = {.rlim_cur = soft, .rlim_max = hard};
  if (soft > hard) return 0;
  if (getrlimit(resource, &now)) return errno == EINVAL ? 0 : errno;
  /* A hard limit above the daemon's cannot be given back without privilege; the agent then gets the daemon's. */
  if (setrlimit(resource, &wanted) == 0) return 0;
  if (wanted.rlim_max > now.rlim_max) wanted.rlim_max = now.rlim_max;
  if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
  return setrlimit(resource, &wanted) ? errno : 0;
}

int child_take_limits(struct child *c) {
  const struct ak_context_header *h = c->context.header;
  umask(h->file_mode_mask & 0777);
  errno = 0;
  int now = getpriority(PRIO_PROCESS, 0);
  if (now != h->nice && setpriority(PRIO_PROCESS, 0, h->nice) && h->nice > now) return errno;
  for (int i = 0; i < AK_CONTEXT_LIMITS; i++) {
    int bad = take_limit(i, h->limits[i].soft, h->limits[i].hard);
    if (bad) return bad;
  }
  return 0;
}
