// One optimizer step of S2, S3a and S3b on the same sequences, and PCGrad against the plain sum, on one thread:
//   bench_strategies [rounds] [config.json of the trunk's shape]
// 16 sequences of clinical lengths from six parts, three of them on level 2 (semeval2021t6 has one on each): S3b feeds
// half of the sequences twice. Processor time; each step beside a plain one of S2 taken just before: the median of the
// ratios of all rounds, and the ratio of the lowest times. One JSON line.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/clinical_lengths.h"
#include "core/freed_memory.h"
#include "train/train_step.h"
#include "unit/train/network_case.h"

namespace polyclinic {
namespace {

constexpr std::size_t part_count = 6, batch_size = 16;
bool on_level2(std::size_t part) { return part >= 3; }

std::unique_ptr<Network> make_network(const std::string& strategy, const ModelConfig& shape) {
  AdapterPlan plan;
  plan.tasks = part_count;
  plan.dropout = 0.05;
  const bool surgery = strategy == "S2+pcgrad" || strategy.starts_with("S3");
  const bool hierarchy = strategy == "S3b", fused = strategy == "S3a";
  plan.slots.push_back({"shared", hierarchy || fused ? 16 : 24, 32, {}, surgery});
  if (hierarchy) plan.slots.insert(plan.slots.end(), {{"level1", 8, 16, {}, false}, {"level2", 8, 16, {}, false}});
  if (hierarchy) plan.routes = {{"level1", {0, 1}}, {"level2", {0, 2}}};
  if (fused) plan.combine = Combine::attention;
  if (!hierarchy && !fused) plan.routes = {{"shared", {0}}};
  std::vector<Part> parts(part_count);
  for (std::size_t p = 0; p < part_count; ++p) {
    parts[p].name = "part" + std::to_string(p);
    parts[p].head = std::make_unique<ProductHead>(shape.hidden, nullptr);
    if (hierarchy && on_level2(p)) parts[p].streams = {0, 1};
    if (!fused) continue;
    plan.slots.push_back({"private." + parts[p].name, 8, 16, {}, false});
    plan.routes.push_back({parts[p].name, {0, p + 1}});
    parts[p].streams = {static_cast<std::int32_t>(p)};
  }
  auto network = std::make_unique<Network>(
      Trunk::random(shape, {}, 1), plan, std::move(parts),
      NetworkOptions{{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, true, false});
  network->initialise(1);
  return network;
}

struct Steps {
  std::vector<std::unique_ptr<HeadExample>> examples;
  std::vector<PartSequence> sequences;
};

Steps make_step() {
  Steps out;
  const std::vector<std::int64_t> lengths = clinical_lengths();
  RandomStream random(1, 2);
  for (std::size_t i = 0; i < batch_size; ++i) {
    auto example = std::make_unique<HeadExample>();
    Sequence sequence;
    for (std::int64_t t = 0; t < lengths[i]; ++t)
      sequence.token_ids.push_back(static_cast<std::int32_t>(random.below(40)));
    example->sequences = {sequence};
    example->units = {lengths[i]};
    // In turn, so that levels 1 and 2 get half of the sequences each.
    out.sequences.push_back({i % 2 * 3 + i / 2 % 3, example.get(), 0});
    out.examples.push_back(std::move(example));
  }
  return out;
}

struct Variant {
  std::unique_ptr<Network> network;
  StepOptions options;
  double best = 1e9;           // seconds
  std::vector<double> ratios;  // to the plain step taken just before it
};

// Seconds of processor time of one step.
double step_once(Variant& variant, const std::vector<PartSequence>& sequences, int number) {
  AdamW optimizer(variant.network->store().values(), variant.network->store().no_decay(), {});
  LossScaler scaler;
  const std::clock_t start = std::clock();
  take_step(*variant.network, optimizer, scaler, variant.options, sequences, number, 1e-4);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  variant.best = std::min(variant.best, seconds);
  return seconds;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

int main_of(int rounds, const std::string& config) {
  at::set_num_threads(1);
  keep_freed_memory();  // as the program does
  const ModelConfig shape = read_model_config(config);
  const Steps step = make_step();
  std::map<std::string, Variant> variants;
  for (const char* name : {"S2", "S2+pcgrad", "S3a", "S3b"}) {
    Variant& variant = variants[name];
    variant.network = make_network(name, shape);
    variant.options.weighting = Weighting::uncertainty;
    variant.options.pcgrad = std::string(name) != "S2";
  }
  for (int round = 0; round < rounds; ++round) {
    for (auto& [name, variant] : variants) {
      if (name == "S2") continue;
      const double plain = step_once(variants["S2"], step.sequences, round + 1);
      variant.ratios.push_back(step_once(variant, step.sequences, round + 1) / plain);
    }
  }
  nlohmann::ordered_json out = {{"bench", "strategies"}, {"rounds", rounds}, {"hidden", shape.hidden}};
  std::int64_t fed = 0, trunk = 0;
  for (const PartSequence& item : step.sequences) {
    fed += static_cast<std::int64_t>(item.tokens().token_ids.size());
    trunk += variants["S3b"].network->trunk_tokens(item);
  }
  out["fed_tokens"] = fed;
  out["s3b_trunk_tokens"] = trunk;
  for (const auto& [name, variant] : variants) {
    out["milliseconds"][name] = 1e3 * variant.best;
    if (name == "S2") continue;
    out["over_s2"][name] = {{"median", median(variant.ratios)}, {"of_lowest", variant.best / variants["S2"].best}};
  }
  std::printf("%s\n", out.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace polyclinic

int main(int count, char** words) {
  return polyclinic::main_of(count > 1 ? std::stoi(words[1]) : 20,
                             count > 2 ? words[2] : POLYCLINIC_BENCH_DIR "/../models/tiny/config.json");
}
