#pragma once
// PEFT's adapter folders (adapter_config.json, adapter_model.safetensors) and merged weights.
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

#include "adapter/adapter_set.h"

namespace polyclinic {

struct PeftExport {
  std::string base_model;  // base_model_name_or_path
  // Phi-3's checkpoint holds qkv_proj and gate_up_proj: our split adapters become one of rank 3r (2r) each, the A's
  // stacked and B block-diagonal, which is the same function.
  bool fused_projections = false;
};

// The adapter of one route as a single LoRA: its slots stacked along the rank (a sum of LoRAs is a LoRA). InputError
// for a fused route (its weights depend on the input) and for an existing folder that holds something else.
void export_peft(const AdapterSet& adapters, std::size_t route, const std::filesystem::path& folder,
                 const PeftExport& options);

// Fills one slot from a PEFT folder. InputError when its modules or ranks are not the slot's. An adapter on qkv_proj or
// gate_up_proj is taken apart: rank r gives each part the same A, our own export of rank 3r its own block.
void import_peft(const AdapterSet& adapters, std::size_t slot, const std::filesystem::path& folder);

// weights[name] += sum over the route's slots of scale B A, by HF's names ("model.layers.0.self_attn.q_proj.weight", or
// the fused ones where the map holds those). InputError for a fused route.
void merge_route(const AdapterSet& adapters, std::size_t route, std::map<std::string, at::Tensor>& weights);

}  // namespace polyclinic
