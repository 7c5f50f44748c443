/* The monitor's door: run/session/<id>.sock, through which a new spawner finds a session that outlived the one before it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/message.h"
#include "spawner/monitor.h"

static void name_of(const struct monitor *m, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  snprintf(address->sun_path, sizeof address->sun_path, "%016llx.sock", (unsigned long long)m->in->plan->session);
}

/* Relative to the directory, so that the length of the path never matters. Without a door the session merely cannot be adopted. */
void monitor_open_door(struct monitor *m) {
  struct sockaddr_un address;
  name_of(m, &address);
  if (fchdir(m->in->session_directory)) return;
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t before = umask(0177);
  int bad = fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4);
  umask(before);
  if (chdir("/")) bad = 1;
  if (!bad) {
    m->door = fd;
  } else if (fd >= 0) {
    close(fd);
  }
}

void monitor_close_door(struct monitor *m) {
  struct sockaddr_un address;
  if (m->door < 0) return;
  name_of(m, &address);
  unlinkat(m->in->session_directory, address.sun_path, 0);
  close(m->door);
  m->door = -1;
}

static void introduce(struct monitor *m) {
  const struct ak_plan *plan = m->in->plan;
  struct {
    struct ak_session fixed;
    char label[AK_LABEL_MAX];
  } message = {.fixed = {.head = {.version = AK_WIRE_VERSION, .type = AK_SESSION, .session = plan->session},
                         .pid = m->child,
                         .monitor_pid = getpid(),
                         .ended = (uint32_t)m->has_ended,
                         .label_length = plan->label_length}};
  memcpy(message.label, plan->label, plan->label_length);
  ak_message_send(m->link, &message, sizeof message.fixed + plan->label_length, NULL, 0);
  if (!m->has_ended || m->has_told_end) return;
  struct ak_exited ended = {.head = {.version = AK_WIRE_VERSION, .type = AK_EXITED, .session = plan->session},
                            .status = m->status,
                            .pid = m->child};
  m->has_told_end = ak_message_send(m->link, &ended, sizeof ended, NULL, 0) == 0;
}

/* One spawner at a time, and only of our own uid: while the old one lives, nobody takes its place. */
void monitor_answer_door(struct monitor *m) {
  struct ak_peer peer;
  int fd = accept4(m->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    /* Out of descriptors the caller stays in the queue and would wake us for ever. */
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) monitor_close_door(m);
    return;
  }
  if (m->link >= 0 || ak_peer_read(fd, &peer) || peer.uid != geteuid()) {
    close(fd);
    return;
  }
  m->link = fd;
  introduce(m);
}
