#include "model/config_keys.h"
#include "model/registry.h"

namespace polyclinic {
namespace {

// v0.1 (and BioMistral) slides a window in every layer; v0.3 writes null.
void read_mistral(const ConfigKeys& keys, ModelConfig& config) {
  if (keys.has("sliding_window"))
    config.layer_window.assign(config.layer_window.size(), keys.positive("sliding_window"));
}

}  // namespace

const FamilyTraits mistral_family = {
    .architecture = "MistralForCausalLM", .model_type = "mistral", .read = read_mistral};

}  // namespace polyclinic
