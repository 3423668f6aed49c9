#include "data/token_counts.h"

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

TokenCount& TokenCount::operator+=(const TokenCount& other) {
  fed += other.fed;
  loss_bearing += other.loss_bearing;
  trunk += other.trunk;
  sequences += other.sequences;
  return *this;
}

void to_json(nlohmann::json& out, const TokenCount& count) {
  out = {
      {"fed", count.fed}, {"loss_bearing", count.loss_bearing}, {"trunk", count.trunk}, {"sequences", count.sequences}};
}

void from_json(const nlohmann::json& in, TokenCount& count) {
  in.at("fed").get_to(count.fed);
  in.at("loss_bearing").get_to(count.loss_bearing);
  in.at("trunk").get_to(count.trunk);
  in.at("sequences").get_to(count.sequences);
}

TokenCounts::TokenCounts(const std::vector<std::string>& tasks) {
  for (const std::string& task : tasks) by_task_.emplace_back(task, TokenCount{});
}

TokenCount TokenCounts::total() const {
  TokenCount sum;
  for (const auto& [task, count] : by_task_) sum += count;
  return sum;
}

nlohmann::json TokenCounts::json() const {
  nlohmann::json tasks = nlohmann::json::object();
  for (const auto& [task, count] : by_task_) tasks[task] = count;
  return {{"tasks", tasks}, {"total", total()}};
}

TokenCounts TokenCounts::from(const nlohmann::json& saved, const std::vector<std::string>& tasks) {
  TokenCounts counts(tasks);
  const nlohmann::json& of_task = saved.at("tasks");
  for (auto& [task, count] : counts.by_task_) {
    const auto found = of_task.find(task);
    if (found == of_task.end()) throw InputError(concat("the saved token counts have no task '", task, "'"));
    count = found->get<TokenCount>();
  }
  if (of_task.size() != tasks.size()) throw InputError("the saved token counts have tasks that the run does not have");
  return counts;
}

}  // namespace polyclinic
