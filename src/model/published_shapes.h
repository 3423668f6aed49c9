#pragma once
// The shapes of the study's six models, as their published config.json files state them: what plans and benchmarks
// count without a model folder.
#include <optional>
#include <string_view>
#include <vector>

#include "model/model_config.h"

namespace polyclinic {

// Names on the Hugging Face hub, in the order of the study's table.
const std::vector<std::string_view>& published_models();

// The configuration of one of them by its hub name ("meta-llama/Llama-3.1-8B"); nothing for another name.
std::optional<ModelConfig> published_config(std::string_view name);

}  // namespace polyclinic
