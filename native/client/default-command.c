/* The command of a profile where the caller gave none: read by the Node CLI of this package, since what runs comes from the client. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/client.h"

/* A profile has at most 64 KiB. */
#define ANSWER_MAX (128u << 10)

/* Its 3 is the profile that was opened here, so that the daemon reads the very same file. Of 0 it reads nothing. */
_Noreturn static void become_reader(const char *profile, int profile_file, int answer) {
  char *const arguments[] = {"agentkeys", "native-command", (char *)profile, NULL};
  if (dup2(answer, 1) < 0) _exit(1);
  if (profile_file == 3 ? fcntl(3, F_SETFD, 0) < 0 : profile_file >= 0 && dup2(profile_file, 3) < 0) _exit(1);
  _exit(become_cli(3, (char **)arguments));
}

static size_t read_answer(int fd, char *out) {
  size_t used = 0;
  while (used < ANSWER_MAX) {
    ssize_t n = read(fd, out + used, ANSWER_MAX - used);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    used += (size_t)n;
  }
  return used;
}

/* NUL-terminated strings back to back, the last one whole, the first one a program. NULL: it is no answer. */
static char **split(char *bytes, size_t length) {
  size_t count = 0;
  if (length == 0 || length == ANSWER_MAX || bytes[length - 1] || !bytes[0]) return NULL;
  for (size_t i = 0; i < length; i++) count += !bytes[i];
  char **strings = calloc(count + 1, sizeof *strings);
  for (size_t i = 0; strings && i < count; i++, bytes += strlen(bytes) + 1) strings[i] = bytes;
  return strings;
}

static int await(pid_t reader) {
  int status;
  while (waitpid(reader, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int default_command(const char *profile, int profile_file, char ***command) {
  int ends[2];
  char *answer = malloc(ANSWER_MAX); /* kept: the command points into it */
  /* Where the caller ignores SIGCHLD there would be no status to wait for; what the agent inherits was noted before. */
  signal(SIGCHLD, SIG_DFL);
  pid_t reader = answer && !pipe2(ends, O_CLOEXEC) ? fork() : -1;
  if (reader == 0) become_reader(profile, profile_file, ends[1]);
  if (reader < 0) {
    complain_about("the command of the profile cannot be read", strerror(errno), "give a command after --");
    return AK_EXIT_FAILED;
  }
  close(ends[1]);
  size_t length = read_answer(ends[0], answer);
  close(ends[0]);
  int code = await(reader);
  if (code > 0) return AK_EXIT_FAILED; /* it has said why */
  *command = code ? NULL : split(answer, length);
  if (*command) return 0;
  complain("the command of the profile cannot be read", "give a command after --");
  return AK_EXIT_FAILED;
}
