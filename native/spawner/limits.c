/* Limits, umask and niceness of the agent: the caller's, and over them those of the profile. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "spawner/child.h"

static int is_given(const struct child *c, int resource) {
  return c->context.header->limits[resource].soft <= c->context.header->limits[resource].hard;
}

/* Asked before anything is released. A profile may narrow what the caller has and never widen it, not even where this process could. */
static int check(const struct child *c, int resource, uint64_t value) {
  struct rlimit now;
  if (value == AK_LIMIT_ABSENT) return 0;
  if (is_given(c, resource) && value > c->context.header->limits[resource].hard) return ERANGE;
  if (getrlimit(resource, &now)) return errno;
  if (value <= now.rlim_max) return 0;
  /* The daemon's own hard limit is lower: raising it shows whether it can be. */
  now.rlim_max = value;
  return setrlimit(resource, &now) ? errno : 0;
}

int child_check_open_files(struct child *c) { return check(c, RLIMIT_NOFILE, c->plan->open_files); }

int child_check_core(struct child *c) { return check(c, RLIMIT_CORE, c->plan->core); }

static int take_caller_limit(const struct child *c, int resource) {
  struct rlimit now, wanted = {.rlim_cur = c->context.header->limits[resource].soft, .rlim_max = c->context.header->limits[resource].hard};
  if (!is_given(c, resource)) return 0;
  if (getrlimit(resource, &now)) return errno == EINVAL ? 0 : errno;
  /* A hard limit above the daemon's cannot be given back without privilege; the agent then gets the daemon's. */
  if (setrlimit(resource, &wanted) == 0) return 0;
  if (wanted.rlim_max > now.rlim_max) wanted.rlim_max = now.rlim_max;
  if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
  return setrlimit(resource, &wanted) ? errno : 0;
}

/* Soft and hard: the agent cannot raise it again. Exactly this or nothing: a loosened rule would not be the profile's. */
static int take_profile_limit(int resource, uint64_t value) {
  const struct rlimit wanted = {.rlim_cur = value, .rlim_max = value};
  return setrlimit(resource, &wanted) ? errno : 0;
}

static int take_limit(const struct child *c, int resource) {
  if (resource == RLIMIT_NOFILE && c->plan->open_files != AK_LIMIT_ABSENT) return take_profile_limit(resource, c->plan->open_files);
  if (resource == RLIMIT_CORE && c->plan->core != AK_LIMIT_ABSENT) return take_profile_limit(resource, c->plan->core);
  return take_caller_limit(c, resource);
}

int child_take_limits(struct child *c) {
  const struct ak_context_header *h = c->context.header;
  umask(c->plan->file_mode_mask == AK_MASK_ABSENT ? h->file_mode_mask & 0777 : c->plan->file_mode_mask);
  errno = 0;
  int now = getpriority(PRIO_PROCESS, 0);
  if (now != h->nice && setpriority(PRIO_PROCESS, 0, h->nice) && h->nice > now) return errno;
  for (int i = 0; i < AK_CONTEXT_LIMITS; i++) {
    int bad = take_limit(c, i);
    if (bad) return bad;
  }
  return 0;
}
