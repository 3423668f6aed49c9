#pragma once
// Asks a run to save and stop: SIGINT, SIGTERM, or a time limit that nears. The handlers only set a flag; a second
// SIGINT ends the program at once.
#include <chrono>
#include <optional>

#include "core/error.h"

namespace polyclinic {

enum class StopReason { none, interrupt, terminate, time_limit };

class StopRequest {
 public:
  // Installs the handlers; the last destructor puts the old ones back. `time_limit` in seconds from now.
  explicit StopRequest(std::optional<double> time_limit = std::nullopt);
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  // `margin`: seconds that the next step and the save may need; the time limit counts as reached that much earlier.
  StopReason reason(double margin = 0) const;

 private:
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

// 130 for SIGINT, 143 for SIGTERM and a time limit.
ExitCode exit_code(StopReason reason);

}  // namespace polyclinic
