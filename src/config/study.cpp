#include "config/study.h"

#include <algorithm>

namespace polyclinic {

const QuantizationOptions& quantization(const StudyConfig& study) {
  return study.strategy.quantization ? *study.strategy.quantization : study.model.quantization;
}

bool has_level(const TaskOptions& task, std::int64_t level) {
  return std::find(task.task_level.begin(), task.task_level.end(), level) != task.task_level.end();
}

}  // namespace polyclinic
