#pragma once
// The training loop of one run and everything that a resumed run needs (reference/models.md, C3): parameters, moments,
// step, scaler, the place in the data, counters, early stopping. Random streams are pure functions of (seed, step,
// sequence), so their positions follow from the step. A checkpoint falls between two steps, so that there are no
// partial sums.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "data/token_counts.h"
#include "strategy/sampling.h"
#include "train/early_stopping.h"
#include "train/progress.h"
#include "train/schedule.h"
#include "train/stop_request.h"
#include "train/train_step.h"

namespace polyclinic {

// Which token counts stand in each line of the metrics. Checkpoints and the store hold all of them always.
struct TokenLog {
  bool per_step = true;    // "step_tokens"
  bool per_task = true;    // "tokens": {"tasks": ...}
  bool cumulative = true;  // "tokens": {"total": ...}
};

// Training on some of the parts. A phase begins with fresh moments, a fresh schedule and fresh patience, and hands on
// the parameters of its best dev score.
struct Phase {
  std::string name;
  std::vector<double> shares;  // of each part in the mix, sum 1; 0: not in this phase
  std::int64_t steps = 1;
  Schedule schedule;  // over the steps of the phase
};

struct TrainerOptions {
  std::int64_t steps = 1;        // of the whole run
  std::int64_t batch_size = 16;  // sequences of a step
  double learning_rate = 1e-4;
  Schedule schedule;
  AdamWOptions adamw;
  StepOptions step;
  bool loss_scaling = false;  // float16
  std::int64_t eval_every = 200;
  std::int64_t patience = 3;
  std::optional<std::int64_t> checkpoint_every_steps;
  std::optional<double> checkpoint_every_seconds;
  std::uint64_t data_seed = 1;
  std::vector<double> shares;  // of each part in the mix, sum 1
  // Feed no token beyond this many; the last step is cut to fit. `steps` then says where that is (token_budget.h).
  std::optional<std::int64_t> token_budget;
  TokenLog token_log;
  // S4: phases, one after another; empty: one phase of `steps` with `shares` and `schedule`.
  std::vector<Phase> phases;
  bool elastic_weights = false;  // EWC between the phases
  double elastic_lambda = 0;
  std::int64_t fisher_samples = 0;
};

// What the loop asks of others.
struct TrainerHooks {
  // Score of a phase on dev, larger is better; called after every eval_every steps and after the last.
  std::function<double(std::size_t phase)> evaluate;
  // Dev score of every task: before the first step and after each phase, where there are several.
  std::function<std::vector<double>()> evaluate_tasks;
  // One line of the metrics, with "step".
  std::function<void(const nlohmann::json& line)> log;
  // Commits a checkpoint: calls write(folder) with an empty folder.
  std::function<void(std::int64_t step, bool best, const std::function<void(const std::filesystem::path&)>& write)>
      checkpoint;
};

class Trainer {
 public:
  // `training`: the sequences of each part, with gold.
  Trainer(Network& network, std::vector<std::vector<PartSequence>> training, const TrainerOptions& options,
          TrainerHooks hooks);
  ~Trainer();

  // Goes on from the current state to the end, or until a stop is asked for; then it has saved. Returns the reason.
  StopReason run(Progress& progress, const StopRequest& stop);

  // Files of a checkpoint in `folder`: parameters.safetensors, optimizer.safetensors, state.json; with several phases
  // also phases.safetensors (best parameters of the phase at hand, EWC's three vectors).
  void save(const std::filesystem::path& folder) const;
  void load(const std::filesystem::path& folder);

  std::int64_t step() const { return step_; }
  bool finished() const { return phase_ >= options_.phases.size(); }
  bool several_phases() const { return options_.phases.size() > 1; }
  const EarlyStopping& early_stopping() const { return early_stopping_; }  // of the last phase
  // Dev score of what the run ends with: the best one; after several phases the mean of all tasks.
  double dev_score() const;
  // Dev scores of all tasks before training, and after each finished phase.
  const std::vector<double>& untrained_scores() const { return untrained_; }
  const std::vector<std::vector<double>>& task_scores() const { return task_scores_; }
  const TokenCounts& tokens() const { return tokens_; }
  std::int64_t skipped_steps() const { return scaler_.skipped(); }
  std::int64_t micro_batch_tokens() const { return options_.step.max_tokens; }  // halved where memory ran out
  std::int64_t largest_pack() const { return largest_pack_; }                   // tokens, since this process began
  // Of the optimizer steps since this process began.
  double tokens_per_second() const { return step_seconds_ > 0 ? static_cast<double>(step_tokens_) / step_seconds_ : 0; }

 private:
  std::vector<PartSequence> next_step();
  std::int64_t count(const std::vector<PartSequence>& sequences);  // returns the tokens fed
  nlohmann::json described(std::int64_t fed, double rate) const;
  void add_result(const StepResult& result, nlohmann::json& line) const;
  void train_step(Progress& progress);
  // Reads the step under way and logs it; before anything that looks at the run's state.
  void settle(Progress& progress);
  QueuedStep step_in_memory(Progress& progress, const std::vector<PartSequence>& sequences, double rate);
  [[noreturn]] void end_without_memory(Progress& progress, const OutOfDeviceMemory& error, const SamplerState& before);
  bool evaluate(Progress& progress);  // true: the best of the phase so far
  const Phase& phase() const { return options_.phases[phase_]; }
  bool phase_over() const { return phase_step_ >= phase().steps || early_stopping_.stop(); }
  void begin_phase();
  void end_phase(Progress& progress);
  AdamW make_optimizer() const;
  void checkpoint(Progress& progress, bool best);
  bool checkpoint_due() const;

  Network& network_;
  std::vector<std::vector<PartSequence>> training_;
  TrainerOptions options_;
  TrainerHooks hooks_;
  std::size_t phase_ = 0;  // before what reads phase()
  AdamW optimizer_;
  LossScaler scaler_;
  EarlyStopping early_stopping_;
  TaskSampler sampler_;
  TokenCounts tokens_;
  ElasticWeights elastic_;
  at::Tensor best_values_;  // of the phase at hand; only with several
  std::vector<double> untrained_;
  std::vector<std::vector<double>> task_scores_;
  std::int64_t step_ = 0, phase_step_ = 0;
  std::chrono::steady_clock::time_point last_checkpoint_;
  double slowest_step_ = 0, step_seconds_ = 0;
  std::int64_t step_tokens_ = 0, largest_pack_ = 0;
  struct UnderWay;
  std::unique_ptr<UnderWay> under_way_;  // the newest step, until it is read
  bool halved_ = false;                  // the micro-batch, because memory ran out
  std::string note_;
};

std::vector<std::string> part_names(const Network& network);

// The parameters of a checkpoint alone, for prediction. FailedError when names or shapes differ from the network's.
void load_parameters(Network& network, const std::filesystem::path& folder);

}  // namespace polyclinic
