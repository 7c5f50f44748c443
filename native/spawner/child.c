/* Between fork and exec: the steps of the child in their order. Raw, async-signal-safe calls only; a test lists the symbols. */
#include "spawner/child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner/fault.h"

/* Every stage is marked before it is tried, so that a child that dies leaves the name of the stage behind. */
static void mark(const struct child *c, uint32_t stage, int error) {
  struct ak_mark record = {.stage = stage, .error = error};
  if (write(c->marks, &record, sizeof record) != (ssize_t)sizeof record) _exit(125);
}

_Noreturn static void fail(const struct child *c, uint32_t stage, int error) {
  mark(c, stage, error);
  _exit(125);
}

static void enter(const struct child *c, uint32_t stage) {
  mark(c, stage, 0);
  int forced = AK_FAULT(stage);
  if (forced) fail(c, stage, forced);
}

static void require(const struct child *c, uint32_t stage, int error) {
  if (error) fail(c, stage, error);
}

static int place_stdio(const struct child *c) {
  /* The monitor's 0, 1 and 2 are /dev/null: what the caller had closed stays that, never a stray file. */
  for (int i = 0; i < 3; i++)
    if (c->stdio[i] >= 0 && dup2(c->stdio[i], i) < 0) return errno;
  /* CLOSE_RANGE_CLOEXEC = 4: nothing but 0, 1 and 2 crosses the exec. */
  return syscall(SYS_close_range, 3u, ~0u, 4u) ? errno : 0;
}

/* Default everywhere except what the caller ignored: nohup and trap '' keep their meaning; nothing of the daemon crosses. */
static int clean_signals(const struct child *c) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  for (int n = 1; n < 65; n++) {
    if (n == SIGKILL || n == SIGSTOP) continue;
    action.sa_handler = (c->context.header->ignored >> (n - 1)) & 1 ? SIG_IGN : SIG_DFL;
    if (sigaction(n, &action, NULL) && errno != EINVAL) return errno;
  }
  sigset_t none;
  sigemptyset(&none);
  if (c->take_no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return errno;
  return sigprocmask(SIG_SETMASK, &none, NULL) ? errno : 0;
}

static void take_region(struct child *c) {
  struct ak_commit commit;
  int fd = -1;
  size_t count = child_await(c, AK_COMMIT, &commit, sizeof commit, &fd);
  enter(c, AK_STAGE_REGION);
  if (commit.count != c->plan->secrets.count || count != (commit.count > 0)) fail(c, AK_STAGE_REGION, EPROTO);
  c->region_count = commit.count;
  c->region_used = commit.length;
  if (count) {
    require(c, AK_STAGE_REGION, -ak_region_map(&c->region, fd));
    if (commit.length > c->region.length) fail(c, AK_STAGE_REGION, EPROTO);
    /* The broker keeps its own mapping of fallback memory until this one is locked: unlocked pages could be swapped out. */
    if (c->region.kind == AK_REGION_LOCKED) child_report_mapped(c);
  }
  struct ak_head go;
  child_await(c, AK_GO, &go, sizeof go, &fd);
}

static int executable_is_the_same(const struct child *c) {
  struct stat now;
  if (stat(c->path, &now)) return errno;
  int same = now.st_dev == c->executable.st_dev && now.st_ino == c->executable.st_ino && now.st_size == c->executable.st_size &&
             now.st_mtim.tv_sec == c->executable.st_mtim.tv_sec && now.st_mtim.tv_nsec == c->executable.st_mtim.tv_nsec;
  return same ? 0 : ESTALE;
}

static void prepare(struct child *c) {
  enter(c, AK_STAGE_GROUP);
  require(c, AK_STAGE_GROUP, setpgid(0, 0) ? errno : 0);
  enter(c, AK_STAGE_GROUPS);
  require(c, AK_STAGE_GROUPS, child_take_groups(c));
  enter(c, AK_STAGE_USER);
  require(c, AK_STAGE_USER, child_take_user(c));
  enter(c, AK_STAGE_STDIO);
  require(c, AK_STAGE_STDIO, place_stdio(c));
  enter(c, AK_STAGE_DIRECTORY);
  require(c, AK_STAGE_DIRECTORY, fchdir(c->directory) ? errno : 0);
  enter(c, AK_STAGE_ARGUMENTS);
  require(c, AK_STAGE_ARGUMENTS, -ak_context_map(c->context_fd, &c->context));
  require(c, AK_STAGE_ARGUMENTS, child_build_arguments(c));
  enter(c, AK_STAGE_RESOLVE);
  require(c, AK_STAGE_RESOLVE, child_resolve(c));
  child_report_prepared(c);
}

_Noreturn void child_run(struct child *c) {
  prepare(c);
  take_region(c);
  enter(c, AK_STAGE_ENVIRONMENT);
  require(c, AK_STAGE_ENVIRONMENT, child_build_environment(c));
  enter(c, AK_STAGE_EXECUTABLE);
  require(c, AK_STAGE_EXECUTABLE, executable_is_the_same(c));
  enter(c, AK_STAGE_LIMITS);
  require(c, AK_STAGE_LIMITS, child_take_limits(c));
  enter(c, AK_STAGE_SIGNALS);
  require(c, AK_STAGE_SIGNALS, clean_signals(c));
  enter(c, AK_STAGE_EXEC);
  execve(c->path, c->argv, c->envp);
  fail(c, AK_STAGE_EXEC, errno);
}
