// `polyclinic predict` and `demo` as a user calls them, on a model that knows nothing: what is checked is the form.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>

#include "support/program.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kText = "He took aspirin for fever .";  // as the columns are joined

// One run on sentences in columns, trained until it marks something.
class Predict : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string split : {"train", "dev", "test"}) {
      std::string text;
      for (int i = 0; i < 24; ++i) text += "He\tO\ntook\tO\naspirin\tB-Chemical\nfor\tO\nfever\tB-Disease\n.\tO\n\n";
      write_file_atomic(root_.path() / "data" / (split + ".tsv"), text);
    }
    const ProgramResult trained = run_program({"run", "--quiet", "--json", "model=tiny", "task=bc5cdr", "strategy=s1",
                                               "train.max_steps=240", "train.learning_rate=5e-3", "train.batch_size=8",
                                               "train.threads=1", "train.epochs=100", "train.eval_every_n_steps=240",
                                               "task.data.path=" + path("data"), "output.dir=" + path("results")});
    ASSERT_EQ(trained.exit, 0) << trained.error;
    run_ = Json::parse(trained.out)["id"];
  }
  std::string path(const std::string& name) const { return (root_.path() / name).string(); }
  ProgramResult predict(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"predict", "--run", run_, "--results", path("results")};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }

  const TemporaryFolder root_;
  std::string run_;
};

TEST_F(Predict, TextAndFilesGiveJson) {
  const ProgramResult one = predict({"--text", kText});
  ASSERT_EQ(one.exit, 0) << one.error;
  const Json labelled = Json::parse(one.out);
  EXPECT_EQ(labelled["id"], "text");
  ASSERT_EQ(labelled["mentions"].size(), 2) << one.out;  // one sentence learned by heart
  for (const Json& mention : labelled["mentions"]) {
    const std::size_t begin = mention["spans"][0][0], end = mention["spans"][0][1];
    EXPECT_EQ(mention["text"], std::string(kText).substr(begin, end - begin));
  }
  EXPECT_EQ(labelled["mentions"][0]["text"], "aspirin");
  EXPECT_EQ(labelled["mentions"][0]["type"], "Chemical");

  write_file_atomic(path("a.txt"), kText);
  write_file_atomic(path("b.txt"), "");
  const ProgramResult two = predict({"--file", path("a.txt"), path("b.txt")});
  ASSERT_EQ(two.exit, 0) << two.error;
  EXPECT_EQ(Json::parse(two.out)[0]["mentions"], labelled["mentions"]);
  EXPECT_TRUE(Json::parse(two.out)[1]["mentions"].empty());
  // The run's folder is a name for it as well.
  EXPECT_EQ(run_program({"predict", "--run", path("results/" + run_), "--text", kText}).out, one.out);
}

TEST_F(Predict, BratFoldersKeepWhatSomebodyAnnotated) {
  write_file_atomic(path("notes/a.txt"), kText);
  write_file_atomic(path("notes/a.ann"), "");  // as BRAT makes it
  const ProgramResult first = predict({"--brat", path("notes")});
  ASSERT_EQ(first.exit, 0) << first.error;
  const std::string written = read_file(path("notes/a.ann"));
  EXPECT_EQ(written, "T1\tChemical 8 15\taspirin\nT2\tDisease 20 25\tfever\n");

  write_file_atomic(path("notes/a.ann"), "T1\tMine 0 2\tHe\n");
  const ProgramResult second = predict({"--brat", path("notes")});
  EXPECT_EQ(second.exit, 2);
  EXPECT_NE(second.error.find("a.ann"), std::string::npos) << second.error;
  EXPECT_EQ(read_file(path("notes/a.ann")), "T1\tMine 0 2\tHe\n");
  EXPECT_EQ(predict({"--brat", path("notes"), "--out", path("elsewhere")}).exit, 0);
  EXPECT_EQ(read_file(path("elsewhere/a.ann")), written);
  EXPECT_EQ(predict({"--brat", path("notes"), "--overwrite"}).exit, 0);
  EXPECT_EQ(read_file(path("notes/a.ann")), written);
}

TEST_F(Predict, WrongInputIsOneLine) {
  write_file_atomic(path("bad.txt"), "a\xFF");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"--text", ""},
                                             {"--file", path("absent.txt")},
                                             {"--file", path("bad.txt")},
                                             {"--brat", path("absent")},
                                             {"--text", "a", "--brat", path("data")},
                                             {"--pair", "b"},
                                             {"--data", path("data")},
                                             {"--data", path("absent"), "--out", path("out")},
                                             {"--data", path("data"), "--out", path("out"), "--gold-entities"},
                                             {"--data", path("data"), "--out", path("out"), "--split", "devel"},
                                             {"--text", "a", "--out", path("data")}}) {
    const ProgramResult result = predict(words);
    EXPECT_EQ(result.exit, 2) << result.error;
    EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
  }
  const ProgramResult unknown = run_program({"predict", "--run", "nobody", "--results", path("none"), "--text", "a"});
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_NE(unknown.error.find("nobody"), std::string::npos) << unknown.error;
  EXPECT_FALSE(fs::exists(path("none")));  // a question makes no store
}

TEST(Demo, TrainsAndScoresBothTasks) {
  const TemporaryFolder root;
  const std::string out = (root.path() / "demo").string();
  const ProgramResult result = run_program({"demo", "--notes", "12", "--steps", "2", "--out", out});
  ASSERT_EQ(result.exit, 0) << result.error;
  for (const char* said : {"semeval2014t7", "semeval2021t6", "strict_f1", "micro_f1", "gazetteer"}) {
    EXPECT_NE(result.out.find(said), std::string::npos) << said << '\n' << result.out;
  }
  const ProgramResult listed = run_program({"runs", "list", "--results", out + "/results", "--json"});
  ASSERT_EQ(listed.exit, 0) << listed.error;
  EXPECT_EQ(Json::parse(listed.out).size(), 2) << listed.out;
  EXPECT_TRUE(fs::exists(out + "/data/semeval2021t6/test"));
}

}  // namespace
}  // namespace polyclinic
