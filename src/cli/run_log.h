#pragma once
// What a run says while it trains: metrics.jsonl and, where wanted, TensorBoard events.
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "store/event_writer.h"
#include "store/metrics_log.h"
#include "store/run_folder.h"

namespace polyclinic {

class RunLog {
 public:
  // Goes on behind the line of `resumed_step`; 0: from the start.
  RunLog(const RunFolder& folder, std::int64_t resumed_step, bool tensorboard);
  void append(const nlohmann::json& line);  // with "step"
  void sync() { metrics_.sync(); }

 private:
  MetricsLog metrics_;
  std::unique_ptr<EventWriter> events_;
};

// Mean of one number over the lines of metrics.jsonl that have it.
std::optional<double> mean_of_lines(const std::filesystem::path& metrics, const char* key);

}  // namespace polyclinic
