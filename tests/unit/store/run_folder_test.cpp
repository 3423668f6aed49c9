#include "store/run_folder.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

TEST(RunFolder, HoldsTheConfigurationAndTheOverrides) {
  const TemporaryFolder results;
  const RunFolder run = RunFolder::in(results.path(), "0123456789ab");
  run.prepare("a: 1\n", "- a=1\n");
  EXPECT_EQ(read_file(results.path() / "0123456789ab" / "config.yaml"), "a: 1\n");
  EXPECT_EQ(read_file(results.path() / "0123456789ab" / "overrides.yaml"), "- a=1\n");
}

TEST(RunFolder, ANameStaysInTheResultsFolder) {
  for (const char* name : {"", "..", ".hidden", "a/b", "/etc"})
    EXPECT_THROW(RunFolder::in("results", name), InputError);
}

TEST(RunFolder, CountsOfDocumentsComeBack) {
  const TemporaryFolder folder;
  const std::vector<DocumentCounts> documents = {
      {"ner", "a \"b\"", 1, 2, 3}, {"ner", "c", 0, 0.5, 0}, {"map", "q", 0, 0, 0, 0.25, 1}};
  write_per_document(folder.path() / "per_document.jsonl", documents);
  EXPECT_EQ(read_per_document(folder.path() / "per_document.jsonl"), documents);
}

TEST(RunFolder, AMalformedCountIsNamedByItsLine) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "per_document.jsonl";
  write_file_atomic(file, "{\"id\":\"a\",\"tp\":1,\"fp\":0,\"fn\":0}\n{\"id\":\"b\"}\n");
  try {
    read_per_document(file);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.where().line, 2);
  }
}

}  // namespace
}  // namespace polyclinic
