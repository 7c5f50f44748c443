/* The spawner's table of sessions: one monitor each, and what the broker must hear of them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/message.h"
#include "spawner/spawner.h"

void tell_broker(struct spawner *s, const void *bytes, size_t length) {
  while (s->broker_link >= 0) {
    int bad = ak_message_send(s->broker_link, bytes, length, NULL, 0);
    if (bad != -EAGAIN) return;
    struct pollfd room = {.fd = s->broker_link, .events = POLLOUT};
    if (poll(&room, 1, STUCK_MS) == 0 && s->broker > 0) kill(s->broker, SIGKILL);
    if (room.revents & (POLLHUP | POLLERR)) return;
  }
}

struct session *session_find(const struct spawner *s, uint64_t id) {
  for (struct session *at = s->sessions; at; at = at->next)
    if (at->id == id) return at;
  return NULL;
}

struct session *session_add(struct spawner *s, uint64_t id, const char *label, uint32_t label_length) {
  struct session *made = calloc(1, sizeof *made + label_length);
  if (!made) return NULL;
  made->id = id;
  made->link = -1;
  made->label_length = label_length;
  memcpy(made->label, label, label_length);
  made->next = s->sessions;
  s->sessions = made;
  return made;
}

static void tell_head(struct spawner *s, uint16_t type, uint64_t id) {
  struct ak_head head = {.version = AK_WIRE_VERSION, .type = type, .session = id};
  tell_broker(s, &head, sizeof head);
}

void session_remove(struct spawner *s, struct session *session) {
  for (struct session **at = &s->sessions; *at; at = &(*at)->next)
    if (*at == session) {
      *at = session->next;
      break;
    }
  if (session->link >= 0) {
    /* Out of the poller before the number is given back: a stale event would reach the next session. */
    epoll_ctl(s->poller, EPOLL_CTL_DEL, session->link, NULL);
    close(session->link);
  }
  tell_head(s, AK_GONE, session->id);
  free(session);
}

void sessions_abandon_unstarted(struct spawner *s) {
  for (struct session *at = s->sessions, *next; at; at = next) {
    next = at->next;
    if (at->phase < AK_RUNNING) session_remove(s, at);
  }
}

static void tell_end(struct spawner *s, const struct session *session) {
  struct ak_exited ended = {.head = {.version = AK_WIRE_VERSION, .type = AK_EXITED, .session = session->id},
                            .status = session->status,
                            .pid = session->pid};
  tell_broker(s, &ended, sizeof ended);
}

void sessions_announce(struct spawner *s) {
  for (struct session *at = s->sessions; at; at = at->next) {
    struct {
      struct ak_session fixed;
      char label[AK_LABEL_MAX];
    } message = {.fixed = {.head = {.version = AK_WIRE_VERSION, .type = AK_SESSION, .session = at->id},
                           .pid = at->pid,
                           .monitor_pid = at->monitor,
                           .ended = at->phase == AK_ENDED_PHASE,
                           .label_length = at->label_length}};
    memcpy(message.label, at->label, at->label_length);
    tell_broker(s, &message, sizeof message.fixed + at->label_length);
    if (at->phase == AK_ENDED_PHASE && !at->has_told_end) tell_end(s, at);
  }
  tell_head(s, AK_READY, 0);
}

/* What a monitor may say, and in which phase. Anything else is a monitor that is no longer ours. */
static int note(struct spawner *s, struct session *session, const unsigned char *bytes, size_t length) {
  const struct ak_head *head = (const struct ak_head *)bytes;
  if (head->session != session->id || head->version != AK_WIRE_VERSION) return 0;
  switch (head->type) {
    case AK_PREPARED:
      if (session->phase != AK_PREPARING || length < sizeof(struct ak_prepared)) return 0;
      session->phase = AK_PREPARED_PHASE;
      session->pid = ((const struct ak_prepared *)bytes)->pid;
      return 1;
    case AK_FAILED:
      return length == sizeof(struct ak_failed);
    case AK_MAPPED:
    case AK_EXECED:
      return 1;
    case AK_EXITED:
      if (length != sizeof(struct ak_exited)) return 0;
      session->phase = AK_ENDED_PHASE;
      session->status = ((const struct ak_exited *)bytes)->status;
      session->has_told_end = s->broker_link >= 0;
      return 1;
    default:
      return 0;
  }
}

void session_hear(struct spawner *s, struct session *session) {
  unsigned char bytes[sizeof(struct ak_prepared) + AK_PATH_BYTES] __attribute__((aligned(8)));
  size_t count;
  ssize_t n = ak_message_receive(session->link, bytes, sizeof bytes, NULL, 0, &count);
  if (n == -EAGAIN) return;
  if (n < (ssize_t)sizeof(struct ak_head) || !note(s, session, bytes, (size_t)n))
    session_remove(s, session);
  else
    tell_broker(s, bytes, (size_t)n);
}
