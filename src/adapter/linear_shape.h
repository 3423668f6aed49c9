#pragma once
// The linears that adapters attach to, known from a model's configuration alone: what planning and parity count.
#include <cstdint>
#include <string>
#include <vector>

#include "model/model_config.h"

namespace polyclinic {

struct LinearShape {
  std::string path;  // "model.layers.0.self_attn"
  std::string part;  // "q_proj"
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t projection = 0;  // linears of one merged projection (they read the same input) have the same number
};

// All targeted linears in the trunk's order. InputError for a target that the model does not have.
std::vector<LinearShape> linear_shapes(const ModelConfig& config, const std::vector<std::string>& targets);

// S3b's cross-level attention (cross_level.h) beside the linears: query and key [hidden, width] and the gate.
inline constexpr std::int64_t cross_level_width = 64;
constexpr std::int64_t cross_level_parameters(std::int64_t hidden) { return 2 * hidden * cross_level_width + 1; }

// "qkv_proj" and "gate_up_proj" stand for their parts; other names stay.
std::vector<std::string> expand_targets(const std::vector<std::string>& targets);

}  // namespace polyclinic
