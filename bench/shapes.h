#pragma once
// Trunks for benchmarks: a model folder, or a full-size shape with random weights that are made on the device.
#include <string>

#include "model/trunk.h"

namespace polyclinic {

// `model`: a folder in HF layout, or llama8b, gemma2b, phi3mini, mistral7b. `layers` > 0 cuts the shape to so many.
Trunk bench_trunk(const std::string& model, std::int64_t layers, const TrunkOptions& options);

}  // namespace polyclinic
