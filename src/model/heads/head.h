#pragma once
// A head: the small trained layer of one task part. It turns an example into sequences, hidden rows into a loss, and
// hidden rows back into annotation. It reads the trunk's final hidden states only and never the vocabulary. The list of
// heads is registry.cpp, one line and one source each.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/task_options.h"
#include "data/pack.h"
#include "data/window.h"
#include "tasks/example.h"
#include "text/tokenizer.h"

namespace polyclinic {

// One trainable fp32 tensor that somebody else owns (the run's parameter store).
struct HeadParameter {
  std::string name;  // e.g. "weight"
  std::vector<std::int64_t> shape;
  double deviation = 0;  // of the normal distribution that it starts from; 0: zeros
};

// The sequences of one example. A head derives from it and keeps its targets there.
struct HeadExample {
  virtual ~HeadExample() = default;
  std::vector<Sequence> sequences;  // task, route and example are the caller's to set
  std::vector<std::int64_t> units;  // loss-bearing tokens or examples of each sequence; all 0 without gold
};

// The hidden rows of some sequences, end to end.
struct HeadBatch {
  struct Row {
    const HeadExample* example = nullptr;
    std::size_t sequence = 0;         // index into example->sequences
    std::int64_t begin = 0, end = 0;  // rows of `hidden`
  };
  at::Tensor hidden;  // [R, d] fp32
  std::vector<Row> rows;
};

// Loss summed over `units`; the caller divides by the units of the whole step.
struct HeadLoss {
  at::Tensor sum;  // [] fp32, differentiable in hidden and the head's parameters
  std::int64_t units = 0;
};

// What a head says of one sequence, on the host. Each head gives the members its own meaning.
struct HeadOutput {
  std::vector<std::int32_t> labels;
  std::vector<float> scores;
};

// What encode() could not represent; reported, never silent.
struct HeadCounts {
  std::int64_t gold = 0;        // gold items of the examples (mentions, relations, labels)
  std::int64_t lost = 0;        // of these, not given back by decode(target)
  std::int64_t texts = 0;       // texts and pairs that a head reads whole, in one sequence
  std::int64_t cut = 0;         // of these, longer than a sequence and cut
  std::int64_t cut_tokens = 0;  // tokens that the cut ones lost
};

// What a head may know of its task, of the model and of the configuration.
struct HeadOptions {
  std::int64_t hidden_size = 0;
  WindowOptions window;
  std::string entity_handling = "bio";  // task.preprocessing: bio or layered
  std::string discontiguous = "auto";   // task.preprocessing: auto or hull
  std::string terminology;              // task.data.terminology; empty: none
  bool bidirectional = false;           // attention of the trunk
  HeadSettings settings = {};           // task.head_options
};

// One example of the dev split, for tune().
struct TuningExample {
  const Example* gold = nullptr;
  const HeadExample* encoded = nullptr;  // without gold
  const std::vector<HeadOutput>* outputs = nullptr;
};

class Head {
 public:
  virtual ~Head() = default;
  // Learns the inventory (label names) from the training examples. Once, before anything else; or restore().
  virtual void prepare(const std::vector<Example>& training) = 0;
  virtual nlohmann::json inventory() const = 0;
  virtual void restore(const nlohmann::json& inventory) = 0;

  virtual std::vector<HeadParameter> parameters() const = 0;
  // Tensors of parameters(), in that order; they stay valid while the head is used and change in place.
  virtual void bind(std::vector<at::Tensor> tensors) = 0;

  // `with_gold`: keeps targets. Prediction encodes without, and the gold annotation then plays no part.
  virtual std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                              HeadCounts& counts) const = 0;
  // True when the loss compares examples of one Example::group: they then train in one step.
  virtual bool joins_groups() const { return false; }
  virtual HeadLoss loss(const HeadBatch& batch) const = 0;
  virtual std::vector<HeadOutput> predict(const HeadBatch& batch) const = 0;  // one a row; call without autograd
  // A head with something to set by the dev split once it is trained (a threshold) says so and sets it here; it is part
  // of inventory() then. Before each scoring of dev and once more before test, never by test.
  virtual bool tunes() const { return false; }
  virtual void tune(const std::vector<TuningExample>&) {}
  // Puts the outputs of all sequences of an example together and writes the annotation into `into`.
  virtual void decode(const HeadExample& encoded, const std::vector<HeadOutput>& outputs, Example& into) const = 0;
};

// One line of the list of heads.
struct HeadDefinition {
  std::string name;
  std::string summary;
  std::unique_ptr<Head> (*make)(const HeadOptions& options);
};

const std::vector<HeadDefinition>& heads();

// InputError naming the nearest head when there is none of this name.
std::unique_ptr<Head> make_head(const std::string& name, const HeadOptions& options);

}  // namespace polyclinic
