#include "train/stop_request.h"

#include <atomic>
#include <csignal>

namespace polyclinic {
namespace {

volatile std::sig_atomic_t received = 0;
std::atomic<int> listeners = 0;  // runs that train side by side stop at the same signal

void note_signal(int number) {
  if (received == number && number == SIGINT) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  received = number;
}

}  // namespace

StopRequest::StopRequest(std::optional<double> time_limit) {
  if (listeners++ == 0) {
    received = 0;
    std::signal(SIGINT, note_signal);
    std::signal(SIGTERM, note_signal);
  }
  if (time_limit) {
    deadline_ = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                       std::chrono::duration<double>(*time_limit));
  }
}

StopRequest::~StopRequest() {
  if (--listeners > 0) return;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

StopReason StopRequest::reason(double margin) const {
  if (received == SIGINT) return StopReason::interrupt;
  if (received == SIGTERM) return StopReason::terminate;
  if (deadline_ && std::chrono::steady_clock::now() + std::chrono::duration<double>(margin) >= *deadline_) {
    return StopReason::time_limit;
  }
  return StopReason::none;
}

ExitCode exit_code(StopReason reason) {
  switch (reason) {
    case StopReason::none:
      return ExitCode::done;
    case StopReason::interrupt:
      return ExitCode::interrupted;
    case StopReason::terminate:
    case StopReason::time_limit:
      break;
  }
  return ExitCode::terminated;
}

}  // namespace polyclinic
