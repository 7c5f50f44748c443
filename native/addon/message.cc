// Bytes and descriptors over a socket, one system call at a time. What arrives here is hostile.
#include <errno.h>
#include <sys/socket.h>

#include <climits>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "addon/addon.h"
#include "addon/fail.h"
#include "addon/unique-fd.h"

namespace agentkeys {
namespace {

// The kernel's own bound for one message (SCM_MAX_FD).
constexpr size_t kMaxDescriptors = 253;
constexpr int64_t kMaxBytes = 1 << 20;

struct Control {
  alignas(struct cmsghdr) char bytes[CMSG_SPACE(kMaxDescriptors * sizeof(int))];
};

// Takes every descriptor that the kernel installed; what does not fit `most` is closed.
// Returns whether there was any surplus.
bool CollectDescriptors(struct msghdr *message, size_t most, std::vector<UniqueFd> *out) {
  bool has_surplus = false;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < count; index++) {
      int number = -1;
      memcpy(&number, CMSG_DATA(part) + index * sizeof number, sizeof number);
      UniqueFd fd(number);
      if (out->size() < most) {
        out->push_back(std::move(fd));
      } else {
        has_surplus = true;
      }
    }
  }
  return has_surplus;
}

Napi::Value FormatMessage(Napi::Env env, const char *bytes, size_t count, std::vector<UniqueFd> descriptors,
                          bool is_truncated) {
  Napi::Object result = Napi::Object::New(env);
  Napi::Array numbers = Napi::Array::New(env, descriptors.size());
  result.Set("data", Napi::Buffer<char>::Copy(env, bytes, count));
  result.Set("isTruncated", Napi::Boolean::New(env, is_truncated));
  result.Set("descriptors", numbers);
  for (uint32_t index = 0; index < descriptors.size(); index++)
    numbers.Set(index, Napi::Number::New(env, descriptors[index].Get()));
  if (env.IsExceptionPending()) return env.Undefined();
  for (UniqueFd &fd : descriptors) fd.Release();
  return result;
}

Napi::Value Receive(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int fd = -1;
  int64_t max_bytes = 0;
  int64_t max_descriptors = 0;
  if (!TakeDescriptor(info, 0, &fd) || !TakeWhole(info, 1, "maxBytes", 1, kMaxBytes, &max_bytes) ||
      !TakeWhole(info, 2, "maxDescriptors", 0, kMaxDescriptors, &max_descriptors))
    return env.Undefined();
  std::unique_ptr<char[]> bytes(new (std::nothrow) char[static_cast<size_t>(max_bytes)]);
  if (bytes == nullptr) return FailErrno(env, ENOMEM, "malloc");
  // SAFETY: always room for the kernel's maximum, so that every descriptor installed is seen here and none leaks.
  Control control;
  struct iovec part = {bytes.get(), static_cast<size_t>(max_bytes)};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t count;
  do count = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (count < 0 && errno == EINTR);
  if (count < 0 && errno == EAGAIN) return env.Undefined();
  if (count < 0) return FailErrno(env, errno, "recvmsg");
  std::vector<UniqueFd> descriptors;
  // No bytes means end of file to the caller: descriptors beside it have no message that they belong to.
  size_t most = count == 0 ? 0 : static_cast<size_t>(max_descriptors);
  bool has_surplus = CollectDescriptors(&message, most, &descriptors);
  bool is_truncated = has_surplus || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  return FormatMessage(env, bytes.get(), static_cast<size_t>(count), std::move(descriptors), is_truncated);
}

// Copies descriptor numbers into the control buffer; false with an exception pending if one is none.
bool PackDescriptors(Napi::Env env, const Napi::Array &numbers, struct msghdr *message, Control *control) {
  size_t count = numbers.Length();
  if (count == 0) return true;
  message->msg_control = control->bytes;
  message->msg_controllen = CMSG_SPACE(count * sizeof(int));
  memset(control->bytes, 0, message->msg_controllen);
  struct cmsghdr *part = CMSG_FIRSTHDR(message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(count * sizeof(int));
  for (uint32_t index = 0; index < count; index++) {
    Napi::Value value = numbers.Get(index);
    int64_t whole = 0;
    if (env.IsExceptionPending()) return false;
    if (!ReadWhole(value, 0, INT_MAX, &whole)) {
      FailArgument(env, "descriptors");
      return false;
    }
    int number = static_cast<int>(whole);
    memcpy(CMSG_DATA(part) + index * sizeof number, &number, sizeof number);
  }
  return true;
}

Napi::Value Send(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int fd = -1;
  if (!TakeDescriptor(info, 0, &fd)) return env.Undefined();
  if (!info[1].IsTypedArray() || info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    return FailArgument(env, "data");
  if (!info[2].IsArray()) return FailArgument(env, "descriptors");
  Napi::Uint8Array data = info[1].As<Napi::Uint8Array>();
  Napi::Array numbers = info[2].As<Napi::Array>();
  // An empty message would lose its descriptors on a stream, and read as end of file on a packet socket.
  if (data.ByteLength() == 0) return FailArgument(env, "data");
  if (numbers.Length() > kMaxDescriptors) return FailErrno(env, EINVAL, "sendmsg");
  Control control;
  struct iovec part = {data.Data(), data.ByteLength()};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!PackDescriptors(env, numbers, &message, &control)) return env.Undefined();
  ssize_t count;
  do count = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (count < 0 && errno == EINTR);
  if (count < 0 && errno != EAGAIN) return FailErrno(env, errno, "sendmsg");
  return Napi::Number::New(env, static_cast<double>(count));
}

}  // namespace

void AddMessages(Napi::Env env, Napi::Object exports) {
  exports.Set("receive", Napi::Function::New<Receive>(env, "receive"));
  exports.Set("send", Napi::Function::New<Send>(env, "send"));
}

}  // namespace agentkeys
