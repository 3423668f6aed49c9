#pragma once
// Heads without a trunk: hidden rows that a test makes, weights that it plants, gradients by finite differences.
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/random.h"
#include "model/heads/head.h"

namespace polyclinic {

// A head that has learnt its inventory from `training`.
inline std::unique_ptr<Head> prepared_head(const std::string& name, std::int64_t width,
                                           const std::vector<Example>& training, HeadOptions options = {}) {
  options.hidden_size = width;
  auto head = make_head(name, options);
  head->prepare(training);
  return head;
}

// A text of a class or of several, named by itself.
inline Example labelled(const std::string& text, std::vector<std::string> labels) {
  Example example;
  example.id = text;
  example.text = text;
  example.labels = std::move(labels);
  return example;
}

inline at::Tensor random_tensor(const std::vector<std::int64_t>& shape, double deviation, std::uint64_t stream) {
  RandomStream random(7, stream);
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = deviation * random.normal();
  return at::tensor(values, at::TensorOptions(at::kDouble)).view(shape);
}

// All sequences of the examples as one batch; `hidden` has their rows end to end.
inline HeadBatch batch_of(const std::vector<const HeadExample*>& examples, const at::Tensor& hidden) {
  HeadBatch batch;
  batch.hidden = hidden;
  std::int64_t row = 0;
  for (const HeadExample* example : examples) {
    for (std::size_t s = 0; s < example->sequences.size(); ++s) {
      const auto length = static_cast<std::int64_t>(example->sequences[s].token_ids.size());
      batch.rows.push_back({example, s, row, row + length});
      row += length;
    }
  }
  return batch;
}

inline std::int64_t rows_of(const std::vector<const HeadExample*>& examples) {
  std::int64_t rows = 0;
  for (const HeadExample* example : examples) {
    for (const Sequence& sequence : example->sequences) rows += static_cast<std::int64_t>(sequence.token_ids.size());
  }
  return rows;
}

// Parameters of a head by name, all zeros, bound in fp64.
struct PlantedHead {
  Head& head;
  std::vector<HeadParameter> parameters;
  std::vector<at::Tensor> tensors;

  explicit PlantedHead(Head& planted) : head(planted), parameters(planted.parameters()) {
    for (const HeadParameter& parameter : parameters) tensors.push_back(at::zeros(parameter.shape, at::kDouble));
    head.bind(tensors);
  }
  at::Tensor& operator[](const std::string& name) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (parameters[i].name == name) return tensors[i];
    }
    ADD_FAILURE() << "no parameter " << name;
    return tensors.front();
  }
  void set(const std::string& name, std::vector<std::int64_t> at, double value) {
    at::Tensor place = (*this)[name];
    for (const std::int64_t index : at) place = place.select(0, index);
    place.fill_(value);
  }
};

// d loss / d every parameter and the hidden rows, autograd against central differences in fp64.
inline void expect_gradients(Head& head, const std::vector<const HeadExample*>& examples, std::int64_t width) {
  std::vector<at::Tensor> leaves;
  std::vector<std::string> names;
  std::uint64_t stream = 1;
  for (const HeadParameter& parameter : head.parameters()) {
    leaves.push_back(random_tensor(parameter.shape, 0.5, stream++).requires_grad_());
    names.push_back(parameter.name);
  }
  head.bind(leaves);
  leaves.push_back(random_tensor({rows_of(examples), width}, 1, stream).requires_grad_());
  names.emplace_back("hidden");
  const HeadBatch batch = batch_of(examples, leaves.back());
  const HeadLoss loss = head.loss(batch);
  ASSERT_GT(loss.units, 0);
  const auto gradients = torch::autograd::grad({loss.sum}, leaves, {}, false, false, true);
  const auto value = [&] { return head.loss(batch).sum.item<double>(); };
  constexpr double step = 1e-5;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    double* data = leaves[i].mutable_data_ptr<double>();
    RandomStream random(11, i);
    for (int probe = 0; probe < 12; ++probe) {
      const auto at = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(leaves[i].numel())));
      const double before = data[at];
      data[at] = before + step;
      const double above = value();
      data[at] = before - step;
      const double below = value();
      data[at] = before;
      const double wanted = (above - below) / (2 * step);
      const double found = gradients[i].defined() ? gradients[i].contiguous().const_data_ptr<double>()[at] : 0.0;
      EXPECT_NEAR(found, wanted, 1e-5 * (1 + std::abs(wanted))) << names[i] << "[" << at << "]";
    }
  }
}

}  // namespace polyclinic
