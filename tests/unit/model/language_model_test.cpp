#include "model/language_model.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mul.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/model_reference.h"
#include "support/temporary_folder.h"
#include "support/test_device.h"

namespace polyclinic {
namespace {

PackTensors placed(const Pack& pack) { return to_device(pack, test_device()); }

TrunkOptions options_of() {
  TrunkOptions options;
  options.device = test_device();
  return options;
}

class LanguageModelParity : public testing::TestWithParam<std::string> {
 protected:
  ModelReference reference{GetParam(), "references.safetensors"};
  PackTensors pack = placed(reference.pack());
};

TEST_P(LanguageModelParity, LogitsEqualTransformers) {
  const Trunk trunk = Trunk::load(reference_folder(GetParam()), options_of());
  EXPECT_LT(relative_error(vocabulary_logits(trunk, trunk.forward(pack)), reference.at("logits")), 1e-4);
}

TEST_P(LanguageModelParity, LossEqualsTransformers) {
  const Trunk trunk = Trunk::load(reference_folder(GetParam()), options_of());
  const LanguageLoss loss = language_loss(trunk, trunk.forward(pack), pack);
  EXPECT_EQ(loss.count, 42);
  const double wanted = reference.at("loss").item<double>();
  EXPECT_NEAR(loss.sum.item<double>() / 42, wanted, 1e-4 * wanted);
}

TEST_P(LanguageModelParity, LogProbabilitiesAreThoseOfTheReferenceLogits) {
  const Trunk trunk = Trunk::load(reference_folder(GetParam()), options_of());
  const at::Tensor found = token_log_probabilities(trunk, trunk.forward(pack), pack);
  const at::Tensor table = at::log_softmax(reference.at("logits"), 1);
  for (std::int64_t i = 0; i < reference.sequences(); ++i) {
    const std::int64_t begin = reference.starts[static_cast<std::size_t>(i)];
    EXPECT_EQ(found[begin].item<double>(), 0.0);
    for (std::int64_t t = begin + 1; t < reference.starts[static_cast<std::size_t>(i) + 1]; ++t) {
      const double wanted = table[t - 1][pack.token_ids[t].item<std::int64_t>()].item<double>();
      EXPECT_NEAR(found[t].item<double>(), wanted, 1e-3);
    }
  }
}

// d loss / d direction by central differences, for the hidden states and for every weight, the head among them.
TEST_P(LanguageModelParity, GradientsEqualFiniteDifferences) {
  TrunkOptions options = options_of();
  options.trainable = true;
  const Trunk trunk = Trunk::load(reference_folder(GetParam()), options);
  const auto loss = [&] { return language_loss(trunk, trunk.forward(pack), pack).sum; };
  at::mul(loss(), 0.5).backward();
  for (const at::Tensor& parameter : trunk.parameters()) {
    ASSERT_TRUE(parameter.grad().defined());
    const at::Tensor direction = parameter.grad().sign();
    const double slope = at::mul(parameter.grad(), direction).sum().item<double>();
    const c10::AutoGradMode no_graph(false);
    const double step = 2e-3 / std::sqrt(static_cast<double>(parameter.numel()));
    at::Tensor data = parameter.detach();
    data.add_(direction, step);
    const double above = loss().item<double>();
    data.sub_(direction, 2 * step);
    const double below = loss().item<double>();
    data.add_(direction, step);
    EXPECT_NEAR(0.5 * (above - below) / (2 * step) / slope, 1.0, 0.03) << parameter.sizes();
  }
}

INSTANTIATE_TEST_SUITE_P(Models, LanguageModelParity,
                         testing::Values("llama", "llama_tied", "mistral", "gemma2", "phi3"),
                         [](const auto& model) { return model.param; });

// ln(vocabulary) is what a model that knows nothing pays; a few steps on one pack must do better, and the folder that
// is written must hold what was learnt.
TEST(LanguageModel, PretrainsARandomBaseAndWritesIt) {
  TrunkOptions options = options_of();
  options.trainable = true;
  const ModelReference reference("llama", "references.safetensors");
  const PackTensors pack = placed(reference.pack());
  const Trunk trunk = Trunk::random(read_model_config(reference_folder("llama") / "config.json"), options, 5);
  double first = 0, last = 0;
  for (int step = 0; step < 30; ++step) {
    const LanguageLoss loss = language_loss(trunk, trunk.forward(pack), pack);
    const at::Tensor mean = loss.sum.div(static_cast<double>(loss.count));
    (step == 0 ? first : last) = mean.item<double>();
    mean.backward();
    const c10::AutoGradMode no_graph(false);
    for (const at::Tensor& parameter : trunk.parameters()) {
      at::Tensor data = parameter.detach(), gradient = parameter.grad();
      data.sub_(gradient.sign(), 3e-3);
      gradient.zero_();
    }
  }
  EXPECT_NEAR(first, std::log(64.0), 0.05);
  EXPECT_LT(last, 0.5 * first);
  const TemporaryFolder folder;
  write_model_folder(trunk, folder.path());
  const Trunk again = Trunk::load(folder.path(), options_of());
  const at::Tensor wanted = trunk.forward(pack).detach();
  EXPECT_LT(relative_error(again.forward(pack), wanted), 1e-6);
}

}  // namespace
}  // namespace polyclinic
