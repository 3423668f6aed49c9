#include "cli/memory_plan.h"

#include <algorithm>
#include <array>
#include <vector>

#include "config/study_compose.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/number_format.h"

namespace polyclinic {
namespace {

constexpr double kSlack = 1.03;        // of the caching allocator, measured 1.01 to 1.03 on packs of one shape
constexpr std::int64_t kWindow = 512;  // of a task that names no max_seq_len

// Measured on an H100 (docs/performance.md): recompute of every block makes a step 1.43 times as long, and a pack costs
// beside its tokens as much as 100 of them, 470 where NF4 weights are decoded for it.
constexpr double kRecompute = 0.43, kPackTokens = 100, kNf4PackTokens = 470;

std::string gib(double bytes) { return fixed(bytes / kGib, 1); }

double step_cost(const MemorySettings& s, const ModelConfig& model) {
  const double share =
      static_cast<double>(std::min(s.recomputed_blocks, model.layers)) / static_cast<double>(model.layers);
  return (1 + (s.nf4 ? kNf4PackTokens : kPackTokens) / static_cast<double>(s.tokens)) * (1 + kRecompute * share);
}

// Tokens of the longest sequence, and of its streams together.
struct Longest {
  std::int64_t sequence = 0, streams = 0;
};

Longest longest_of(const StudyConfig& study, const StrategyPlan& plan) {
  Longest out;
  for (std::size_t t = 0; t < study.tasks.size(); ++t) {
    const TaskOptions& task = study.tasks[t].task;
    const std::int64_t window = std::min(task.preprocessing.max_seq_len.value_or(kWindow), study.train.max_tokens);
    out.sequence = std::max(out.sequence, window);
    for (const std::int64_t level : task.task_level) {
      const auto streams = static_cast<std::int64_t>(streams_of(plan, plan.feeds[t], level).size());
      out.streams = std::max(out.streams, window * streams);
    }
  }
  return out;
}

GpuPlan try_settings(const ModelConfig& model, const AdapterMemory& adapters, const Gpu& gpu, MemorySettings settings) {
  GpuPlan plan{settings, estimate_memory(model, adapters, settings), 0, false};
  plan.needed = kSlack * plan.memory.tensors() + (gpu.cpu ? 0 : kContextGib * kGib);
  plan.fits = gpu.gib == 0 || plan.needed <= gpu.gib * kGib;
  return plan;
}

// With recompute in as few blocks as these packs allow; in all of them where even that is too much.
GpuPlan least_recompute(const ModelConfig& model, const AdapterMemory& adapters, const Gpu& gpu,
                        MemorySettings settings) {
  GpuPlan plan;
  for (settings.recomputed_blocks = 0; settings.recomputed_blocks <= model.layers; ++settings.recomputed_blocks) {
    plan = try_settings(model, adapters, gpu, settings);
    if (plan.fits) break;
  }
  return plan;
}

std::string mend(const StudyConfig& study) {
  if (!quantization(study).enabled) return "model.quantization.enabled=true holds the base in 4 bits";
  return "take a smaller rank, fewer target_modules or a smaller model";
}

std::string parts(const GpuPlan& plan) {
  const MemoryEstimate& m = plan.memory;
  const double others = plan.needed - m.weights - m.trained - m.activations - m.transient;
  return concat("weights ", gib(m.weights), ", trained ", gib(m.trained), ", activations ",
                gib(m.activations + m.transient), ", workspace and context ", gib(others));
}

const std::vector<Gpu>& known_gpus() {
  static const std::vector<Gpu> gpus{{"t4", "NVIDIA T4 16 GB", 14.75, false}, {"l4", "NVIDIA L4 24 GB", 22.0},
                                     {"a100-40", "NVIDIA A100 40 GB", 39.4},  {"a100", "NVIDIA A100 80 GB", 79.1},
                                     {"h100", "NVIDIA H100 80 GB", 79.1},     {"h200", "NVIDIA H200 141 GB", 139.8}};
  return gpus;
}

}  // namespace

const Gpu& find_gpu(std::string_view name) {
  std::string known;
  for (const Gpu& gpu : known_gpus()) {
    if (gpu.name == name) return gpu;
    known += concat(known.empty() ? "" : ", ", gpu.name);
  }
  throw InputError(concat("unknown card ", name), {}, concat("known: ", known));
}

c10::ScalarType compute_dtype(const StudyConfig& study, const Gpu& gpu) {
  std::string name = study.train.precision != "auto" ? study.train.precision : study.model.dtype;
  if (name == "auto" && quantization(study).enabled && !gpu.cpu) name = quantization(study).compute_dtype;
  if (name == "auto") name = gpu.cpu ? "float32" : gpu.ampere ? "bfloat16" : "float16";
  return name == "float32" ? c10::kFloat : name == "float16" ? c10::kHalf : c10::kBFloat16;
}

std::string_view dtype_name(c10::ScalarType dtype) {
  return dtype == c10::kFloat ? "fp32" : dtype == c10::kHalf ? "fp16" : "bf16";
}

bool needs_fp32_residual(const ModelConfig& model, c10::ScalarType dtype) {
  return dtype == c10::kHalf && model.family->output_norms;
}

GpuPlan plan_gpu(const StudyConfig& study, const ModelConfig& model, const Gpu& gpu) {
  StrategyPlan strategy = plan_strategy({study.strategy, study.model.lora, strategy_tasks(study)});
  solve_parity(study, model, strategy);
  AdapterMemory adapters = adapter_memory(strategy.adapters, linear_shapes(model, study.model.lora.target_modules));
  adapters.parameters += cross_level_of(strategy, model);
  const Longest longest = longest_of(study, strategy);
  const c10::ScalarType dtype = compute_dtype(study, gpu);
  MemorySettings settings;
  settings.nf4 = quantization(study).enabled;
  settings.element = dtype == c10::kFloat ? 4 : 2;
  settings.stream_element = needs_fp32_residual(model, dtype) ? 4 : settings.element;
  settings.composed_attention = !gpu.cpu && (!gpu.ampere || dtype == c10::kFloat || model.attention_softcap > 0);
  settings.tokens = study.train.max_tokens;
  settings.longest = longest.sequence;
  if (gpu.gib == 0) {
    settings.recomputed_blocks = study.model.training.gradient_checkpointing ? model.layers : 0;
    return try_settings(model, adapters, gpu, settings);
  }
  GpuPlan best = least_recompute(model, adapters, gpu, settings);
  while (settings.tokens / 2 >= longest.streams) {
    settings.tokens /= 2;
    const GpuPlan plan = least_recompute(model, adapters, gpu, settings);
    const bool better = plan.fits && (!best.fits || step_cost(plan.settings, model) < step_cost(best.settings, model));
    if (better || !best.fits) best = plan;
  }
  return best;
}

void require_fit(const GpuPlan& plan, const StudyConfig& study, const Gpu& gpu) {
  if (plan.fits) return;
  throw InputError(
      concat(gpu.title, ": needs ", gib(plan.needed), " of ", gib(gpu.gib * kGib), " GiB even with packs of ",
             plan.settings.tokens, " tokens and recompute (", parts(plan), ")"),
      {.key = study.train.memory_limit_gib ? "train.memory_limit_gib" : ""}, mend(study));
}

std::string plan_text(const GpuPlan& plan, const ModelConfig& model, const Gpu& gpu) {
  const std::int64_t blocks = std::min(plan.settings.recomputed_blocks, model.layers);
  return concat("needs ", gib(plan.needed), gpu.gib > 0 ? concat(" of ", gib(gpu.gib * kGib)) : "",
                " GiB: ", parts(plan), "; packs of ", plan.settings.tokens, " tokens, ",
                blocks == 0 ? "no recompute" : concat("recompute in ", blocks, " of ", model.layers, " blocks"));
}

namespace {
// "", ", recompute 7" (blocks) or ", recompute" (all).
std::string recompute_cell(const GpuPlan& plan, const ModelConfig& model) {
  if (plan.settings.recomputed_blocks == 0) return "";
  if (plan.settings.recomputed_blocks >= model.layers) return ", recompute";
  return concat(", recompute ", plan.settings.recomputed_blocks);
}
}  // namespace

std::string t4_table(const std::filesystem::path& folder) {
  constexpr std::array<const char*, 6> models{"gemma2b", "phi3mini", "llama3b", "mistral7b", "llama8b", "biomistral"};
  constexpr std::array<const char*, 9> strategies{"s1", "s2", "s3a", "s3b", "s4", "a1", "a2", "a3", "a4"};
  std::string out = "|  |", rule = "|---|";
  for (const char* model : models) {
    out += concat(" ", model, " |");
    rule += "---|";
  }
  out += concat("\n", rule, "\n");
  const Gpu& gpu = find_gpu("t4");
  for (const char* strategy : strategies) {
    std::string name = strategy;
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    out += concat("| ", name, " |");
    for (const char* model : models) {
      ComposeRequest request;
      request.folder = folder;
      request.overrides = {"experiment=five_tasks", concat("model=", model), "model.path=null",
                           concat("strategy=", strategy)};
      const StudyConfig study = compose_study(request, 0).config;
      const ModelConfig shape = model_shape(study).config;
      const GpuPlan plan = plan_gpu(study, shape, gpu);
      out += concat(" ", plan.fits ? "" : "**does not fit** ", gib(plan.needed), ", ",
                    plan.settings.nf4 ? "NF4" : "fp16", ", ", plan.settings.tokens, recompute_cell(plan, shape), " |");
    }
    out += "\n";
  }
  return out;
}

}  // namespace polyclinic
