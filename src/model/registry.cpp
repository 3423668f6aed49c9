#include "model/registry.h"

namespace polyclinic {

const std::vector<const FamilyTraits*>& model_families() {
  static const std::vector<const FamilyTraits*> families = {
      &llama_family,
      &mistral_family,
      &gemma2_family,
      &phi3_family,
  };
  return families;
}

}  // namespace polyclinic
