#pragma once
// Where an experiment computes, in which numbers, and how it fits there: decided before any weight is read.
#include <c10/core/Device.h>

#include <optional>

#include "cli/memory_plan.h"
#include "model/trunk.h"

namespace polyclinic {

struct Placement {
  std::filesystem::path folder;  // of the base model
  ModelConfig model;
  c10::Device device = c10::Device(c10::kCPU);
  Gpu gpu;  // the same as the planner sees it
  TrunkOptions trunk;
  std::int64_t tokens = 0;  // of a micro-batch
  GpuPlan memory;
};

// For training. InputError with the numbers and the mend when it does not fit the device.
Placement place_training(const StudyConfig& study);
// The same refusal alone; whatever else is wrong with the model passes, for place_training to say.
void refuse_without_memory(const StudyConfig& study);
// For prediction with what was trained: nothing is kept for a backward pass, nothing refused.
Placement place_prediction(const StudyConfig& study);

// Folder of the base model; InputError with the mend when model.path is unset or absent.
std::filesystem::path model_folder(const StudyConfig& study);

}  // namespace polyclinic
