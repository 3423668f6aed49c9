#include "model/trunk.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/mul.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "support/model_reference.h"
#include "support/one_thread.h"
#include "support/temporary_folder.h"
#include "support/test_device.h"

namespace polyclinic {
namespace {

const std::vector<std::string> all_models = {"llama", "llama_tied", "mistral", "gemma2", "phi3"};

TrunkOptions options_of(at::ScalarType dtype = at::kFloat) {
  TrunkOptions options;
  options.dtype = dtype;
  options.device = test_device();
  return options;
}

PackTensors placed(const Pack& pack) { return to_device(pack, test_device()); }

class TrunkParity : public testing::TestWithParam<std::string> {};

TEST_P(TrunkParity, HiddenStatesEqualTransformers) {
  const ModelReference reference(GetParam(), "references.safetensors");
  const Trunk trunk = Trunk::load(reference_folder(GetParam()), options_of());
  const at::Tensor hidden = trunk.forward(placed(reference.pack()));
  const double error = relative_error(hidden, reference.at("hidden"));
  EXPECT_LT(error, 1e-4);
  RecordProperty("relative_error", std::to_string(error));
}

TEST_P(TrunkParity, BidirectionalEqualsTransformersWithAFullMask) {
  const ModelReference reference(GetParam(), "references.safetensors");
  TrunkOptions options = options_of();
  options.attention = AttentionDirection::bidirectional;
  const at::Tensor hidden = Trunk::load(reference_folder(GetParam()), options).forward(placed(reference.pack()));
  EXPECT_LT(relative_error(hidden, reference.at("hidden_bidirectional")), 1e-4);
  EXPECT_GT(relative_error(hidden, reference.at("hidden")), 1e-2);
}

TEST_P(TrunkParity, HalfPrecisionStaysNear) {
  const ModelReference reference(GetParam(), "references.safetensors");
  for (const auto& [dtype, tolerance] : {std::pair{at::kHalf, 8e-3}, std::pair{at::kBFloat16, 5e-2}}) {
    for (const bool residual_fp32 : {false, true}) {
      TrunkOptions options = options_of(dtype);
      options.residual_fp32 = residual_fp32;
      const at::Tensor hidden = Trunk::load(reference_folder(GetParam()), options).forward(placed(reference.pack()));
      EXPECT_EQ(hidden.scalar_type(), dtype);
      EXPECT_LT(relative_error(hidden, reference.at("hidden")), tolerance);
    }
  }
}

TEST_P(TrunkParity, GradientOfTheEmbeddingsEqualsTorch) {
  const ModelReference reference(GetParam(), "references.safetensors");
  for (const std::int64_t recompute : {0, 1, 1000}) {
    TrunkOptions options = options_of();
    options.recomputed_blocks = recompute;
    options.recompute_rows = 5;  // several chunks a pack
    options.host_streams = recompute > 1 ? 2 : 0;
    const Trunk trunk = Trunk::load(reference_folder(GetParam()), options);
    const PackTensors pack = placed(reference.pack());
    at::Tensor embeddings = trunk.embed(pack.token_ids).detach();
    embeddings.set_requires_grad(true);
    at::mul(trunk.forward_embedded(embeddings, pack), reference.at("upstream").to(test_device())).sum().backward();
    EXPECT_LT(relative_error(embeddings.grad(), reference.at("embedding_gradient")), 1e-4) << recompute;
  }
}

TEST_P(TrunkParity, ASequenceDoesNotSeeItsNeighbours) {
  const ModelReference reference(GetParam(), "references.safetensors");
  const Trunk trunk = Trunk::load(reference_folder(GetParam()), options_of());
  const at::Tensor together = trunk.forward(placed(reference.pack()));
  for (const std::vector<std::int64_t>& order :
       std::vector<std::vector<std::int64_t>>{{4}, {1}, {2, 0}, {3, 4, 1, 0, 2}, {0, 0, 3}}) {
    const at::Tensor apart = trunk.forward(placed(reference.pack(order)));
    EXPECT_LT(relative_error(apart, reference.rows(together, order)), test_device().is_cpu() ? 1e-6 : 5e-6);
  }
}

// The path of a T4 (fp16, no flash attention) is the composition: forced here on a newer card; on the CPU it is the
// same.
TEST_P(TrunkParity, ComposedAttentionInHalfPrecisionEqualsTransformers) {
  const ModelReference reference(GetParam(), "references.safetensors");
  TrunkOptions options = options_of(at::kHalf);
  options.compose_attention = true;
  options.residual_fp32 = true;
  const Trunk trunk = Trunk::load(reference_folder(GetParam()), options);
  const PackTensors pack = placed(reference.pack());
  at::Tensor embeddings = trunk.embed(pack.token_ids).detach();
  embeddings.set_requires_grad(true);
  const at::Tensor hidden = trunk.forward_embedded(embeddings, pack);
  EXPECT_LT(relative_error(hidden.detach(), reference.at("hidden")), 8e-3);
  at::mul(hidden, reference.at("upstream").to(test_device())).sum().backward();
  EXPECT_LT(relative_error(embeddings.grad(), reference.at("embedding_gradient")), 2e-2);
}

INSTANTIATE_TEST_SUITE_P(Models, TrunkParity, testing::ValuesIn(all_models),
                         [](const auto& model) { return model.param; });

TEST(Trunk, NothingRequiresAGradientWithoutAnAdapter) {
  const ModelReference reference("llama", "references.safetensors");
  const Trunk trunk = Trunk::load(reference_folder("llama"), options_of());
  EXPECT_FALSE(trunk.forward(placed(reference.pack())).requires_grad());
  EXPECT_TRUE(trunk.parameters().empty());
}

// The NF4 trunk must be the dense trunk over the decoded weights, and a quarter of its size or less.
TEST(Trunk, Nf4EqualsADenseTrunkOfTheDecodedWeights) {
  for (const std::string& name : all_models) {
    const ModelReference reference(name, "references.safetensors");
    TrunkOptions options = options_of();
    options.nf4 = true;
    const Trunk quantised = Trunk::load(reference_folder(name), options);
    const TemporaryFolder folder;
    write_model_folder(quantised, folder.path());
    const Trunk decoded = Trunk::load(folder.path(), options_of());
    const PackTensors pack = placed(reference.pack());
    const at::Tensor hidden = quantised.forward(pack);
    EXPECT_LT(relative_error(hidden, decoded.forward(pack)), 1e-6) << name;
    EXPECT_GT(relative_error(hidden, reference.at("hidden")), 1e-3) << name;
    options.decoded_blocks = 1;
    const Trunk half = Trunk::load(reference_folder(name), options);
    EXPECT_TRUE(half.forward(pack).equal(hidden)) << name;
    EXPECT_GT(half.weight_bytes(), quantised.weight_bytes()) << name;
  }
}

TEST(Trunk, ProjectionsCarryTheNamesOfHf) {
  for (const std::string& name : all_models) {
    Trunk trunk = Trunk::load(reference_folder(name), options_of());
    const std::vector<Projection*> linears = trunk.projections();
    ASSERT_EQ(linears.size(), 8U);
    EXPECT_EQ(linears[4]->path(), "model.layers.1.self_attn");
    EXPECT_EQ(linears[4]->parts()[1].name, "k_proj");
    EXPECT_EQ(linears[4]->parts()[1].row_begin, trunk.config().query_width());
    EXPECT_EQ(linears[7]->path(), "model.layers.1.mlp");
    EXPECT_EQ(linears[7]->parts()[0].name, "down_proj");
  }
}

TEST(Trunk, WrittenFolderHoldsTheSameTensors) {
  for (const std::string& name : all_models) {
    const TemporaryFolder folder;
    const Trunk trunk = Trunk::load(reference_folder(name), options_of(at::kBFloat16));
    write_model_folder(trunk, folder.path());
    const auto wanted = read_safetensors(reference_folder(name) / "model.safetensors");
    const auto found = read_safetensors(folder.path() / "model.safetensors");
    ASSERT_EQ(found.size(), wanted.size()) << name;
    for (const auto& [key, tensor] : wanted) {
      ASSERT_TRUE(found.contains(key)) << key;
      EXPECT_TRUE(at::equal(found.at(key), tensor.cpu())) << name << " " << key;
    }
  }
}

TEST(Trunk, TrainableWeightsGetTheGradientsOfAFiniteDifference) {
  for (const std::string& name : all_models) {
    TrunkOptions options = options_of();
    options.trainable = true;
    const ModelReference reference(name, "references.safetensors");
    const Trunk trunk = Trunk::load(reference_folder(name), options);
    const PackTensors pack = placed(reference.pack({4, 1}));
    const at::Tensor upstream = reference.rows(reference.at("upstream"), {4, 1}).to(test_device());
    const auto loss = [&] { return at::mul(trunk.forward(pack), upstream).sum(); };
    loss().backward();
    for (const at::Tensor& parameter : trunk.parameters()) {
      if (!parameter.grad().defined()) continue;  // an untied head
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
      EXPECT_NEAR((above - below) / (2 * step) / slope, 1.0, 0.03) << name << " " << parameter.sizes();
    }
  }
}

TEST(Trunk, RandomWeightsAreAFunctionOfTheSeed) {
  const ModelConfig config = read_model_config(reference_folder("gemma2") / "config.json");
  const auto weights = [&](std::uint64_t seed) { return Trunk::random(config, options_of(), seed).named_weights(); };
  const auto a = weights(1), b = weights(1), c = weights(2);
  const std::string key = "model.layers.1.self_attn.k_proj.weight";
  EXPECT_TRUE(at::equal(a.at(key), b.at(key)));
  EXPECT_FALSE(at::equal(a.at(key), c.at(key)));
  EXPECT_NEAR(a.at(key).std().item<double>(), 0.02, 0.002);
  EXPECT_EQ(a.at("model.norm.weight").abs().max().item<double>(), 0.0);
}

}  // namespace
}  // namespace polyclinic
