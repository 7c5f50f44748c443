// One descriptor and its owner.
#ifndef AGENTKEYS_ADDON_UNIQUE_FD_H
#define AGENTKEYS_ADDON_UNIQUE_FD_H

#include <unistd.h>

#include <utility>

namespace agentkeys {

// Closes what it holds unless it was released to JavaScript. -1: holds nothing.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd &&other) noexcept : fd_(other.Release()) {}
  UniqueFd &operator=(UniqueFd &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  UniqueFd(const UniqueFd &) = delete;
  UniqueFd &operator=(const UniqueFd &) = delete;
  ~UniqueFd() {
    // SAFETY: on Linux the number is free even after EINTR; a second close could hit somebody else's descriptor.
    if (fd_ >= 0) close(fd_);
  }

  int Get() const { return fd_; }
  bool IsOpen() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace agentkeys

#endif
