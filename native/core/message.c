/* Whole messages with descriptors over SEQPACKET sockets, and the peer as the kernel knows it. */
#include "core/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int send_with(int flags, int fd, const void *bytes, size_t length, const int *descriptors, size_t count) {
  char control[CMSG_SPACE(sizeof(int) * AK_DESCRIPTORS_MAX)] __attribute__((aligned(sizeof(size_t))));
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > AK_DESCRIPTORS_MAX) return -EINVAL;
  if (count > 0) {
    memset(control, 0, sizeof control);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(head), descriptors, sizeof(int) * count);
  }
  for (;;) {
    ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL | flags);
    if (n >= 0) return 0;
    if (errno != EINTR) return -errno;
  }
}

int ak_message_send(int fd, const void *bytes, size_t length, const int *descriptors, size_t count) {
  return send_with(0, fd, bytes, length, descriptors, count);
}

int ak_message_try(int fd, const void *bytes, size_t length, const int *descriptors, size_t count) {
  return send_with(MSG_DONTWAIT, fd, bytes, length, descriptors, count);
}

void ak_descriptors_close(const int *descriptors, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (descriptors[i] >= 0) close(descriptors[i]);
}

/* Takes at most `max` descriptors; every other one is closed, so that a peer cannot fill our table. */
static int take_descriptors(struct msghdr *message, int *out, size_t max, size_t *count) {
  int surplus = 0;
  for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    size_t held = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < held; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof fd);
      if (*count < max) {
        out[(*count)++] = fd;
      } else {
        close(fd);
        surplus = 1;
      }
    }
  }
  return surplus;
}

ssize_t ak_message_receive(int fd, void *bytes, size_t capacity, int *descriptors, size_t max, size_t *count) {
  /* Room for the kernel's own limit of 253, so that it never installs a descriptor that we do not see. */
  char control[CMSG_SPACE(sizeof(int) * 253)] __attribute__((aligned(sizeof(size_t))));
  struct iovec part = {.iov_base = bytes, .iov_len = capacity};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n;
  *count = 0;
  int has_been_reset = 0;
  do {
    n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    /* A peer that closed with words of ours unread is told once as a reset, ahead of its own last words: those still wait behind it. */
  } while (n < 0 && (errno == EINTR || (errno == ECONNRESET && !has_been_reset++)));
  if (n < 0) return -errno;
  int surplus = take_descriptors(&message, descriptors, max, count);
  if (surplus || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
    ak_descriptors_close(descriptors, *count);
    *count = 0;
    return -EPROTO;
  }
  return n;
}

int ak_peer_read(int fd, struct ak_peer *out) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length)) return -errno;
  out->pid = credentials.pid;
  out->uid = credentials.uid;
  out->gid = credentials.gid;
  return 0;
}
