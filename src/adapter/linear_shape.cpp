#include "adapter/linear_shape.h"

#include <algorithm>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

std::vector<std::string> expand_targets(const std::vector<std::string>& targets) {
  std::vector<std::string> out;
  for (const std::string& target : targets) {
    if (target == "qkv_proj") {
      out.insert(out.end(), {"q_proj", "k_proj", "v_proj"});
    } else if (target == "gate_up_proj") {
      out.insert(out.end(), {"gate_proj", "up_proj"});
    } else {
      out.push_back(target);
    }
  }
  return out;
}

std::vector<LinearShape> linear_shapes(const ModelConfig& config, const std::vector<std::string>& targets) {
  const std::int64_t hidden = config.hidden, q = config.query_width(), k = config.key_width();
  const std::vector<LinearShape> block{
      {"self_attn", "q_proj", hidden, q, 0},
      {"self_attn", "k_proj", hidden, k, 0},
      {"self_attn", "v_proj", hidden, k, 0},
      {"self_attn", "o_proj", q, hidden, 1},
      {"mlp", "gate_proj", hidden, config.intermediate, 2},
      {"mlp", "up_proj", hidden, config.intermediate, 2},
      {"mlp", "down_proj", config.intermediate, hidden, 3},
  };
  const std::vector<std::string> wanted = expand_targets(targets);
  for (const std::string& target : wanted) {
    if (std::any_of(block.begin(), block.end(), [&](const LinearShape& linear) { return linear.part == target; })) {
      continue;
    }
    throw InputError(concat("LoRA target ", target, " matches no linear of this model"),
                     {.key = "model.lora.target_modules"},
                     "it has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj");
  }
  std::vector<LinearShape> out;
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    for (LinearShape linear : block) {
      if (std::find(wanted.begin(), wanted.end(), linear.part) == wanted.end()) continue;
      linear.path = concat("model.layers.", layer, ".", linear.path);
      linear.projection += layer * 4;
      out.push_back(std::move(linear));
    }
  }
  return out;
}

}  // namespace polyclinic
