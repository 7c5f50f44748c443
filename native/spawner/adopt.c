/* A new spawner looks for the sessions of the one before it and takes their links over. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/message.h"
#include "spawner/spawner.h"

/* How long a monitor may take to introduce itself, in ms; one that is stopped must not hold up the daemon. */
#define INTRODUCTION_MS 500

static int knock(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct ak_peer peer;
  if (strlen(name) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, name);
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
    /* Nobody behind it: the monitor was killed. The name goes, or it would be asked for ever. */
    if (errno == ECONNREFUSED) unlink(name);
  } else if (ak_peer_read(fd, &peer) == 0 && peer.uid == geteuid()) {
    return fd;
  }
  close(fd);
  return -1;
}

static int hear_introduction(struct spawner *s, int fd) {
  unsigned char bytes[sizeof(struct ak_session) + AK_LABEL_MAX] __attribute__((aligned(8)));
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  size_t count;
  if (poll(&ready, 1, INTRODUCTION_MS) != 1) return -1;
  ssize_t n = ak_message_receive(fd, bytes, sizeof bytes, NULL, 0, &count);
  const struct ak_session *word = (const struct ak_session *)bytes;
  if (n < (ssize_t)sizeof *word || word->head.type != AK_SESSION || word->head.version != AK_WIRE_VERSION) return -1;
  if (word->label_length != (size_t)n - sizeof *word || word->head.session == 0 || session_find(s, word->head.session)) return -1;
  struct session *session = session_add(s, word->head.session, (const char *)(word + 1), word->label_length);
  if (!session) return -1;
  session->link = fd;
  session->pid = word->pid;
  session->monitor = word->monitor_pid;
  session->phase = word->ended ? AK_ENDED_PHASE : AK_RUNNING;
  session->has_told_end = (int)word->ended; /* an end that nobody heard follows as AK_EXITED */
  struct epoll_event on = {.events = EPOLLIN, .data.ptr = session};
  if (epoll_ctl(s->poller, EPOLL_CTL_ADD, fd, &on) == 0) return 0;
  session->link = -1; /* the caller closes it */
  session_remove(s, session);
  return -1;
}

void adopt_sessions(struct spawner *s) {
  /* Names are relative to the directory, so that the length of the path never matters. */
  if (fchdir(s->session_directory)) return;
  DIR *directory = opendir(".");
  for (struct dirent *entry; directory && (entry = readdir(directory));) {
    size_t length = strlen(entry->d_name);
    if (length != 21 || strcmp(entry->d_name + 16, ".sock")) continue;
    int fd = knock(entry->d_name);
    if (fd >= 0 && hear_introduction(s, fd)) close(fd);
  }
  if (directory) closedir(directory);
  if (chdir("/")) return;
}
