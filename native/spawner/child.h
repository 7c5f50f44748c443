/* Between fork and exec: what the child needs, and its steps. Everything here is async-signal-safe; a test lists the symbols. */
#ifndef AK_CHILD_H
#define AK_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/context.h"
#include "core/region.h"
#include "spawner/plan.h"

struct child {
  const struct ak_plan *plan;
  const char *socket_entry; /* AGENTKEYS_SOCKET=… */
  int marks, gate;
  int stdio[3]; /* -1: the caller had it closed */
  int directory, context_fd;
  uint32_t uid, gid;
  const uint32_t *groups;
  size_t group_count;
  int take_no_new_privs;
  /* filled on the way */
  struct ak_context context;
  struct ak_region region;
  uint32_t region_count;
  uint32_t region_used;
  char **argv, **envp;
  char path[AK_PATH_BYTES];
  struct stat executable;
};

_Noreturn void child_run(struct child *child);

/* Takes the caller's group, supplementary groups and uid, in this order, and verifies each. 0 or errno. */
int child_take_groups(struct child *child);
int child_take_user(struct child *child);

/* Finds argv[0] with the PATH that the agent will have; fills path and executable. 0 or errno: ENOENT is "not found",
   ENOTSUP a relative path under a directory that the profile has chosen. */
int child_resolve(struct child *child);

/* Builds argv or envp in fresh memory; entries point into the context, the plan and the region, nothing is copied. 0 or errno. */
int child_build_arguments(struct child *child);
int child_build_environment(struct child *child);

/* limits.c: whether the profile's limit can be set. 0 or errno; ERANGE: it is above the caller's hard limit. */
int child_check_open_files(struct child *child);
int child_check_core(struct child *child);
/* Limits and umask of the profile, else of the caller; niceness of the caller. 0 or errno. */
int child_take_limits(struct child *child);

/* gate.c: waits for one message of `type`; its descriptor count. End of file means that the launch was given up: no exec, no word. */
size_t child_await(const struct child *child, uint16_t type, void *out, size_t size, int *fd);
void child_report_prepared(const struct child *child);
void child_report_mapped(const struct child *child);

#endif
