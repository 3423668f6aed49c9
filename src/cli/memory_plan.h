#pragma once
// Whether an experiment fits a device, and how it is run there: from shapes alone, before any weight is read.
#include <c10/core/ScalarType.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "cli/parameter_plan.h"
#include "train/memory_model.h"

namespace polyclinic {

struct Gpu {
  std::string name;    // "t4"
  std::string title;   // "NVIDIA T4 16 GB"
  double gib = 0;      // that a run may use; 0: not limited (a CPU without train.memory_limit_gib)
  bool ampere = true;  // bf16 and flash attention
  bool cpu = false;
};
// InputError that lists the known ones.
const Gpu& find_gpu(std::string_view name);
inline constexpr double kGib = 1 << 30;
inline constexpr double kContextGib = 0.75;  // what a process holds beside the allocator's tensors, measured on an H100

// Weights and activations: train.precision, else model.dtype, else the base's compute_dtype in NF4, else bf16, fp16 on
// cards before Ampere, fp32 on a CPU.
c10::ScalarType compute_dtype(const StudyConfig& study, const Gpu& gpu);

std::string_view dtype_name(c10::ScalarType dtype);  // fp32, fp16, bf16

// Gemma-2's residual stream leaves float16's range (reference/models.md).
bool needs_fp32_residual(const ModelConfig& model, c10::ScalarType dtype);

struct GpuPlan {
  MemorySettings settings;
  MemoryEstimate memory;
  double needed = 0;  // bytes: tensors, the allocator's slack, context
  bool fits = false;
};

// The fastest that fits, by measured costs of recompute and of small packs: packs of train.max_tokens or of a half, a
// quarter ... of it, down to the longest sequence, with recompute in as few blocks as must be. When nothing fits: the
// smallest. Where memory is not limited: train.max_tokens and model.training.gradient_checkpointing.
GpuPlan plan_gpu(const StudyConfig& study, const ModelConfig& model, const Gpu& gpu);

// InputError with the numbers and the mend when it does not fit.
void require_fit(const GpuPlan& plan, const StudyConfig& study, const Gpu& gpu);
// "needs 6.3 of 14.7 GiB: weights ..., packs of 2048 tokens, recompute in 12 of 32 blocks".
std::string plan_text(const GpuPlan& plan, const ModelConfig& model, const Gpu& gpu);

// The table of docs/t4.md: six models x S1 to S4 and A1 to A4.
std::string t4_table(const std::filesystem::path& folder);

}  // namespace polyclinic
