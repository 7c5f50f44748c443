/* The way to the daemon. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/client.h"
#include "core/message.h"

int connect_daemon(const struct ak_paths *paths) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct ak_peer server;
  strcpy(address.sun_path, paths->socket); /* at most 107 bytes, checked when resolved */
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int bad = connect(fd, (struct sockaddr *)&address, sizeof address) ? -errno : 0;
  /* Whoever sits behind that name gets our environment: it has to be our own daemon, or root's. */
  if (!bad) bad = ak_peer_read(fd, &server);
  if (!bad && server.uid != geteuid() && server.uid != 0) bad = -EPERM;
  if (!bad) return fd;
  close(fd);
  return bad;
}
