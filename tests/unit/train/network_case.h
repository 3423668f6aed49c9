#pragma once
// A random trunk of two small layers, a head that is one product, and made-up sequences over it.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <c10/util/Exception.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "support/test_device.h"
#include "train/network.h"

namespace polyclinic {

// Regresses each token's hidden state on a number: loss (h . w - target)^2.
class ProductHead final : public Head {
 public:
  // `most_rows`: of a batch; a larger one is out of memory.
  ProductHead(std::int64_t hidden, std::shared_ptr<const std::int64_t> most_rows)
      : hidden_(hidden), most_rows_(std::move(most_rows)) {}
  void prepare(const std::vector<Example>&) override {}
  nlohmann::json inventory() const override { return {}; }
  void restore(const nlohmann::json&) override {}
  std::vector<HeadParameter> parameters() const override { return {{"weight", {1, hidden_}, 0.5}}; }
  void bind(std::vector<at::Tensor> tensors) override { weight_ = tensors.at(0); }
  std::unique_ptr<HeadExample> encode(const Example&, const Tokenizer&, bool, HeadCounts&) const override {
    return nullptr;
  }
  HeadLoss loss(const HeadBatch& batch) const override {
    TORCH_CHECK_WITH(OutOfMemoryError, !most_rows_ || batch.hidden.size(0) <= *most_rows_, "out of memory");
    HeadLoss result;
    at::Tensor sum = at::zeros({});
    for (const HeadBatch::Row& row : batch.rows) {
      const auto target = static_cast<double>(row.example->sequences[row.sequence].token_ids.front() % 3) - 1.0;
      const at::Tensor value = batch.hidden.slice(0, row.begin, row.end).matmul(weight_.view({-1}));
      sum = sum + (value - target).pow(2).sum();
      result.units += row.end - row.begin;
    }
    result.sum = sum;
    return result;
  }
  std::vector<HeadOutput> predict(const HeadBatch&) const override { return {}; }
  void decode(const HeadExample&, const std::vector<HeadOutput>&, Example&) const override {}

 private:
  std::int64_t hidden_;
  std::shared_ptr<const std::int64_t> most_rows_;
  at::Tensor weight_;
};

struct PartShape {
  std::string name;
  std::vector<std::int32_t> streams;
  std::shared_ptr<const std::int64_t> most_rows;  // ProductHead
};

inline Trunk small_trunk() {
  static constexpr const char* json = R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8,
    "intermediate_size": 24, "vocab_size": 40, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": true})";
  return Trunk::random(parse_model_config(json, "config.json"), {.device = test_device()}, 7);
}

inline AdapterPlan small_plan(std::int64_t parts, bool per_task) {
  AdapterPlan plan;
  plan.slots = {{"shared", 4, 8.0, {}, per_task}, {"level1", 2, 4.0, {}, false}, {"level2", 2, 4.0, {}, false}};
  plan.routes = {{"level1", {0, 1}}, {"level2", {0, 2}}};
  plan.tasks = parts;
  return plan;
}

inline std::unique_ptr<Network> small_network(const AdapterPlan& plan, const std::vector<PartShape>& shapes,
                                              bool detach = false, bool uncertainty = false) {
  std::vector<Part> parts;
  for (const PartShape& shape : shapes) {
    Part part;
    part.name = shape.name;
    part.head = std::make_unique<ProductHead>(16, shape.most_rows);
    part.streams = shape.streams;
    parts.push_back(std::move(part));
  }
  auto network = std::make_unique<Network>(
      small_trunk(), plan, std::move(parts),
      NetworkOptions{{"q_proj", "v_proj", "o_proj", "up_proj", "down_proj"}, uncertainty, detach});
  network->initialise(3);
  return network;
}

// Every adapter number away from 0, by its name; the gate gets `gate`.
inline void randomise(Network& network, double gate) {
  ParameterStore& store = network.store();
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const ParameterInfo& info = store.parameters()[i];
    std::uint64_t number = 0;
    for (const char c : info.name) number = number * 131 + static_cast<unsigned char>(c);
    RandomStream random(5, number);
    std::vector<float> values(static_cast<std::size_t>(info.count));
    for (float& value : values) value = static_cast<float>(0.3 * random.normal());
    if (info.name == "cross_level.gate") values = {static_cast<float>(gate)};
    if (info.group != "weighting") store.value(i).copy_(at::tensor(values).view(info.shape));
  }
  store.touch();
}

// `count` sequences of each part, of 3 to 8 tokens.
class Corpus {
 public:
  Corpus(std::size_t parts, std::size_t count) : training_(parts) {
    RandomStream random(11, 1);
    for (std::size_t part = 0; part < parts; ++part) {
      for (std::size_t i = 0; i < count; ++i) {
        auto example = std::make_unique<HeadExample>();
        Sequence sequence;
        const std::size_t length = 3 + random.below(6);
        for (std::size_t t = 0; t < length; ++t) {
          sequence.token_ids.push_back(static_cast<std::int32_t>(random.below(40)));
        }
        example->sequences = {sequence};
        example->units = {static_cast<std::int64_t>(length)};
        training_[part].push_back({part, example.get(), 0});
        examples_.push_back(std::move(example));
      }
    }
  }
  const std::vector<std::vector<PartSequence>>& training() const { return training_; }
  // The first `count` of each part, in turn.
  std::vector<PartSequence> step(std::size_t count) const {
    std::vector<PartSequence> out;
    for (std::size_t i = 0; i < count; ++i) {
      for (const auto& part : training_) out.push_back(part[i]);
    }
    return out;
  }

 private:
  std::vector<std::unique_ptr<HeadExample>> examples_;
  std::vector<std::vector<PartSequence>> training_;
};

}  // namespace polyclinic
