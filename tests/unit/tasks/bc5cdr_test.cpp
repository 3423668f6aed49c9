#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

const std::string reference_folder = std::string(POLYCLINIC_SOURCE_DIR) + "/tests/parity/bc5cdr/";

Split read(const std::filesystem::path& folder, const std::string& split) {
  Diagnostics diagnostics;
  return find_task("bc5cdr").read({folder, "", "", {}}, split, diagnostics);
}

TEST(Bc5cdr, ScoreEqualsSeqeval) {
  const nlohmann::json expected = nlohmann::json::parse(read_file(reference_folder + "expected.json"));
  const ScoreReport report =
      find_task("bc5cdr").score({}, read(reference_folder + "gold", "test"), read(reference_folder + "pred", "test"));
  for (const auto& [name, values] : expected.items()) {
    for (const auto& [key, value] : values.items()) {
      EXPECT_NEAR(report.json[name][key].get<double>(), value.get<double>(), 1e-12) << name << " " << key;
    }
  }
  EXPECT_NEAR(report.primary, expected["entity"]["f1"].get<double>(), 1e-12);
  EXPECT_EQ(report.primary_name, find_task("bc5cdr").primary_metric);
}

TEST(Bc5cdr, DocumentCountsAddUpToTheScore) {
  const ScoreReport report =
      find_task("bc5cdr").score({}, read(reference_folder + "gold", "test"), read(reference_folder + "pred", "test"));
  double correct = 0, sides = 0;
  for (const DocumentCount& document : report.documents) {
    correct += document.true_positive;
    sides += document.predicted + document.gold;
  }
  EXPECT_NEAR(report.primary, 2 * correct / sides, 1e-12);
}

TEST(Bc5cdr, WritesWhatItReads) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/biomed/bc5cdr");
  const TemporaryFolder out;
  for (const std::string split : {"train", "dev", "test"}) {
    find_task("bc5cdr").write({}, read(folder, split), out.path());
    EXPECT_EQ(read_file(out.path() / (split + ".tsv")), read_file(folder / (split + ".tsv"))) << split;
  }
}

TEST(Bc5cdr, OffsetsCountCodePoints) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "dev.tsv", "né\tO\nébène\tB-Disease\nx\tI-Disease\n");
  const Split small = read(folder.path(), "dev");
  ASSERT_EQ(small.examples.size(), 1u);
  EXPECT_EQ(small.examples[0].text, "né ébène x");
  EXPECT_EQ(small.examples[0].mentions.at(0).fragments.at(0), (Span{3, 10}));
}

TEST(Bc5cdr, AMentionTakesTheWordsItTouches) {
  const TemporaryFolder folder;
  Split split{"test", {{}}};
  split.examples[0].text = "a bcd ef";
  split.examples[0].mentions = {{"T1", "Disease", {{3, 7}}, {}, {}}};
  find_task("bc5cdr").write({}, split, folder.path());
  EXPECT_EQ(read_file(folder.path() / "test.tsv"), "a\tO\nbcd\tB-Disease\nef\tI-Disease\n\n");
}

TEST(Bc5cdr, DefectsNameTheLine) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "dev.tsv", "one\tO\ntwo O\n");
  try {
    read(folder.path(), "dev");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("dev.tsv:2"), std::string::npos) << error.what();
  }
  EXPECT_THROW(read(folder.path(), "test"), InputError);
  EXPECT_THROW(find_task("bc5cd"), InputError);
}

}  // namespace
}  // namespace polyclinic
