#include "model/registry.h"

namespace polyclinic {

// Llama 3.1 and 3.2 differ from the base form by their rotary scaling alone, which is data.
const FamilyTraits llama_family = {.architecture = "LlamaForCausalLM", .model_type = "llama"};

}  // namespace polyclinic
