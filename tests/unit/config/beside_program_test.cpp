#include "config/beside_program.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

// What the program's own files are found by: an installed program is not started from its folder.
TEST(BesideProgram, ARelativePathIsLookedForAboveTheExecutable) {
  const TemporaryFolder root;
  write_file_atomic(root.path() / "only-there-1/model.txt", "");
  const fs::path executable = root.path() / "build/bin/polyclinic";
  EXPECT_EQ(beside_program("only-there-1/model.txt", executable), root.path() / "only-there-1/model.txt");
  write_file_atomic(root.path() / "build/only-there-1/model.txt", "");
  EXPECT_EQ(beside_program("only-there-1/model.txt", executable), root.path() / "build/only-there-1/model.txt");
}

TEST(BesideProgram, OtherPathsStayAsWritten) {
  const TemporaryFolder root;
  const fs::path executable = root.path() / "bin/polyclinic";
  EXPECT_EQ(beside_program("nowhere/at-all", executable), "nowhere/at-all");
  EXPECT_EQ(beside_program("", executable), "");
  EXPECT_EQ(beside_program(root.path() / "absent", executable), root.path() / "absent");
  // What stands in the current folder comes first.
  write_file_atomic(root.path() / "proc/self", "");
  const fs::path before = fs::current_path();
  fs::current_path("/");
  EXPECT_EQ(beside_program("proc/self", executable), "proc/self");
  fs::current_path(before);
}

}  // namespace
}  // namespace polyclinic
