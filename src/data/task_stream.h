#pragma once
// The order in which a task's examples are fed: a new shuffle in each pass, fixed by (seed, pass, task name) and
// nothing else, so that a position is the whole state. Which task comes next is the strategy's to say.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace polyclinic {

// Example numbers 0 .. examples - 1 in the order of one pass.
std::vector<std::size_t> epoch_order(std::uint64_t seed, std::uint64_t epoch, std::string_view task,
                                     std::size_t examples);

struct StreamPosition {
  std::uint64_t epoch = 0;   // passes that are complete
  std::uint64_t cursor = 0;  // examples of the running pass that were given out; below the number of examples
  bool operator==(const StreamPosition&) const = default;
};
void to_json(nlohmann::json& out, const StreamPosition& position);
void from_json(const nlohmann::json& in, StreamPosition& position);

class TaskStream {
 public:
  // InputError when there are no examples or `position` lies beyond them.
  TaskStream(std::uint64_t seed, std::string task, std::size_t examples, StreamPosition position = {});
  std::size_t next();  // number of the next example; endless
  StreamPosition position() const { return position_; }
  std::size_t examples() const { return examples_; }
  const std::string& task() const { return task_; }

 private:
  std::uint64_t seed_;
  std::string task_;
  std::size_t examples_;
  StreamPosition position_;
  std::vector<std::size_t> order_;  // of the running pass
};

}  // namespace polyclinic
