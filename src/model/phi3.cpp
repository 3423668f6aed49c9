#include "model/config_keys.h"
#include "model/registry.h"

namespace polyclinic {
namespace {

// HF masks at distance >= window; LitGPT keeps one position more. We do as HF does.
void read_phi3(const ConfigKeys& keys, ModelConfig& config) {
  if (keys.has("sliding_window"))
    config.layer_window.assign(config.layer_window.size(), keys.positive("sliding_window"));
}

}  // namespace

const FamilyTraits phi3_family = {
    .architecture = "Phi3ForCausalLM", .model_type = "phi3", .fused_projections = true, .read = read_phi3};

}  // namespace polyclinic
