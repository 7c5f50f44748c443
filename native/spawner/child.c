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

static int place_stdio(struct child *c) {
  /* The monitor's 0, 1 and 2 are /dev/null: what the caller had closed stays that, never a stray file. */
  for (int i = 0; i < 3; i++)
    if (c->stdio[i] >= 0 && dup2(c->stdio[i], i) < 0) return errno;
  /* CLOSE_RANGE_CLOEXEC = 4: nothing but 0, 1 and 2 crosses the exec. */
  return syscall(SYS_close_range, 3u, ~0u, 4u) ? errno : 0;
}

/* Default everywhere except what the caller ignored: nohup and trap '' keep their meaning; nothing of the daemon crosses. */
static int clean_signals(struct child *c) {
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
    int bad = -ak_region_map(&c->region, fd);
    if (bad) fail(c, AK_STAGE_REGION, bad);
    if (commit.length > c->region.length) fail(c, AK_STAGE_REGION, EPROTO);
    /* The broker keeps its own mapping of fallback memory until this one is locked: unlocked pages could be swapped out. */
    if (c->region.kind == AK_REGION_LOCKED) child_report_mapped(c);
  }
  struct ak_head go;
  child_await(c, AK_GO, &go, sizeof go, &fd);
}

static int check_executable(struct child *c) {
  struct stat now;
  if (stat(c->path, &now)) return errno;
  int same = now.st_dev == c->executable.st_dev && now.st_ino == c->executable.st_ino && now.st_size == c->executable.st_size &&
             now.st_mtim.tv_sec == c->executable.st_mtim.tv_sec && now.st_mtim.tv_nsec == c->executable.st_mtim.tv_nsec;
  return same ? 0 : ESTALE;
}

static int own_group(struct child *c) {
  (void)c;
  return setpgid(0, 0) ? errno : 0;
}

static int enter_directory(struct child *c) { return fchdir(c->directory) ? errno : 0; }

/* As the agent's user: the profile opens no directory that the agent could not enter itself. */
static int enter_profile_directory(struct child *c) { return c->plan->directory && chdir(c->plan->directory) ? errno : 0; }

static int read_context(struct child *c) {
  int bad = -ak_context_map(c->context_fd, &c->context);
  return bad ? bad : child_build_arguments(c);
}

static int become_agent(struct child *c) {
  execve(c->path, c->argv, c->envp);
  return errno;
}

struct step {
  uint32_t stage;
  int (*take)(struct child *);
};

/* Identity first, and only then the caller's own descriptors, directory and words: they are looked at with the caller's rights.
   The profile's limits are only tried here, while nothing has been released yet; they are set last of all. */
static const struct step preparation[] = {
    {AK_STAGE_GROUP, own_group},           {AK_STAGE_GROUPS, child_take_groups},   {AK_STAGE_USER, child_take_user},
    {AK_STAGE_STDIO, place_stdio},         {AK_STAGE_DIRECTORY, enter_directory},  {AK_STAGE_CWD, enter_profile_directory},
    {AK_STAGE_ARGUMENTS, read_context},    {AK_STAGE_NOFILE, child_check_open_files}, {AK_STAGE_CORE, child_check_core},
    {AK_STAGE_RESOLVE, child_resolve},
};

/* After the go. Limits and signals come last: a low limit must not fail our own steps, nor a signal end them. */
static const struct step start[] = {
    {AK_STAGE_ENVIRONMENT, child_build_environment}, {AK_STAGE_EXECUTABLE, check_executable}, {AK_STAGE_LIMITS, child_take_limits},
    {AK_STAGE_SIGNALS, clean_signals},               {AK_STAGE_EXEC, become_agent},
};

static void take_steps(struct child *c, const struct step *steps, size_t count) {
  for (size_t i = 0; i < count; i++) {
    enter(c, steps[i].stage);
    int bad = steps[i].take(c);
    if (bad) fail(c, steps[i].stage, bad);
  }
}

_Noreturn void child_run(struct child *c) {
  take_steps(c, preparation, sizeof preparation / sizeof preparation[0]);
  child_report_prepared(c);
  take_region(c);
  take_steps(c, start, sizeof start / sizeof start[0]);
  _exit(125); /* exec does not come back without an errno */
}
