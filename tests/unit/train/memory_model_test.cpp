#include "train/memory_model.h"

#include <gtest/gtest.h>

#include <string>

#include "model/published_shapes.h"

namespace polyclinic {
namespace {

const std::vector<std::string> all_linears{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};

// bench_step's peak of tensors on an H100, 2026-11-24 (docs/performance.md): token classification, rank 32, GiB.
struct Measured {
  const char* model;
  MemorySettings settings;
  double peak;
};
const MemorySettings clinical{.tokens = 933, .longest = 164}, full{.tokens = 8192};

MemorySettings with(MemorySettings settings, void (*change)(MemorySettings&)) {
  change(settings);
  return settings;
}
const auto nf4 = [](MemorySettings& s) { s.nf4 = true; };
const auto language = [](MemorySettings& s) { s.language_head = true; };
const auto recompute = [](MemorySettings& s) { s.recomputed_blocks = every_block; };
const auto capped = [](MemorySettings& s) { s.composed_attention = true; };
const auto t4 = [](MemorySettings& s) {
  s.composed_attention = s.nf4 = true;
  s.tokens = 4096;
  s.longest = 256;
};

std::vector<Measured> measured() {
  const char *llama = "meta-llama/Llama-3.1-8B", *gemma = "google/gemma-2-2b",
             *phi = "microsoft/Phi-3-mini-4k-instruct", *mistral = "mistralai/Mistral-7B-v0.3";
  return {{llama, clinical, 19.57},
          {llama, full, 50.09},
          {llama, with(clinical, language), 20.75},
          {llama, with(full, language), 51.11},
          {llama, with(clinical, nf4), 10.25},
          {llama, with(full, nf4), 40.77},
          {llama, with(full, recompute), 17.66},
          {llama, with(with(full, recompute), nf4), 8.36},
          {llama, with(with(full, recompute), language), 18.58},
          {llama, with(with(with(full, recompute), language), nf4), 9.28},
          {gemma, with(clinical, capped), 7.98},
          {gemma, with(full, capped), 25.03},
          {gemma, with(with(full, recompute), capped), 6.33},
          {gemma, with(full, t4), 12.60},
          {phi, clinical, 10.95},
          {phi, full, 32.57},
          {phi, with(full, recompute), 10.28},
          {phi, with(full, t4), 15.45},
          {mistral, clinical, 18.86},
          {mistral, full, 49.51},
          {mistral, with(full, recompute), 17.66},
          {mistral, with(full, t4), 22.69}};
}

TEST(MemoryModel, IsWithinTwoPercentOfTheMeasuredPeaks) {
  AdapterPlan plan;
  plan.slots = {{"shared", 32, 64, {}, false}};
  plan.routes = {{"all", {0}}};
  for (const Measured& item : measured()) {
    const ModelConfig model = published_config(item.model).value();
    const AdapterMemory adapters = adapter_memory(plan, linear_shapes(model, all_linears));
    const double gib = estimate_memory(model, adapters, item.settings).tensors() / (1 << 30);
    EXPECT_NEAR(gib / item.peak, 1.0, 0.02)
        << item.model << " " << item.settings.tokens << " tokens: " << gib << " GiB, measured " << item.peak;
  }
}

// Llama-3.1-8B: a block's linears are 4,096 x (6,144 + 4,096 + 3 x 14,336) numbers, 2 bytes decoded and 0.5 + 1 / 64 +
// 4 / 16,384 as NF4; a stream of 8,192 tokens is 64 MiB.
TEST(MemoryModel, CountsDecodedBlocksAndStreamsOnTheHost) {
  const ModelConfig model = published_config("meta-llama/Llama-3.1-8B").value();
  MemorySettings settings = with(with(full, recompute), nf4);
  const double plain = estimate_memory(model, {}, settings).tensors();
  settings.decoded_blocks = 8;
  const double decoded = estimate_memory(model, {}, settings).tensors();
  EXPECT_NEAR(decoded - plain, 8.0 * 218103808 * (2 - 0.515869140625), 1e3);
  settings.host_streams = 12;
  EXPECT_NEAR(decoded - estimate_memory(model, {}, settings).tensors(), 12.0 * (64 << 20), 1e3);
}

TEST(MemoryModel, CountsSlotsTheirGradientsByTaskAndTheirCopies) {
  AdapterPlan plan;
  plan.tasks = 3;
  plan.slots = {{"shared", 4, 8, {}, true}, {"private", 2, 4, {}, false}};
  plan.routes = {{"a", {0}}, {"b", {0, 1}}};
  const std::vector<LinearShape> linears{
      {"p", "q_proj", 10, 12, 0}, {"p", "k_proj", 10, 4, 0}, {"p", "o_proj", 12, 10, 1}};
  const AdapterMemory memory = adapter_memory(plan, linears);
  // One rank is 22 + 14 + 22 = 58 numbers.
  EXPECT_EQ(memory.parameters, 58 * 6);
  EXPECT_EQ(memory.apart, 58 * 4 * 3);
  EXPECT_EQ(memory.codes, 3 * 6);
  // Route a: A 10 x 8 and 12 x 4, B 16 x 8 and 10 x 4; route b: the same with 6 for 4.
  EXPECT_EQ(memory.copies, 80 + 48 + 128 + 40 + 120 + 72 + 192 + 60);
}

}  // namespace
}  // namespace polyclinic
