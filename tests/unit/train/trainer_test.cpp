#include "train/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include <nlohmann/json.hpp>

#include "core/files.h"
#include "support/temporary_folder.h"
#include "train/fisher.h"
#include "unit/train/network_case.h"

namespace polyclinic {
namespace {

AdapterPlan shared_private() {
  AdapterPlan plan;
  plan.slots = {{"shared", 4, 8.0, {}, true}, {"private.one", 2, 4.0, {}, false}, {"private.two", 2, 4.0, {}, false}};
  plan.routes = {{"one", {0, 1}}, {"two", {0, 2}}};
  plan.combine = Combine::attention;
  plan.dropout = 0.1;
  plan.tasks = 2;
  return plan;
}

AdapterPlan hierarchical() {
  AdapterPlan plan = small_plan(2, true);
  plan.dropout = 0.1;
  return plan;
}

struct Layout {
  const char* name;
  AdapterPlan plan;
  std::vector<PartShape> parts;
  bool surgery = false, phases = false;
  std::int64_t max_tokens = 24, batch_size = 4;
};

std::vector<Layout> layouts() {
  return {{"S3a", shared_private(), {{"one", {0}}, {"two", {1}}}, true, false},
          {"S3b", hierarchical(), {{"one", {0}}, {"two", {0, 1}}}, true, false},
          {"S4", small_plan(2, false), {{"one", {0}}, {"two", {0}}}, false, true}};
}

TrainerOptions options_of(const Layout& layout) {
  TrainerOptions options;
  options.steps = 10;
  options.batch_size = layout.batch_size;
  options.learning_rate = 0.02;
  options.step.max_tokens = layout.max_tokens;
  options.step.pcgrad = layout.surgery;
  options.step.weighting = layout.surgery ? Weighting::uncertainty : Weighting::equal;
  options.eval_every = 2;
  options.patience = 100;
  options.checkpoint_every_steps = 1;
  options.shares.assign(layout.parts.size(), 1.0 / static_cast<double>(layout.parts.size()));
  if (layout.phases) {
    options.phases = {{"one", {1, 0}, 5, {}}, {"two", {0, 1}, 6, {}}};
    options.elastic_weights = true;
    options.elastic_lambda = 10;
    options.fisher_samples = 5;
  }
  return options;
}

// One run in this process: its checkpoints lie in folder/<step>.
struct TrainedRun {
  TrainedRun(const Layout& layout, const Corpus& corpus, std::filesystem::path place)
      : folder(std::move(place)),
        network(small_network(layout.plan, layout.parts, false, layout.surgery)),
        trainer(*network, corpus.training(), options_of(layout), hooks()) {}

  TrainerHooks hooks() {
    TrainerHooks hooks;
    // Any pure function of the parameters will do for a score, if it rises and falls.
    const auto score = [this](double factor) {
      return std::sin(factor * network->store().values().abs().sum().item<double>());
    };
    hooks.evaluate = [score](std::size_t phase) { return score(1.0 + static_cast<double>(phase)); };
    hooks.evaluate_tasks = [score] { return std::vector<double>{score(3), score(5)}; };
    hooks.log = [this](const nlohmann::json& line) { lines.push_back(line); };
    hooks.checkpoint = [this](std::int64_t step, bool best, const auto& write) {
      const std::filesystem::path at = folder / std::to_string(step);
      std::filesystem::create_directories(at);
      write(at);
      if (best) best_step = step;
    };
    return hooks;
  }
  void run() {
    Progress quiet(stderr, true);
    const StopRequest stop;
    EXPECT_EQ(trainer.run(quiet, stop), StopReason::none);
  }

  std::filesystem::path folder;
  std::vector<nlohmann::json> lines;
  std::int64_t best_step = 0;
  std::unique_ptr<Network> network;
  Trainer trainer;
};

TEST(Trainer, ResumesToTheSameBitsFromEveryStep) {
  for (const Layout& layout : layouts()) {
    SCOPED_TRACE(layout.name);
    const TemporaryFolder folder;
    const Corpus corpus(2, 7);
    TrainedRun whole(layout, corpus, folder.path() / "whole");
    whole.run();
    const std::string last = std::to_string(whole.trainer.step());
    for (std::int64_t step = 1; step < whole.trainer.step(); ++step) {
      TrainedRun resumed(layout, corpus, folder.path() / "resumed");
      resumed.trainer.load(whole.folder / std::to_string(step));
      resumed.run();
      EXPECT_TRUE(at::equal(resumed.network->store().values(), whole.network->store().values())) << "from " << step;
      EXPECT_EQ(resumed.trainer.task_scores(), whole.trainer.task_scores());
      EXPECT_EQ(resumed.trainer.tokens(), whole.trainer.tokens());
      for (const char* file : {"state.json", "optimizer.safetensors", "parameters.safetensors"}) {
        EXPECT_EQ(read_file(resumed.folder / last / file), read_file(whole.folder / last / file)) << file;
      }
    }
  }
}

// One part whose head takes so many rows at once; a step has about 44 in one pack of at most 48.
Layout with_memory_for(std::shared_ptr<const std::int64_t> rows) {
  AdapterPlan plan = small_plan(1, false);
  plan.dropout = 0.1;
  return {"memory", plan, {{"one", {0}, std::move(rows)}}, false, false, 48, 8};
}

TEST(Trainer, OutOfMemoryHalvesThePacksAndKeepsTheMathematics) {
  const TemporaryFolder folder;
  const Corpus corpus(1, 7);
  TrainedRun calm(with_memory_for(nullptr), corpus, folder.path() / "calm");
  calm.run();
  TrainedRun small(with_memory_for(std::make_shared<std::int64_t>(24)), corpus, folder.path() / "small");
  small.run();
  EXPECT_EQ(calm.trainer.micro_batch_tokens(), 48);
  EXPECT_EQ(small.trainer.micro_batch_tokens(), 24);
  EXPECT_EQ(std::count_if(small.lines.begin(), small.lines.end(),
                          [](const nlohmann::json& line) { return line.value("micro_batch_tokens", 0) == 24; }),
            1);
  const at::Tensor expected = calm.network->store().values(), found = small.network->store().values();
  EXPECT_LT(((found - expected).norm() / expected.norm()).item<double>(), 1e-4);
  EXPECT_EQ(small.trainer.step(), calm.trainer.step());
  EXPECT_EQ(small.trainer.tokens(), calm.trainer.tokens());
  // The packs stay small after a resume, where memory would suffice: the same bits.
  TrainedRun resumed(with_memory_for(nullptr), corpus, folder.path() / "resumed");
  resumed.trainer.load(small.folder / "4");
  resumed.run();
  EXPECT_TRUE(at::equal(resumed.network->store().values(), found));
}

TEST(Trainer, OutOfMemoryASecondTimeSavesAndEnds) {
  const TemporaryFolder folder;
  const Corpus corpus(1, 7);
  TrainedRun whole(with_memory_for(nullptr), corpus, folder.path() / "whole");
  whole.run();
  const auto rows = std::make_shared<std::int64_t>(48);
  TrainedRun ended(with_memory_for(rows), corpus, folder.path() / "ended");
  ended.trainer.load(whole.folder / "3");
  *rows = 2;
  Progress quiet(stderr, true);
  try {
    ended.trainer.run(quiet, StopRequest());
    FAIL() << "it went on";
  } catch (const FailedError& error) {
    EXPECT_NE(std::string(error.what()).find("at step 4 with micro-batches of 24 tokens"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("train.memory_limit_gib"), std::string::npos) << error.what();
  }
  for (const char* file : {"optimizer.safetensors", "parameters.safetensors"}) {
    EXPECT_EQ(read_file(ended.folder / "3" / file), read_file(whole.folder / "3" / file)) << file;
  }
  nlohmann::json saved = nlohmann::json::parse(read_file(ended.folder / "3" / "state.json"));
  EXPECT_EQ(saved["micro_batch_tokens"], 24);
  saved["micro_batch_tokens"] = 48;
  EXPECT_EQ(saved, nlohmann::json::parse(read_file(whole.folder / "3" / "state.json")));
}

TEST(Trainer, PhasesTrainOneTaskAfterAnother) {
  const TemporaryFolder folder;
  const Corpus corpus(2, 7);
  TrainedRun run(layouts()[2], corpus, folder.path());
  run.run();
  std::map<std::int64_t, std::string> phase_of;
  for (const nlohmann::json& line : run.lines) {
    if (!line.contains("loss")) continue;
    const std::string phase = line["phase"].get<std::string>();
    phase_of[line["step"].get<std::int64_t>()] = phase;
    EXPECT_EQ(line["task_loss"].size(), 1U);
    EXPECT_TRUE(line["task_loss"].contains(phase));
    // Nothing pulls before the first anchor, and at it the penalty is 0 but for rounding.
    if (line["step"] != 6) {
      EXPECT_EQ(line.contains("elastic_penalty"), phase == "two");
    }
  }
  EXPECT_EQ(phase_of.size(), 11U);
  EXPECT_EQ(phase_of.at(5), "one");
  EXPECT_EQ(phase_of.at(6), "two");
  EXPECT_EQ(run.trainer.task_scores().size(), 2U);
  EXPECT_EQ(run.trainer.untrained_scores().size(), 2U);
  EXPECT_EQ(run.best_step, 11);
  const std::vector<double>& last = run.trainer.task_scores().back();
  EXPECT_DOUBLE_EQ(run.trainer.dev_score(), (last[0] + last[1]) / 2);
}

// A phase hands on the parameters of its best score, whose checkpoint was written at that step.
TEST(Trainer, PhaseHandsOnItsBestParameters) {
  const TemporaryFolder folder;
  const Corpus corpus(2, 7);
  TrainedRun run(layouts()[2], corpus, folder.path());
  run.run();
  std::int64_t best = 0;
  double highest = -2;
  for (const nlohmann::json& line : run.lines) {
    if (!line.contains("dev") || line["step"] <= 5 || line["dev"] <= highest) continue;
    highest = line["dev"].get<double>();
    best = line["step"].get<std::int64_t>();
  }
  const auto at_best = small_network(layouts()[2].plan, layouts()[2].parts);
  load_parameters(*at_best, folder.path() / std::to_string(best));
  if (best == run.trainer.step()) GTEST_SKIP() << "the last step is the best";
  EXPECT_TRUE(at::equal(at_best->store().values(), run.network->store().values()));
}

// Heads of a phase's absent tasks stay as they are, though weight decay acts on the others.
TEST(Trainer, LeavesTheHeadsOfOtherPhasesAlone) {
  const TemporaryFolder folder;
  const Corpus corpus(2, 7);
  TrainedRun run(layouts()[2], corpus, folder.path());
  run.run();
  const auto fresh = small_network(layouts()[2].plan, layouts()[2].parts);
  const auto saved = small_network(layouts()[2].plan, layouts()[2].parts);
  load_parameters(*saved, folder.path() / "4");
  const std::size_t two = fresh->store().find("head.two.weight");
  EXPECT_TRUE(at::equal(fresh->store().value(two), saved->store().value(two)));
  const std::size_t one = fresh->store().find("head.one.weight");
  EXPECT_FALSE(at::equal(fresh->store().value(one), saved->store().value(one)));
}

TEST(Fisher, IsTheMeanSquareOfEachSequencesGradient) {
  const Corpus corpus(1, 4);
  const auto network = small_network(small_plan(1, false), {{"one", {0}}});
  randomise(*network, 0);
  ParameterStore& store = network->store();
  at::Tensor expected = at::zeros_like(store.values());
  for (const PartSequence& item : corpus.training()[0]) {
    store.zero_gradients();
    const PackTensors pack = network->packs({item}, 4096).front();
    network->parts()[0].head->loss(network->batch(0, network->hidden(pack, std::nullopt), pack, {item})).sum.backward();
    expected = expected + store.gradients() * store.gradients() / (4.0 * static_cast<double>(item.units()));
  }
  for (const auto& [begin, end] : store.ranges("head.one")) expected.slice(0, begin, end).zero_();
  const at::Tensor found = adapter_fisher(*network, corpus.training()[0], 4096);
  EXPECT_GT(found.max().item<double>(), 0);
  EXPECT_LT((found - expected).abs().max().item<double>(), 1e-5 * expected.max().item<double>());
  EXPECT_EQ(fisher_sample(corpus.training(), 3, 1).size(), 3U);
  EXPECT_EQ(fisher_sample(corpus.training(), 30, 1).size(), 4U);
}

}  // namespace
}  // namespace polyclinic
