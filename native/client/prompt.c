/* The prompt: one line typed at the terminal without echo, into locked memory, and on to the broker's pipe. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "client/step.h"

/* Beside the exit codes: the line goes on; begin anew. */
enum { GO_ON = -1, AGAIN = -2 };

#define NO_LINE_END SIZE_MAX
/* A terminal that brackets pastes (xterm and those after it) tells a line feed of the clipboard from the Enter key. */
#define PASTE_BEGIN "\033[200~"
#define PASTE_END "\033[201~"
#define PASTE_MARK_BYTES 6
/* So long nothing more comes after the last byte of a paste that is not bracketed, also over a network. */
#define QUIET_NS 150000000

struct prompt {
  int tty;
  const char *service;
  struct termios before; /* as found at the start; what is put back */
  struct termios hushed; /* as set for the question */
  struct ak_region region;
  size_t length;
  int is_too_long;
  int is_in_paste;
  size_t line_end; /* where the first line of a paste ended; NO_LINE_END: none has */
  int key_signal; /* asked for by a key: for the whole foreground group, as the terminal would send it */
};

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};
static volatile sig_atomic_t arrived;

static void note_signal(int number) { arrived = number; }

/* Blocked but while we wait, so that none slips in between the question and the wait. `waiting`: the mask to wait with. */
static void watch_signals(sigset_t *waiting) {
  struct sigaction action = {.sa_handler = note_signal};
  sigset_t held;
  sigemptyset(&held);
  for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
    sigaddset(&held, watched[i]);
    sigaction(watched[i], &action, NULL);
  }
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_BLOCK, &held, waiting);
}

/* No echo, no lines (those end at 4095 bytes), and no signals from keys: the terminal must be as before when the others get them. */
static int hush(struct prompt *p) {
  struct termios now = p->before;
  now.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  now.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR);
  /* Never 0: a shell that reads before the terminal is restored would take the empty answer for the end of its input, and end. */
  now.c_cc[VMIN] = 1;
  now.c_cc[VTIME] = 0;
  /* From the background this stops us, as it should. What was typed before the prompt is no part of the value. */
  return tcsetattr(p->tty, TCSAFLUSH, &now) || tcgetattr(p->tty, &p->hushed);
}

/* A shell that has taken the terminal back has its own modes by now. */
static int is_hushed(const struct prompt *p) {
  struct termios now;
  return !tcgetattr(p->tty, &now) && now.c_lflag == p->hushed.c_lflag && now.c_iflag == p->hushed.c_iflag &&
         now.c_oflag == p->hushed.c_oflag && !memcmp(now.c_cc, p->hushed.c_cc, sizeof now.c_cc);
}

static int knows_pastes(void) {
  const char *terminal = getenv("TERM");
  return terminal && terminal[0] && strcmp(terminal, "dumb");
}

/* What is still on its way is dropped: the rest of a paste would be typed into the shell, for all to see. */
static void restore(const struct prompt *p) {
  sigset_t output;
  if (!is_hushed(p)) return;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  /* Nobody else puts the echo back, so also from the background. */
  sigprocmask(SIG_BLOCK, &output, NULL);
  if (knows_pastes()) dprintf(p->tty, "\033[?2004l");
  tcsetattr(p->tty, TCSAFLUSH, &p->before);
  sigprocmask(SIG_UNBLOCK, &output, NULL);
}

static int is_key(const struct prompt *p, int which, unsigned char byte) {
  return byte == p->before.c_cc[which] && byte != _POSIX_VDISABLE;
}

/* Takes back one character: in UTF-8 with the bytes that continue it. */
static void erase_character(struct prompt *p) {
  const unsigned char *bytes = p->region.address;
  while (p->length > 0 && p->before.c_iflag & IUTF8 && (bytes[p->length - 1] & 0xc0) == 0x80) p->length--;
  if (p->length > 0) p->length--;
}

static void erase_word(struct prompt *p) {
  const unsigned char *bytes = p->region.address;
  while (p->length > 0 && bytes[p->length - 1] == ' ') p->length--;
  while (p->length > 0 && bytes[p->length - 1] != ' ') p->length--;
}

static void begin_line(struct prompt *p) {
  p->length = 0;
  p->is_too_long = 0;
  p->line_end = NO_LINE_END;
}

/* What comes right behind the end of the line is read and dropped until nothing more does. Whether it was more than line feeds. */
static int drain(struct prompt *p) {
  const struct timespec quiet = {.tv_nsec = QUIET_NS};
  struct pollfd ready = {.fd = p->tty, .events = POLLIN};
  unsigned char *spare = (unsigned char *)p->region.address + AK_VALUE_MAX;
  int is_more = 0;
  while (ppoll(&ready, 1, &quiet, NULL) > 0 && read(p->tty, spare, 1) == 1) is_more |= *spare != '\r' && *spare != '\n';
  return is_more;
}

/* ATTACK: of a paste of many lines the first would be stored, and the shell would be given the others, for all to see and to keep. */
static int finish(struct prompt *p) {
  int is_more = drain(p);
  if (p->is_too_long) return STEP_TOO_LONG;
  if (is_more || p->length > p->line_end) return STEP_MANY_LINES;
  return p->length == 0 ? STEP_EMPTY : STEP_OK;
}

static int press(struct prompt *p, int number) {
  p->key_signal = number;
  return AGAIN;
}

/* Takes the marks of the terminal off the end of what was read. */
static void take_paste_mark(struct prompt *p) {
  if (p->length < PASTE_MARK_BYTES) return;
  const unsigned char *last = (unsigned char *)p->region.address + p->length - PASTE_MARK_BYTES;
  int is_begin = !memcmp(last, PASTE_BEGIN, PASTE_MARK_BYTES);
  if (!is_begin && memcmp(last, PASTE_END, PASTE_MARK_BYTES)) return;
  p->length -= PASTE_MARK_BYTES;
  p->is_in_paste = is_begin;
}

/* The byte lies behind the value, in the region: it is part of it unless it is a key with a meaning. */
static int take_byte(struct prompt *p) {
  unsigned char byte = ((unsigned char *)p->region.address)[p->length];
  int is_line_end = byte == '\r' || byte == '\n';
  if (is_line_end && p->is_in_paste && !p->is_too_long) {
    /* Copied along with a line; only more behind it makes two of them. */
    if (p->line_end == NO_LINE_END) p->line_end = p->length;
    return GO_ON;
  }
  if (is_line_end || is_key(p, VEOF, byte)) return finish(p);
  if (is_key(p, VINTR, byte)) return press(p, SIGINT);
  if (is_key(p, VQUIT, byte)) return press(p, SIGQUIT);
  if (is_key(p, VSUSP, byte)) return press(p, SIGTSTP);
  if (is_key(p, VKILL, byte))
    begin_line(p);
  else if (is_key(p, VERASE, byte) || byte == 0x7f || byte == '\b')
    erase_character(p);
  else if (is_key(p, VWERASE, byte))
    erase_word(p);
  else if (p->length == AK_VALUE_MAX)
    p->is_too_long = 1;
  else {
    p->length++;
    take_paste_mark(p);
  }
  return GO_ON;
}

/* Waits for a byte, a signal, or the end of the broker's interest: a daemon or a CLI that is gone must not leave us reading. */
static int read_line(struct prompt *p, const sigset_t *waiting) {
  for (;;) {
    struct pollfd ready[] = {{.fd = p->tty, .events = POLLIN}, {.fd = AK_STEP_PIPE}};
    int n = ppoll(ready, 2, NULL, waiting);
    if (arrived) return AGAIN;
    if (n < 0) return STEP_FAILED;
    if (ready[1].revents) return STEP_READER_GONE;
    if (ready[0].revents & POLLIN && read(p->tty, (unsigned char *)p->region.address + p->length, 1) == 1) {
      int code = take_byte(p);
      if (code != GO_ON) return code;
    } else if (ready[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
      return STEP_NO_TERMINAL;
    }
  }
}

/* With the terminal as it was, the signal does what it always does: ends us, or stops us until we are continued. */
static void yield_to_signal(struct prompt *p) {
  int number = p->key_signal ? p->key_signal : arrived;
  sigset_t one;
  if (number != SIGCONT) {
    signal(number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, number);
    /* Being continued is answered here: asking twice would say the same. */
    sigaddset(&one, SIGCONT);
    if (p->key_signal)
      kill(0, number);
    else
      raise(number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    sigprocmask(SIG_BLOCK, &one, NULL);
    signal(number, note_signal);
  }
  p->key_signal = 0;
  arrived = 0;
}

static int ask(struct prompt *p, const sigset_t *waiting) {
  if (hush(p)) return STEP_NO_TERMINAL;
  dprintf(p->tty, "%svalue of %s: ", knows_pastes() ? "\033[?2004h" : "", p->service);
  begin_line(p);
  p->is_in_paste = 0;
  int code = read_line(p, waiting);
  restore(p);
  dprintf(p->tty, "\n");
  if (code != AGAIN) return code;
  ak_region_wipe(&p->region);
  yield_to_signal(p);
  return AGAIN;
}

int step_prompt(const char *service) {
  struct prompt p = {.service = service};
  sigset_t waiting;
  /* An open description of our own: that it does not block is nobody else's business. */
  p.tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (p.tty < 0 || tcgetattr(p.tty, &p.before)) return STEP_NO_TERMINAL;
  if (step_protect(&p.region, AK_VALUE_MAX + 1)) return STEP_FAILED;
  watch_signals(&waiting);
  int code = AGAIN;
  while (code == AGAIN) code = ask(&p, &waiting);
  if (code == STEP_OK) code = step_write(AK_STEP_PIPE, p.region.address, p.length);
  step_forget(&p.region);
  return code;
}
