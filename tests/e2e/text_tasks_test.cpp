// Every task of whole texts: trained for a few steps on a few examples in its official files, predicted into its
// official format, and that file scored by `polyclinic score` to the number that the run printed.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "support/program.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::vector<std::string> splits = {"train", "dev", "test"};

std::string lines_of(const std::string& split, const std::function<Json(std::size_t)>& entry) {
  std::string out;
  for (std::size_t i = 0; i < (split == "train" ? 24u : 12u); ++i) out += entry(i).dump() + "\n";
  return out;
}

void write_questions(const fs::path& folder) {
  for (const std::string& split : splits) {
    write_file_atomic(folder / (split + ".jsonl"), lines_of(split, [](std::size_t i) {
                        return Json{{"pubid", i},
                                    {"question", i % 2 ? "Does aspirin help?" : "Is rest of no use?"},
                                    {"context", {{"contexts", {"Twenty patients.", i % 2 ? "It did." : "It was."}}}},
                                    {"final_decision", i % 2 ? "yes" : "no"}};
                      }));
  }
}

void write_labelled(const fs::path& folder, const std::vector<std::vector<std::string>>& labels) {
  for (const std::string& split : splits) {
    write_file_atomic(folder / (split + ".jsonl"), lines_of(split, [&](std::size_t i) {
                        const std::vector<std::string>& own = labels[i % labels.size()];
                        std::string text = "The cells";
                        for (const std::string& label : own) text += " show " + label;
                        return Json{{"id", std::to_string(i)}, {"text", text + "."}, {"labels", own}};
                      }));
  }
}

void write_pairs(const fs::path& folder) {
  for (const std::string& split : splits) {
    write_file_atomic(folder / (split + ".jsonl"), lines_of(split, [](std::size_t i) {
                        return Json{{"id", std::to_string(i)},
                                    {"text_1", "Aspirin lowers fever."},
                                    {"text_2", i % 3 ? "Aspirin lowers the fever." : "Bones heal."},
                                    {"label", i % 3 ? 4.0 - 0.1 * static_cast<double>(i) : 0.2}};
                      }));
  }
}

void write_memes(const fs::path& folder) {
  for (const std::string split : {"training", "dev", "test"}) {
    Json labels = Json::array(), spans = Json::array();
    for (std::size_t i = 0; i < 12; ++i) {
      const std::string id = std::to_string(i), text = i % 2 ? "Traitors!\nVote now." : "Vote now.";
      labels.push_back({{"id", id}, {"labels", Json::array()}, {"text", text}});
      spans.push_back(labels.back());
      if (i % 2 == 0) continue;
      labels.back()["labels"] = {"Smears", "Loaded Language"};
      spans.back()["labels"] = {
          {{"start", 0}, {"end", 9}, {"technique", "Smears"}, {"text_fragment", "Traitors!"}},
          {{"start", 0}, {"end", 8}, {"technique", "Loaded Language"}, {"text_fragment", "Traitors"}}};
    }
    write_file_atomic(folder / (split + "_set_task1.txt"), labels.dump(1));
    write_file_atomic(folder / (split + "_set_task2.txt"), spans.dump(1));
  }
}

// Runs `task`, expects official predictions in `file`, and gives the run's number.
struct Trained {
  double value = 0;
  fs::path predictions;
  std::string folder() const { return predictions.parent_path().parent_path().parent_path().string(); }
};

// What `polyclinic predict` prints of a run's model.
Json predicted(const Trained& run, std::vector<std::string> words) {
  words.insert(words.begin(), {"predict", "--run", run.folder()});
  const ProgramResult result = run_program(words);
  EXPECT_EQ(result.exit, 0) << result.error;
  return Json::parse(result.out, nullptr, false);
}

// The official files of test, predicted again by `polyclinic predict`, are what the run wrote.
void expect_same_files(const Trained& run, const fs::path& data, const fs::path& out,
                       const std::string& more = "--split=test") {
  const ProgramResult result =
      run_program({"predict", "--run", run.folder(), "--data", data.string(), "--out", out.string(), more});
  ASSERT_EQ(result.exit, 0) << result.error;
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(run.predictions)) {
    EXPECT_EQ(read_file(entry.path()), read_file(out / entry.path().filename())) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0u);
}
Trained train(const fs::path& root, const std::string& task, const fs::path& data,
              const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"run",
                                    "--quiet",
                                    "--json",
                                    "model=tiny",
                                    "strategy=s1",
                                    "task=" + task,
                                    "task.data.path=" + data.string(),
                                    "output.dir=" + (root / "results").string(),
                                    "train.max_steps=3",
                                    "train.batch_size=8",
                                    "train.threads=1",
                                    "output.tensorboard=false"};
  words.insert(words.end(), more.begin(), more.end());
  const ProgramResult result = run_program(words);
  EXPECT_EQ(result.exit, 0) << task << ": " << result.error;
  if (result.exit != 0) return {};
  const Json record = Json::parse(result.out);
  const fs::path folder = record.at("folder").get<std::string>();
  return {record.at("tasks").at(task).at("value").get<double>(), folder / "predictions" / task / "test"};
}

double score_of(const std::string& task, const fs::path& gold, const fs::path& predicted,
                const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"score", task, "--json", "--gold", gold.string(), "--pred", predicted.string()};
  words.insert(words.end(), more.begin(), more.end());
  const ProgramResult result = run_program(words);
  EXPECT_EQ(result.exit, 0) << task << ": " << result.error;
  return result.exit == 0 ? Json::parse(result.out).at("primary").at("value").get<double>() : -1;
}

class TextTasks : public testing::Test {
 protected:
  fs::path data() const { return root_.path() / "data"; }
  const TemporaryFolder root_;
};

TEST_F(TextTasks, Pubmedqa) {
  write_questions(data());
  const Trained run =
      train(root_.path(), "pubmedqa", data(), {"task.data.test_share=null", "task.data.dev_share=null"});
  EXPECT_DOUBLE_EQ(score_of("pubmedqa", data() / "test.jsonl", run.predictions / "test.jsonl"), run.value);
}

TEST_F(TextTasks, Gad) {
  write_labelled(data(), {{"0"}, {"1"}});
  const Trained run = train(root_.path(), "gad", data());  // dev is held out of training
  EXPECT_DOUBLE_EQ(score_of("gad", data() / "test.jsonl", run.predictions / "test.jsonl"), run.value);
}

TEST_F(TextTasks, Hoc) {
  write_labelled(data(), {{"none"}, {"growth", "death"}, {"growth"}});
  const Trained run = train(root_.path(), "hoc", data());
  EXPECT_DOUBLE_EQ(score_of("hoc", data() / "test.jsonl", run.predictions / "test.jsonl"), run.value);
}

TEST_F(TextTasks, Biosses) {
  write_pairs(data());
  const Trained run = train(root_.path(), "biosses", data());
  EXPECT_NEAR(score_of("biosses", data() / "test.jsonl", run.predictions / "test.jsonl"), run.value, 1e-12);
  expect_same_files(run, data(), root_.path() / "again");
  // The first test pair, given by hand.
  const std::string line = read_file(run.predictions / "test.jsonl");
  const Json by_hand = predicted(run, {"--text", "Aspirin lowers fever.", "--pair", "Bones heal."});
  EXPECT_NEAR(by_hand.at("score").get<double>(), Json::parse(line.substr(0, line.find('\n'))).at("score").get<double>(),
              1e-6);
}

TEST_F(TextTasks, Persuasion) {
  write_memes(data());
  for (const std::string subtask : {"1", "2"}) {
    const Trained run = train(root_.path(), "semeval2021t6_persuasion", data(), {"task.subtask=\"" + subtask + "\""});
    const std::string file = "test_set_task" + subtask + ".txt";
    EXPECT_DOUBLE_EQ(
        score_of("semeval2021t6_persuasion", data() / file, run.predictions / file, {"subtask=" + subtask}), run.value)
        << subtask;
  }
}

// Relations of given entities, by `polyclinic predict`, are those of the run's second score.
TEST_F(TextTasks, RelationsOfGivenEntities) {
  const ProgramResult made = run_program(
      {"data", "synth", "--task", "semeval2021t6", "--notes", "12", "--seed", "3", "--out", data().string()});
  ASSERT_EQ(made.exit, 0) << made.error;
  Trained run = train(root_.path(), "semeval2021t6", data() / "semeval2021t6", {"task.data.format=brat"});
  run.predictions = run.predictions.parent_path() / "test_on_gold_entities";
  expect_same_files(run, data() / "semeval2021t6", root_.path() / "given", "--gold-entities");
}

// Made-up threads in the official XML, and the gold file that `data synth` writes beside them.
TEST_F(TextTasks, Semeval2017t3) {
  const ProgramResult made = run_program(
      {"data", "synth", "--task", "semeval2017t3", "--notes", "12", "--seed", "3", "--out", data().string()});
  ASSERT_EQ(made.exit, 0) << made.error;
  fs::path gold;
  for (const auto& entry : fs::recursive_directory_iterator(data())) {
    const std::string name = entry.path().filename().string();
    if (name.find("test") != std::string::npos && name.ends_with("subtaskA.relevancy")) gold = entry.path();
  }
  ASSERT_FALSE(gold.empty());
  for (const std::string loss : {"pairwise", "pointwise"}) {
    const Trained run = train(root_.path(), "semeval2017t3", data() / "semeval2017t3",
                              {"task.head_options.ranking_loss=" + loss, "task.preprocessing.max_seq_len=128"});
    EXPECT_DOUBLE_EQ(score_of("semeval2017t3", gold, run.predictions / "test.subtaskA.pred"), run.value) << loss;
    const Json ranked = predicted(run, {"--text", "Is rest enough?", "--pair", "Yes.", "--pair", "Ask elsewhere."});
    ASSERT_EQ(ranked.size(), 2u);
    for (const Json& candidate : ranked) EXPECT_TRUE(candidate.at("score").is_number()) << candidate;
    EXPECT_EQ(ranked[1].at("id"), "pair-2");
  }
}

}  // namespace
}  // namespace polyclinic
