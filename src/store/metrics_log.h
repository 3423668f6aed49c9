#pragma once
// metrics.jsonl: one JSON object a line, appended as the run goes.
#include <cstdint>
#include <filesystem>

#include <nlohmann/json_fwd.hpp>

namespace polyclinic {

class MetricsLog {
 public:
  // Opens or makes the file and cuts off what a resumed run will write again: a line that is not whole, and every line
  // from the first on whose "step" is above `resumed_step` (0: all lines with a step).
  MetricsLog(std::filesystem::path file, std::int64_t resumed_step);
  ~MetricsLog();
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;

  // Appends an object as one line, in one write. FailedError when the disk refuses it.
  void append(const nlohmann::json& object);
  void sync();  // to disk; a checkpoint calls it before it is committed

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace polyclinic
