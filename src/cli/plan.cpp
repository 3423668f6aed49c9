// polyclinic plan: what a run would take, without training.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>

#include "cli/experiment.h"
#include "cli/verb.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

// Bytes: frozen base; parameters, gradients and two moments in fp32; activations of one pack (per token and layer: the
// inputs that the backward pass keeps). A rough upper figure.
std::int64_t memory_estimate(const Experiment& experiment) {
  const Network& network = *experiment.network;
  const ModelConfig& model = network.trunk().config();
  const std::int64_t element = network.trunk().options().dtype == at::kFloat ? 4 : 2;
  const std::int64_t row = 8 * model.hidden + 2 * model.query_width() + 2 * model.key_width() + 4 * model.intermediate;
  const std::int64_t layers = network.trunk().options().recompute ? 1 : model.layers;
  return network.trunk().weight_bytes() + 16 * network.store().count() +
         4 * network.store().per_task_count() * network.store().tasks() +
         experiment.study.train.max_tokens * row * element * layers;
}

int run(const std::vector<std::string>& words) {
  const ConfigArguments arguments = parse_config_arguments(words, {});
  bool json = false;
  for (const std::string& word : arguments.rest) {
    if (word == "-h" || word == "--help") {
      std::printf("polyclinic plan [key=value ...] [--json]: parameters, tokens, steps and memory of a run\n");
      return 0;
    }
    if (word != "--json") throw InputError(concat("unknown option ", word), {}, "plan knows --json");
    json = true;
  }
  Experiment experiment;
  experiment.study =
      compose_study(arguments.request(executable_path()), static_cast<std::int64_t>(std::time(nullptr))).config;
  experiment.tasks = load_tasks(experiment.study, {"train"});
  build_network(experiment);
  encode_training(experiment);
  const TrainerOptions options = trainer_options(experiment);
  nlohmann::ordered_json out;
  const AdapterSet& adapters = experiment.network->adapters();
  out["base_parameters"] = parameter_count(experiment.network->trunk().config());
  out["adapters"] = {{"active", adapters.active_parameters(0)}, {"total", adapters.total_parameters()}};
  out["heads"] = experiment.network->head_parameters();
  std::int64_t tokens = 0, sequences = 0;
  for (std::size_t p = 0; p < experiment.training.size(); ++p) {
    std::int64_t sum = 0;
    for (const PartSequence& item : experiment.training[p]) {
      sum += static_cast<std::int64_t>(item.tokens().token_ids.size());
    }
    out["training"][experiment.network->parts()[p].name] = {{"sequences", experiment.training[p].size()},
                                                            {"tokens", sum},
                                                            {"gold", experiment.counts[p].gold},
                                                            {"lost", experiment.counts[p].lost}};
    tokens += sum;
    sequences += static_cast<std::int64_t>(experiment.training[p].size());
  }
  out["steps"] = options.steps;
  out["tokens_estimate"] = tokens * options.steps * options.batch_size / std::max<std::int64_t>(1, sequences);
  out["memory_bytes_estimate"] = memory_estimate(experiment);
  if (json) {
    std::printf("%s\n", out.dump(1).c_str());
    return 0;
  }
  std::printf("base parameters     %lld\n%s\nheads               %lld parameters\n",
              static_cast<long long>(out["base_parameters"].get<std::int64_t>()), adapters.summary().c_str(),
              static_cast<long long>(experiment.network->head_parameters()));
  for (const auto& [name, part] : out["training"].items()) {
    std::printf("%-19s %lld sequences, %lld tokens an epoch, %lld gold items of which %lld are lost\n", name.c_str(),
                static_cast<long long>(part["sequences"].get<std::int64_t>()),
                static_cast<long long>(part["tokens"].get<std::int64_t>()),
                static_cast<long long>(part["gold"].get<std::int64_t>()),
                static_cast<long long>(part["lost"].get<std::int64_t>()));
  }
  std::printf("steps               %lld at most, about %lld tokens\nmemory              about %.1f MiB\n",
              static_cast<long long>(options.steps), static_cast<long long>(out["tokens_estimate"].get<std::int64_t>()),
              static_cast<double>(out["memory_bytes_estimate"].get<std::int64_t>()) / 1048576.0);
  return 0;
}

}  // namespace

std::function<int()> declare_plan(CLI::App& command) {
  command.prefix_command();
  command.set_help_flag();
  return [&command] { return run(command.remaining()); };
}

}  // namespace polyclinic
