/* Whole messages with descriptors over SEQPACKET sockets, and the peer as the kernel knows it. */
#ifndef AK_MESSAGE_H
#define AK_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

#define AK_DESCRIPTORS_MAX 8

#ifdef __cplusplus
extern "C" {
#endif

/* Sends one message; the descriptors stay the caller's. 0 or -errno (-EAGAIN: would block). */
int ak_message_send(int fd, const void *bytes, size_t length, const int *descriptors, size_t count);

/* The same without ever waiting, whatever the other holders of the socket have made of its flags. */
int ak_message_try(int fd, const void *bytes, size_t length, const int *descriptors, size_t count);

/* Receives one message. Bytes, 0 at end of file, or -errno (-EAGAIN: none waits; -EPROTO: longer than `capacity` or more
   descriptors than `max`, all of which are closed). Descriptors are close-on-exec and the caller's. */
ssize_t ak_message_receive(int fd, void *bytes, size_t capacity, int *descriptors, size_t max, size_t *count);

void ak_descriptors_close(const int *descriptors, size_t count);

struct ak_peer {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

/* SO_PEERCRED: who made the other end. 0 or -errno. */
int ak_peer_read(int fd, struct ak_peer *out);

#ifdef __cplusplus
}
#endif

#endif
