/* agentkeys: `run` here, the hidden steps here, every other verb in the Node CLI, which this becomes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "client/step.h"

extern char **environ;

static const char home_hint[] = "set HOME, or AGENTKEYS_HOME to an absolute path of at most 88 bytes";

int become_cli(int argc, char **argv) {
  char root[AK_PATH_MAX], node[AK_PATH_MAX], script[AK_PATH_MAX];
  char **arguments = calloc((size_t)argc + 4, sizeof *arguments);
  if (!arguments || ak_package_root(root, sizeof root) || ak_path_join(script, root, "dist/bin/cli.js")) return 1;
  /* What steers Node would otherwise let the caller's environment put code into the CLI. */
  unsetenv("NODE_OPTIONS");
  unsetenv("NODE_EXTRA_CA_CERTS");
  unsetenv("NODE_PATH");
  if (ak_node_find(root, node) == 0) {
    arguments[0] = node;
    arguments[1] = "--disable-sigusr1";
    arguments[2] = script;
    for (int k = 1; k < argc; k++) arguments[k + 2] = argv[k];
    execve(node, arguments, environ);
  }
  complain_as("INTERNAL", "the interpreter that agentkeys brings along is missing", root, "install again: npm ci");
  return 1;
}

/* Takes this process's place, so that whoever started it signals and waits for the daemon itself. */
static int become_daemon_in_front(void) {
  char root[AK_PATH_MAX], program[AK_PATH_MAX];
  if (ak_package_root(root, sizeof root) || ak_path_join(program, root, "bin/agentkeysd")) return 1;
  char *const arguments[] = {program, "--foreground", NULL};
  execve(program, arguments, environ);
  complain_about("the daemon cannot be started", strerror(errno), "install again: npm ci");
  return 1;
}

static int native_start(void) {
  struct ak_paths paths;
  int bad = ak_paths_resolve(&paths);
  if (bad) {
    complain_as("HOME_INVALID", "no directory for the daemon", ak_paths_complaint(bad), home_hint);
    return 78;
  }
  return start_daemon(&paths);
}

static int native_run(int argc, char **argv) {
  struct ak_paths paths;
  struct run_options options = {0};
  int code = options_parse(argc - 2, argv + 2, &options);
  if (code == -2) {
    char *help[] = {argv[0], "help", "run", NULL};
    return become_cli(3, help);
  }
  if (code >= 0) return code;
  int bad = ak_paths_resolve(&paths);
  if (!bad) return run_main(&options, &paths);
  complain_about("no directory for the daemon", ak_paths_complaint(bad), home_hint);
  return AK_EXIT_FAILED;
}

/* The hidden steps that values pass through; -1: `verb` is none of them. */
static int native_step(int argc, char **argv) {
  const char *verb = argv[1];
  if (!strcmp(verb, "native-pour")) return step_pour(argc > 2 && !strcmp(argv[2], "--quiet"));
  if (!strcmp(verb, "native-drain")) return step_drain();
  if (!strcmp(verb, "native-env-names")) return step_env_names();
  if (argc != 3) return -1;
  if (!strcmp(verb, "native-prompt")) return step_prompt(argv[2]);
  return strcmp(verb, "native-env-value") ? -1 : step_env_value(argv[2]);
}

/* `--color never run …` is `run --color never …`: flags that stand before `run` become its own. */
static void move_behind_run(int argc, char **argv) {
  int i = 1;
  while (i < argc && (!strncmp(argv[i], "--color=", 8) || !strcmp(argv[i], "--color") || !strcmp(argv[i], "--json")))
    i += !strcmp(argv[i], "--color") ? 2 : 1;
  if (i >= argc || strcmp(argv[i], "run")) return;
  char *verb = argv[i];
  memmove(argv + 2, argv + 1, (size_t)(i - 1) * sizeof *argv);
  argv[1] = verb;
}

int main(int argc, char **argv) {
  move_behind_run(argc, argv);
  const char *verb = argc > 1 ? argv[1] : "";
  if (!strcmp(verb, "run")) return native_run(argc, argv);
  voice_listen(argc, argv);
  if (!strcmp(verb, "native-start")) return native_start();
  if (!strcmp(verb, "native-complete")) return complete_names(argc > 2 ? argv[2] : "");
  int code = argc > 1 ? native_step(argc, argv) : -1;
  if (code >= 0) return code;
  if (!strcmp(verb, "daemon") && argc == 3 && !strcmp(argv[2], "--foreground")) return become_daemon_in_front();
  return become_cli(argc, argv);
}
