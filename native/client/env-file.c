/* Reads .env files: NAME=VALUE, comments, two kinds of quotes; nothing is expanded, nothing runs. */
#include "client/env-file.h"

#include <string.h>

#include "client/step.h"

#define NAME_MAX_BYTES 128

/* A carriage return counts, so that files from Windows need no case of their own. */
static int is_blank(unsigned char c) { return c == ' ' || c == '\t' || c == '\r'; }

static int is_name_byte(unsigned char c, int is_first) {
  if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_') return 1;
  return !is_first && c >= '0' && c <= '9';
}

static unsigned char *line_end(const struct env_cursor *c) {
  unsigned char *at = c->at;
  while (at < c->end && *at != '\n') at++;
  return at;
}

static void skip_blanks(struct env_cursor *c, const unsigned char *stop) {
  while (c->at < stop && is_blank(*c->at)) c->at++;
}

static void next_line(struct env_cursor *c) {
  c->at = line_end(c);
  if (c->at == c->end) return;
  c->at++;
  c->number++;
}

static int unescape(unsigned char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\\':
    case '$': return c;
    default: return -1;
  }
}

/* From the quote on. A quote that is never closed takes the rest of the file: its lines may be parts of a value, and one of them may
   look like a name. */
static void read_quoted(struct env_cursor *c, struct env_line *line) {
  unsigned char quote = *c->at++;
  unsigned char *out = c->at;
  line->value = out;
  for (; c->at < c->end && *c->at != quote; c->at++) {
    if (quote == '"' && *c->at == '\\' && c->at + 1 < c->end) {
      int byte = unescape(*++c->at);
      if (byte < 0) line->fault = "escape";
      *out++ = (unsigned char)byte;
    } else {
      *out++ = *c->at;
    }
    if (*c->at == '\n') c->number++;
  }
  line->value_length = (size_t)(out - line->value);
  if (c->at == c->end) {
    line->fault = "quote";
    return;
  }
  c->at++;
  unsigned char *stop = line_end(c);
  skip_blanks(c, stop);
  if (c->at < stop && *c->at != '#' && !line->fault) line->fault = "form";
}

/* To the end of the line, or to a blank and `#`. */
static void read_plain(struct env_cursor *c, struct env_line *line, const unsigned char *stop) {
  const unsigned char *finish = c->at;
  /* At the first byte, at[-1] is the equals sign or a blank behind it. */
  while (finish < stop && !(*finish == '#' && is_blank(finish[-1]))) finish++;
  while (finish > c->at && is_blank(finish[-1])) finish--;
  line->value = c->at;
  line->value_length = (size_t)(finish - c->at);
  /* The last line of a key in base64 looks like NAME== and must not be taken for one. */
  if (line->value_length > 0 && *line->value == '=') line->fault = "form";
}

static void read_value(struct env_cursor *c, struct env_line *line, const unsigned char *stop) {
  unsigned char first = c->at < stop ? *c->at : 0;
  line->fault = NULL;
  if (first == '"' || first == '\'' || first == '`')
    read_quoted(c, line);
  else
    read_plain(c, line, stop);
  /* A quote to some programs and a command to a shell: whichever was meant, its lines are not names. */
  if (first == '`' && !line->fault) line->fault = "backtick";
  if (line->fault) return;
  if (line->value_length == 0) line->fault = "empty";
  if (line->value_length > AK_VALUE_MAX) line->fault = "long";
  if (line->value_length > 0 && memchr(line->value, 0, line->value_length)) line->fault = "nul";
}

static void read_assignment(struct env_cursor *c, struct env_line *line, const unsigned char *stop) {
  if (stop - c->at > 7 && !memcmp(c->at, "export", 6) && is_blank(c->at[6])) {
    c->at += 6;
    skip_blanks(c, stop);
  }
  const unsigned char *name = c->at;
  while (c->at < stop && is_name_byte(*c->at, c->at == name)) c->at++;
  size_t length = (size_t)(c->at - name);
  skip_blanks(c, stop);
  if (length == 0 || length > NAME_MAX_BYTES || c->at == stop || *c->at != '=') return;
  line->name = (const char *)name;
  line->name_length = length;
  c->at++;
  skip_blanks(c, stop);
  read_value(c, line, stop);
}

void env_begin(struct env_cursor *cursor, unsigned char *text, size_t length) {
  static const unsigned char mark[] = {0xef, 0xbb, 0xbf};
  int is_marked = length >= sizeof mark && !memcmp(text, mark, sizeof mark);
  *cursor = (struct env_cursor){text + (is_marked ? sizeof mark : 0), text + length, 1};
}

int env_next(struct env_cursor *cursor, struct env_line *line) {
  while (cursor->at < cursor->end) {
    unsigned char *stop = line_end(cursor);
    skip_blanks(cursor, stop);
    int is_empty = cursor->at == stop || *cursor->at == '#';
    if (!is_empty) {
      *line = (struct env_line){.number = cursor->number, .fault = "form"};
      read_assignment(cursor, line, stop);
    }
    next_line(cursor);
    if (!is_empty) return 1;
  }
  return 0;
}
