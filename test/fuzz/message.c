/* Any message with any descriptors from a peer, also when our own table is full: ak_message_receive. */
/* links: core/message.c */
#include "core/message.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz.h"

#define MOST_SENT 253

/* Up to two control messages: descriptors, and credentials that nobody asked for. */
static void send_any(int to, size_t length, size_t count, int with_credentials) {
  static unsigned char bytes[512];
  char control[CMSG_SPACE(sizeof(int) * MOST_SENT) + CMSG_SPACE(sizeof(struct ucred))] __attribute__((aligned(16))) = {0};
  struct iovec part = {bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
  struct ucred who = {getpid(), getuid(), getgid()};
  char *at = control;
  if (with_credentials) {
    struct cmsghdr head = {.cmsg_len = CMSG_LEN(sizeof who), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS};
    memcpy(at, &head, sizeof head);
    memcpy(at + CMSG_LEN(0), &who, sizeof who);
    at += CMSG_SPACE(sizeof who);
  }
  if (count > 0) {
    struct cmsghdr head = {.cmsg_len = CMSG_LEN(sizeof(int) * count), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(at, &head, sizeof head);
    for (size_t i = 0; i < count; i++) memcpy(at + CMSG_LEN(0) + i * sizeof(int), &to, sizeof(int));
    at += CMSG_SPACE(sizeof(int) * count);
  }
  message.msg_controllen = (size_t)(at - control);
  DEMAND(sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length);
}

/* Leaves room for exactly `room` descriptors more, wherever the open ones lie; what the limit was before. */
static struct rlimit narrow(const struct descriptors *now, size_t room) {
  struct rlimit before, narrowed;
  rlim_t limit = 0;
  DEMAND(getrlimit(RLIMIT_NOFILE, &before) == 0);
  for (size_t left = room + 1; limit < FUZZ_DESCRIPTORS && (left -= !now->open[limit]) > 0;) limit++;
  narrowed = before;
  if (limit < FUZZ_DESCRIPTORS) narrowed.rlim_cur = limit;
  DEMAND(setrlimit(RLIMIT_NOFILE, &narrowed) == 0);
  return before;
}

static void check(ssize_t n, size_t sent, size_t capacity, size_t given, size_t max, size_t room, size_t count) {
  int fits = sent <= capacity && given <= max && given <= room;
  DEMAND(n == (fits ? (ssize_t)sent : -EPROTO));
  DEMAND(count == (fits ? given : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  int pair[2], on = 1;
  DEMAND(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  for (int turn = 0; in.left > 0 && turn < 8; turn++) {
    uint8_t mode = take_byte(&in);
    size_t given = take_byte(&in) % (MOST_SENT + 1), max = take_byte(&in) % (AK_DESCRIPTORS_MAX + 1);
    size_t sent = 1 + take_byte(&in), capacity = 1 + take_byte(&in);
    size_t room = mode & 1 ? take_byte(&in) : FUZZ_DESCRIPTORS;
    if (mode & 2) setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    int held[AK_DESCRIPTORS_MAX];
    unsigned char *bytes = malloc(capacity);
    size_t count = 99;
    struct descriptors before;
    DEMAND(bytes);
    descriptors_look(&before);
    send_any(pair[1], sent, given, mode & 4);
    struct rlimit limit = narrow(&before, room);
    ssize_t n = ak_message_receive(pair[0], bytes, capacity, held, max, &count);
    DEMAND(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    check(n, sent, capacity, given, max, room, count);
    for (size_t i = 0; i < count; i++) DEMAND(fcntl(held[i], F_GETFD) & FD_CLOEXEC);
    ak_descriptors_close(held, count);
    DEMAND(descriptors_are(&before));
    free(bytes);
  }
  close(pair[0]);
  close(pair[1]);
  return 0;
}
