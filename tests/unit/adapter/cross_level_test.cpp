#include "adapter/cross_level.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/softmax.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "unit/adapter/bank_case.h"

namespace polyclinic {
namespace {

const std::vector<StreamPair> pairs{{0, 5, 3}, {8, 13, 5}};  // rows 3, 4 and 18 belong to nobody

struct CrossCase {
  CrossCase() : stream(61, 0), module(store, 4, 3) {
    store.allocate(1, at::kDouble);
    module.initialise(1);
    hidden = random_tensor({19, 4}, stream);
    upstream = random_tensor({19, 4}, stream);
  }
  void open_gate() { store.value(store.find("cross_level.gate")).fill_(0.07); }  // g = 0.7
  RandomStream stream;
  ParameterStore store;
  CrossLevelAttention module;
  at::Tensor hidden, upstream;
};

TEST(CrossLevel, StartsAsTwoPlainStreams) {
  CrossCase c;
  EXPECT_TRUE(at::allclose(c.module.forward(c.hidden, pairs, false).detach(), c.hidden));
}

TEST(CrossLevel, EqualsTheFormulaSequenceBySequence) {
  CrossCase c;
  c.open_gate();
  const c10::AutoGradMode off(false);
  at::Tensor expected = c.hidden.clone();
  const at::Tensor wq = c.store.value(c.store.find("cross_level.query"));
  const at::Tensor wk = c.store.value(c.store.find("cross_level.key"));
  for (const StreamPair& p : pairs) {
    const at::Tensor a = c.hidden.narrow(0, p.a_begin, p.length), b = c.hidden.narrow(0, p.b_begin, p.length);
    const at::Tensor weights = at::softmax(b.matmul(wq).matmul(a.matmul(wk).t()) / std::sqrt(3.0), 1);
    expected.narrow(0, p.b_begin, p.length).add_(weights.matmul(a) * 0.7);
  }
  EXPECT_TRUE(at::allclose(c.module.forward(c.hidden, pairs, false), expected, 1e-12, 1e-12));
}

// Of eight even weights each would be 0.125.
TEST(CrossLevel, ATokenStartsByReadingItsOwnStateOfLevel1) {
  RandomStream stream(62, 0);
  ParameterStore store;
  CrossLevelAttention module(store, 96);
  store.allocate(1, at::kDouble);
  module.initialise(1);
  const c10::AutoGradMode off(false);
  const at::Tensor state = random_tensor({8, 96}, stream);
  const double rms = std::sqrt(state.square().mean().item<double>());
  const at::Tensor hidden = at::cat({state, state}) / rms;
  store.value(store.find("cross_level.gate")).fill_(0.1);  // g = 1
  const at::Tensor read = (module.forward(hidden, {{0, 8, 8}}, false) - hidden).narrow(0, 8, 8);
  const at::Tensor own = (read * state).sum(1) / state.square().sum(1) * rms;  // the share of its own state, about
  EXPECT_GT(own.min().item<double>(), 0.4) << own;
}

TEST(CrossLevel, FiniteDifferences) {
  for (const bool detach : {false, true}) {
    CrossCase c;
    c.open_gate();
    const at::Tensor x = c.hidden.clone().set_requires_grad(true);
    (c.module.forward(x, pairs, detach) * c.upstream).sum().backward();
    // Detached: Ha counts as a constant, so its rows keep the gradient of the identity alone.
    const auto slope_of = [&](double* value, const at::Tensor& input) {
      const c10::AutoGradMode off(false);
      const double h = 1e-6, keep = *value;
      *value = keep + h;
      const double up = (c.module.forward(input, pairs, detach) * c.upstream).sum().item<double>();
      *value = keep - h;
      const double down = (c.module.forward(input, pairs, detach) * c.upstream).sum().item<double>();
      *value = keep;
      return (up - down) / (2 * h);
    };
    for (std::int64_t i = 0; i < c.store.count(); ++i) {
      EXPECT_NEAR(slope_of(c.store.values().data_ptr<double>() + i, c.hidden),
                  c.store.gradients().data_ptr<double>()[i], 1e-7);
    }
    for (std::int64_t row = 0; row < 19; ++row) {
      const bool in_a = row < 3 || (row >= 8 && row < 13);
      for (std::int64_t j = 0; j < 4; ++j) {
        const std::int64_t i = row * 4 + j;
        const double gradient = x.grad().data_ptr<double>()[i];
        if (detach && in_a) {
          EXPECT_EQ(gradient, c.upstream.data_ptr<double>()[i]);
        } else {
          EXPECT_NEAR(slope_of(c.hidden.data_ptr<double>() + i, c.hidden), gradient, 1e-7);
        }
      }
    }
  }
}

}  // namespace
}  // namespace polyclinic
