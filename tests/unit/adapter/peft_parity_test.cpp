// The whole trunk with adapters against PEFT, from the reference data of tests/parity/model.
#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "adapter/adapter_set.h"
#include "adapter/peft_file.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "model/trunk.h"
#include "support/model_reference.h"
#include "support/one_thread.h"
#include "support/temporary_folder.h"
#include "support/test_device.h"

namespace polyclinic {
namespace {

const std::vector<std::string> all_targets{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};

AdapterPlan reference_plan(bool per_task) {
  AdapterPlan plan;
  plan.tasks = 2;
  plan.slots = {{"shared", 4, 8, {}, per_task}};
  plan.routes = {{"shared", {0}}};
  return plan;
}

struct Case {
  Case(const std::string& model, bool per_task, std::int64_t recompute = 0)
      : trunk(Trunk::load(reference_folder(model), options(recompute))),
        adapters(attach(trunk.projections(), reference_plan(per_task), all_targets, store)) {
    store.allocate(2, at::TensorOptions(at::kFloat).device(test_device()));
  }
  static TrunkOptions options(std::int64_t recompute) {
    TrunkOptions out;
    out.recomputed_blocks = recompute;
    out.recompute_rows = 5;  // several chunks a pack
    out.device = test_device();
    return out;
  }
  // "...q_proj.lora_A.shared.weight" -> PEFT's key.
  static std::string peft_key(std::string name) { return name.erase(name.find(".shared."), 7); }
  void fill(const ModelReference& reference) {
    for (std::size_t i = 0; i < store.parameters().size(); ++i) {
      store.value(i).copy_(reference.at("value." + peft_key(store.parameters()[i].name)));
    }
  }
  at::Tensor hidden(const PackTensors& pack) const {
    adapters.prepare(pack);
    return trunk.forward(pack);
  }
  Trunk trunk;
  ParameterStore store;
  AdapterSet adapters;
};

// For tests/parity/adapter/check_export.py, which loads these folders into PEFT.
void keep_export(const std::filesystem::path& folder, const std::string& model) {
  const char* target = std::getenv("POLYCLINIC_KEEP_EXPORT");
  if (target == nullptr) return;
  std::filesystem::create_directories(target);
  std::filesystem::copy(folder, std::filesystem::path(target) / model, std::filesystem::copy_options::recursive);
}

struct Model {
  const char* name;
  const char* file;
};
class PeftParity : public testing::TestWithParam<Model> {};

TEST_P(PeftParity, HiddenStatesAndTheGradientsOfAandB) {
  const ModelReference reference(GetParam().name, GetParam().file);
  for (const std::int64_t recompute : {0, 1, 1000}) {
    Case c(GetParam().name, true, recompute);
    c.fill(reference);
    const PackTensors pack = to_device(reference.pack(), test_device());
    const at::Tensor hidden = c.hidden(pack);
    EXPECT_LT(relative_error(hidden.detach(), reference.at("hidden")), 1e-4);
    (hidden * reference.at("upstream").to(test_device())).sum().backward();
    double worst = 0;
    for (std::size_t i = 0; i < c.store.parameters().size(); ++i) {
      const std::string key = Case::peft_key(c.store.parameters()[i].name);
      for (int t = 0; t < 2; ++t) {
        const at::Tensor expected = reference.at("gradient.task" + std::to_string(t) + "." + key);
        worst = std::max(worst, relative_error(c.store.task_gradient(i)[t], expected));
      }
      c.store.sum_task_gradients();
      const at::Tensor whole = reference.at("gradient.task0." + key) + reference.at("gradient.task1." + key);
      EXPECT_LT(relative_error(c.store.gradient(i), whole), 1e-4) << key;
    }
    EXPECT_LT(worst, 1e-4) << "recompute " << recompute;
  }
}

TEST_P(PeftParity, MergedWeightsGiveTheSameStates) {
  const ModelReference reference(GetParam().name, GetParam().file);
  Case c(GetParam().name, false);
  c.fill(reference);
  std::map<std::string, at::Tensor> weights = c.trunk.named_weights();
  merge_route(c.adapters, 0, weights);
  struct Source final : WeightSource {
    std::map<std::string, at::Tensor> tensors;
    std::vector<std::string> names() const override {
      std::vector<std::string> out;
      for (const auto& [name, tensor] : tensors) out.push_back(name);
      return out;
    }
    bool contains(const std::string& name) const override { return tensors.count(name) > 0; }
    at::Tensor read(const std::string& name) const override { return tensors.at(name); }
    std::filesystem::path where(const std::string&) const override { return "memory"; }
  };
  const auto source = std::make_shared<Source>();
  source->tensors = weights;
  const Trunk merged = Trunk::from_source(c.trunk.config(), source, Case::options(false));
  const c10::AutoGradMode off(false);
  EXPECT_LT(relative_error(merged.forward(to_device(reference.pack(), test_device())), reference.at("hidden")), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Models, PeftParity,
                         testing::Values(Model{"llama", "lora.safetensors"}, Model{"llama_tied", "lora.safetensors"},
                                         Model{"mistral", "lora.safetensors"}, Model{"gemma2", "lora.safetensors"},
                                         Model{"phi3", "lora_split.safetensors"}),
                         [](const auto& model) { return std::string(model.param.name); });

TEST(PeftFile, FolderWrittenByPeftGivesItsStatesAndComesBackTheSame) {
  for (const std::string model : {"llama", "gemma2"}) {
    const ModelReference reference(model, "lora.safetensors");
    Case c(model, false);
    import_peft(c.adapters, 0, reference_folder(model) / "adapter");
    const c10::AutoGradMode off(false);
    EXPECT_LT(relative_error(c.hidden(to_device(reference.pack(), test_device())), reference.at("hidden")), 1e-4);
    const TemporaryFolder out;
    export_peft(c.adapters, 0, out.path(), {.base_model = "base"});
    keep_export(out.path(), model);
    const auto theirs = read_safetensors(reference_folder(model) / "adapter/adapter_model.safetensors");
    const auto ours = read_safetensors(out.path() / "adapter_model.safetensors");
    ASSERT_EQ(ours.size(), theirs.size());
    for (const auto& [name, tensor] : theirs) EXPECT_TRUE(ours.at(name).equal(tensor)) << name;
    const auto config = nlohmann::json::parse(read_file(out.path() / "adapter_config.json"));
    EXPECT_EQ(config["r"], 4);
    EXPECT_EQ(config["lora_alpha"], 8.0);
    EXPECT_EQ(config["target_modules"].size(), 7U);
    EXPECT_TRUE(config["rank_pattern"].empty());
  }
}

TEST(PeftFile, Phi3SplitAdaptersBecomeFusedOnesAndBack) {
  const ModelReference reference("phi3", "lora_split.safetensors");
  Case c("phi3", false);
  c.fill(reference);
  const TemporaryFolder out;
  export_peft(c.adapters, 0, out.path(), {.base_model = "base", .fused_projections = true});
  keep_export(out.path(), "phi3");
  const auto tensors = read_safetensors(out.path() / "adapter_model.safetensors");
  const std::string qkv = "base_model.model.model.layers.1.self_attn.qkv_proj.";
  EXPECT_EQ(tensors.at(qkv + "lora_A.weight").sizes(), (at::IntArrayRef{12, 32}));
  const auto config = nlohmann::json::parse(read_file(out.path() / "adapter_config.json"));
  // PEFT's rule: delta W = lora_alpha / r * B A, with the module's own numbers where a pattern names it.
  const std::string module = "model.layers.1.self_attn.qkv_proj";
  const double rank = config["rank_pattern"].value(module, config["r"].get<double>());
  const double alpha = config["alpha_pattern"].value(module, config["lora_alpha"].get<double>());
  EXPECT_EQ(rank, 12);
  const at::Tensor fused =
      at::mm(tensors.at(qkv + "lora_B.weight"), tensors.at(qkv + "lora_A.weight")) * (alpha / rank);
  std::vector<at::Tensor> parts;
  for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
    const std::string key = concat("value.base_model.model.model.layers.1.self_attn.", part, ".lora_");
    parts.push_back(at::mm(reference.at(key + "B.weight"), reference.at(key + "A.weight")) * 2);
  }
  EXPECT_LT(relative_error(fused, at::cat(parts)), 1e-6);

  Case back("phi3", false);
  import_peft(back.adapters, 0, out.path());
  EXPECT_LT(relative_error(back.store.values(), c.store.values()), 1e-6);
}

TEST(PeftFile, WhatDoesNotFitIsRefused) {
  ParameterStore store;
  Trunk trunk = Trunk::load(reference_folder("llama"), {});
  AdapterPlan plan = reference_plan(false);
  plan.slots[0].rank = 3;
  const AdapterSet adapters = attach(trunk.projections(), plan, all_targets, store);
  store.allocate(2, at::kFloat);
  EXPECT_THROW(import_peft(adapters, 0, reference_folder("llama") / "adapter"), InputError);
  ParameterStore fewer_store;
  Trunk fewer_trunk = Trunk::load(reference_folder("llama"), {});
  const AdapterSet fewer = attach(fewer_trunk.projections(), reference_plan(false), {"q_proj"}, fewer_store);
  fewer_store.allocate(2, at::kFloat);
  EXPECT_THROW(import_peft(fewer, 0, reference_folder("llama") / "adapter"), InputError);
}

}  // namespace
}  // namespace polyclinic
