#pragma once
// The mix of tasks: which task, and which of its examples, comes next. After n draws each task has been drawn within
// two of n times its share: the most overdue task comes next, a seeded offset a task sets the order, and the mix of a
// step is no matter of luck. A task that runs out starts its own next epoch, shuffled anew. The state is one number a
// task. A task with share 0 is never drawn.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace polyclinic {

// p_t of tasks with `sizes` examples: proportional n_t, uniform 1, temperature n_t^(1/tau); normalised.
// InputError for another name, tau < 1 or an empty task.
std::vector<double> sampling_shares(const std::string& kind, double tau, const std::vector<std::int64_t>& sizes);

struct Draw {
  std::size_t task = 0;
  std::size_t example = 0;  // index into the task's training examples
  std::int64_t epoch = 0;   // of this task, from 0
};

struct SamplerState {
  std::int64_t draws = 0;
  std::vector<std::int64_t> task_draws;  // of each task, over all epochs
};

class TaskSampler {
 public:
  TaskSampler(std::vector<double> shares, std::vector<std::int64_t> sizes, std::uint64_t seed);
  Draw next();
  const SamplerState& state() const { return state_; }
  void restore(const SamplerState& state);

 private:
  const std::vector<std::size_t>& order(std::size_t task, std::int64_t epoch);
  std::vector<double> shares_, offsets_;
  std::vector<std::int64_t> sizes_;
  std::uint64_t seed_;
  SamplerState state_;
  std::vector<std::int64_t> cached_epoch_;
  std::vector<std::vector<std::size_t>> cached_order_;
};

}  // namespace polyclinic
