/* What the client says to a person: lower-case, no full stop, nothing that could steer a terminal. Under --json one object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "core/printable.h"

/* Set once, before anything is said. */
static struct {
  int is_json;
  enum { AUTO, ALWAYS, NEVER } colour;
} wish;

void voice_use_json(void) { wish.is_json = 1; }

int voice_use_colour(const char *when) {
  static const char *const words[] = {"auto", "always", "never"};
  for (int i = 0; i < 3; i++) {
    if (strcmp(when, words[i])) continue;
    wish.colour = i == 0 ? AUTO : i == 1 ? ALWAYS : NEVER;
    return 0;
  }
  return -1;
}

/* What was typed before `--` for a verb of the Node program, whose own voice takes over later. */
void voice_listen(int argc, char **argv) {
  for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
    if (!strcmp(argv[i], "--json")) voice_use_json();
    if (!strncmp(argv[i], "--color=", 8)) voice_use_colour(argv[i] + 8);
    if (!strcmp(argv[i], "--color") && i + 1 < argc) voice_use_colour(argv[i + 1]);
  }
}

static int is_set(const char *value) { return value && value[0]; }

/* The flag wins over variables, no colour over colour: as src/cli/voice.ts. */
static int may_colour(void) {
  const char *forced = getenv("FORCE_COLOR"), *terminal = getenv("TERM");
  if (wish.colour != AUTO) return wish.colour == ALWAYS;
  if (is_set(getenv("NO_COLOR"))) return 0;
  if (!is_set(forced)) forced = getenv("CLICOLOR_FORCE");
  if (is_set(forced)) return strcmp(forced, "0") != 0;
  return isatty(2) && !(terminal && !strcmp(terminal, "dumb"));
}

static void begin_line(const char *style, const char *title) {
  if (may_colour())
    fprintf(stderr, "agentkeys: \033[%sm%s:\033[0m ", style, title);
  else
    fprintf(stderr, "agentkeys: %s: ", title);
}

static void tell_json(const char *code, const char *message, const char *subject, const char *hint) {
  fprintf(stderr, "{\"error\":{\"code\":\"%s\",\"message\":\"", code);
  ak_print_json(stderr, message);
  if (subject) fputs(": ", stderr);
  if (subject) ak_print_json(stderr, subject);
  fputs("\",\"hint\":\"", stderr);
  ak_print_json(stderr, hint ? hint : "");
  fputs("\"}}\n", stderr);
}

void complain_as(const char *code, const char *message, const char *subject, const char *hint) {
  if (wish.is_json) {
    tell_json(code, message, subject, hint);
    return;
  }
  begin_line("1;31", "error");
  ak_print_text(stderr, message);
  if (subject) fputs(": ", stderr);
  if (subject) ak_print_cut(stderr, subject);
  fputc('\n', stderr);
  if (!hint || !hint[0]) return;
  begin_line("36", "hint");
  ak_print_text(stderr, hint);
  fputc('\n', stderr);
}

void complain_about(const char *message, const char *subject, const char *hint) { complain_as("INTERNAL", message, subject, hint); }

void complain(const char *message, const char *hint) { complain_about(message, NULL, hint); }

/* The text after `prefix` up to the end of its line, which is cut off; NULL where no line begins so. */
static char *find_line(char *text, const char *prefix) {
  char *at = strstr(text, prefix);
  if (!at) return NULL;
  at += strlen(prefix);
  at[strcspn(at, "\n")] = 0;
  return at;
}

/* Escaped already by whoever wrote it, so only our own words are looked for in it. */
void pass_on(const char *code, char *text) {
  if (!wish.is_json) {
    fputs(text, stderr);
    return;
  }
  char *hint = find_line(text, "agentkeys: hint: ");
  char *message = find_line(text, "agentkeys: error: ");
  tell_json(code, message ? message : "the daemon ended before it listened", NULL, hint ? hint : "agentkeys daemon --foreground shows why");
}
