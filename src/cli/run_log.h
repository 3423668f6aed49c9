#pragma once
// What a run says while it trains: metrics.jsonl and, where wanted, TensorBoard events.
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/conflict_summary.h"
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
  ConflictSummary conflicts_;  // since the last score on dev: one picture each time
};

}  // namespace polyclinic
