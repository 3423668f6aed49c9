#pragma once
// Device memory of a training step, from shapes alone. Each term follows what the engine keeps (trunk.cpp, bank.cpp,
// fused_operations.cpp); tests/unit/train/memory_model_test.cpp holds it against peaks measured on an H100. No torch in
// here.
#include <cstdint>
#include <limits>
#include <vector>

#include "adapter/linear_shape.h"
#include "adapter/slot.h"
#include "model/model_config.h"

namespace polyclinic {

// For counts of blocks: all that a model has.
inline constexpr std::int64_t every_block = std::numeric_limits<std::int64_t>::max();

// What a plan of adapters adds.
struct AdapterMemory {
  std::int64_t parameters = 0;  // all slots
  std::int64_t apart = 0;       // gradients that are kept by task: parameters times tasks
  std::int64_t copies = 0;      // elements of the factors' copies in the compute dtype, blocks of merged linears whole
  std::int64_t codes = 0;       // columns of codes that a token of the widest route keeps
};
AdapterMemory adapter_memory(const AdapterPlan& plan, const std::vector<LinearShape>& linears);

struct MemorySettings {
  std::int64_t tokens = 2048;       // of a pack
  std::int64_t longest = 512;       // sequence in it
  std::int64_t element = 2;         // bytes of weights and activations
  std::int64_t stream_element = 2;  // bytes of the residual stream
  bool nf4 = false;
  std::int64_t recomputed_blocks = 0;  // the first ones
  std::int64_t recompute_rows = 1024;  // this and the next two: TrunkOptions
  std::int64_t decoded_blocks = 0;
  std::int64_t host_streams = 0;
  bool composed_attention = false;  // soft caps, fp32, cards without flash attention
  bool language_head = false;
};

// Bytes.
struct MemoryEstimate {
  double weights = 0;      // frozen base on the device, and the buffer that NF4 decodes into
  double trained = 0;      // values, gradients and both moments in fp32, gradients by task, copies
  double activations = 0;  // kept for the backward pass
  double transient = 0;    // the most that one operation adds
  double workspace = 0;    // of cuBLAS, heads, small tensors
  double tensors() const { return weights + trained + activations + transient + workspace; }
};
MemoryEstimate estimate_memory(const ModelConfig& model, const AdapterMemory& adapters, const MemorySettings& settings);

}  // namespace polyclinic
