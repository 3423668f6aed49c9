#include "train/trainer.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "model/safetensors.h"

namespace polyclinic {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<std::string> names_of(const Network& network) {
  std::vector<std::string> names;
  for (const Part& part : network.parts()) names.push_back(part.name);
  return names;
}

std::vector<std::int64_t> sizes_of(const std::vector<std::vector<PartSequence>>& training) {
  std::vector<std::int64_t> sizes;
  for (const auto& part : training) sizes.push_back(static_cast<std::int64_t>(part.size()));
  return sizes;
}

}  // namespace

Trainer::Trainer(Network& network, std::vector<std::vector<PartSequence>> training, const TrainerOptions& options,
                 TrainerHooks hooks)
    : network_(network),
      training_(std::move(training)),
      options_(options),
      hooks_(std::move(hooks)),
      optimizer_(network.store().values(), network.store().no_decay(), options.adamw),
      early_stopping_(options.patience),
      sampler_(options.shares, sizes_of(training_), options.data_seed),
      tokens_(names_of(network)),
      last_checkpoint_(Clock::now()) {
  if (options_.loss_scaling) scaler_ = LossScaler(LossScaler::Options{});
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

void Trainer::count(const std::vector<PartSequence>& sequences) {
  for (const PartSequence& item : sequences) {
    const auto fed = static_cast<std::int64_t>(item.tokens().token_ids.size());
    tokens_.add(item.part, {fed, item.units(), network_.trunk_tokens(item), 1});
  }
}

nlohmann::json Trainer::metrics(const StepResult& result, const std::vector<PartSequence>& sequences,
                                double rate) const {
  std::int64_t fed = 0;
  for (const PartSequence& item : sequences) fed += static_cast<std::int64_t>(item.tokens().token_ids.size());
  nlohmann::json line = {{"step", step_},
                         {"loss", result.loss},
                         {"learning_rate", rate},
                         {"gradient_norm", result.gradient_norm},
                         {"packs", result.packs}};
  if (options_.token_log.per_step) line["step_tokens"] = fed;
  const nlohmann::json counts = tokens_.json();
  if (options_.token_log.per_task) line["tokens"]["tasks"] = counts.at("tasks");
  if (options_.token_log.cumulative) line["tokens"]["total"] = counts.at("total");
  for (const LossTerm& term : result.terms) {
    if (term.count > 0) line["task_loss"][network_.parts()[term.task].name] = term.mean();
  }
  if (!result.taken) line["skipped"] = true;
  if (scaler_.enabled()) line["loss_scale"] = scaler_.scale();
  if (result.conflicts.pairs > 0) {
    line["conflict_rate"] = result.conflicts.conflict_rate();
    line["cosine"] = result.conflicts.cosine;
  }
  return line;
}

bool Trainer::evaluate(Progress& progress) {
  const double score = hooks_.evaluate();
  const bool best = early_stopping_.note(score, step_);
  note_ = concat("dev ", std::to_string(score).substr(0, 6), best ? " *" : "");
  hooks_.log({{"step", step_}, {"dev", score}, {"best", best}});
  progress.line(concat("step ", step_, " | ", note_));
  return best;
}

void Trainer::checkpoint(bool best) {
  hooks_.checkpoint(step_, best, [this](const std::filesystem::path& folder) { save(folder); });
  last_checkpoint_step_ = step_;
  last_checkpoint_ = Clock::now();
}

bool Trainer::checkpoint_due() const {
  if (options_.checkpoint_every_steps && step_ % *options_.checkpoint_every_steps == 0) return true;
  return options_.checkpoint_every_seconds && seconds_since(last_checkpoint_) >= *options_.checkpoint_every_seconds;
}

StopReason Trainer::run(Progress& progress, const StopRequest& stop) {
  while (!finished()) {
    const Clock::time_point start = Clock::now();
    const std::vector<PartSequence> sequences = next_step();
    const double rate = options_.learning_rate * options_.schedule.factor(step_);
    ++step_;
    const StepResult result = take_step(network_, optimizer_, scaler_, options_.step, sequences, step_, rate);
    const std::int64_t fed_before = tokens_.total().fed;
    count(sequences);
    const nlohmann::json line = metrics(result, sequences, rate);
    hooks_.log(line);
    progress.report({step_, options_.steps, result.loss, tokens_.total().fed - fed_before, 1.0, note_});
    const bool evaluated = step_ % options_.eval_every == 0 || step_ >= options_.steps;
    const bool best = evaluated && evaluate(progress);
    slowest_step_ = std::max(slowest_step_, seconds_since(start));
    const StopReason reason = stop.reason(2 * slowest_step_);
    if (best || finished() || reason != StopReason::none || checkpoint_due()) checkpoint(best);
    if (reason != StopReason::none && !finished()) return reason;
  }
  return StopReason::none;
}

void Trainer::save(const std::filesystem::path& folder) const {
  std::map<std::string, at::Tensor> parameters;
  for (std::size_t i = 0; i < network_.store().parameters().size(); ++i) {
    parameters[network_.store().parameters()[i].name] = network_.store().value(i);
  }
  write_safetensors(folder / "parameters.safetensors", parameters, {{"format", "pt"}});
  write_safetensors(folder / "optimizer.safetensors",
                    {{"first_moment", optimizer_.first_moment()}, {"second_moment", optimizer_.second_moment()}});
  const nlohmann::json state = {
      {"step", step_},
      {"optimizer_steps", optimizer_.steps()},
      {"scaler", scaler_.state()},
      {"early_stopping", early_stopping_.state()},
      {"sampler", {{"draws", sampler_.state().draws}, {"task_draws", sampler_.state().task_draws}}},
      {"tokens", tokens_.json()}};
  write_file_atomic(folder / "state.json", state.dump(1));
}

void Trainer::load(const std::filesystem::path& folder) {
  load_parameters(network_, folder);
  const auto moments = read_safetensors(folder / "optimizer.safetensors");
  const nlohmann::json state = nlohmann::json::parse(read_file(folder / "state.json"));
  step_ = state.at("step").get<std::int64_t>();
  optimizer_.restore(moments.at("first_moment"), moments.at("second_moment"),
                     state.at("optimizer_steps").get<std::int64_t>());
  scaler_.restore(state.at("scaler"));
  early_stopping_.restore(state.at("early_stopping"));
  sampler_.restore({state.at("sampler").at("draws").get<std::int64_t>(),
                    state.at("sampler").at("task_draws").get<std::vector<std::int64_t>>()});
  tokens_ = TokenCounts::from(state.at("tokens"), names_of(network_));
}

void load_parameters(Network& network, const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "parameters.safetensors";
  const auto saved = read_safetensors(file);
  for (std::size_t i = 0; i < network.store().parameters().size(); ++i) {
    const ParameterInfo& info = network.store().parameters()[i];
    const auto found = saved.find(info.name);
    if (found == saved.end() || found->second.sizes() != at::IntArrayRef(info.shape)) {
      throw FailedError("the checkpoint does not fit the network", {file.string(), 0, 0, info.name},
                        "the model, the task or the strategy changed since the run");
    }
    network.store().value(i).copy_(found->second);
  }
  network.store().touch();
}

}  // namespace polyclinic
