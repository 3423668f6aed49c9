#include "train/pretrain.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <deque>
#include <numeric>

#include "core/concat.h"
#include "core/error.h"
#include "core/random.h"
#include "train/adamw.h"
#include "train/schedule.h"

namespace polyclinic {
namespace {

// Endless sequences of a fixed length.
class TokenStream {
 public:
  TokenStream(const std::vector<std::vector<std::int32_t>>& documents, std::int64_t length, std::uint64_t seed)
      : documents_(documents), length_(static_cast<std::size_t>(length)), seed_(seed) {}

  std::vector<std::int32_t> next() {
    while (buffer_.size() < length_) refill();
    std::vector<std::int32_t> sequence(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(length_));
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(length_));
    return sequence;
  }

 private:
  void refill() {
    if (position_ == order_.size()) {
      order_.resize(documents_.size());
      std::iota(order_.begin(), order_.end(), 0);
      RandomStream(seed_, mix({0x70726574, pass_++})).shuffle(order_);
      position_ = 0;
    }
    const std::vector<std::int32_t>& document = documents_[order_[position_++]];
    buffer_.insert(buffer_.end(), document.begin(), document.end());
  }

  const std::vector<std::vector<std::int32_t>>& documents_;
  std::size_t length_;
  std::uint64_t seed_, pass_ = 0;
  std::vector<std::size_t> order_;
  std::size_t position_ = 0;
  std::deque<std::int32_t> buffer_;
};

Pack next_pack(TokenStream& stream, std::int64_t sequences) {
  Pack pack;
  pack.sequence_starts.push_back(0);
  for (std::int64_t s = 0; s < sequences; ++s) {
    const std::vector<std::int32_t> ids = stream.next();
    pack.token_ids.insert(pack.token_ids.end(), ids.begin(), ids.end());
    for (std::size_t i = 0; i < ids.size(); ++i) pack.positions.push_back(static_cast<std::int32_t>(i));
    pack.sequence_starts.push_back(static_cast<std::int32_t>(pack.token_ids.size()));
    pack.sequence_task.push_back(0);
    pack.sequence_route.push_back(0);
    pack.sequence_index.push_back(s);
  }
  return pack;
}

// Mean loss of each next token within its sequence.
at::Tensor next_token_loss(const Trunk& trunk, const PackTensors& pack) {
  std::vector<std::int64_t> from;
  const std::vector<std::int32_t>& starts = pack.host.sequence_starts;
  for (std::size_t s = 0; s + 1 < starts.size(); ++s) {
    for (std::int32_t i = starts[s]; i + 1 < starts[s + 1]; ++i) from.push_back(i);
  }
  const at::Tensor rows = at::tensor(from).to(pack.token_ids.device());
  const at::Tensor hidden = at::index_select(trunk.forward(pack), 0, rows);
  const at::Tensor targets = at::index_select(pack.token_ids, 0, rows.add(1));
  return at::cross_entropy_loss(at::linear(hidden, trunk.vocabulary_head()), targets);
}

// The trunk's parameters as one flat buffer, and back.
class FlatParameters {
 public:
  explicit FlatParameters(std::vector<at::Tensor> parameters) : parameters_(std::move(parameters)) {
    std::vector<at::Tensor> parts;
    std::int64_t position = 0;
    for (const at::Tensor& parameter : parameters_) {
      parts.push_back(parameter.detach().reshape({-1}));
      if (parameter.dim() < 2) no_decay_.emplace_back(position, position + parameter.numel());
      position += parameter.numel();
    }
    values_ = at::cat(parts);
  }
  const at::Tensor& values() const { return values_; }
  const std::vector<std::pair<std::int64_t, std::int64_t>>& no_decay() const { return no_decay_; }

  at::Tensor take_gradients() {
    std::vector<at::Tensor> parts;
    for (at::Tensor& parameter : parameters_) {
      parts.push_back(parameter.grad().defined() ? parameter.grad().reshape({-1})
                                                 : at::zeros_like(parameter.detach()).reshape({-1}));
    }
    at::Tensor gradients = at::cat(parts);
    for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
    return gradients;
  }
  void write_back() {
    std::int64_t position = 0;
    for (at::Tensor& parameter : parameters_) {
      at::Tensor target = parameter.detach();
      target.copy_(values_.slice(0, position, position + parameter.numel()).view(parameter.sizes()));
      position += parameter.numel();
    }
  }

 private:
  std::vector<at::Tensor> parameters_;
  at::Tensor values_;
  std::vector<std::pair<std::int64_t, std::int64_t>> no_decay_;
};

}  // namespace

double pretrain(Trunk& trunk, const std::vector<std::vector<std::int32_t>>& documents, const PretrainOptions& options,
                const std::function<void(const PretrainReport&)>& report) {
  const std::int64_t sequences = std::max<std::int64_t>(1, options.batch_tokens / options.length);
  std::int64_t total = 0;
  for (const auto& document : documents) total += static_cast<std::int64_t>(document.size());
  if (total < sequences * options.length) {
    throw InputError(concat("the text has ", total, " tokens, less than one step of ", sequences * options.length), {},
                     "give more text, or lower --batch-tokens");
  }
  FlatParameters parameters(trunk.parameters());
  AdamW optimizer(parameters.values(), parameters.no_decay(), {0.9, 0.98, 1e-8, options.weight_decay});
  const Schedule schedule{ScheduleKind::cosine, warmup_steps(options.warmup_ratio, options.steps), options.steps};
  TokenStream stream(documents, options.length, options.seed);
  std::deque<double> recent;
  for (std::int64_t step = 0; step < options.steps; ++step) {
    const PackTensors pack = to_device(next_pack(stream, sequences), trunk.options().device);
    const at::Tensor loss = next_token_loss(trunk, pack);
    loss.backward();
    at::Tensor gradients = parameters.take_gradients();
    clip_gradients(gradients, options.max_grad_norm);
    optimizer.step(gradients, options.learning_rate * schedule.factor(step + 1));
    parameters.write_back();
    recent.push_back(loss.item<double>());
    if (recent.size() > 50) recent.pop_front();
    report({step + 1, recent.back(), pack.tokens()});
  }
  return std::accumulate(recent.begin(), recent.end(), 0.0) / static_cast<double>(recent.size());
}

}  // namespace polyclinic
