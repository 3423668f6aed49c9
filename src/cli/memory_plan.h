#pragma once
// Whether an experiment fits a card, and how it would be run there: from shapes alone, before any weight is read.
#include <filesystem>
#include <string>
#include <string_view>

#include "cli/parameter_plan.h"
#include "train/memory_model.h"

namespace polyclinic {

struct Gpu {
  std::string_view name;   // "t4"
  std::string_view title;  // "NVIDIA T4 16 GB"
  double gib = 0;          // that the driver offers
  bool ampere = true;      // bf16 and flash attention
};
// InputError that lists the known ones.
const Gpu& find_gpu(std::string_view name);

struct GpuPlan {
  MemorySettings settings;
  MemoryEstimate memory;
  double needed = 0;  // bytes: tensors, the allocator's slack, context
  bool fits = false;
};

// The first that fits of: packs of train.max_tokens without recompute, with it, then half of the tokens, down to one
// window. model.training.gradient_checkpointing=true asks for recompute from the start. When nothing fits: the
// smallest.
GpuPlan plan_gpu(const StudyConfig& study, const ModelConfig& model, const Gpu& gpu);

// "gpu  NVIDIA T4 16 GB: needs 6.3 of 14.7 GiB ...". InputError with the numbers and the mend when it does not fit.
std::string gpu_text(const StudyConfig& study, const ModelConfig& model, const Gpu& gpu);

// The table of docs/t4.md: six models x S1 to S4 and A1 to A4.
std::string t4_table(const std::filesystem::path& folder);

}  // namespace polyclinic
