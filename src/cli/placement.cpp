#include "cli/placement.h"

#include <ATen/Context.h>

#include <algorithm>

#include "config/beside_program.h"
#include "config/study_compose.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/number_format.h"
#include "train/device_memory.h"

namespace polyclinic {
namespace {

c10::Device device_of(const StudyConfig& study) {
  const bool there = at::hasCUDA();
  if (study.train.device == "cuda" && !there) {
    throw InputError("there is no CUDA device", {"", 0, 0, "train.device"}, "set train.device=cpu or auto");
  }
  return study.train.device != "cpu" && there ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
}

// A card offers what nobody else uses, and what our own context takes of it.
Gpu gpu_of(const StudyConfig& study, const c10::Device& device) {
  const DeviceMemory memory = device_memory(device);
  Gpu gpu{"", memory.name, memory.free / kGib, memory.ampere, device.is_cpu()};
  if (!gpu.cpu) {
    gpu.gib += kContextGib;
    gpu.title += concat(" (", fixed(memory.free / kGib, 1), " of ", fixed(memory.total / kGib, 1), " GiB free)");
  }
  if (const auto limit = study.train.memory_limit_gib) gpu.gib = gpu.cpu ? *limit : std::min(gpu.gib, *limit);
  return gpu;
}

Placement place(const StudyConfig& study) {
  Placement out;
  out.folder = model_folder(study);
  out.model = read_model_config(out.folder / "config.json");
  out.device = device_of(study);
  out.gpu = gpu_of(study, out.device);
  out.trunk.device = out.device;
  out.trunk.dtype = compute_dtype(study, out.gpu);
  out.trunk.nf4 = quantization(study).enabled;
  out.trunk.attention =
      study.model.attention == "bidirectional" ? AttentionDirection::bidirectional : AttentionDirection::causal;
  out.trunk.residual_fp32 = needs_fp32_residual(out.model, out.trunk.dtype);
  out.tokens = study.train.max_tokens;
  return out;
}

}  // namespace

Placement place_training(const StudyConfig& study) {
  Placement out = place(study);
  out.memory = plan_gpu(study, out.model, out.gpu);
  require_fit(out.memory, study, out.gpu);
  out.tokens = out.memory.settings.tokens;
  out.trunk.recomputed_blocks = out.memory.settings.recomputed_blocks;
  return out;
}

void refuse_without_memory(const StudyConfig& study) {
  Placement out;
  try {
    out = place(study);
  } catch (const InputError&) {
    return;
  }
  require_fit(plan_gpu(study, out.model, out.gpu), study, out.gpu);
}

Placement place_prediction(const StudyConfig& study) { return place(study); }

std::filesystem::path model_folder(const StudyConfig& study) {
  const std::filesystem::path folder = beside_program(study.model.path.value_or(""), executable_path());
  if (folder.empty() || !std::filesystem::exists(folder / "config.json")) {
    throw InputError(concat("no model folder '", folder.string(), "'"), {"", 0, 0, "model.path"},
                     "name a folder with config.json, *.safetensors and tokenizer.json; `polyclinic pretrain` makes a "
                     "small one");
  }
  return folder;
}

}  // namespace polyclinic
