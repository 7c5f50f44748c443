// Connections and who is at their other end, as the kernel knows it.
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstring>

#include "addon/addon.h"
#include "addon/fail.h"
#include "addon/unique-fd.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77  // Linux 6.5
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace agentkeys {
namespace {

// Connections whose maker is gone are skipped, at most this many a call: the event loop asks again.
constexpr int kAcceptsPerCall = 16;
constexpr time_t kConnectSeconds = 5;

enum class PidfdResult { kHeld, kUnsupported, kGone };

// SAFETY: a bare pid may name somebody else a moment later; the pidfd is taken before anything is decided on it.
PidfdResult HoldPeer(int fd, pid_t pid, UniqueFd *pidfd) {
  int held = -1;
  socklen_t length = sizeof held;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &held, &length) == 0) {
    *pidfd = UniqueFd(held);
    return PidfdResult::kHeld;
  }
  // Older kernels: the pid is the kernel's word from connect time; whoever decides re-checks its start time.
  bool is_unknown_option = errno == ENOPROTOOPT;
  if (is_unknown_option && pid > 0) held = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (held >= 0) {
    *pidfd = UniqueFd(held);
    return PidfdResult::kHeld;
  }
  return is_unknown_option && errno == ENOSYS ? PidfdResult::kUnsupported : PidfdResult::kGone;
}

Napi::Value FormatPeer(Napi::Env env, UniqueFd fd, const struct ucred &peer, UniqueFd pidfd) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("pid", Napi::Number::New(env, peer.pid));
  result.Set("uid", Napi::Number::New(env, peer.uid));
  result.Set("gid", Napi::Number::New(env, peer.gid));
  result.Set("pidfd", Napi::Number::New(env, pidfd.Get()));
  result.Set("fd", Napi::Number::New(env, fd.Get()));
  if (!env.IsExceptionPending()) {
    fd.Release();
    pidfd.Release();
  }
  return result;
}

Napi::Value Accept(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int listen_fd = -1;
  if (!TakeDescriptor(info, 0, &listen_fd)) return env.Undefined();
  for (int turn = 0; turn < kAcceptsPerCall; turn++) {
    UniqueFd fd(accept4(listen_fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.IsOpen() && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!fd.IsOpen() && errno == EAGAIN) return env.Undefined();
    if (!fd.IsOpen()) return FailErrno(env, errno, "accept4");
    struct ucred peer = {0, 0, 0};
    socklen_t length = sizeof peer;
    if (getsockopt(fd.Get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return FailErrno(env, errno, "SO_PEERCRED");
    UniqueFd pidfd;
    bool is_gone = HoldPeer(fd.Get(), peer.pid, &pidfd) == PidfdResult::kGone;
    if (is_gone && (errno == EMFILE || errno == ENFILE)) return FailErrno(env, errno, "SO_PEERPIDFD");
    if (is_gone) continue;
    return FormatPeer(env, std::move(fd), peer, std::move(pidfd));
  }
  return env.Undefined();
}

int SetSendTimeout(int fd, time_t seconds) {
  struct timeval limit = {seconds, 0};
  return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Napi::Value Connect(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string path;
  if (!TakePath(info, 0, &path)) return env.Undefined();
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return FailErrno(env, ENAMETOOLONG, "connect");
  memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.IsOpen()) return FailErrno(env, errno, "socket");
  // Blocking up to a limit: a non-blocking connect fails at once when the backlog is full for a moment.
  if (SetSendTimeout(fd.Get(), kConnectSeconds) != 0) return FailErrno(env, errno, "setsockopt");
  int result;
  do result = connect(fd.Get(), reinterpret_cast<struct sockaddr *>(&address), sizeof address);
  while (result != 0 && errno == EINTR);
  if (result != 0) return FailErrno(env, errno, "connect");
  if (SetSendTimeout(fd.Get(), 0) != 0 || fcntl(fd.Get(), F_SETFL, O_RDWR | O_NONBLOCK) != 0)
    return FailErrno(env, errno, "fcntl");
  struct ucred peer = {0, 0, 0};
  socklen_t length = sizeof peer;
  if (getsockopt(fd.Get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return FailErrno(env, errno, "SO_PEERCRED");
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("uid", Napi::Number::New(env, peer.uid));
  answer.Set("fd", Napi::Number::New(env, fd.Get()));
  if (!env.IsExceptionPending()) fd.Release();
  return answer;
}

}  // namespace

void AddPeers(Napi::Env env, Napi::Object exports) {
  exports.Set("accept", Napi::Function::New<Accept>(env, "accept"));
  exports.Set("connect", Napi::Function::New<Connect>(env, "connect"));
}

}  // namespace agentkeys
