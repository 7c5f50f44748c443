/* Who asks, by the kernel's word about the control socket alone. The broker is not asked: it may have been taken over. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/confinement.h"
#include "core/message.h"
#include "spawner/fault.h"
#include "spawner/spawner.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static int option(int fd, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &length) ? -1 : value;
}

/* Both ends without a name and SEQPACKET: a socketpair. A request connection, which could be replayed after its client has gone,
   is a stream whose near end has the request socket's name. */
static int is_socketpair(int fd) {
  struct sockaddr_un near, far;
  socklen_t near_length = sizeof near, far_length = sizeof far;
  if (option(fd, SO_DOMAIN) != AF_UNIX || option(fd, SO_TYPE) != SOCK_SEQPACKET) return 0;
  if (getsockname(fd, (struct sockaddr *)&near, &near_length) || getpeername(fd, (struct sockaddr *)&far, &far_length)) return 0;
  return near_length <= sizeof(sa_family_t) && far_length <= sizeof(sa_family_t);
}

static int has_hung_up(int fd) {
  struct pollfd state = {.fd = fd, .events = POLLIN};
  return poll(&state, 1, 0) < 0 || (state.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* 1 when the process that made the socket still runs: its pidfd, where the kernel has one, shows no exit. Without this the number
   in SO_PEERCRED could belong to somebody else by now. */
static int maker_is_alive(int control) {
  int pidfd = -1;
  socklen_t length = sizeof pidfd;
  if (getsockopt(control, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length)) return !has_hung_up(control);
  struct pollfd exit_of = {.fd = pidfd, .events = POLLIN};
  int alive = poll(&exit_of, 1, 0) == 0;
  close(pidfd);
  return alive && !has_hung_up(control);
}

/* A sandboxed caller must not get an agent that is less sandboxed than itself. ENOSYS: it has a filter; EPERM: it lacks
   capabilities; EXDEV: it has another root or other namespaces; src/supervisor/failure.ts puts these into words. */
static int check_confinement(pid_t pid, int control, struct authority *out) {
  struct ak_confinement theirs, ours;
  struct ak_place there, here;
  char path[64], process[32];
  snprintf(process, sizeof process, "/proc/%d", (int)pid);
  snprintf(path, sizeof path, "%s/status", process);
  int hidden = -ak_confinement_read(path, &theirs);
  if (!hidden) hidden = -ak_confinement_read("/proc/self/status", &ours);
  if (!hidden) hidden = -ak_place_read(process, &there);
  if (!hidden) hidden = -ak_place_read("/proc/self", &here);
  /* Last: everything above was read from a process that is still the one that made the socket. */
  if (!maker_is_alive(control)) return ESRCH;
  if (hidden) return hidden;
  if (ak_confinement_is_filtered_more(&theirs, &ours)) return ENOSYS;
  if (ak_confinement_has_less(&theirs, &ours)) return EPERM;
  if (!ak_place_is_same(&there, &here)) return EXDEV;
  out->take_no_new_privs = theirs.no_new_privs != 0;
  return 0;
}

int authority_read(const struct spawner *s, int control, struct authority *out, uint32_t *stage) {
  struct ak_peer peer;
  socklen_t length = sizeof out->groups;
  *stage = AK_STAGE_AUTHORITY;
  int forced = AK_FAULT(AK_STAGE_AUTHORITY);
  if (forced) return forced;
  if (control < 0 || !is_socketpair(control)) return EBADF;
  if (ak_peer_read(control, &peer)) return EBADF;
  /* pid 0 is a process of another pid namespace. The broker asks for itself as little as for others. */
  if (peer.pid <= 0 || peer.pid == s->broker || peer.pid == getpid()) return EACCES;
  if (peer.uid != geteuid()) return EACCES;
  if (getsockopt(control, SOL_SOCKET, SO_PEERGROUPS, out->groups, &length)) return errno;
  out->group_count = length / sizeof out->groups[0];
  out->uid = peer.uid;
  out->gid = peer.gid;
  if (has_hung_up(control)) return ESRCH;
  *stage = AK_STAGE_CONFINEMENT;
  forced = AK_FAULT(AK_STAGE_CONFINEMENT);
  return forced ? forced : check_confinement(peer.pid, control, out);
}
