/* The client: `run` in C from start to end; every other verb becomes the Node CLI; hidden steps move values (step.h), start daemons and
   list names. */
#ifndef AK_CLIENT_H
#define AK_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/paths.h"

/* Exit codes of `run`; src/core/exit-codes.ts names them all. */
#define AK_EXIT_FAILED 125
#define AK_WITH_MAX 64

struct run_options {
  const char *profile, *agent_id;
  const char *with[AK_WITH_MAX];
  const char *env[AK_WITH_MAX];
  size_t with_count, env_count;
  char **command; /* NULL-terminated; NULL: none given, so that of the profile */
};

/* options.c: fills `out`, or says what is wrong and returns an exit code; -1 to go on; -2: help was asked for. */
int options_parse(int argc, char **argv, struct run_options *out);

/* voice.c: `agentkeys: error: …` and `agentkeys: hint: …` on stderr, every control character escaped, a long subject cut.
   Under --json one object instead, with a code of src/core/errors.ts; `run` has no --json, so its complaints need no code. */
void complain(const char *message, const char *hint);
void complain_about(const char *message, const char *subject, const char *hint);
void complain_as(const char *code, const char *message, const char *subject, const char *hint);
/* The complaint of another of our programs, in the same form; `text` is changed. */
void pass_on(const char *code, char *text);
/* Takes --json and --color out of a command line; `run` has an option table of its own. */
void voice_listen(int argc, char **argv);
void voice_use_json(void);
/* auto, always, never; -1 for another word. */
int voice_use_colour(const char *when);

/* connect.c: a stream to the daemon; its server's uid is ours or root's. Descriptor or -errno. */
int connect_daemon(const struct ak_paths *paths);

/* start.c: makes sure that a daemon listens. 0, or an exit code after a word on stderr. */
int start_daemon(const struct ak_paths *paths);

/* launch-context.c: argv, environment and attributes of this process in a sealed memfd. Descriptor or -errno. */
int build_context(char **command, char **environment, uint64_t ignored);
/* Bit n-1 for every signal that this process was started with as ignored. Call before any handler is set. */
uint64_t ignored_signals(void);

/* request.c: a growing JSON text; `failed` is sticky (out of memory, or bytes that are no UTF-8). */
struct text {
  char *bytes;
  size_t length, capacity;
  int failed;
};
void text_add(struct text *t, const char *raw);
void text_add_string(struct text *t, const char *value);
/* Sends header and payload as one frame with the descriptors. 0 or -errno. */
int frame_send(int fd, const struct text *t, const int *descriptors, size_t count);

/* reply.c: reads frames until one with `id` 1 (or an error) is complete. */
struct reply {
  unsigned char *bytes;
  size_t length;
};
#define REPLY_MORE 0
#define REPLY_OK 1
#define REPLY_ERROR 2
#define REPLY_LOST 3
int reply_read(int fd, struct reply *reply);
/* Copies the string member `name` of the error object, unescaped; 0 where it is absent or too long. */
int reply_error_text(const struct reply *reply, const char *name, char *out, size_t capacity);
int reply_error_exit(const struct reply *reply);

/* default-command.c: the command of a profile, NULL-terminated. `profile_file`: the open file where `profile` is a path, or -1.
   0, or an exit code after a word on stderr. */
int default_command(const char *profile, int profile_file, char ***command);

/* main.c: becomes the Node CLI; returns an exit code, after a word on stderr, where that fails. */
int become_cli(int argc, char **argv);

int run_main(const struct run_options *options, const struct ak_paths *paths);

/* complete.c: the names of profiles or services, one a line, for a shell. Exit code. */
int complete_names(const char *kind);

#endif
