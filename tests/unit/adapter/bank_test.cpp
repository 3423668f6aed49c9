#include "adapter/bank.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "unit/adapter/bank_case.h"

namespace polyclinic {
namespace {

const std::vector<std::string> part_names{"q_proj", "k_proj", "v_proj"};
const std::vector<std::int64_t> part_rows{12, 4, 6};

std::string full_name(const std::string& part, const std::string& factor, const std::string& slot) {
  return "base_model.model.model.layers.0.self_attn." + part + "." + factor + "." + slot + ".weight";
}

// The formulas of design.md, section 4, sequence by sequence, with plain autograd. Parameters by name.
class Reference {
 public:
  explicit Reference(const BankCase& bank_case) : case_(bank_case) {
    for (std::size_t i = 0; i < bank_case.store.parameters().size(); ++i) {
      const at::Tensor leaf = bank_case.store.value(i).clone();
      parameters[bank_case.store.parameters()[i].name] = leaf.set_requires_grad(true);
    }
  }

  at::Tensor part_addition(const at::Tensor& x, std::size_t part, const Route& route) const {
    const AdapterPlan& plan = case_.adapters.plan();
    std::vector<at::Tensor> terms, scores;
    for (const std::size_t s : route.slots) {
      const SlotSpec& slot = plan.slots[s];
      const at::Tensor h = at::linear(x, get(part_names[part], "lora_A", slot.name)) * (slot.alpha / slot.rank);
      terms.push_back(at::linear(h, get(part_names[part], "lora_B", slot.name)));
      if (plan.combine != Combine::attention) continue;
      const at::Tensor q = at::linear(x, get("q_proj+k_proj+v_proj", "fusion_Q", "shared"));
      const at::Tensor key = h.matmul(get(part_names[part], "fusion_K", slot.name));
      scores.push_back((q * key).sum(1) / std::sqrt(static_cast<double>(plan.fusion_width)));
    }
    if (plan.combine == Combine::sum) {
      at::Tensor sum = at::zeros_like(terms.front());
      for (const at::Tensor& term : terms) sum = sum + term;
      return sum;
    }
    at::Tensor a;
    if (plan.combine == Combine::attention) {
      a = at::softmax(at::stack(scores, 1), 1);
    } else {
      const at::Tensor g = at::linear(x, get("q_proj+k_proj+v_proj", "fusion_Q", "shared")).sigmoid();
      a = at::cat({g, 1 - g}, 1);
    }
    return (a.narrow(1, 0, 1) * terms[0] + a.narrow(1, 1, 1) * terms[1]) * 2;
  }

  at::Tensor forward(const at::Tensor& x, const std::vector<SequenceShape>& sequences) const {
    std::vector<at::Tensor> out;
    std::int64_t begin = 0;
    for (const SequenceShape& sequence : sequences) {
      const at::Tensor rows = x.narrow(0, begin, sequence.length);
      begin += sequence.length;
      const Route& route = case_.adapters.plan().routes[static_cast<std::size_t>(sequence.route)];
      std::vector<at::Tensor> parts;
      for (std::size_t p = 0; p < 3; ++p) parts.push_back(part_addition(rows, p, route));
      out.push_back(at::linear(rows, case_.weight) + at::cat(parts, 1));
    }
    return at::cat(out, 0);
  }

  std::map<std::string, at::Tensor> parameters;

 private:
  const at::Tensor& get(const std::string& part, const std::string& factor, const std::string& slot) const {
    return parameters.at(full_name(part, factor, slot));
  }
  const BankCase& case_;
};

void expect_close(const at::Tensor& actual, const at::Tensor& expected, double tolerance, const std::string& what) {
  const at::Tensor filled = expected.defined() ? expected : at::zeros_like(actual);
  EXPECT_TRUE(at::allclose(actual, filled.view_as(actual), tolerance, tolerance)) << what;
}

// Output, gradient of x, and gradients of every parameter, whole or by task, against plain autograd.
void compare(const AdapterPlan& plan, const std::vector<SequenceShape>& sequences, std::uint64_t seed,
             at::ScalarType type = at::kDouble, double tolerance = 1e-10) {
  BankCase c(plan, seed, type);
  const PackTensors pack = make_pack(sequences);
  const at::Tensor x = random_tensor({pack.tokens(), BankCase::inputs}, c.stream, type).set_requires_grad(true);
  const at::Tensor upstream = random_tensor({pack.tokens(), BankCase::outputs}, c.stream, type);
  c.adapters.prepare(pack);
  c.store.zero_gradients();
  const at::Tensor y = c.projection.forward(x, pack);
  (y * upstream).sum().backward();

  std::vector<std::map<std::string, at::Tensor>> by_task;  // T separate backward passes
  std::map<std::string, at::Tensor> whole;
  at::Tensor expected_y, expected_dx;
  for (std::int64_t t = -1; t < plan.tasks; ++t) {
    Reference reference(c);
    const at::Tensor xr = x.detach().clone().set_requires_grad(true);
    const at::Tensor yr = reference.forward(xr, sequences);
    at::Tensor mask = at::zeros_like(upstream);
    std::int64_t begin = 0;
    for (const SequenceShape& s : sequences) {
      if (t < 0 || s.task == t) mask.narrow(0, begin, s.length).fill_(1);
      begin += s.length;
    }
    (yr * upstream * mask).sum().backward();
    std::map<std::string, at::Tensor> gradients;
    for (const auto& [name, leaf] : reference.parameters) gradients[name] = leaf.grad();
    if (t < 0) {
      expected_y = yr.detach();
      expected_dx = xr.grad();
      whole = gradients;
    } else {
      by_task.push_back(gradients);
    }
  }
  expect_close(y.detach(), expected_y, tolerance, "y");
  expect_close(x.grad(), expected_dx, tolerance, "dx");
  for (std::size_t i = 0; i < c.store.parameters().size(); ++i) {
    const ParameterInfo& info = c.store.parameters()[i];
    if (!info.per_task) {
      expect_close(c.store.gradient(i), whole[info.name], tolerance, info.name);
      continue;
    }
    for (std::int64_t t = 0; t < plan.tasks; ++t) {
      expect_close(c.store.task_gradient(i)[t], by_task[static_cast<std::size_t>(t)][info.name], tolerance,
                   info.name + " of task " + std::to_string(t));
    }
  }
}

// Sorted by task with long runs (by runs), and interleaved with one row each (masked): bank.cpp picks by shape.
const std::vector<SequenceShape> sorted{{5, 0, 0}, {7, 0, 0}, {6, 1, 1}, {9, 2, 2}};
std::vector<SequenceShape> long_runs() { return {{1200, 0, 0}, {1000, 1, 1}, {1100, 2, 2}}; }
const std::vector<SequenceShape> mixed{{1, 0, 0}, {1, 2, 2}, {3, 1, 1}, {1, 0, 0}, {2, 2, 2}, {1, 1, 1}};

AdapterPlan one_slot(bool per_task) {
  AdapterPlan plan;
  plan.tasks = 3;
  plan.slots = {{"shared", 5, 10, {}, per_task}};
  plan.routes = {{"a", {0}}, {"b", {0}}, {"c", {0}}};
  return plan;
}

TEST(Bank, OneSlotEqualsPlainAutograd) {
  compare(one_slot(false), sorted, 1);
  compare(one_slot(true), mixed, 2);
}
TEST(Bank, SharedAndPrivateSlotsEqualPlainAutogradPerTask) {
  compare(shared_private_plan(3), sorted, 3);
  compare(shared_private_plan(3), mixed, 4);
  compare(shared_private_plan(3, Combine::sum, false), mixed, 5);
  compare(shared_private_plan(3), long_runs(), 6, at::kDouble, 1e-8);
}
TEST(Bank, AttentionFusionEqualsTheSoftmaxOfTheDesign) {
  compare(shared_private_plan(3, Combine::attention), sorted, 6);
  compare(shared_private_plan(3, Combine::attention), mixed, 7);
  compare(shared_private_plan(3, Combine::attention), long_runs(), 8, at::kDouble, 1e-8);
}
TEST(Bank, GatedFusionEqualsOneSigmoid) {
  compare(shared_private_plan(3, Combine::gated), sorted, 8);
  compare(shared_private_plan(3, Combine::gated), mixed, 9);
}
// S3b's slots: rows of several tasks multiply together, their shared gradients stay apart.
TEST(Bank, TwoLevelsOfSeveralTasks) {
  AdapterPlan plan;
  plan.tasks = 3;
  plan.slots = {{"shared", 4, 8, {{"k_proj", 3}}, true}, {"level1", 2, 4}, {"level2", 3, 9}};
  plan.routes = {{"level1", {0, 1}}, {"level2", {0, 2}}};
  compare(plan, {{2, 0, 0}, {3, 1, 0}, {1, 2, 0}, {1, 2, 1}, {4, 1, 1}}, 12);
  compare(plan, {{700, 0, 0}, {500, 1, 0}, {600, 2, 0}, {600, 2, 1}, {500, 1, 1}}, 13, at::kDouble, 1e-8);
}
TEST(Bank, PrivateOnly) {
  AdapterPlan plan = shared_private_plan(3);
  for (std::size_t t = 0; t < 3; ++t) plan.routes[t].slots = {t + 1};
  compare(plan, mixed, 10);
}
TEST(Bank, SinglePrecision) { compare(shared_private_plan(3), sorted, 11, at::kFloat, 2e-4); }

// Finite differences in fp64 through the whole bank, without any formula of ours.
void finite_differences(Combine combine) {
  BankCase c(shared_private_plan(2, combine), 21);
  const PackTensors pack = make_pack({{3, 0, 0}, {2, 1, 1}, {2, 0, 0}});
  const at::Tensor x = random_tensor({7, BankCase::inputs}, c.stream).set_requires_grad(true);
  const at::Tensor upstream = random_tensor({7, BankCase::outputs}, c.stream);
  c.adapters.prepare(pack);
  const auto loss = [&](const at::Tensor& input) { return (c.projection.forward(input, pack) * upstream).sum(); };
  c.store.zero_gradients();
  loss(x).backward();
  c.store.sum_task_gradients();
  const double h = 1e-6;
  const auto check = [&](at::Tensor values, const at::Tensor& gradient, std::int64_t i, const at::Tensor& input) {
    double* value = values.data_ptr<double>() + i;
    const double keep = *value;
    const auto at_value = [&](double v) {
      *value = v;
      c.store.touch();
      const c10::AutoGradMode off(false);
      return loss(input).item<double>();
    };
    const double slope = (at_value(keep + h) - at_value(keep - h)) / (2 * h);
    at_value(keep);
    const double expected = gradient.data_ptr<double>()[i];
    EXPECT_NEAR(slope, expected, 1e-6 * (1 + std::abs(expected))) << i;
  };
  for (std::int64_t i = 0; i < c.store.count(); ++i) check(c.store.values(), c.store.gradients(), i, x.detach());
  const at::Tensor plain = x.detach().clone();
  for (std::int64_t i = 0; i < plain.numel(); ++i) check(plain, x.grad(), i, plain);
}

TEST(Bank, FiniteDifferencesOfTheSum) { finite_differences(Combine::sum); }
TEST(Bank, FiniteDifferencesOfAttentionFusion) { finite_differences(Combine::attention); }
TEST(Bank, FiniteDifferencesOfGatedFusion) { finite_differences(Combine::gated); }

TEST(Bank, FusionStartsAsTheSum) {
  for (const Combine combine : {Combine::attention, Combine::gated}) {
    BankCase fused(shared_private_plan(2, combine), 31), summed(shared_private_plan(2), 31);
    fused.adapters.initialise(5);
    summed.adapters.initialise(5);
    // B is zero at the start: give both the same numbers, so that the outputs say something.
    for (std::size_t i = 0; i < summed.store.parameters().size(); ++i) {
      const std::string& name = summed.store.parameters()[i].name;
      const std::size_t j = fused.store.find(name);
      const bool is_a = name.find("lora_A") != std::string::npos;
      EXPECT_TRUE(!is_a || fused.store.value(j).equal(summed.store.value(i)));
      if (name.find("lora_B") == std::string::npos) continue;
      summed.store.value(i).copy_(random_tensor(summed.store.parameters()[i].shape, summed.stream));
      fused.store.value(j).copy_(summed.store.value(i));
    }
    const PackTensors pack = make_pack({{3, 0, 0}, {4, 1, 1}});
    const at::Tensor x = random_tensor({7, BankCase::inputs}, fused.stream);
    const c10::AutoGradMode off(false);
    fused.adapters.prepare(pack);
    summed.adapters.prepare(pack);
    expect_close(fused.projection.forward(x, pack), summed.projection.forward(x, pack), 1e-12, "y");
  }
}

TEST(Bank, InputWithoutGradientStillTrainsTheAdapter) {
  BankCase c(one_slot(false), 41);
  const PackTensors pack = make_pack({{4, 0, 0}});
  c.adapters.prepare(pack);
  c.projection.forward(random_tensor({4, BankCase::inputs}, c.stream), pack).sum().backward();
  EXPECT_GT(c.store.gradients().abs().sum().item<double>(), 0);
}

TEST(Bank, ValuesChangedInPlaceAreSeen) {
  BankCase c(one_slot(false), 42);
  const PackTensors pack = make_pack({{4, 0, 0}});
  const at::Tensor x = random_tensor({4, BankCase::inputs}, c.stream);
  c.adapters.prepare(pack);
  const at::Tensor before = c.projection.forward(x, pack).detach();
  const at::Tensor values = c.store.values();
  values.zero_();
  expect_close(c.projection.forward(x, pack).detach(), at::linear(x, c.weight), 1e-12, "W x");
  EXPECT_FALSE(at::allclose(before, at::linear(x, c.weight)));
}

TEST(Bank, AnUntargetedPartIsUntouched) {
  BankCase c(one_slot(false), 43, at::kDouble, {"q_proj", "v_proj"});
  const PackTensors pack = make_pack({{4, 0, 0}});
  const at::Tensor x = random_tensor({4, BankCase::inputs}, c.stream);
  c.adapters.prepare(pack);
  const at::Tensor difference = c.projection.forward(x, pack).detach() - at::linear(x, c.weight);
  EXPECT_EQ(difference.narrow(1, 12, 4).abs().max().item<double>(), 0);
  EXPECT_GT(difference.narrow(1, 0, 12).abs().min().item<double>(), 0);
  EXPECT_GT(difference.narrow(1, 16, 6).abs().min().item<double>(), 0);
}

TEST(Bank, HalfPrecisionComputesWithFloatMasters) {
  BankCase c(shared_private_plan(2), 44, at::kFloat);
  const PackTensors pack = make_pack({{4, 0, 0}, {5, 1, 1}});
  const at::Tensor x = random_tensor({9, BankCase::inputs}, c.stream, at::kFloat);
  c.adapters.prepare(pack);
  const at::Tensor exact = c.projection.forward(x, pack).detach();
  const at::Tensor half_x = x.to(at::kBFloat16).set_requires_grad(true);
  const at::Tensor half = c.projection.forward(half_x, pack);
  EXPECT_EQ(half.scalar_type(), at::kBFloat16);
  half.sum().backward();
  EXPECT_EQ(c.store.gradients().scalar_type(), at::kFloat);
  const double error = (half.to(at::kFloat) - exact).norm().item<double>() / exact.norm().item<double>();
  EXPECT_LT(error, 0.02);
  EXPECT_GT(error, 0);
}

}  // namespace
}  // namespace polyclinic
