#pragma once
// The model families. A new one: src/model/<family>.cpp and a line in registry.cpp.
#include <string_view>
#include <vector>

#include "model/model_config.h"

namespace polyclinic {

extern const FamilyTraits llama_family;
extern const FamilyTraits mistral_family;
extern const FamilyTraits gemma2_family;
extern const FamilyTraits phi3_family;

const std::vector<const FamilyTraits*>& model_families();

}  // namespace polyclinic
