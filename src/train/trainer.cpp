#include "train/trainer.h"

#include <algorithm>
#include <numeric>

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "train/device_memory.h"
#include "train/fisher.h"

namespace polyclinic {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<std::int64_t> sizes_of(const std::vector<std::vector<PartSequence>>& training) {
  std::vector<std::int64_t> sizes;
  for (const auto& part : training) sizes.push_back(static_cast<std::int64_t>(part.size()));
  return sizes;
}

// One phase where the options name none.
TrainerOptions with_phases(TrainerOptions options) {
  if (options.phases.empty()) options.phases.push_back({"", options.shares, options.steps, options.schedule});
  options.steps = 0;
  for (const Phase& phase : options.phases) options.steps += phase.steps;
  return options;
}

}  // namespace

// What is known of a step before it is read.
struct Trainer::UnderWay {
  QueuedStep queued;
  std::int64_t number = 0, fed = 0;
  nlohmann::json line;
};

std::vector<std::string> part_names(const Network& network) {
  std::vector<std::string> names;
  for (const Part& part : network.parts()) names.push_back(part.name);
  return names;
}

Trainer::Trainer(Network& network, std::vector<std::vector<PartSequence>> training, const TrainerOptions& options,
                 TrainerHooks hooks)
    : network_(network),
      training_(std::move(training)),
      options_(with_phases(options)),
      hooks_(std::move(hooks)),
      optimizer_(make_optimizer()),
      early_stopping_(options.patience),
      sampler_(phase().shares, sizes_of(training_), options.data_seed),
      tokens_(part_names(network)),
      elastic_(options.elastic_lambda),
      last_checkpoint_(Clock::now()) {
  if (options_.loss_scaling) scaler_ = LossScaler(LossScaler::Options{});
  if (several_phases()) best_values_ = network_.store().values().clone();
  if (options_.elastic_weights) options_.step.elastic = &elastic_;
}

Trainer::~Trainer() = default;

// Heads of tasks that are not in the phase have no gradient; weight decay leaves them alone too.
AdamW Trainer::make_optimizer() const {
  std::vector<std::pair<std::int64_t, std::int64_t>> no_decay = network_.store().no_decay(), merged;
  for (std::size_t p = 0; p < network_.parts().size(); ++p) {
    if (phase().shares[p] > 0) continue;
    const auto head = network_.store().ranges(concat("head.", network_.parts()[p].name));
    no_decay.insert(no_decay.end(), head.begin(), head.end());
  }
  std::sort(no_decay.begin(), no_decay.end());
  for (const auto& [begin, end] : no_decay) {
    if (merged.empty() || begin > merged.back().second) merged.emplace_back(begin, end);
    merged.back().second = std::max(merged.back().second, end);
  }
  return {network_.store().values(), merged, options_.adamw};
}

void Trainer::begin_phase() {
  phase_step_ = 0;
  optimizer_ = make_optimizer();
  early_stopping_ = EarlyStopping(options_.patience);
  sampler_ = TaskSampler(phase().shares, sizes_of(training_), options_.data_seed);
}

// Between two steps: a run that is killed here repeats it from its last checkpoint.
void Trainer::end_phase(Progress& progress) {
  if (several_phases()) {
    ParameterStore& store = network_.store();
    store.values().copy_(best_values_);
    if (options_.elastic_weights && phase_ + 1 < options_.phases.size()) {
      std::vector<std::vector<PartSequence>> of_phase;
      for (std::size_t p = 0; p < training_.size(); ++p) {
        if (phase().shares[p] > 0) of_phase.push_back(training_[p]);
      }
      const auto sample = fisher_sample(of_phase, options_.fisher_samples, options_.data_seed);
      elastic_.consolidate(adapter_fisher(network_, sample, options_.step.max_tokens), store.values());
    }
    task_scores_.push_back(hooks_.evaluate_tasks());
    hooks_.log({{"step", step_}, {"phase", phase().name}, {"task_dev", task_scores_.back()}});
    progress.line(concat("phase ", phase().name, " ends at step ", step_));
  }
  ++phase_;
  if (!finished()) begin_phase();
}

double Trainer::dev_score() const {
  if (!several_phases()) return early_stopping_.best().value_or(0);
  if (task_scores_.empty()) return 0;
  const std::vector<double>& last = task_scores_.back();
  return std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(last.size());
}

std::vector<PartSequence> Trainer::next_step() {
  std::vector<PartSequence> sequences;
  std::int64_t fed = tokens_.total().fed;
  while (static_cast<std::int64_t>(sequences.size()) < options_.batch_size) {
    const Draw draw = sampler_.next();
    const PartSequence& next = training_[draw.task][draw.example];
    fed += next.drawn_tokens();
    if (options_.token_budget && fed > *options_.token_budget) break;
    sequences.push_back(next);
    if (next.list) sequences.insert(sequences.end(), next.list->begin(), next.list->end());
  }
  return sequences;
}

std::int64_t Trainer::count(const std::vector<PartSequence>& sequences) {
  std::int64_t fed = 0;
  for (const PartSequence& item : sequences) {
    tokens_.add(item.part, {item.fed(), item.units(), network_.trunk_tokens(item), 1});
    fed += item.fed();
  }
  return fed;
}

// What a step's line of the metrics says before its numbers are known.
nlohmann::json Trainer::described(std::int64_t fed, double rate) const {
  nlohmann::json line = {{"step", step_}, {"learning_rate", rate}};
  if (options_.token_log.per_step) line["step_tokens"] = fed;
  const nlohmann::json counts = tokens_.json();
  if (options_.token_log.per_task) line["tokens"]["tasks"] = counts.at("tasks");
  if (options_.token_log.cumulative) line["tokens"]["total"] = counts.at("total");
  if (several_phases()) line["phase"] = phase().name;
  return line;
}

void Trainer::add_result(const StepResult& result, nlohmann::json& line) const {
  line["loss"] = result.loss;
  line["gradient_norm"] = result.gradient_norm;
  line["packs"] = result.packs;
  for (const LossTerm& term : result.terms) {
    if (term.count > 0) line["task_loss"][network_.parts()[term.task].name] = term.mean();
  }
  if (!result.taken) line["skipped"] = true;
  if (result.elastic_penalty > 0) line["elastic_penalty"] = result.elastic_penalty;
  if (scaler_.enabled()) line["loss_scale"] = scaler_.scale();
  if (result.conflicts.pairs > 0) {
    line["conflict_rate"] = result.conflicts.conflict_rate();
    line["cosine"] = result.conflicts.cosine;
  }
}

bool Trainer::evaluate(Progress& progress) {
  settle(progress);
  const double score = hooks_.evaluate(phase_);
  const bool best = early_stopping_.note(score, step_);
  if (best && several_phases()) best_values_.copy_(network_.store().values());
  note_ = concat("dev ", std::to_string(score).substr(0, 6), best ? " *" : "");
  hooks_.log({{"step", step_}, {"dev", score}, {"best", best}});
  progress.line(concat("step ", step_, " | ", note_));
  return best;
}

void Trainer::checkpoint(Progress& progress, bool best) {
  settle(progress);
  hooks_.checkpoint(step_, best, [this](const std::filesystem::path& folder) { save(folder); });
  last_checkpoint_ = Clock::now();
}

bool Trainer::checkpoint_due() const {
  if (options_.checkpoint_every_steps && step_ % *options_.checkpoint_every_steps == 0) return true;
  return options_.checkpoint_every_seconds && seconds_since(last_checkpoint_) >= *options_.checkpoint_every_seconds;
}

// Losses are normalised over the step and random streams named by sequence, so that smaller packs give the same
// gradients but for rounding (and for pairs of a ranking list that no longer share a pack).
QueuedStep Trainer::step_in_memory(Progress& progress, const std::vector<PartSequence>& sequences, double rate) {
  const auto queue = [&] {
    return queue_step(network_, optimizer_, scaler_, options_.step, sequences, step_ + 1, rate);
  };
  if (halved_) return queue();
  try {
    return queue();
  } catch (const OutOfDeviceMemory&) {
    std::int64_t longest = 0;
    for (const PartSequence& item : sequences) longest = std::max(longest, network_.trunk_tokens(item));
    if (options_.step.max_tokens / 2 < longest) throw;
  }
  settle(progress);
  halved_ = true;
  options_.step.max_tokens /= 2;
  release_cached_memory(network_.trunk().options().device);
  progress.line(concat("warning: out of device memory at step ", step_ + 1, "; micro-batches of ",
                       options_.step.max_tokens, " tokens from here on (the same mathematics)"));
  hooks_.log({{"step", step_ + 1}, {"micro_batch_tokens", options_.step.max_tokens}});
  return queue();
}

// Saves the state before the step that failed.
void Trainer::end_without_memory(Progress& progress, const OutOfDeviceMemory& error, const SamplerState& before) {
  sampler_.restore(before);
  if (step_ > 0) checkpoint(progress, false);
  throw FailedError(concat("out of device memory at step ", step_ + 1, " with micro-batches of ",
                           options_.step.max_tokens, " tokens: ", error.what()),
                    {.key = "train.memory_limit_gib"},
                    concat(step_ > 0 ? concat("step ", step_, " is saved; ") : "",
                           "name less than the card has and run it again with --retry-failed: it then plans smaller "
                           "packs or recompute"));
}

// Queues the next step, then reads the one before it.
void Trainer::train_step(Progress& progress) {
  const Clock::time_point start = Clock::now();
  const SamplerState before = sampler_.state();
  const std::vector<PartSequence> sequences = next_step();
  const double rate = options_.learning_rate * phase().schedule.factor(phase_step_);
  std::optional<QueuedStep> queued;
  try {
    queued = step_in_memory(progress, sequences, rate);
  } catch (const OutOfDeviceMemory& error) {
    end_without_memory(progress, error, before);
  }
  step_seconds_ += seconds_since(start);
  settle(progress);
  ++step_;
  ++phase_step_;
  const std::int64_t fed = count(sequences);
  step_tokens_ += fed;
  largest_pack_ = std::max(largest_pack_, queued->largest_pack());
  under_way_ = std::make_unique<UnderWay>(UnderWay{std::move(*queued), step_, fed, described(fed, rate)});
}

void Trainer::settle(Progress& progress) {
  if (!under_way_) return;
  const Clock::time_point start = Clock::now();
  const std::unique_ptr<UnderWay> step = std::move(under_way_);
  const StepResult result = step->queued.read(scaler_);
  step_seconds_ += seconds_since(start);
  add_result(result, step->line);
  hooks_.log(step->line);
  progress.report({step->number, options_.steps, result.loss, step->fed, 1.0, note_});
}

StopReason Trainer::run(Progress& progress, const StopRequest& stop) {
  if (several_phases() && untrained_.empty()) untrained_ = hooks_.evaluate_tasks();
  while (!finished()) {
    const Clock::time_point start = Clock::now();
    train_step(progress);
    const bool evaluated = phase_step_ % options_.eval_every == 0 || phase_step_ >= phase().steps;
    const bool best = evaluated && evaluate(progress);
    const bool ended = phase_over();
    if (ended) end_phase(progress);
    slowest_step_ = std::max(slowest_step_, seconds_since(start));
    const StopReason reason = stop.reason(2 * slowest_step_);
    // Of several phases the best checkpoint is the end of the last one.
    if (best || ended || reason != StopReason::none || checkpoint_due())
      checkpoint(progress, several_phases() ? ended : best);
    if (reason != StopReason::none && !finished()) return reason;
  }
  return StopReason::none;
}

}  // namespace polyclinic
