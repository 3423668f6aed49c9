#pragma once
// Tokens are the study's currency (design.md, section 5): counted once when they are fed for training, special tokens
// included, by task and cumulatively. The counts live in the checkpoint.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace polyclinic {

struct TokenCount {
  std::int64_t fed = 0;           // a sequence's tokens once, whatever its streams
  std::int64_t loss_bearing = 0;  // of these, with a loss of their own
  std::int64_t trunk = 0;         // rows that went through the trunk: S3b's second stream counts again
  std::int64_t sequences = 0;
  TokenCount& operator+=(const TokenCount& other);
  bool operator==(const TokenCount&) const = default;
};
void to_json(nlohmann::json& out, const TokenCount& count);
void from_json(const nlohmann::json& in, TokenCount& count);

class TokenCounts {
 public:
  TokenCounts() = default;
  explicit TokenCounts(const std::vector<std::string>& tasks);
  void add(std::size_t task, const TokenCount& count) { by_task_.at(task).second += count; }
  const TokenCount& of(std::size_t task) const { return by_task_.at(task).second; }
  TokenCount total() const;
  std::size_t tasks() const { return by_task_.size(); }
  bool operator==(const TokenCounts&) const = default;

  // {"tasks": {"bc5cdr": {"fed": ..., "loss_bearing": ..., "trunk": ..., "sequences": ...}}, "total": {...}}
  nlohmann::json json() const;
  // Counts of json(); the tasks' order is that of `tasks`. InputError when they are not the same tasks.
  static TokenCounts from(const nlohmann::json& saved, const std::vector<std::string>& tasks);

 private:
  std::vector<std::pair<std::string, TokenCount>> by_task_;
};

}  // namespace polyclinic
