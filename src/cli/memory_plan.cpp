#include "cli/memory_plan.h"

#include <algorithm>
#include <array>

#include "config/study_compose.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/number_format.h"

namespace polyclinic {
namespace {

constexpr double kGib = 1 << 30;
constexpr double kContext = 0.75 * kGib;  // measured on an H100: what the driver holds beside the allocator
constexpr double kSlack = 1.03;           // of the caching allocator, measured 1.01 to 1.03 on packs of one shape
constexpr std::int64_t kWindow = 512;     // the longest sequence that a pack must hold

constexpr std::array<Gpu, 6> kGpus{{{"t4", "NVIDIA T4 16 GB", 14.75, false},
                                    {"l4", "NVIDIA L4 24 GB", 22.0, true},
                                    {"a100-40", "NVIDIA A100 40 GB", 39.4, true},
                                    {"a100", "NVIDIA A100 80 GB", 79.1, true},
                                    {"h100", "NVIDIA H100 80 GB", 79.1, true},
                                    {"h200", "NVIDIA H200 141 GB", 139.8, true}}};

std::string gib(double bytes) { return fixed(bytes / kGib, 1); }

AdapterMemory adapters_of(const StudyConfig& study, const ModelConfig& model) {
  const AdapterPlan plan = plan_strategy({study.strategy, study.model.lora, strategy_tasks(study)}).adapters;
  return adapter_memory(plan, linear_shapes(model, study.model.lora.target_modules));
}

GpuPlan try_settings(const ModelConfig& model, const AdapterMemory& adapters, const Gpu& gpu, MemorySettings settings) {
  GpuPlan plan{settings, estimate_memory(model, adapters, settings), 0, false};
  plan.needed = kSlack * plan.memory.tensors() + kContext;
  plan.fits = plan.needed <= gpu.gib * kGib;
  return plan;
}

std::string mend(const StudyConfig& study) {
  if (!study.model.quantization.enabled) return "model.quantization.enabled=true holds the base in 4 bits";
  return "take a smaller rank, fewer target_modules or a smaller model";
}

std::string parts(const MemoryEstimate& m) {
  return concat("weights ", gib(m.weights), ", trained ", gib(m.trained), ", activations ",
                gib(m.activations + m.transient), ", workspace and context ", gib(m.workspace + kContext));
}

}  // namespace

const Gpu& find_gpu(std::string_view name) {
  std::string known;
  for (const Gpu& gpu : kGpus) {
    if (gpu.name == name) return gpu;
    known += concat(known.empty() ? "" : ", ", gpu.name);
  }
  throw InputError(concat("unknown card ", name), {}, concat("known: ", known));
}

GpuPlan plan_gpu(const StudyConfig& study, const ModelConfig& model, const Gpu& gpu) {
  const AdapterMemory adapters = adapters_of(study, model);
  MemorySettings settings;
  settings.nf4 = study.model.quantization.enabled;
  settings.composed_attention = !gpu.ampere || model.attention_softcap > 0;
  // Gemma-2's residual stream leaves fp16's range and is kept in fp32 there.
  settings.stream_element = !gpu.ampere && model.family->output_norms ? 4 : 2;
  GpuPlan plan;
  for (std::int64_t tokens = study.train.max_tokens;; tokens = std::max(kWindow, tokens / 2)) {
    settings.tokens = tokens;
    settings.longest = std::min(tokens, kWindow);
    for (const bool recompute : {false, true}) {
      if (!recompute && study.model.training.gradient_checkpointing) continue;
      settings.recompute = recompute;
      plan = try_settings(model, adapters, gpu, settings);
      if (plan.fits) return plan;
    }
    if (tokens <= kWindow) return plan;
  }
}

std::string gpu_text(const StudyConfig& study, const ModelConfig& model, const Gpu& gpu) {
  const GpuPlan plan = plan_gpu(study, model, gpu);
  if (!plan.fits) {
    throw InputError(
        concat(gpu.title, ": needs ", gib(plan.needed), " of ", gib(gpu.gib * kGib), " GiB even with packs of ",
               plan.settings.tokens, " tokens and recompute (", parts(plan.memory), ")"),
        {}, mend(study));
  }
  std::string out =
      concat("gpu                 ", gpu.title, ": needs ", gib(plan.needed), " of ", gib(gpu.gib * kGib),
             " GiB\n                    ", parts(plan.memory), "\n                    packs of ", plan.settings.tokens,
             " tokens, ", plan.settings.recompute ? "recompute" : "no recompute", "; packs vary, so no CUDA graph\n");
  std::string changes;
  if (plan.settings.tokens != study.train.max_tokens) changes += concat(" train.max_tokens=", plan.settings.tokens);
  if (plan.settings.recompute != study.model.training.gradient_checkpointing) {
    changes += " model.training.gradient_checkpointing=true";
  }
  if (!changes.empty()) out += concat("                    set", changes, "\n");
  return out;
}

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
      const GpuPlan plan = plan_gpu(study, model_shape(study).config, gpu);
      out +=
          concat(" ", plan.fits ? "" : "**does not fit** ", gib(plan.needed), ", ", plan.settings.nf4 ? "NF4" : "fp16",
                 ", ", plan.settings.tokens, plan.settings.recompute ? ", recompute |" : " |");
    }
    out += "\n";
  }
  return out;
}

}  // namespace polyclinic
